package main

import (
	"strings"
	"testing"
)

// Rows that are a union or have one, and stood in a file that holds unions as something else,
// are put back by a program that knows what they are: with a schema more, and a field that can
// hold what they have.
func TestReprocessUnions(t *testing.T) {
	const schemas = `schema Full { n: long, doc: json }
schema Empty { why: string? }
schema Cube { edge: double }
schema Crate = Full or Empty or Cube
schema Load { id: long, crates: array<Crate> }
topic crates: Crate {}
topic loads: Load {}
`
	const flows = `source c_in from file into crates { path: "crates.IN" }
source l_in from file into loads { path: "loads.IN" }
stream c = from crates
stream l = from loads
sink c_out from c to "crates.OUT"
sink l_out from l to "loads.OUT"
`
	broken := strings.NewReplacer("n: long", "n: int", "schema Cube { edge: double }\n", "", " or Cube", "").Replace(schemas)
	const crates = `{"$type":"Full","n":5000000000,"doc":{"a":[1]}}
{"$type":"Empty","why":null}
{"$type":"Cube","edge":1.5}
{"$type":"Full","n":7,"doc":"x"}
`
	const loads = `{"id":1,"crates":[{"$type":"Empty","why":"none"},{"$type":"Full","n":5000000000,"doc":[null]}]}
{"id":2,"crates":[]}
{"id":3,"crates":[{"$type":"Cube","edge":-2},{"$type":"Cube","edge":0.5}]}
`
	for _, format := range []string{"parquet", "arrow", "arrows"} {
		t.Run(format, func(t *testing.T) {
			program := func(schemas, in, out string) string {
				return schemas + strings.NewReplacer("IN", in, "OUT", out).Replace(flows)
			}
			folder(t, "crates.ndjson", crates, "loads.ndjson", loads, "files.edy", program(schemas, "ndjson", format),
				"broken.edy", program(broken, format, "csv"), "fixed.edy", program(schemas, format, "csv"))
			edyc("run", "files.edy").expect(t, 0)
			edyc("run", "broken.edy", "--data", "d").expect(t, 0, "crates: 4 rows read, 2 of which could not be decoded", "loads: 3 rows read, 2 of which could not be decoded")
			edyc("topic", "reprocess", "--into", "crates", "--file", "fixed.edy", "--data", "d").expect(t, 0, "crates: 2 rows read\n")
			edyc("topic", "reprocess", "--into", "loads", "--file", "fixed.edy", "--data", "d").expect(t, 0, "loads: 2 rows read\n")
			rowsAre(t, "crates", crates)
			rowsAre(t, "loads", loads)
		})
	}
}
