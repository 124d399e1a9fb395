package main

import "testing"

// A file whose name is misspelt is named with the one that may have been meant, in the
// folder and with the settings that the program gives.
func TestMisnamedFile(t *testing.T) {
	folder(t, "p.edy", `topic bids from "in/bid.ndjson?format=ndjson" { }`, "in/bids.ndjson", fourBids)
	edyc("check", "p.edy").expect(t, 1, `there is no such file; did you mean "bids.ndjson"?`, `fix (maybe): "in/bids.ndjson?format=ndjson"`)
	write(t, "p.edy", `topic bids from "in/bids.ndjson?format=ndjson" { }`)
	edyc("check", "p.edy").expect(t, 0)
}
