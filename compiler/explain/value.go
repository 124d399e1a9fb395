package explain

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/lang/types"
)

// valueText writes a value the way a program would.
func valueText(v any, t *types.Type) string {
	if v == nil {
		return "null"
	}
	switch v := v.(type) {
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return wholeText(v, t)
	case float64:
		return floatText(v)
	case types.Dec:
		return v.String()
	case string:
		if t.Kind == types.Enum {
			return v
		}
		return strconv.Quote(v)
	case []byte:
		return "0x" + hex.EncodeToString(v)
	case types.Per:
		return lengthText(types.Length{Months: v.Months, Days: v.Days})
	case types.MapValue:
		return mapText(v, t)
	case []any:
		return listText(v, t)
	case types.UnionValue:
		b := t.Branches[v.Branch]
		return b.Name + listText(v.Record, b)
	}
	panic(fmt.Sprintf("explain: no value is a %T", v))
}

func wholeText(v int64, t *types.Type) string {
	switch t.Kind {
	case types.Date:
		return "@" + string(timefmt.AppendDate(nil, v))
	case types.Time:
		return "@" + string(timefmt.AppendTime(nil, v))
	case types.Timestamp:
		return "@" + string(timefmt.AppendInstant(nil, v))
	case types.LocalTimestamp:
		return "@" + string(timefmt.AppendLocal(nil, v))
	case types.Duration:
		return microsText(v)
	case types.Unknown, types.Null, types.Boolean, types.Int, types.Long, types.Float, types.Double, types.Decimal,
		types.String, types.Bytes, types.Fixed, types.UUID, types.Period, types.Enum, types.Geography, types.JSON,
		types.Array, types.Map, types.Record, types.Union, types.Func, types.Var:
		return strconv.FormatInt(v, 10)
	}
	return strconv.FormatInt(v, 10)
}

func floatText(v float64) string {
	s := strconv.FormatFloat(v, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") && !math.IsInf(v, 0) && !math.IsNaN(v) {
		s += ".0"
	}
	return s
}

func mapText(v types.MapValue, t *types.Type) string {
	parts := make([]string, len(v.Keys))
	for i, k := range v.Keys {
		parts[i] = strconv.Quote(k) + ": " + valueText(v.Values[i], t.Elem)
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}

// listText writes the values of an array or a record.
func listText(v []any, t *types.Type) string {
	parts := make([]string, len(v))
	if t.Kind == types.Record {
		for i, f := range t.Fields {
			parts[i] = nameText(f.Name) + ": " + valueText(v[i], f.Type)
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	}
	for i, x := range v {
		parts[i] = valueText(x, t.Elem)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// settingText writes a setting's value: a plain Go value, since settings have no type.
func settingText(v any) string {
	switch v := v.(type) {
	case ir.SettingWord:
		return string(v)
	case ir.SettingTime:
		return valueText(int64(v), types.TTimestamp)
	case time.Duration:
		return microsText(v.Microseconds())
	case map[string]any:
		parts := make([]string, 0, len(v))
		for _, name := range sortedKeys(v) {
			parts = append(parts, name+": "+settingText(v[name]))
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	case ir.SettingSecret:
		return "secret from " + v.Store + " " + strconv.Quote(v.Key)
	case ir.SettingCall:
		parts := make([]string, 0, len(v.Args))
		for _, name := range sortedKeys(v.Args) {
			parts = append(parts, name+": "+settingText(v.Args[name]))
		}
		return v.Name + "(" + strings.Join(parts, ", ") + ")"
	case string:
		return strconv.Quote(v)
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			parts[i] = settingText(x)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return fmt.Sprint(v)
}

var exactUnits = []struct {
	name   string
	micros int64
}{
	{"h", 3_600_000_000}, {"m", 60_000_000}, {"s", 1_000_000}, {"ms", 1_000}, {"us", 1},
}

// microsText writes a duration as the language does: 1h30m.
func microsText(micros int64) string {
	if micros == 0 {
		return "0s"
	}
	var b strings.Builder
	rest := uint64(micros)
	if micros < 0 {
		b.WriteByte('-')
		rest = -rest
	}
	for _, u := range exactUnits {
		if n := rest / uint64(u.micros); n > 0 {
			b.WriteString(strconv.FormatUint(n, 10) + u.name)
			rest %= uint64(u.micros)
		}
	}
	return b.String()
}

func durationText(d time.Duration) string {
	if d == ir.KeepForever {
		return "forever"
	}
	return microsText(d.Microseconds())
}

// lengthText writes a length with its calendar units first: 1mo, 7d, 15m.
func lengthText(l types.Length) string {
	s := ""
	if l.Months%12 == 0 && l.Months != 0 {
		s = strconv.Itoa(l.Months/12) + "y"
	} else if l.Months != 0 {
		s = strconv.Itoa(l.Months) + "mo"
	}
	if l.Days != 0 {
		s += strconv.Itoa(l.Days) + "d"
	}
	if l.Micros != 0 || s == "" {
		s += microsText(l.Micros)
	}
	return s
}

// nameText writes a name, in back-quotes where it is not one word of letters.
func nameText(name string) string {
	for i, r := range name {
		if r != '_' && !(r >= 'a' && r <= 'z') && !(r >= 'A' && r <= 'Z') && !(i > 0 && r >= '0' && r <= '9') {
			return "`" + name + "`"
		}
	}
	if name == "" {
		return "``"
	}
	return name
}
