package main

import "testing"

// Rows that are put once more are noticed, wherever they are read from; others are not.
func TestPutTwice(t *testing.T) {
	folder(t, "p.edy", logProgram, "a.ndjson", firstBids, "c/a.ndjson", firstBids, "b.ndjson", firstBids+laterBids)
	put := func(input string, more ...string) result {
		return edycWith(laterBids, append([]string{"topic", "put", "bids", input, "--data", "d", "--file", "p.edy"}, more...)...)
	}
	const noticed = "bids: nothing put: the same bytes, 3 rows, were put on 20"
	put("a.ndjson").expect(t, 0, "bids: 3 rows read\n")
	put("a.ndjson").expect(t, 0, noticed)
	put("c/*.ndjson").expect(t, 0, noticed)
	put("b.ndjson").expect(t, 0, "bids: 5 rows read\n")
	put("-?format=ndjson").expect(t, 0, "bids: 2 rows read\n")
	put("-?format=ndjson").expect(t, 0, "bids: nothing put: the same bytes, 2 rows, were put on 20")
	put("a.ndjson", "--again").expect(t, 0, "bids: 3 rows read\n")
	edyc("topic", "list", "--data", "d").expect(t, 0, "bids  13 rows  ")
	edyc("topic", "tail", "bids", "--data", "d", "-n", "20").expect(t, 0)
	put("none.ndjson").expect(t, 1, "none.ndjson")
	edyc("topic", "put", "bids", "a.ndjson", "--data", "new", "--file", "none.edy").expect(t, 1, "none.edy")
	edyc("topic", "list", "--data", "new").expect(t, 1, `"new" is no data folder`)
}

// So are rows that are put back.
func TestReprocessTwice(t *testing.T) {
	folder(t, "p.edy", logProgram, "a.ndjson", firstBids+badBid)
	edyc("topic", "put", "bids", "a.ndjson", "--data", "d", "--file", "p.edy").expect(t, 0)
	again := []string{"topic", "reprocess", "--into", "bids", "--file", "p.edy", "--data", "d", "--to", "1"}
	edyc(again...).expect(t, 0, "bids: 1 row read, 1 of which could not be decoded\n")
	edyc(again...).expect(t, 0, "bids: nothing put\n", "errors: the rows of 1 error record were put back before; --again puts them once more\n")
	edyc(append(again, "--again")...).expect(t, 0, "bids: 1 row read")
}
