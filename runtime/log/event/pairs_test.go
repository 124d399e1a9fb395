package event_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	hamba "github.com/hamba/avro/v2"

	"github.com/edynamic/edynamic/lang/avro"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format/column"
	"github.com/edynamic/edynamic/runtime/log/event"
	"github.com/edynamic/edynamic/vm"
)

var (
	pairs     = flag.Int("pairs", 4000, "how many pairs of schemas TestSchemaPairs compares")
	pairsSeed = flag.Uint64("pairs-seed", 0, "the seed of the first pair of TestSchemaPairs; 0 takes one from the clock")
)

// TestSchemaPairs writes random rows by random schemas and reads them by others, here and
// with another implementation of Avro: what that reads is read here as the same values,
// and what it refuses is refused. Where the two are known to differ, and the
// specification says why, is in differs.
func TestSchemaPairs(t *testing.T) {
	seed := *pairsSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	seen := map[string]int{}
	for i := range uint64(*pairs) {
		p := newPair(t, seed+i)
		what, err := p.compare()
		seen[what]++
		if err != nil {
			t.Fatalf("%v\nwritten %s\nread    %s\n  repeat: go test ./runtime/log/event -run TestSchemaPairs -pairs 1 -pairs-seed %d", err, p.schema(p.writer), p.schema(p.reader), seed+i)
		}
	}
	t.Logf("%d pairs from seed %d: %v", *pairs, seed, seen)
	if *pairs >= 1000 && (seen["read"] < *pairs/5 || seen["refused"] < *pairs/10) {
		t.Errorf("of %d pairs %d are read and %d refused: too few of one", *pairs, seen["read"], seen["refused"])
	}
}

// pair is a schema that rows are written with, and one that they are read with.
type pair struct {
	t              *testing.T
	r              *rand.Rand
	writer, reader *types.Type
	rows           []any
}

func newPair(t *testing.T, seed uint64) *pair {
	p := &pair{t: t, r: rand.New(rand.NewPCG(seed, 5))}
	g := &schemas{Rand: p.r}
	p.writer = g.row()
	p.reader = g.next(p.writer)
	for range 1 + p.r.IntN(4) {
		p.rows = append(p.rows, g.value(p.writer))
	}
	return p
}

func (p *pair) schema(row *types.Type) string {
	p.t.Helper()
	b, err := avro.Export(row, avro.Options{Name: "Row"})
	if err != nil {
		p.t.Fatal(err)
	}
	return string(b)
}

func (p *pair) parsed(row *types.Type) hamba.Schema {
	p.t.Helper()
	s, err := hamba.ParseWithCache(p.schema(row), "", &hamba.SchemaCache{})
	if err != nil {
		p.t.Fatalf("%s: %v", p.schema(row), err)
	}
	return s
}

// differs tells of a refusal that is ours alone, and what the specification says of it; ""
// for any other.
func differs(m avro.Mismatch) string {
	switch {
	case strings.Contains(m.What, "same precision and scale"):
		return "decimal" // "match if their scales and precisions match": the other does not look
	case strings.Contains(m.What, "it was bytes and is string"):
		return "bytes as text" // a string is UTF-8, and bytes may be anything
	}
	if is := wasAndIs.FindStringSubmatch(m.What); is != nil && (logical(is[1]) || logical(is[2])) {
		return "meaning" // they are of one underlying type, as a long is of a timestamp
	}
	return ""
}

var wasAndIs = regexp.MustCompile(`^it was ([a-z_]+)(?:\([^)]*\))? and is ([a-z_]+)`)

// logical reports the types that Avro writes as others, with a word that says what they
// mean.
func logical(name string) bool {
	return slices.ContainsFunc([]*types.Type{types.TUUID, types.TDate, types.TTime, types.TTimestamp, types.TLocalTimestamp},
		func(t *types.Type) bool { return t.String() == name }) || name == "decimal"
}

// compare reads the rows both ways.
func (p *pair) compare() (what string, err error) {
	ours := avro.Resolve(p.writer, p.reader)
	w, r := p.parsed(p.writer), p.parsed(p.reader)
	both, theirs := hamba.NewSchemaCompatibility().Resolve(r, w)
	switch {
	case theirs != nil && len(ours) == 0:
		return "", fmt.Errorf("the other implementation refuses it: %w", theirs)
	case theirs != nil:
		return "refused", nil
	case len(ours) > 0:
		for _, m := range ours {
			if what = differs(m); what == "" {
				return "", fmt.Errorf("it is refused here alone: %v", ours)
			}
		}
		return "refused here alone: " + what, nil
	}
	want, err := p.theirs(w, both)
	if err != nil {
		return "", err
	}
	got, err := p.ours()
	if err != nil {
		return "", fmt.Errorf("reading here: %w", err)
	}
	for i := range want {
		if got[i] != want[i] {
			return "", fmt.Errorf("row %d, written as\n%s, is read as\n%s here, and there as\n%s", i, canonical(p.writer, p.rows[i]), got[i], want[i])
		}
	}
	return "read", nil
}

// theirs writes rows and reads them with the other implementation.
func (p *pair) theirs(w, both hamba.Schema) ([]string, error) {
	var out []string
	api := hamba.Config{}.Freeze() // what it remembers of a schema does not fit others of its canonical form
	for _, row := range p.rows {
		b, err := api.Marshal(w, native(w, p.writer, row))
		if err != nil {
			return nil, fmt.Errorf("the other implementation cannot write %s: %w", canonical(p.writer, row), err)
		}
		var v any
		if err := api.Unmarshal(both, b, &v); err != nil {
			return nil, fmt.Errorf("the other implementation cannot read it: %w", err)
		}
		out = append(out, canonical(p.reader, value(p.reader, v)))
	}
	return out, nil
}

// ours stores rows with the one type and reads them with the other.
func (p *pair) ours() ([]string, error) {
	rows := &event.Rows{N: len(p.rows), Order: make([]int64, len(p.rows))}
	for i, c := range event.ColumnsOf(p.writer) {
		b := column.New(c.Type, memory.DefaultAllocator)
		for _, row := range p.rows {
			if p.writer.Kind == types.Union {
				b.Value(row)
			} else {
				b.Value(row.([]any)[i])
			}
		}
		rows.Names, rows.Cols = append(rows.Names, c.Name), append(rows.Cols, b.Finish())
	}
	defer rows.Release()
	payload, err := event.Encode(rows)
	if err != nil {
		return nil, err
	}
	stored, err := event.Decode(payload)
	if err != nil {
		return nil, err
	}
	defer stored.Release()
	cols, err := event.Read(stored, p.writer, p.reader)
	if err != nil {
		return nil, err
	}
	return readRows(p.reader, cols, len(p.rows)), nil
}

// readRows are rows of columns as texts.
func readRows(row *types.Type, cols []arrow.Array, n int) []string {
	columns := event.ColumnsOf(row)
	out := make([]string, n)
	for i := range out {
		if row.Kind == types.Union {
			out[i] = canonical(row, vm.Value(row, cols[0], i))
			continue
		}
		var values []any
		for c := range cols {
			values = append(values, vm.Value(columns[c].Type, cols[c], i))
		}
		out[i] = canonical(row, values)
	}
	for _, c := range cols {
		c.Release()
	}
	return out
}
