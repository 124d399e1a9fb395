package check

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

func constOf(t *types.Type, v any, at source.Span) *ir.Const {
	return &ir.Const{Base: ir.Base{T: t, At: at}, Value: v}
}

func unknown(at source.Span) ir.Expr { return constOf(types.TUnknown, nil, at) }

func isUnknown(x ir.Expr) bool { return x.Type().Kind == types.Unknown }

// literal checks a literal. want guides numbers: a literal takes the type around
// it when it is exactly representable there (SEMANTICS 94).
func (s *scope) literal(e ast.Expr, want *types.Type) ir.Expr {
	switch e := e.(type) {
	case *ast.IntLit:
		return s.intLiteral(e, want)
	case *ast.DecimalLit:
		return s.decimalLiteral(e.Text, e.Span, want)
	case *ast.FloatLit:
		return s.floatLiteral(e, want)
	case *ast.StringLit:
		return s.stringLiteral(e, want)
	case *ast.TemporalLit:
		return s.temporalLiteral(e)
	case *ast.DurationLit:
		return s.durationLiteral(e)
	case *ast.SizeLit:
		n, err := parseSize(e.Text)
		if err != nil {
			s.m.c.report("E0323", e.Span, "this size is too large", "")
			return unknown(e.Span)
		}
		return constOf(types.TLong, n, e.Span)
	case *ast.BoolLit:
		return constOf(types.TBoolean, e.Value, e.Span)
	case *ast.NullLit:
		return constOf(types.TNull, nil, e.Span)
	}
	return unknown(e.Pos())
}

func (s *scope) intLiteral(e *ast.IntLit, want *types.Type) ir.Expr {
	n, ok := new(big.Int).SetString(strings.ReplaceAll(e.Text, "_", ""), 0)
	if strings.HasPrefix(e.Text, "0") && len(e.Text) > 1 && e.Text[1] >= '0' && e.Text[1] <= '9' {
		n, ok = new(big.Int).SetString(strings.ReplaceAll(e.Text, "_", ""), 10) // leading zeros are not octal here
	}
	if !ok {
		s.m.c.report("E0323", e.Span, "this is not a whole number", "")
		return unknown(e.Span)
	}
	if want != nil {
		if c := intAs(n, want, e.Span); c != nil {
			return c
		}
	}
	if !n.IsInt64() {
		if n.Cmp(new(big.Int).Neg(big.NewInt(math.MinInt64))) == 0 {
			// only its negation fits; the minus sign in front makes it so
			return constOf(types.DecimalOf(19, 0), types.Dec{Unscaled: n}, e.Span)
		}
		s.m.c.report("E0323", e.Span, "this number does not fit a long", "").
			Because("A long holds whole numbers up to 9,223,372,036,854,775,807.").
			Fix(diag.Maybe, "an exact decimal", e.Text+".0")
		return unknown(e.Span)
	}
	return constOf(types.TLong, n.Int64(), e.Span)
}

// intAs is a whole number as a constant of a type, nil where it is not exactly
// representable.
func intAs(n *big.Int, want *types.Type, at source.Span) *ir.Const {
	t := want.NonNull()
	switch want.Kind {
	case types.Int:
		if n.IsInt64() && n.Int64() >= math.MinInt32 && n.Int64() <= math.MaxInt32 {
			return constOf(t, n.Int64(), at)
		}
	case types.Long:
		if n.IsInt64() {
			return constOf(t, n.Int64(), at)
		}
	case types.Float, types.Double:
		f, accuracy := new(big.Float).SetInt(n).Float64()
		if accuracy == big.Exact {
			return constOf(t, f, at)
		}
	case types.Decimal:
		d := types.Dec{Unscaled: n}
		if want.Precision == 0 {
			return constOf(types.DecimalOf(max(1, digits(n)), 0), d, at)
		}
		if c, ok := rescale(d, want.Scale); ok && digits(c.Unscaled) <= want.Precision {
			return constOf(t, c, at)
		}
	}
	return nil
}

func digits(n *big.Int) int {
	text := n.String()
	return len(strings.TrimPrefix(text, "-"))
}

// rescale changes the scale of a decimal where nothing is lost.
func rescale(d types.Dec, scale int) (types.Dec, bool) {
	if scale >= d.Scale {
		factor := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale-d.Scale)), nil)
		return types.Dec{Unscaled: factor.Mul(factor, d.Unscaled), Scale: scale}, true
	}
	factor := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.Scale-scale)), nil)
	q, r := new(big.Int).QuoRem(d.Unscaled, factor, new(big.Int))
	return types.Dec{Unscaled: q, Scale: scale}, r.Sign() == 0
}

func parseDec(text string) (types.Dec, bool) {
	text = strings.ReplaceAll(text, "_", "")
	whole, frac, _ := strings.Cut(text, ".")
	n, ok := new(big.Int).SetString(whole+frac, 10)
	if !ok {
		return types.Dec{}, false
	}
	return types.Dec{Unscaled: n, Scale: len(frac)}, true
}

func (s *scope) decimalLiteral(text string, at source.Span, want *types.Type) ir.Expr {
	d, ok := parseDec(text)
	if !ok || d.Scale > types.MaxPrecision || digits(d.Unscaled) > types.MaxPrecision {
		s.m.c.report("E0323", at, "this number has more than 38 digits", "")
		return unknown(at)
	}
	if want != nil {
		if c := decAs(d, want, at); c != nil {
			return c
		}
	}
	return decConst(d, at)
}

// decConst gives a decimal its literal type: 1.50 is decimal(3,2), a leading zero
// is not counted.
func decConst(d types.Dec, at source.Span) *ir.Const {
	return constOf(types.DecimalOf(max(digits(d.Unscaled), d.Scale, 1), d.Scale), d, at)
}

// decAs is a decimal as a constant of a type: exact, but for floating types, where
// it is the nearest value. nil where it does not fit.
func decAs(d types.Dec, want *types.Type, at source.Span) *ir.Const {
	t := want.NonNull()
	switch want.Kind {
	case types.Float, types.Double:
		f, err := strconv.ParseFloat(d.String(), 64)
		if err == nil {
			if want.Kind == types.Float {
				f = float64(float32(f))
			}
			return constOf(t, f, at)
		}
	case types.Decimal:
		if want.Precision == 0 {
			return decConst(d, at)
		}
		if c, ok := rescale(d, want.Scale); ok && digits(c.Unscaled) <= want.Precision {
			return constOf(t, c, at)
		}
	case types.Int, types.Long:
		if c, ok := rescale(d, 0); ok {
			return intAs(c.Unscaled, want, at)
		}
	}
	return nil
}

func (s *scope) floatLiteral(e *ast.FloatLit, want *types.Type) ir.Expr {
	f, err := strconv.ParseFloat(strings.ReplaceAll(e.Text, "_", ""), 64)
	if err != nil {
		s.m.c.report("E0323", e.Span, "this number does not fit a double", "")
		return unknown(e.Span)
	}
	if want != nil && want.Kind == types.Float {
		return constOf(types.TFloat, float64(float32(f)), e.Span)
	}
	return constOf(types.TDouble, f, e.Span)
}

func (s *scope) stringLiteral(e *ast.StringLit, want *types.Type) ir.Expr {
	if want != nil && want.Kind == types.Enum && want.Name != "" {
		return s.symbol(e.Value, e.Span, want)
	}
	return constOf(types.TString, e.Value, e.Span)
}

// symbol is an enum's symbol as a constant, reported when the enum has no such one.
func (s *scope) symbol(name string, at source.Span, want *types.Type) ir.Expr {
	if symbolIndex(want, name) < 0 {
		d := s.m.c.report("E0213", at, `"`+name+`" is not a symbol of `+want.Name, "")
		d.Note(listed("symbols: ", want.Symbols))
		s.m.c.suggest(d, ast.Ident{At: ast.At{Span: at}, Name: name}, want.Symbols)
		return unknown(at)
	}
	return constOf(want.NonNull(), name, at)
}

func (s *scope) durationLiteral(e *ast.DurationLit) ir.Expr {
	l, calendar, err := parseLength(e.Text)
	if err != nil {
		s.m.c.report("E0323", e.Span, err.Error(), "")
		return unknown(e.Span)
	}
	if calendar {
		return constOf(types.TPeriod, types.Per{Months: l.Months, Days: l.Days}, e.Span)
	}
	return constOf(types.TDuration, l.Micros+int64(l.Days)*dayMicros, e.Span)
}

const dayMicros = 24 * 3600 * 1000 * 1000

// parseLength reads 1h30m, 1mo, 2w. Days and weeks are kept as days so that a
// window can make them calendar days; calendar tells that months or years occur.
func parseLength(text string) (l types.Length, calendar bool, err error) {
	rest := strings.ReplaceAll(text, "_", "")
	for rest != "" {
		i := 0
		for i < len(rest) && rest[i] >= '0' && rest[i] <= '9' {
			i++
		}
		j := i
		for j < len(rest) && (rest[j] < '0' || rest[j] > '9') {
			j++
		}
		n, convErr := strconv.ParseInt(rest[:i], 10, 64)
		if convErr != nil || n > math.MaxInt64/2/dayMicros/366 && rest[i:j] != "ns" && rest[i:j] != "us" && rest[i:j] != "ms" && rest[i:j] != "s" {
			return l, false, fmt.Errorf("this duration is too long")
		}
		unit := rest[i:j]
		rest = rest[j:]
		micros, known := unitMicros[unit]
		switch {
		case known:
			if n > math.MaxInt64/2/micros {
				return l, false, fmt.Errorf("this duration is too long")
			}
			l.Micros += n * micros
		case unit == "ns":
			l.Micros += n / 1000
		case unit == "d":
			l.Days += int(n)
		case unit == "w":
			l.Days += 7 * int(n)
		case unit == "mo":
			l.Months += int(n)
			calendar = true
		case unit == "y":
			l.Months += 12 * int(n)
			calendar = true
		default:
			return l, false, fmt.Errorf("durations count ns, us, ms, s, m, h, d, w, mo and y, not %q", unit)
		}
	}
	if calendar && l.Micros != 0 {
		return l, false, fmt.Errorf("a period counts months and years, a duration anything down from weeks; one value cannot be both")
	}
	return l, calendar, nil
}

var unitMicros = map[string]int64{"us": 1, "ms": 1000, "s": 1e6, "m": 60e6, "h": 3600e6}

func parseSize(text string) (int64, error) {
	i := 0
	for i < len(text) && (text[i] >= '0' && text[i] <= '9' || text[i] == '_') {
		i++
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(text[:i], "_", ""), 10, 64)
	factor := map[string]int64{"B": 1, "KB": 1e3, "KiB": 1 << 10, "MB": 1e6, "MiB": 1 << 20, "GB": 1e9, "GiB": 1 << 30}[text[i:]]
	if err != nil || factor == 0 || n > math.MaxInt64/factor {
		return 0, fmt.Errorf("size out of range")
	}
	return n * factor, nil
}

// temporalLiteral reads @date, @time, and @date-time with or without a zone (SEMANTICS 102).
func (s *scope) temporalLiteral(e *ast.TemporalLit) ir.Expr {
	text, zone, hasZone := e.Text, "", false
	if i := strings.IndexByte(text, '['); i >= 0 {
		zone, hasZone = strings.TrimSuffix(text[i+1:], "]"), true
		text = text[:i]
	}
	x, why := temporal(text, zone, hasZone, e.Span)
	if x == nil {
		s.m.c.report("E0108", e.Span, "this is not a date or time", why).
			Note("forms: @2026-01-31  @08:30  @2026-01-31T12:00:00Z  @2026-01-31T12:00+02:00  @2026-01-31T12:00[Europe/Helsinki]")
		return unknown(e.Span)
	}
	return x
}

func temporal(text, zone string, hasZone bool, at source.Span) (ir.Expr, string) {
	if !strings.Contains(text, "T") {
		if strings.Contains(text, ":") {
			return timeOfDay(text, at)
		}
		d, err := time.Parse("2006-01-02", text)
		if err != nil {
			return nil, "no such day"
		}
		return constOf(types.TDate, d.Unix()/86400, at), ""
	}
	for _, layout := range []string{"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil && !hasZone {
			return constOf(types.TTimestamp, t.UnixMicro(), at), ""
		}
	}
	var local time.Time
	var err error
	for _, layout := range []string{"2006-01-02T15:04:05.999999999", "2006-01-02T15:04"} {
		if local, err = time.Parse(layout, text); err == nil {
			break
		}
	}
	if err != nil {
		return nil, "cannot be read"
	}
	if !hasZone {
		return constOf(types.TLocalTimestamp, local.UnixMicro(), at), ""
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return nil, "there is no zone " + zone
	}
	return zoned(local, loc, at)
}

func timeOfDay(text string, at source.Span) (ir.Expr, string) {
	for _, layout := range []string{"15:04:05.999999999", "15:04"} {
		if t, err := time.Parse(layout, text); err == nil {
			micros := int64(t.Hour())*3600e6 + int64(t.Minute())*60e6 + int64(t.Second())*1e6 + int64(t.Nanosecond())/1000
			return constOf(types.TTime, micros, at), ""
		}
	}
	return nil, "no such time of day"
}

// zoned turns a wall-clock time into an instant; a skipped or repeated one has no
// single answer.
func zoned(local time.Time, loc *time.Location, at source.Span) (ir.Expr, string) {
	t := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), local.Nanosecond(), loc)
	if t.Hour() != local.Hour() || t.Minute() != local.Minute() {
		return nil, "the clocks skip this time in " + loc.String()
	}
	for _, shift := range []time.Duration{-time.Hour, time.Hour, -30 * time.Minute, 30 * time.Minute} {
		other := t.Add(shift)
		if other.Hour() == t.Hour() && other.Minute() == t.Minute() {
			return nil, "this time comes twice in " + loc.String() + "; write an offset instead"
		}
	}
	return constOf(types.TTimestamp, t.UnixMicro(), at), ""
}
