package ndjson

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
)

// TestUnread: texts that nobody reads but what is made beside rows are given to that where
// they stand, and left blank, as long as records are plain; records have them all the same.
func TestUnread(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	row := &types.Type{Kind: types.Record, Name: "Row", Fields: []types.Field{
		{Name: "n", Type: types.TLong}, {Name: "s", Type: types.TString}, {Name: "u", Type: types.TString}}}
	var input strings.Builder
	var want []string // the texts of u
	odd := r.IntN(2) == 0
	for i := range 20_000 {
		u := fmt.Sprintf("text %d ü", r.IntN(1000))
		switch quoted := fmt.Sprintf("%q", u); {
		case odd && r.IntN(1500) == 0:
			u = "a \"quoted\" text"
			fmt.Fprintf(&input, `{"n":%d,"s":"x","u":"a \"quoted\" text"}`+"\n", i)
		case odd && r.IntN(1500) == 0:
			fmt.Fprintf(&input, `{ "u": %s, "s": "x", "n": %d }`+"\n", quoted, i)
		case odd && r.IntN(1500) == 0:
			input.WriteString(`{"n":1,"s":"x","u":12}` + "\n")
			continue
		default:
			fmt.Fprintf(&input, `{"n":%d,"s":"text %d","u":%s}`+"\n", i, i, quoted)
		}
		want = append(want, u)
	}
	var given []string
	beside := func() func(cols []arrow.Array, blank []format.Texts) any {
		return func(cols []arrow.Array, blank []format.Texts) any {
			given = given[:0]
			for i := range cols[2].Len() {
				if blank == nil {
					given = append(given, cols[2].(*array.String).Value(i))
				} else {
					given = append(given, string(blank[2].Bytes[blank[2].From[i]:blank[2].To[i]]))
				}
			}
			return true
		}
	}
	d, err := Lines().NewDecoder(format.Input{Stream: strings.NewReader(input.String())},
		format.Schema{Full: row, Row: row, Unread: []string{"u"}, Beside: beside}, nil, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	at, blank := 0, 0
	for {
		rows, err := d.Next(500)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if rows.N == 0 {
			continue
		}
		all := make([]int32, rows.N)
		for i := range all {
			all[i] = int32(i)
		}
		cols, err := rows.Records.Columns(all, row)
		if err != nil {
			t.Fatal(err)
		}
		if rows.Blank {
			blank += rows.N
		}
		for i := range rows.N {
			if given[i] != want[at] || cols[2].(*array.String).Value(i) != want[at] || !rows.Blank && rows.Cols[2].(*array.String).Value(i) != want[at] {
				t.Fatalf("row %d is %q beside and %q in its record, want %q", at, given[i], cols[2].(*array.String).Value(i), want[at])
			}
			at++
		}
	}
	if at != len(want) {
		t.Errorf("%d rows, want %d", at, len(want))
	}
	// Where some records are odd it depends on where they stand how many batches are blank.
	if least := len(want) / 2; blank < least && !odd {
		t.Errorf("%d rows of %d are blank, want %d at least", blank, len(want), least)
	}
}
