package avro

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	hamba "github.com/hamba/avro/v2"

	"github.com/edynamic/edynamic/lang/types"
)

func rec(name string, fields ...types.Field) *types.Type {
	return &types.Type{Kind: types.Record, Name: name, Fields: fields}
}

func field(name string, t *types.Type) types.Field { return types.Field{Name: name, Type: t} }

func TestResolve(t *testing.T) {
	color := &types.Type{Kind: types.Enum, Name: "Color", Symbols: []string{"red", "green", "blue"}}
	fewer := &types.Type{Kind: types.Enum, Name: "Color", Symbols: []string{"red"}}
	fewerDefault := &types.Type{Kind: types.Enum, Name: "Color", Symbols: []string{"red"}, Default: "red"}
	a, b := rec("A", field("x", types.TLong)), rec("B", field("y", types.TLong))
	ab := &types.Type{Kind: types.Union, Name: "AB", Branches: []*types.Type{a, b}}
	onlyA := &types.Type{Kind: types.Union, Name: "AB", Branches: []*types.Type{a}}
	row := func(fields ...types.Field) *types.Type { return rec("R", fields...) }
	withDefault := types.Field{Name: "y", Type: types.TLong, HasDef: true, Default: int64(1)}
	renamed := types.Field{Name: "y", Type: types.TLong, Was: []string{"x"}}
	for _, c := range []struct {
		name           string
		writer, reader *types.Type
		want           []string
	}{
		{"the same", row(field("x", types.TLong)), row(field("x", types.TLong)), nil},
		{"int read as long", row(field("x", types.TInt)), row(field("x", types.TLong)), nil},
		{"long read as int", row(field("x", types.TLong)), row(field("x", types.TInt)), []string{"x: it was long and is int"}},
		{"null where none is taken", row(field("x", types.TLong.OrNull())), row(field("x", types.TLong)), []string{"x: rows may hold null there, and long takes none"}},
		{"nullable later", row(field("x", types.TLong)), row(field("x", types.TLong.OrNull())), nil},
		{"a new field", row(field("x", types.TLong)), row(field("x", types.TLong), field("y", types.TLong)), []string{"y: rows without the field cannot be read: it is new and has no default"}},
		{"a new field with a default", row(field("x", types.TLong)), row(field("x", types.TLong), withDefault), nil},
		{"a new nullable field", row(field("x", types.TLong)), row(field("x", types.TLong), field("y", types.TLong.OrNull())), []string{"y: rows without the field cannot be read: it is new and has no default"}},
		{"a new nullable field that is null by default", row(field("x", types.TLong)), row(field("x", types.TLong), types.Field{Name: "y", Type: types.TLong.OrNull(), HasDef: true}), nil},
		{"a field left out", row(field("x", types.TLong), field("y", types.TLong)), row(field("x", types.TLong)), nil},
		{"a field renamed", row(field("x", types.TLong)), row(renamed), nil},
		{"another scale", row(field("x", types.DecimalOf(12, 3))), row(field("x", types.DecimalOf(12, 4))),
			[]string{"x: it was decimal(12, 3) and is decimal(12, 4); Avro reads a decimal only with the same precision and scale"}},
		{"symbols left out", row(field("x", color)), row(field("x", fewer)), []string{"x: rows may hold green, blue, which the enum Color does not have"}},
		{"symbols left out, with a default", row(field("x", color)), row(field("x", fewerDefault)), nil},
		{"symbols added", row(field("x", fewer)), row(field("x", color)), nil},
		{"a string read as bytes", row(field("x", types.TString)), row(field("x", types.TBytes)), nil},
		{"bytes are no string", row(field("x", types.TBytes)), row(field("x", types.TString)), []string{"x: it was bytes and is string"}},
		{"inside an array", row(field("x", types.ArrayOf(types.TLong))), row(field("x", types.ArrayOf(types.TInt))), []string{"x[]: it was long and is int"}},
		{"inside a record", row(field("x", rec("", field("y", types.TLong)))), row(field("x", rec("", field("y", types.TInt)))), []string{"x.y: it was long and is int"}},
		{"a branch left out", ab, onlyA, []string{"rows may be B, which AB does not have"}},
		{"a branch added", onlyA, ab, nil},
		{"a record read as a union", a, ab, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, m := range Resolve(c.writer, c.reader) {
				got = append(got, m.String())
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	v1 := rec("R", field("x", types.TLong))
	v2 := rec("R", field("x", types.TLong), types.Field{Name: "y", Type: types.TLong.OrNull(), HasDef: true})
	v3 := rec("R", field("x", types.TLong), field("y", types.TLong))
	for _, c := range []struct {
		promise Compatibility
		want    []string
	}{
		{None, nil},
		{Backward, []string{"2 true y"}},
		{BackwardTransitive, []string{"1 true y", "2 true y"}},
		{Forward, nil},
		{ForwardTransitive, nil},
		{Full, []string{"2 true y"}},
		{FullTransitive, []string{"1 true y", "2 true y"}},
	} {
		breaks, err := Check(c.promise, []*types.Type{v1, v2}, v3)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, b := range breaks {
			got = append(got, fmt.Sprintf("%d %t %s", b.Version, b.Reading, b.Path))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.promise, diff)
		}
	}
	if _, err := Check("sideways", nil, v1); err == nil {
		t.Error("a promise that there is not was taken")
	}
}

// TestCheckTellsOfTheNewest: what readers of an earlier version cannot read is told of the
// version that is new, with what it could do about it.
func TestCheckTellsOfTheNewest(t *testing.T) {
	few := &types.Type{Kind: types.Enum, Name: "Color", Symbols: []string{"red"}}
	more := &types.Type{Kind: types.Enum, Name: "Color", Symbols: []string{"red", "blue"}}
	a, b := rec("A", field("x", types.TLong)), rec("B", field("y", types.TLong))
	union := func(branches ...*types.Type) *types.Type {
		return &types.Type{Kind: types.Union, Name: "AB", Branches: branches}
	}
	row := func(fields ...types.Field) *types.Type { return rec("R", fields...) }
	for _, c := range []struct {
		before, next *types.Type
		want         string
	}{
		{row(field("x", types.TInt)), row(field("x", types.TLong)), "x: it was int and is long / "},
		{row(field("x", types.DecimalOf(6, 2))), row(field("x", types.DecimalOf(9, 2))),
			"x: it was decimal(6, 2) and is decimal(9, 2); Avro reads a decimal only with the same precision and scale / a new field of the other type, beside this one"},
		{row(field("x", types.TInt)), row(field("x", types.TInt.OrNull())), "x: rows may hold null there by now, which int did not take / keep it without null: int"},
		{row(field("x", types.TInt), field("y", types.TLong)), row(field("x", types.TInt)), "y: the field is gone, and had no default that it could be read as / keep it: y: long"},
		{row(field("x", few)), row(field("x", more)),
			"x: rows may hold blue by now, and the enum Color had no default to read that as / give the enum a default first, and the symbols in a version behind that"},
		{union(a), union(a, b), "rows may be B by now, which AB did not have / "},
	} {
		breaks, err := Check(Forward, []*types.Type{c.before}, c.next)
		if err != nil || len(breaks) != 1 {
			t.Fatalf("%v, %v", breaks, err)
		}
		if got := breaks[0].String() + " / " + breaks[0].Fix; got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// TestFixes: a field that may have been renamed is told to say so.
func TestFixes(t *testing.T) {
	row := func(fields ...types.Field) *types.Type { return rec("R", fields...) }
	const plain = "z: long = ...   (a default)"
	for _, c := range []struct {
		writer, reader *types.Type
		want           string
	}{
		{row(field("x", types.TInt)), row(field("z", types.TLong)), plain + `, or @was("x") where it was called that`},
		{row(field("x", types.TString)), row(field("z", types.TLong)), plain},
		{row(field("x", types.TInt), field("y", types.TInt)), row(field("z", types.TLong)), plain},
		{row(field("x", types.TInt)), row(field("z", types.TLong), types.Field{Name: "y", Type: types.TInt, Was: []string{"x"}}), plain},
		{row(field("x", types.TInt)), row(field("x", types.TInt), field("z", types.TLong)), plain},
	} {
		found := Resolve(c.writer, c.reader)
		if len(found) != 1 || found[0].Fix != c.want {
			t.Errorf("%v, want the fix %s", found, c.want)
		}
	}
}

// TestResolveAgainstHamba changes random schemas and compares with another
// implementation of Avro's rules, on what both know: nullability is a union there,
// and names of records must be equal.
func TestResolveAgainstHamba(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 3))
	fits, misfits := 0, 0
	for range 3000 {
		writer := randomRow(r)
		reader := changedRow(r, writer)
		want := hambaReads(t, writer, reader)
		got := Resolve(writer, reader)
		if want != (len(got) == 0) {
			t.Fatalf("written %s\nread    %s\nthe other implementation says %t, and here it is %v", export(t, writer), export(t, reader), want, got)
		}
		if want {
			fits++
		} else {
			misfits++
		}
	}
	if fits < 300 || misfits < 300 {
		t.Errorf("%d pairs fit and %d do not: too few of one", fits, misfits)
	}
}

func export(t *testing.T, row *types.Type) string {
	t.Helper()
	b, err := Export(row, Options{Name: "Row"})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func hambaReads(t *testing.T, writer, reader *types.Type) bool {
	t.Helper()
	parse := func(row *types.Type) hamba.Schema {
		s, err := hamba.ParseWithCache(export(t, row), "", &hamba.SchemaCache{})
		if err != nil {
			t.Fatalf("%s: %v", export(t, row), err)
		}
		return s
	}
	return hamba.NewSchemaCompatibility().Compatible(parse(reader), parse(writer)) == nil
}

var randomScalars = []*types.Type{types.TInt, types.TLong, types.TFloat, types.TDouble, types.TBoolean, types.TString}

func randomType(r *rand.Rand, depth int) *types.Type {
	var t *types.Type
	switch r.IntN(8) {
	case 0:
		t = &types.Type{Kind: types.Enum, Name: "Color", Symbols: []string{"red", "green", "blue"}[:1+r.IntN(3)]}
		if r.IntN(3) == 0 {
			t.Default = "red"
		}
	case 1:
		if depth > 0 {
			t = types.ArrayOf(randomType(r, depth-1))
		}
	case 2:
		if depth > 0 {
			t = types.MapOf(randomType(r, depth-1))
		}
	case 3:
		if depth > 0 {
			t = rec("", field("a", randomType(r, depth-1)), field("b", randomType(r, depth-1)))
		}
	}
	if t == nil {
		t = randomScalars[r.IntN(len(randomScalars))]
	}
	return t.WithNull(r.IntN(3) == 0)
}

// randomRow has at most one enum, since two of one name would have to be equal.
func randomRow(r *rand.Rand) *types.Type {
	for {
		row := rec("Row")
		for i := range 1 + r.IntN(4) {
			row.Fields = append(row.Fields, field(string(rune('f'+i)), randomType(r, 2)))
		}
		if enums(row) <= 1 {
			return row
		}
	}
}

func hasRecord(t *types.Type) bool {
	return t.Kind == types.Record || t.Elem != nil && hasRecord(t.Elem)
}

func enums(t *types.Type) int {
	n := 0
	if t.Kind == types.Enum {
		n++
	}
	if t.Elem != nil {
		n += enums(t.Elem)
	}
	for _, f := range t.Fields {
		n += enums(f.Type)
	}
	return n
}

// changedRow changes a few things of a row.
func changedRow(r *rand.Rand, row *types.Type) *types.Type {
	for {
		next := rec("Row", slices.Clone(row.Fields)...)
		for range r.IntN(3) {
			i := r.IntN(len(next.Fields))
			f := &next.Fields[i]
			switch r.IntN(5) {
			case 0:
				f.Type = f.Type.WithNull(!f.Type.Nullable)
			case 1:
				f.Type, f.HasDef, f.Default = randomType(r, 2), false, nil
			case 2:
				if len(next.Fields) > 1 {
					next.Fields = slices.Delete(next.Fields, i, i+1)
				}
			case 3:
				if !hasRecord(f.Type) { // whose name in Avro comes from the field's
					f.Was, f.Name = append(slices.Clone(f.Was), f.Name), f.Name+"x"
				}
			case 4:
				next.Fields = append(next.Fields, types.Field{Name: fmt.Sprintf("n%d", len(next.Fields)), Type: types.TLong, HasDef: r.IntN(2) == 0, Default: int64(4)})
			}
		}
		names := map[string]bool{}
		for _, f := range next.Fields {
			names[f.Name] = true
		}
		if enums(next) <= 1 && len(names) == len(next.Fields) {
			return next
		}
	}
}
