package ndjson

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
)

// careful is the format without straight reading.
func careful() format.Format {
	f := Lines()
	f.NewDecoder = func(in format.Input, s format.Schema, o format.Options, alloc memory.Allocator) (format.Decoder, error) {
		d, err := newDecoder(in.Stream, s, o, alloc, true)
		if err == nil {
			d.rest = math.MaxInt
		}
		return d, err
	}
	return f
}

// alike makes records of one shape.
type alike struct {
	generator
	fields  []types.Field
	order   []int
	without int // a field that is left out, -1 for none
	other   bool
	spacing
}

// drawSpacing draws the white space of a producer, which mostly has none.
func (a *alike) drawSpacing() {
	a.spacing = []spacing{{}, {}, {comma: " ", colon: " "}, {" ", " ", " "}, {comma: " "}, {colon: "\t "}, {brace: "  "}, {comma: "      "}}[a.IntN(8)]
}

func (a *alike) record() string {
	var parts []string
	for _, i := range a.order {
		if i == a.without {
			continue
		}
		parts = append(parts, fmt.Sprintf("%q:%s%s", a.fields[i].Name, a.colon, a.of(a.fields[i].Type)))
	}
	if a.other {
		parts = append(parts, `"other":`+a.colon+a.value(a.typ(1)))
	}
	return "{" + a.brace + strings.Join(parts, ","+a.comma) + "}"
}

// of is a value, mostly as it is written as a rule.
func (a *alike) of(t *types.Type) string {
	if t.Nullable && a.IntN(3) == 0 {
		return "null"
	}
	if a.IntN(60) == 0 {
		return []string{"null", `"x"`, "1.5", "-0", "01", "1e3", "true", "{}", "[]", "99999999999999999999", "-", "1 ", `"\u00e9\/"`, "\"\x01\"", "\"\xff\""}[a.IntN(15)]
	}
	switch t.Kind {
	case types.Long, types.Timestamp:
		return fmt.Sprint(int64(a.Uint64()) >> (a.IntN(50) + 14 - a.IntN(12)/11*10))
	case types.Int:
		return fmt.Sprint(int32(a.Uint32()) >> a.IntN(32))
	case types.Double:
		return fmt.Sprintf("%.*f", a.IntN(9), a.NormFloat64()*math.Pow(10, float64(a.IntN(9))))
	case types.Decimal:
		return fmt.Sprintf("%.2f", a.NormFloat64())
	case types.String:
		return `"` + strings.Repeat([]string{"a", "é", "longer text ", `\n`, ""}[a.IntN(5)], a.IntN(6)) + `"`
	}
	return a.value(t)
}

// spoil changes a byte or two of some records.
func (a *alike) spoil(text string) string {
	b := []byte(text)
	for range 1 + a.IntN(2) {
		i := a.IntN(len(b) + 1)
		switch a.IntN(3) {
		case 0:
			b = append(b[:i:i], append([]byte{" \"\\,:{}\n\r[]e.0-x\t"[a.IntN(17)]}, b[i:]...)...)
		case 1:
			b = append(b[:i:i], b[min(i+1, len(b)):]...)
		default:
			b = b[:i]
		}
		if len(b) == 0 {
			break
		}
	}
	return string(b)
}

// TestStraight reads records that look alike, some of them spoilt, in a straight
// line and by the reader alone.
func TestStraight(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	g := generator{rand.New(rand.NewPCG(seed, 9))}
	kinds := []*types.Type{types.TLong, types.TLong, types.TInt, types.TString, types.TString, types.TDouble, types.TTimestamp,
		types.DecimalOf(20, 2), types.DecimalOf(5, 4).OrNull(), types.TBoolean, types.TJSON, types.ArrayOf(types.TLong), types.TLong.OrNull(),
		types.TString.OrNull(), types.TInt.OrNull(), types.TTimestamp.OrNull(), types.TDouble.OrNull(), types.TBoolean.OrNull(),
		types.RecordOf(field("x", types.TLong), field("y", types.ArrayOf(types.TString)))}
	for round := range 300 {
		a := alike{generator: g, without: -1}
		for i := range 1 + g.IntN(6) {
			name := []string{"a", "bb", "a longer name", "much longer than sixteen bytes", "é"}[g.IntN(5)] + fmt.Sprint(i)
			f := types.Field{Name: name, Type: kinds[g.IntN(len(kinds))]}
			if f.Type.Kind == types.Long && g.IntN(3) == 0 {
				f.Default, f.HasDef = int64(7), true
			}
			a.fields = append(a.fields, f)
		}
		full := types.RecordOf(a.fields...)
		row := &types.Type{Kind: types.Record}
		for _, f := range a.fields {
			if g.IntN(3) > 0 {
				row.Fields = append(row.Fields, f)
			}
		}
		var text strings.Builder
		for range g.IntN(5) {
			a.order, a.other = g.Perm(len(a.fields)), g.IntN(4) == 0
			a.drawSpacing()
			if a.without = -1; g.IntN(3) == 0 {
				a.without = g.IntN(len(a.fields))
			}
			for range g.IntN(60) {
				record := a.record()
				if g.IntN(25) == 0 {
					record = a.spoil(record)
				}
				text.WriteString(record + []string{"\n", "\n", "\n", "\r\n", " \n"}[g.IntN(5)])
			}
		}
		data := strings.TrimSuffix(text.String(), "\n")
		s := format.Schema{Full: full, Row: row}
		o := format.Options{"timestamps": "epoch_millis", "max_record": fmt.Sprint(60 + g.IntN(300)),
			"unknown_fields": []string{"ignore", "error"}[g.IntN(2)]}
		want := read(t, careful(), strings.NewReader(data), s, o, 7)
		for _, piece := range []int{3, 50, 1 << 20} {
			got := read(t, Lines(), &pieces{[]byte(data), piece}, s, o, []int{1, 7, 1000}[round%3])
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("seed %d, round %d, pieces of %d: %s\n%s", seed, round, piece, d, data)
			}
		}
	}
}

// TestTogether reads records that look alike and have only values that are read together,
// some of them spoilt, in long rows and by the reader alone.
func TestTogether(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	g := generator{rand.New(rand.NewPCG(seed, 11))}
	kinds := []*types.Type{types.TLong, types.TInt, types.TString, types.TDouble, types.TTimestamp}
	for round := range 200 {
		a := alike{generator: g, without: -1}
		for i := range 1 + g.IntN(6) {
			name := []string{"a", "bb", "much longer than sixteen bytes", "é", `"`}[g.IntN(5)] + fmt.Sprint(i)
			a.fields, a.order = append(a.fields, types.Field{Name: name, Type: kinds[g.IntN(len(kinds))]}), append(a.order, i)
		}
		row := &types.Type{Kind: types.Record}
		for _, f := range a.fields {
			if g.IntN(3) > 0 {
				row.Fields = append(row.Fields, f)
			}
		}
		a.drawSpacing()
		var text strings.Builder
		often := []int{5, 100, 1000}[g.IntN(3)]
		for range g.IntN(400) {
			record := a.record()
			if g.IntN(often) == 0 {
				record = a.spoil(record)
			}
			text.WriteString(record + "\n")
		}
		s := format.Schema{Full: types.RecordOf(a.fields...), Row: row}
		o := format.Options{"timestamps": "epoch_millis", "max_record": fmt.Sprint(60 + g.IntN(1000))}
		want := read(t, careful(), strings.NewReader(text.String()), s, o, 7)
		for _, piece := range []int{3, 50, 1 << 20} {
			got := read(t, Lines(), &pieces{[]byte(text.String()), piece}, s, o, []int{1, 50, 1000}[round%3])
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("seed %d, round %d, pieces of %d: %s\n%s", seed, round, piece, d, text.String())
			}
		}
	}
}

// TestTogetherIsUsed makes sure that records which look alike are read together, whose stops
// are known when they have been.
func TestTogetherIsUsed(t *testing.T) {
	s := rowOf(field("a", types.TLong), field("b", types.TString))
	for _, record := range []string{`{"a":1,"b":"x","c":"passed","d":12}`, `{"a": 1, "b": "x", "c": "passed", "d": 12}`, `{ "a":1,  "b":"x",  "c":"passed",  "d":12}`} {
		d, err := newDecoder(strings.NewReader(strings.Repeat(record+"\n", 2000)), s, nil, memory.DefaultAllocator, true)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := d.Next(1000) // those at the end of the text are read one by one
		if err != nil {
			t.Fatal(err)
		}
		if per := d.together.stride; per != 8+4+1 || d.together.pause != 0 {
			t.Errorf("%s: %d stops in a record, and %d records were read one by one last", record, per, d.together.pause)
		}
		rows.Release()
		d.Close()
	}
}

// TestStraightIsUsed makes sure that records which look alike are read straight,
// and that those which do not are soon no longer tried.
func TestStraightIsUsed(t *testing.T) {
	s := rowOf(field("a", types.TLong), field("b", types.TString))
	decode := func(lines []string) *decoder {
		d, err := newDecoder(strings.NewReader(strings.Join(lines, "\n")), s, nil, memory.DefaultAllocator, true)
		if err != nil {
			t.Fatal(err)
		}
		for {
			rows, err := d.Next(100)
			if err != nil {
				return d
			}
			rows.Release()
		}
	}
	var same, mixed []string
	for i := range 1000 {
		same = append(same, fmt.Sprintf(`{"a":%d,"b":"x"}`, i))
		mixed = append(mixed, []string{`{"a":1,"b":"x"}`, `{"b":"x","a":1}`}[i%2])
	}
	if d := decode(same); d.straight == nil || d.credit < 900 {
		t.Errorf("not read straight: credit %d", d.credit)
	}
	if d := decode(mixed); d.straight != nil {
		t.Errorf("still tried: credit %d", d.credit)
	}
}

func TestDigits(t *testing.T) {
	for _, text := range []string{"0,      ", "7}      ", "12,45678", "12345678", "1234567,", "x2345678", "\xff2345678", "1\xff345678", "9/345678", "9:345678"} {
		want, n := uint64(0), 0
		for n < 8 && text[n] >= '0' && text[n] <= '9' {
			want, n = want*10+uint64(text[n]-'0'), n+1
		}
		w, _ := word(text, 0)
		if got, m := digits(w); got != want || m != n {
			t.Errorf("%q: %d of %d digits, not %d of %d", text, got, m, want, n)
		}
	}
}
