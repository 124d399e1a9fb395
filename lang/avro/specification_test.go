package avro_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	hamba "github.com/hamba/avro/v2"

	"github.com/edynamic/edynamic/lang/avro"
	"github.com/edynamic/edynamic/lang/types"
)

// resolutions are the rules that the Avro specification gives for the resolution of
// schemas, each with schemas of its examples where it has some. want begins what is
// refused; "" is read.
var resolutions = []struct{ rule, writer, reader, want string }{
	{"arrays whose item types match", `{"type":"array","items":"int"}`, `{"type":"array","items":"long"}`, ""},
	{"arrays whose item types do not match", `{"type":"array","items":"string"}`, `{"type":"array","items":"long"}`, "x[]: it was string and is long"},
	{"maps whose value types match", `{"type":"map","values":"long"}`, `{"type":"map","values":"double"}`, ""},
	{"maps whose value types do not match", `{"type":"map","values":"boolean"}`, `{"type":"map","values":"long"}`, "x[]: it was boolean and is long"},
	{"an array is no map", `{"type":"array","items":"long"}`, `{"type":"map","values":"long"}`, "x: it was array<long> and is map<string, long>"},
	{"enums of one name", suit("Suit", `"SPADES","HEARTS","DIAMONDS","CLUBS"`, ""), suit("Suit", `"CLUBS","SPADES","HEARTS","DIAMONDS"`, ""), ""},
	{"a symbol that the reader does not have", suit("Suit", `"SPADES","HEARTS"`, ""), suit("Suit", `"SPADES"`, ""), "x: rows may hold HEARTS"},
	{"a symbol that the reader does not have, and a default", suit("Suit", `"SPADES","HEARTS"`, ""), suit("Suit", `"SPADES"`, `,"default":"SPADES"`), ""},
	{"fixed of one size", `{"type":"fixed","name":"md5","size":16}`, `{"type":"fixed","name":"md5","size":16}`, ""},
	{"fixed of different sizes", `{"type":"fixed","name":"md5","size":16}`, `{"type":"fixed","name":"md5","size":8}`, "x: it was fixed(16) and is fixed(8)"},
	{"records of one name", record("R", long("a"), long("b")), record("R", long("a"), long("b")), ""},
	{"the order of fields may be different", record("R", long("a"), long("b")), record("R", long("b"), long("a")), ""},
	{"a field that the reader does not have is ignored", record("R", long("a"), long("b")), record("R", long("b")), ""},
	{"a field that the writer does not have takes the default", record("R", long("a")), record("R", long("a"), `{"name":"b","type":"long","default":1}`), ""},
	{"a field that the writer does not have, without a default", record("R", long("a")), record("R", long("a"), long("b")), "x.b: rows without the field cannot be read"},
	{"an alias of a field", record("R", long("x")), record("R", `{"name":"y","type":"long","aliases":["x"]}`), ""},
	{"both are unions", `["null","int"]`, `["null","long"]`, ""},
	{"the writer's is a union of which a branch does not match", `["null","long"]`, `"long"`, "x: rows may hold null there"},
	{"the reader's is a union", `"long"`, `["null","long"]`, ""},
	{"the reader's is a union, and none of its branches matches", `"string"`, `["null","long"]`, "x: it was string and is long"},
	{"int is promoted to long", `"int"`, `"long"`, ""},
	{"int is promoted to float", `"int"`, `"float"`, ""},
	{"int is promoted to double", `"int"`, `"double"`, ""},
	{"long is promoted to float", `"long"`, `"float"`, ""},
	{"long is promoted to double", `"long"`, `"double"`, ""},
	{"float is promoted to double", `"float"`, `"double"`, ""},
	{"string is promoted to bytes", `"string"`, `"bytes"`, ""},
	{"long is not promoted to int", `"long"`, `"int"`, "x: it was long and is int"},
	{"double is not promoted to float", `"double"`, `"float"`, "x: it was double and is float"},
	{"float is not promoted to long", `"float"`, `"long"`, "x: it was float and is long"},
	{"boolean is not promoted", `"boolean"`, `"int"`, "x: it was boolean and is int"},
	{"decimals match by precision and scale", decimal("bytes", 4, 2), decimal("bytes", 4, 2), ""},
	{"decimals of another precision", decimal("bytes", 4, 2), decimal("bytes", 6, 2), "x: it was decimal(4, 2) and is decimal(6, 2)"},
	{"decimals of another scale", decimal("bytes", 4, 2), decimal("bytes", 4, 1), "x: it was decimal(4, 2) and is decimal(4, 1)"},
	{"a scale that is not written is 0", `{"type":"bytes","logicalType":"decimal","precision":4}`, decimal("bytes", 4, 0), ""},
	{"a logical type that does not fit is ignored", `{"type":"int","logicalType":"decimal","precision":4}`, `"int"`, ""},
	{"a logical type that is not known is ignored", `{"type":"string","logicalType":"colour"}`, `"string"`, ""},
}

// ownResolutions are where edy refuses what the specification lets through: docs/durability.md
// says why.
var ownResolutions = []struct{ rule, writer, reader, want string }{
	{"bytes are promoted to string", `"bytes"`, `"string"`, "x: it was bytes and is string"},
	{"a logical type and its underlying type", `{"type":"long","logicalType":"timestamp-micros"}`, `"long"`, "x: it was timestamp and is long"},
	{"logical types of one underlying type", `{"type":"long","logicalType":"timestamp-micros"}`, `{"type":"long","logicalType":"time-micros"}`, "x: it was timestamp and is time"},
}

// byPlace are what edy reads although the specification wants names to be equal: types
// are found by the place they stand in.
var byPlace = []struct{ rule, writer, reader, want string }{
	{"records of different names", record("R", long("a")), record("S", long("a")), ""},
	{"enums of different names", suit("Suit", `"SPADES"`, ""), suit("Colour", `"SPADES"`, ""), ""},
	{"fixed of different names", `{"type":"fixed","name":"md5","size":16}`, `{"type":"fixed","name":"hash","size":16}`, ""},
}

func suit(name, symbols, more string) string {
	return fmt.Sprintf(`{"type":"enum","name":%q,"symbols":[%s]%s}`, name, symbols, more)
}

func record(name string, fields ...string) string {
	return fmt.Sprintf(`{"type":"record","name":%q,"fields":[%s]}`, name, strings.Join(fields, ","))
}

func long(name string) string { return fmt.Sprintf(`{"name":%q,"type":"long"}`, name) }

func decimal(of string, precision, scale int) string {
	return fmt.Sprintf(`{"type":%q,"logicalType":"decimal","precision":%d,"scale":%d}`, of, precision, scale)
}

// inRow is a row with one field x of a schema.
func inRow(t *testing.T, schema string) (*types.Type, hamba.Schema) {
	t.Helper()
	text := record("Row", `{"name":"x","type":`+schema+`}`)
	row, err := avro.Import([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	other, err := hamba.ParseWithCache(text, "", &hamba.SchemaCache{})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return row, other
}

// TestResolutionBySpecification goes through the rules, and asks the other implementation
// where it knows them: it does not look at logical types.
func TestResolutionBySpecification(t *testing.T) {
	for _, c := range resolutions {
		got := resolved(t, c.rule, c.writer, c.reader, c.want)
		_, w := inRow(t, c.writer)
		_, r := inRow(t, c.reader)
		if err := hamba.NewSchemaCompatibility().Compatible(r, w); (err != nil) != got && !strings.Contains(c.rule, "decimal") {
			t.Errorf("%s: refused here %t, and there: %v", c.rule, got, err)
		}
	}
	for _, c := range ownResolutions {
		_, w := inRow(t, c.writer)
		_, r := inRow(t, c.reader)
		if err := hamba.NewSchemaCompatibility().Compatible(r, w); !resolved(t, c.rule, c.writer, c.reader, c.want) || err != nil {
			t.Errorf("%s: it is to be refused here alone, and there: %v", c.rule, err)
		}
	}
	for _, c := range byPlace {
		_, w := inRow(t, c.writer)
		_, r := inRow(t, c.reader)
		if err := hamba.NewSchemaCompatibility().Compatible(r, w); resolved(t, c.rule, c.writer, c.reader, c.want) || err == nil {
			t.Errorf("%s: it is to be refused there alone", c.rule)
		}
	}
}

// resolved compares what is refused of a reader with what is expected, and tells whether
// anything is.
func resolved(t *testing.T, rule, writer, reader, want string) bool {
	t.Helper()
	w, _ := inRow(t, writer)
	r, _ := inRow(t, reader)
	found := avro.Resolve(w, r)
	switch {
	case want == "" && len(found) > 0:
		t.Errorf("%s: refused: %v", rule, found)
	case want != "" && (len(found) != 1 || !strings.HasPrefix(found[0].String(), want)):
		t.Errorf("%s: %v, want %s", rule, found, want)
	}
	return len(found) > 0
}

// TestWhatEdyHasNoTypeFor: schemas of the specification that are refused whole, with the
// reason.
func TestWhatEdyHasNoTypeFor(t *testing.T) {
	for schema, why := range map[string]string{
		`{"type":"record","name":"LongList","aliases":["LinkedLongs"],"fields":[{"name":"value","type":"long"},{"name":"next","type":["null","LongList"]}]}`: "LongList holds itself",
		record("Row", `{"name":"x","type":["int","string"]}`): "a union of int and string",
	} {
		if _, err := avro.Import([]byte(schema)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v, want %s", schema, err, why)
		}
	}
}

// TestPromises compares each promise with what follows from reading between single
// versions, by the other implementation.
func TestPromises(t *testing.T) {
	var versions []*types.Type
	var others []hamba.Schema
	for _, schema := range []string{`"int"`, `["null","int"]`, `"long"`, `["null","long"]`, `"double"`, `"string"`} {
		row, other := inRow(t, schema)
		versions, others = append(versions, row), append(others, other)
	}
	reads := func(reader, writer int) bool {
		return hamba.NewSchemaCompatibility().Compatible(others[reader], others[writer]) == nil
	}
	n := len(versions)
	for a := range n {
		for b := range n {
			for c := range n {
				before := []*types.Type{versions[a], versions[b]}
				for _, promise := range avro.Compatibilities {
					word, all := strings.CutSuffix(string(promise), "_transitive")
					var want []string
					for i, v := range []int{a, b} {
						if !all && i == 0 {
							continue
						}
						if (word == "backward" || word == "full") && !reads(c, v) {
							want = append(want, fmt.Sprint(i+1, " cannot be read"))
						}
						if (word == "forward" || word == "full") && !reads(v, c) {
							want = append(want, fmt.Sprint(i+1, " cannot read"))
						}
					}
					breaks, err := avro.Check(promise, before, versions[c])
					if err != nil {
						t.Fatal(err)
					}
					var got []string
					for _, x := range breaks {
						text := fmt.Sprint(x.Version, map[bool]string{true: " cannot be read", false: " cannot read"}[x.Reading])
						if len(got) == 0 || got[len(got)-1] != text { // null and type may both be wrong
							got = append(got, text)
						}
					}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("%s, %s after %s and %s (-want +got):\n%s", promise, versions[c], versions[a], versions[b], diff)
					}
				}
			}
		}
	}
}
