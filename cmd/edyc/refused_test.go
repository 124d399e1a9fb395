package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

const refusedProgram = `
schema R { k: string v: long at: timestamp? }
topic a: R { time: at watermark: 0s }
topic b: R { time: at watermark: 0s }
source fa from file into a { path: "a*.ndjson" }
source fb from file into b { path: "b.csv" }
stream checked = from a |> union b |> where 10 % v < 9
stream codes = from errors |> select code, origin, reason
sink out from checked to "out.ndjson"
sink bad from errors to "bad.ndjson"
sink c from codes to "codes.ndjson"
`

// refusedRows are records of which many cannot be decoded, have no time, or fail later.
func refusedRows(r *rand.Rand) string {
	var b strings.Builder
	for i := range 60 {
		switch r.IntN(7) {
		case 0:
			b.WriteString("{\"k\":\"x\",\"v\":\"no\"}\n")
		case 1:
			b.WriteString("{\"k\":\"x\",\"v\":1,\"at\":null}\n")
		case 2:
			b.WriteString("nothing\n")
		default:
			fmt.Fprintf(&b, "{\"k\":\"x\",\"v\":%d,\"at\":\"2026-01-01T00:%02d:%02dZ\"}\n", r.IntN(4), i, r.IntN(60))
		}
	}
	return b.String()
}

// Records that a topic refused are error records of a replay again, among those of rows
// that fail, in the same order.
func TestRefusedRecordsInAReplay(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 7))
	table := "k,v,at\n"
	for i := range 20 {
		table += fmt.Sprintf("y,%s,2026-01-01T00:%02d:30Z\n", []string{"1", "x", "0", ""}[r.IntN(4)], i)
	}
	folder(t, "p.edy", refusedProgram, "a1.ndjson", refusedRows(r), "a2.ndjson", refusedRows(r), "b.csv", table+"cut\n", "a3.ndjson", "bad\nworse\n")
	for i, batch := range []string{"1", "7", "4096"} {
		data := "d" + batch
		edyc("run", "p.edy", "--data", data, "--batch", batch).expect(t, 0)
		edyc("replay", "p.edy", "--data", data, "--parallel", fmt.Sprint(i+1), "--output", "checked=r-out.ndjson", "--output", "errors=r-bad.ndjson", "--output", "codes=r-codes.ndjson").expect(t, 0)
		for _, name := range []string{"out", "bad", "codes"} {
			want, got := read(t, name+".ndjson"), read(t, "r-"+name+".ndjson")
			if want != got || strings.Count(want, "\n") < 10 {
				t.Errorf("seed %d: %s with batches of %s: the run has\n%s\nthe replay\n%s", seed, name, batch, want, got)
			}
		}
	}
}
