package avro_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"math/rand"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	lib "github.com/hamba/avro/v2"

	"github.com/edynamic/edynamic/lang/avro"
	"github.com/edynamic/edynamic/lang/types"
)

// same compares types with their defaults, annotations and names.
var same = cmp.Options{
	cmpopts.EquateEmpty(), cmpopts.EquateNaNs(),
	cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 }),
}

func export(t *testing.T, typ *types.Type, opt avro.Options) string {
	t.Helper()
	s, err := avro.Export(typ, opt)
	if err != nil {
		t.Fatal(err)
	}
	return string(s)
}

// known asks the library, whose cache must not know the names of other tests.
func known(t *testing.T, schema string) lib.Schema {
	t.Helper()
	s, err := lib.ParseWithCache(schema, "", &lib.SchemaCache{})
	if err != nil {
		t.Fatalf("the library refuses %s: %v", schema, err)
	}
	return s
}

func row(fields ...types.Field) *types.Type {
	return &types.Type{Kind: types.Record, Name: "Row", Fields: fields}
}

var (
	zone    = &types.Type{Kind: types.Enum, Name: "Zone", Symbols: []string{"furnace", "store"}, Default: "store"}
	paid    = &types.Type{Kind: types.Record, Name: "Paid", Fields: []types.Field{{Name: "amount", Type: types.DecimalOf(12, 2)}}}
	refused = &types.Type{Kind: types.Record, Name: "Refused", Fields: []types.Field{{Name: "why", Type: types.TString}}}
	payment = &types.Type{Kind: types.Union, Name: "Payment", Branches: []*types.Type{paid, refused}}
)

func TestTheTableOfTypes(t *testing.T) {
	for _, c := range []struct {
		typ  *types.Type
		want string
	}{
		{types.TBoolean, `"boolean"`},
		{types.TInt, `"int"`},
		{types.TLong, `"long"`},
		{types.TFloat, `"float"`},
		{types.TDouble, `"double"`},
		{types.DecimalOf(9, 2), `{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}`},
		{types.TString, `"string"`},
		{types.TBytes, `"bytes"`},
		{&types.Type{Kind: types.Fixed, Size: 4}, `{"type":"fixed","name":"fixed_4","size":4}`},
		{types.TUUID, `{"type":"string","logicalType":"uuid"}`},
		{types.TDate, `{"type":"int","logicalType":"date"}`},
		{types.TTime, `{"type":"long","logicalType":"time-micros"}`},
		{types.TTimestamp, `{"type":"long","logicalType":"timestamp-micros"}`},
		{types.TLocalTimestamp, `{"type":"long","logicalType":"local-timestamp-micros"}`},
		{types.TDuration, `{"type":"long","edy.type":"duration"}`},
		{types.TPeriod, `{"type":"fixed","name":"period","size":12,"logicalType":"duration"}`},
		{zone, `{"type":"enum","name":"Zone","symbols":["furnace","store"],"default":"store"}`},
		{types.TGeography, `{"type":"bytes","edy.type":"geography"}`},
		{types.TJSON, `{"type":"string","edy.type":"json"}`},
		{types.ArrayOf(types.TInt.OrNull()), `{"type":"array","items":["null","int"]}`},
		{types.MapOf(types.TDate), `{"type":"map","values":{"type":"int","logicalType":"date"}}`},
		{types.TDouble.OrNull(), `["null","double"]`},
		{types.TNull, `"null"`},
	} {
		field := types.Field{Name: "x", Type: c.typ}
		want := `{"type":"record","name":"Row","fields":[{"name":"x","type":` + c.want + `}]}`
		got := export(t, row(field), avro.Options{})
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", c.typ, got, want)
		}
		known(t, got)
	}
}

func TestFieldsCarryDefaultsAliasesDocsAndTags(t *testing.T) {
	for _, c := range []struct {
		name  string
		field types.Field
		want  string
	}{
		{"null first without a default", types.Field{Name: "x", Type: types.TLong.OrNull()}, `{"name":"x","type":["null","long"]}`},
		{"null first with default null", types.Field{Name: "x", Type: types.TLong.OrNull(), HasDef: true}, `{"name":"x","type":["null","long"],"default":null}`},
		{"null last with another default", types.Field{Name: "x", Type: types.TLong.OrNull(), HasDef: true, Default: int64(7)}, `{"name":"x","type":["long","null"],"default":7}`},
		{"doc", types.Field{Name: "x", Type: types.TInt, Doc: `says "hi"`}, `{"name":"x","type":"int","doc":"says \"hi\""}`},
		{"was", types.Field{Name: "x", Type: types.TInt, Was: []string{"y", "z"}}, `{"name":"x","type":"int","aliases":["y","z"]}`},
		{"tags in order", types.Field{Name: "x", Type: types.TInt, Tags: map[string]string{"unit": "m", "pii": ""}}, `{"name":"x","type":"int","edy.tags":{"pii":"","unit":"m"}}`},
		{"a name of letters Avro lacks", types.Field{Name: "größe", Type: types.TInt}, `{"name":"gr__e","type":"int","edy.name":"größe"}`},
		// -1.28 is -128 hundredths: one byte, 0x80.
		{"decimal", types.Field{Name: "x", Type: types.DecimalOf(4, 2), HasDef: true, Default: types.Dec{Unscaled: big.NewInt(-128), Scale: 2}},
			`{"name":"x","type":{"type":"bytes","logicalType":"decimal","precision":4,"scale":2},"default":"` + "\u0080" + `"}`},
		// 1.28 needs a byte for the sign: 0x00 0x80.
		{"decimal with a sign byte", types.Field{Name: "x", Type: types.DecimalOf(4, 2), HasDef: true, Default: types.Dec{Unscaled: big.NewInt(128), Scale: 2}},
			`{"name":"x","type":{"type":"bytes","logicalType":"decimal","precision":4,"scale":2},"default":"\u0000` + "\u0080" + `"}`},
		{"not a number", types.Field{Name: "x", Type: types.TDouble, HasDef: true, Default: math.NaN()}, `{"name":"x","type":"double","edy.default":"NaN"}`},
	} {
		want := `{"type":"record","name":"Row","fields":[` + c.want + `]}`
		got := export(t, row(c.field), avro.Options{})
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, want)
		}
		known(t, got)
		back, err := avro.Import([]byte(got))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if d := cmp.Diff(row(c.field), back, same); d != "" {
			t.Errorf("%s:\n%s", c.name, d)
		}
	}
}

func TestAUnionOfRows(t *testing.T) {
	got := export(t, payment, avro.Options{Namespace: "shop"})
	want := `[{"type":"record","name":"Paid","namespace":"shop","fields":[{"name":"amount","type":{"type":"bytes","logicalType":"decimal","precision":12,"scale":2}}],"edy.union":"Payment"},` +
		`{"type":"record","name":"Refused","namespace":"shop","fields":[{"name":"why","type":"string"}]}]`
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	known(t, got)
	back, err := avro.Import([]byte(got))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(payment, back, same); d != "" {
		t.Error(d)
	}
}

func TestATypeIsDefinedOnce(t *testing.T) {
	typ := row(
		types.Field{Name: "a", Type: zone}, types.Field{Name: "b", Type: zone.OrNull()},
		types.Field{Name: "p", Type: payment.OrNull()}, types.Field{Name: "q", Type: types.ArrayOf(payment)},
		types.Field{Name: "inner", Type: types.RecordOf(types.Field{Name: "z", Type: zone})},
	)
	got := export(t, typ, avro.Options{Namespace: "shop"})
	if n := strings.Count(got, `"symbols"`); n != 1 {
		t.Errorf("the enum is defined %d times: %s", n, got)
	}
	known(t, got)
	back, err := avro.Import([]byte(got))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(typ, back, same); d != "" {
		t.Error(d)
	}
}

func TestSchemasOfOthers(t *testing.T) {
	for _, c := range []struct {
		name, schema string
		want         *types.Type
	}{
		{"null after the type", `{"type":"record","name":"a.b.R","fields":[{"name":"x","type":["string","null"]}]}`,
			&types.Type{Kind: types.Record, Name: "R", Fields: []types.Field{{Name: "x", Type: types.TString.OrNull()}}}},
		{"other units of time", `{"type":"record","name":"Row","fields":[
			{"name":"a","type":{"type":"int","logicalType":"time-millis"}},
			{"name":"b","type":{"type":"long","logicalType":"timestamp-millis"}},
			{"name":"c","type":{"type":"long","logicalType":"timestamp-nanos"}},
			{"name":"d","type":{"type":"long","logicalType":"local-timestamp-millis"}}]}`,
			row(types.Field{Name: "a", Type: types.TTime}, types.Field{Name: "b", Type: types.TTimestamp},
				types.Field{Name: "c", Type: types.TTimestamp}, types.Field{Name: "d", Type: types.TLocalTimestamp})},
		{"a uuid and a decimal of fixed size", `{"type":"record","name":"Row","fields":[
			{"name":"a","type":{"type":"fixed","name":"u","size":16,"logicalType":"uuid"}},
			{"name":"b","type":{"type":"fixed","name":"d","size":8,"logicalType":"decimal","precision":10,"scale":3}},
			{"name":"c","type":"u"}]}`,
			row(types.Field{Name: "a", Type: types.TUUID}, types.Field{Name: "b", Type: types.DecimalOf(10, 3)}, types.Field{Name: "c", Type: types.TUUID})},
		{"a logical type that does not fit", `{"type":"record","name":"Row","fields":[{"name":"a","type":{"type":"bytes","logicalType":"decimal","precision":2,"scale":3}}]}`,
			row(types.Field{Name: "a", Type: types.TBytes})},
		{"a type in braces of its own", `{"type":"record","name":"Row","fields":[{"name":"a","type":{"type":{"type":"array","items":"int"}}}]}`,
			row(types.Field{Name: "a", Type: types.ArrayOf(types.TInt)})},
		{"a union without a name", `{"type":"record","name":"Row","fields":[{"name":"a","type":[
			{"type":"record","name":"A","fields":[]},"null",{"type":"record","name":"B","fields":[]}]}]}`,
			row(types.Field{Name: "a", Type: &types.Type{Kind: types.Union, Name: "AOrB", Nullable: true,
				Branches: []*types.Type{{Kind: types.Record, Name: "A"}, {Kind: types.Record, Name: "B"}}}})},
	} {
		got, err := avro.Import([]byte(c.schema))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if d := cmp.Diff(c.want, got, same); d != "" {
			t.Errorf("%s:\n%s", c.name, d)
		}
	}
}

func TestWhatCannotBeImported(t *testing.T) {
	for _, c := range []struct{ schema, want string }{
		{`{"type":"record","name":"Tree","fields":[{"name":"left","type":["null","Tree"]}]}`, "Tree: left: the schema Tree holds itself; edy has no recursive types"},
		{`["null",["int"]]`, "a union has another as its branch, which Avro does not allow: write all branches in one"},
		{`{"type":"record","name":"R","fields":[{"name":"1x","type":"int"}]}`, `R: "1x" is no name of a field: that is letters, digits and _, and begins with no digit`},
		{`["int","string"]`, "a union of int and string: the branches of an edy union are named records"},
		{`{"type":"record","name":"R","fields":[{"name":"x","type":"no.such"}]}`, `R: x: there is no type "no.such"`},
		{`{"type":"enum","name":"E","symbols":[]}`, "the enum E needs symbols"},
		{`{"type":"enum","name":"E","symbols":["a"],"default":"b"}`, "the default of the enum E is none of its symbols"},
		{`{"type":"record","name":"R"}`, "the record R needs fields"},
		{`{"type":"record","name":"R","fields":[{"name":"x","type":"int","default":"1"}]}`, "R: the default of the field x does not fit int"},
		{`{"type":"record","name":"R","fields":[{"name":"x","type":"int"},{"name":"x","type":"int"}]}`, `R: there are two fields "x"`},
		{`{"type":"fixed","name":"F"}`, "the fixed type F needs a size"},
		{`{"type":"array"}`, "the array does not say what its items are"},
		{`{"type":"map"}`, "the map does not say what its values are"},
		{`{"name":"x"}`, `{"name":"x"} does not say its type`},
		{`[]`, "a union needs a branch"},
		{`17`, "17 is not a schema"},
		{``, "the schema is not JSON: unexpected EOF"},
		{`"int" 1`, "the schema is followed by something else"},
	} {
		_, err := avro.Import([]byte(c.schema))
		if err == nil || err.Error() != c.want {
			t.Errorf("%s:\n got %v\nwant %s", c.schema, err, c.want)
		}
	}
}

// The canonical forms and fingerprints of Avro's own test data.
func TestFingerprints(t *testing.T) {
	for _, c := range []struct {
		schema, canonical string
		rabin             uint64
	}{
		{`"null"`, `"null"`, 0x63dd24e7cc258f8a},
		{`{"type":"boolean"}`, `"boolean"`, 0x9f42fc78a4d4f764},
		{`"int"`, `"int"`, 0x7275d51a3f395c8f},
		{`"string"`, `"string"`, 0x8f014872634503c7},
		{`{ "type" : "record", "fields":[], "doc":"empty", "namespace":"x", "name":"foo"}`, `{"name":"x.foo","type":"record","fields":[]}`, 0},
	} {
		got, err := avro.Canonical([]byte(c.schema))
		if err != nil || string(got) != c.canonical {
			t.Errorf("%s: got %s, %v, want %s", c.schema, got, err, c.canonical)
		}
		if fp, _ := avro.Rabin([]byte(c.schema)); c.rabin != 0 && fp != c.rabin {
			t.Errorf("%s: got %x, want %x", c.schema, fp, c.rabin)
		}
	}
}

var logicalType = regexp.MustCompile(`,"logicalType":"[^"]*"`)

// gen makes random types.
type gen struct {
	*rand.Rand
	names int
}

func (g *gen) name() string {
	g.names++
	return fmt.Sprintf("T%d", g.names)
}

func (g *gen) typ(depth int) *types.Type {
	scalars := []*types.Type{types.TBoolean, types.TInt, types.TLong, types.TFloat, types.TDouble, types.TString, types.TBytes, types.TUUID,
		types.TDate, types.TTime, types.TTimestamp, types.TLocalTimestamp, types.TDuration, types.TPeriod, types.TGeography, types.TJSON,
		types.DecimalOf(1+g.Intn(38), 0), {Kind: types.Fixed, Size: 1 + g.Intn(20)}, zone, payment,
		{Kind: types.Enum, Name: g.name(), Symbols: []string{"a", "ü", "b c"}}}
	t := scalars[g.Intn(len(scalars))]
	if depth > 0 {
		switch g.Intn(6) {
		case 0:
			t = types.ArrayOf(g.typ(depth - 1))
		case 1:
			t = types.MapOf(g.typ(depth - 1))
		case 2:
			t = g.record(depth-1, "")
		case 3:
			t = g.record(depth-1, g.name())
		}
	}
	return t.WithNull(g.Intn(3) == 0)
}

func (g *gen) record(depth int, name string) *types.Type {
	r := &types.Type{Kind: types.Record, Name: name}
	for i := range 1 + g.Intn(5) {
		f := types.Field{Name: fmt.Sprintf("f%d", i), Type: g.typ(depth)}
		if g.Intn(5) == 0 {
			f.Name = fmt.Sprintf("f ö%d", i)
		}
		if g.Intn(4) == 0 {
			f.Doc, f.Was = "what it is", []string{"old", "älter"}
		}
		if g.Intn(2) == 0 {
			f.HasDef, f.Default = true, g.value(f.Type)
		}
		r.Fields = append(r.Fields, f)
	}
	return r
}

func (g *gen) value(t *types.Type) any {
	if t.Nullable && g.Intn(2) == 0 {
		return nil
	}
	switch t.Kind {
	case types.Boolean:
		return g.Intn(2) == 0
	case types.Int, types.Date:
		return int64(int32(g.Uint32()))
	case types.Long, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration:
		return int64(g.Uint64())
	case types.Float, types.Double:
		return []float64{0, -1.5, math.Inf(1), math.NaN(), 1e300, 3}[g.Intn(6)]
	case types.Decimal:
		return types.Dec{Unscaled: big.NewInt(int64(g.Uint64()) >> uint(g.Intn(64))), Scale: t.Scale}
	case types.String, types.JSON:
		return []string{"", "a\"b\n\x00", "größe 😀"}[g.Intn(3)]
	case types.Enum:
		return t.Symbols[g.Intn(len(t.Symbols))]
	case types.Bytes, types.Geography:
		return []byte{0, 200, 255}[:g.Intn(4)]
	case types.Fixed:
		return make([]byte, t.Size)
	case types.UUID:
		return []byte("0123456789abcdef")
	case types.Period:
		return types.Per{Months: g.Intn(9) - 4, Days: g.Intn(5)}
	case types.Array:
		return []any{g.value(t.Elem)}
	case types.Map:
		return types.MapValue{Keys: []string{"z", "a"}, Values: []any{g.value(t.Elem), g.value(t.Elem)}}
	case types.Record:
		var out []any
		for _, f := range t.Fields {
			out = append(out, g.value(f.Type))
		}
		return out
	case types.Union:
		i := g.Intn(len(t.Branches))
		return types.UnionValue{Branch: i, Record: g.value(t.Branches[i]).([]any)}
	default:
		panic("no value of " + t.String())
	}
}

// Whatever is exported is imported as it was, the library reads it, and agrees on
// its fingerprint.
func TestRoundTrip(t *testing.T) {
	for seed := range int64(200) {
		g := &gen{Rand: rand.New(rand.NewSource(seed))}
		typ := g.record(3, "Row")
		opt := avro.Options{Namespace: []string{"", "a.b"}[g.Intn(2)]}
		text, err := avro.Export(typ, opt)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		back, err := avro.Import(text)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		if d := cmp.Diff(typ, back, same); d != "" {
			t.Fatalf("seed %d:\n%s\n%s", seed, d, text)
		}
		again, err := avro.Export(back, opt)
		if err != nil || string(again) != string(text) {
			t.Fatalf("seed %d: exported again it differs: %v\n%s\n%s", seed, err, text, again)
		}
		if !json.Valid(text) {
			t.Fatalf("seed %d: not JSON: %s", seed, text)
		}
		if _, err := lib.ParseBytesWithCache(text, "", &lib.SchemaCache{}); err != nil {
			t.Fatalf("seed %d: the library refuses it: %v\n%s", seed, err, text)
		}
		// The library leaves logical types in its canonical form, where the
		// specification has none.
		theirs, err := lib.ParseWithCache(logicalType.ReplaceAllString(string(text), ""), "", &lib.SchemaCache{})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		ours, err := avro.SHA256(text)
		if err != nil || ours != theirs.Fingerprint() {
			canon, _ := avro.Canonical(text)
			t.Fatalf("seed %d: fingerprints differ: %v\nours   %s\ntheirs %s", seed, err, canon, theirs)
		}
		rabin, _ := avro.Rabin(text)
		want, _ := theirs.FingerprintUsing(lib.CRC64Avro)
		if fmt.Sprintf("%016x", rabin) != fmt.Sprintf("%x", want) {
			t.Fatalf("seed %d: CRC-64-AVRO is %016x, the library says %x", seed, rabin, want)
		}
	}
}

func FuzzImport(f *testing.F) {
	for seed := range int64(20) {
		g := &gen{Rand: rand.New(rand.NewSource(seed))}
		text, err := avro.Export(g.record(2, "Row"), avro.Options{})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`[{"type":"record","name":"A","fields":[{"name":"x","type":["null","int"],"default":null}]}]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, err := avro.Canonical(text); err != nil {
			return
		}
		typ, err := avro.Import(text)
		if err != nil {
			return
		}
		out, err := avro.Export(typ, avro.Options{})
		if err != nil {
			return // a union in a union
		}
		back, err := avro.Import(out)
		if err != nil {
			t.Fatalf("%s was exported as %s, which is refused: %v", text, out, err)
		}
		if !types.Equal(typ, back) {
			t.Fatalf("%s was exported as %s, which is another type", text, out)
		}
	})
}
