package event_test

import (
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/edynamic/edynamic/runtime/log/event"
)

// TestColumnist: a payload of columns that were packed before it has the rows that were.
func TestColumnist(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	c := event.NewColumnist([]string{"at"})
	var waiting []*event.Columns
	for range 300 {
		want := randomRows(r)
		want.Packed = c.Pack(want.Cols, nil)
		if want.Packed == nil {
			t.Fatal("it was not packed")
		}
		payload, err := event.Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		have, err := event.Decode(payload)
		if err != nil {
			t.Fatal(err)
		}
		if len(have.Cols) != 1 || have.Names[0] != "at" || !array.Equal(have.Cols[0], want.Cols[0]) {
			t.Fatalf("%v is %v, want %v", have.Names, have.Cols, want.Cols)
		}
		if waiting = append(waiting, want.Packed); len(waiting) > r.IntN(20) {
			waiting[0].Free()
			waiting = waiting[1:]
		}
	}
}

// TestColumnistRests: where nobody takes what it packs it stops, until somebody does.
func TestColumnistRests(t *testing.T) {
	cols := randomRows(rand.New(rand.NewPCG(1, 1))).Cols
	c := event.NewColumnist([]string{"at"})
	first := c.Pack(cols, nil)
	for n := 1; c.Pack(cols, nil) != nil; n++ {
		if n > 1000 {
			t.Fatal("it goes on for ever")
		}
	}
	first.Free()
	if c.Pack(cols, nil) == nil {
		t.Error("it does not go on")
	}
}
