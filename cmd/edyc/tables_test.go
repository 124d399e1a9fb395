package main

import "testing"

const tableProgram = `
schema A { id: int k: string at: timestamp }
schema B { k: string v: int at: timestamp }
topic a: A { time: at }
topic b: B { time: at }
stream newest = from b |> latest by k keep forever
stream found = from a |> left lookup n = newest on k == n.k |> select id, v = n?.v
`

// A run reads the file of a table first. A replay, which does not know that it had ended,
// shows each row what had come in before it then, whatever their event times.
func TestTablesInAReplay(t *testing.T) {
	folder(t, "p.edy", tableProgram,
		"a.ndjson", `{"id":1,"k":"x","at":"2026-01-01T00:00:01Z"}
{"id":2,"k":"y","at":"2026-01-01T00:00:03Z"}
{"id":3,"k":"x","at":"2026-01-01T00:00:09Z"}
`, "b.ndjson", `{"k":"x","v":1,"at":"2026-01-01T00:00:00Z"}
{"k":"y","v":2,"at":"2026-01-01T00:00:04Z"}
{"k":"x","v":3,"at":"2026-01-01T00:00:05Z"}
`)
	edyc("run", "p.edy", "--data", "d", "--input", "a=a.ndjson", "--input", "b=b.ndjson", "--output", "found=run.ndjson").expect(t, 0)
	if got, want := read(t, "run.ndjson"), "{\"id\":1,\"v\":3}\n{\"id\":2,\"v\":2}\n{\"id\":3,\"v\":3}\n"; got != want {
		t.Errorf("the run gives\n%s", got)
	}
	for _, parallel := range []string{"1", "3"} {
		edyc("replay", "p.edy", "--data", "d", "--output", "found=replay.ndjson", "--parallel", parallel).expect(t, 0)
		if got, want := read(t, "replay.ndjson"), "{\"id\":1,\"v\":3}\n{\"id\":2,\"v\":2}\n{\"id\":3,\"v\":3}\n"; got != want {
			t.Errorf("with %s instances the replay gives\n%s", parallel, got)
		}
	}
}
