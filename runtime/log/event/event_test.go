package event_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/log/event"
)

// TestEncodeDecode writes rows with all kinds of what stands beside them, and reads them
// back.
func TestEncodeDecode(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for range 300 {
		want := randomRows(r)
		payload, err := event.Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		have, err := event.Decode(payload)
		if err != nil {
			t.Fatal(err)
		}
		if have.N != want.N || !slices.Equal(have.Order, want.Order) || !slices.Equal(have.Names, want.Names) || !slices.Equal(have.Lanes, want.Lanes) ||
			!slices.Equal(have.Lane, want.Lane) || !slices.Equal(have.At, want.At) || !slices.Equal(have.Time, want.Time) || !slices.Equal(have.Ops, want.Ops) ||
			!slices.Equal(have.Behind, want.Behind) || !slices.Equal(have.Event, want.Event) ||
			(have.Time == nil) != (want.Time == nil) || (have.Lane == nil) != (want.Lane == nil) {
			t.Fatalf("got %+v\nwant %+v", have, want)
		}
		for i := range want.Cols {
			if !array.Equal(have.Cols[i], want.Cols[i]) {
				t.Fatalf("column %s is %v, want %v", want.Names[i], have.Cols[i], want.Cols[i])
			}
		}
	}
}

func randomRows(r *rand.Rand) *event.Rows {
	n := 1 + r.IntN(20)
	rows := &event.Rows{N: n, Order: sequence(r, n)}
	b := array.NewTimestampBuilder(memory.DefaultAllocator, &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"})
	times := make([]int64, n)
	nulls := r.IntN(3) == 0
	for i := range n {
		times[i] = r.Int64() - r.Int64()
		if nulls && i == n/2 {
			b.AppendNull()
			continue
		}
		b.Append(arrow.Timestamp(times[i]))
	}
	rows.Names, rows.Cols = []string{"at"}, []arrow.Array{b.NewArray()}
	switch r.IntN(3) {
	case 0:
		rows.Time = times
	case 1:
		rows.Time = sequence(r, n)
	}
	if r.IntN(3) > 0 {
		rows.Lanes = []event.Lane{{Name: "a"}, {Name: "b", Counted: true}}
		if r.IntN(2) == 0 {
			rows.Lanes[0] = event.Lane{Name: "a", Topic: "t", Format: "csv?delimiter=;", Header: "x;\"y\nz\""}
		}
		rows.At = sequence(r, n)
		rows.Lane = make([]int32, n)
		for i := range rows.Lane {
			if r.IntN(2) == 0 {
				rows.Lane[i] = int32(r.IntN(3)) - 1
			}
		}
	}
	if r.IntN(3) == 0 {
		rows.Behind = sequence(r, n)
	}
	if r.IntN(3) == 0 {
		rows.Event = sequence(r, n)
	}
	if r.IntN(3) == 0 {
		rows.Ops = make([]operators.Op, n)
		for i := range rows.Ops {
			rows.Ops[i] = operators.Op(r.IntN(4))
		}
	}
	return rows
}

// sequence is numbers in steps of one, near each other, or anywhere.
func sequence(r *rand.Rand, n int) []int64 {
	out := make([]int64, n)
	kind, from := r.IntN(3), r.Int64N(1<<60)
	for i := range out {
		switch kind {
		case 0:
			out[i] = from + int64(i)
		case 1:
			out[i] = from + r.Int64N(1<<32) - 1<<31
		default:
			out[i] = r.Int64() - r.Int64()
		}
	}
	return out
}

// TestDecodeUnheaded reads what was written when lanes had no format and no header.
func TestDecodeUnheaded(t *testing.T) {
	rows := &event.Rows{N: 1, Order: []int64{3}, Lanes: []event.Lane{{Name: "a.csv", Topic: "t"}}, Lane: []int32{0}, At: []int64{7}, Behind: []int64{-1}}
	now, err := event.Encode(rows)
	if err != nil {
		t.Fatal(err)
	}
	lane := []byte("\x05a.csv\x00\x01t")
	before, behind, ok := bytes.Cut(now, append(lane, 0, 0))
	if !ok {
		t.Fatalf("the lane is not found in %q", now)
	}
	then := append(append(append([]byte("edy\x03"), before[len("edy\x04"):]...), lane...), behind...)
	got, err := event.Decode(then)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(rows, got); d != "" {
		t.Errorf("-written +read\n%s", d)
	}
	if err := event.Check(then); err != nil {
		t.Error(err)
	}
}
