package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

const logProgram = `schema Bid { auction: long, price: double, at: timestamp }
topic bids: Bid { time: at watermark: 0s key: auction partitions: 3 }
stream totals = from bids |> window tumbling 1h |> aggregate n = count(), total = sum(price) by auction
sink o from totals to "totals.ndjson"
`

const badBid = `{"auction":"none","price":1,"at":"2026-01-01T10:01:00Z"}
`

// From log to log: rows that were put are read once, windows stay open between runs, and
// what could not be read is kept, looked at, and put back by a program put right.
func TestTopics(t *testing.T) {
	folder(t, "p.edy", logProgram, "a.ndjson", firstBids+badBid, "b.ndjson", laterBids)
	edyc("topic", "put", "bids", "a.ndjson", "--data", "d", "--file", "p.edy").expect(t, 0, "bids: 4 rows read, 1 of which could not be decoded\n")
	edyc("run", "p.edy", "--data", "d").expect(t, 0, "bids: 3 rows\n", "o: 0 rows written")
	edyc("run", "p.edy", "--data", "d", "--parallel", "2").expect(t, 0, "o: 0 rows written")
	edyc("topic", "put", "bids", "b.ndjson", "--data", "d").expect(t, 0, "bids: 2 rows read\n")
	edyc("topic", "put", "bids", "b.ndjson", "--data", "d").expect(t, 0, "bids: nothing put: the same bytes, 2 rows, were put on 20", "--again puts them once more\n")
	edyc("run", "p.edy", "--data", "d", "--end").expect(t, 0, "bids: 2 rows\n")
	const want = `{"auction":1,"n":3,"total":12}
{"auction":2,"n":1,"total":5}
{"auction":3,"n":1,"total":1}
`
	if text := read(t, "totals.ndjson"); text != want {
		t.Errorf("totals: %s", text)
	}
	edyc("topic", "list", "--data", "d").expect(t, 0, "bids  5 rows  ", "  3 partitions\n", "errors  1 row  ")
	edyc("topic", "describe", "bids", "--data", "d").expect(t, 0, "Key: [auction]", "Time: at", "schema version 1 since 20")
	edyc("topic", "tail", "bids", "--data", "d", "--where", "auction=1", "-n", "2").expect(t, 0,
		`{"auction":1,"price":3,"at":"2026-01-01T10:10:00Z"}`+"\n"+`{"auction":1,"price":7,"at":"2026-01-01T10:30:00Z"}`+"\n")
	edyc("topic", "tail", "errors", "--data", "d", "--where", "code=bad_value").expect(t, 0, `"origin":"a.ndjson@`, `"row":"{\"auction\":\"none\",\"price\":1,\"at\":\"2026-01-01T10:01:00Z\"}"`)
	edyc("topic", "verify", "--data", "d").expect(t, 0, "errors, partition 0: 1 row in 1 block, the chain holds\n")
}

// A slice of a topic is a test, and a file of any format.
func TestExport(t *testing.T) {
	folder(t, "p.edy", logProgram, "a.ndjson", firstBids)
	edyc("topic", "put", "bids", "a.ndjson", "--data", "d", "--file", "p.edy").expect(t, 0)
	given := edyc("topic", "export", "bids", "--data", "d", "--from", "2026-01-01T10:00:00Z", "--to", "2026-01-01T10:15:00Z", "--test")
	given.expect(t, 0, "{ auction: 1, price: 2, at: @2026-01-01T10:00:00Z }", "{ auction: 1, price: 3, at: @2026-01-01T10:10:00Z }")
	write(t, "t.edy", logProgram+given.out)
	edyc("test", "t.edy").expect(t, 0, "1 passed, 0 failed")
	edyc("topic", "export", "bids", "bids.parquet", "--data", "d").expect(t, 0, "bids: 3 rows written to bids.parquet")
	edyc("query", "from bids |> aggregate n = count()", "bids.parquet").expect(t, 0, "\n3\n")
}

// Rows that failed are put back by a program whose schema reads them, and the topic's
// schema has a version more.
func TestReprocess(t *testing.T) {
	folder(t, "p.edy", logProgram, "a.ndjson", firstBids+`{"auction":4,"price":9,"at":"2026-01-01T10:40:00Z","by":"x"}
{"auction":4,"price":null,"at":"2026-01-01T10:41:00Z"}
`)
	edyc("topic", "put", "bids", "a.ndjson", "--data", "d", "--file", "p.edy").expect(t, 0, "1 of which could not be decoded\n")
	fixed := strings.Replace(logProgram, "price: double", "price: double?", 1)
	fixed = strings.Replace(fixed, "sum(price)", "sum(price ?? 0.0)", 1)
	write(t, "fixed.edy", fixed)
	edyc("topic", "reprocess", "--into", "bids", "--file", "fixed.edy", "--data", "d").expect(t, 0, "bids: 1 row read\n")
	edyc("run", "fixed.edy", "--data", "d", "--end").expect(t, 0, "bids: 5 rows\n")
	if text := read(t, "totals.ndjson"); !strings.Contains(text, `{"auction":4,"n":2,"total":9}`) {
		t.Errorf("totals: %s", text)
	}
	edyc("schema", "list", "bids", "--data", "d").expect(t, 0, "version 1  sha256:", "version 2  sha256:")
}

// Rows that are put back are said to come from where they were read first, also those that
// fail once more.
func TestReprocessKeepsOrigins(t *testing.T) {
	const bad = `{"auction":"none","price":1,"at":"2026-01-01T10:01:00Z"}` + "\n"
	const null = `{"auction":4,"price":null,"at":"2026-01-01T10:41:00Z"}` + "\n"
	folder(t, "p.edy", logProgram, "a.ndjson", firstBids+bad+null+bad, "b.ndjson", bad+null)
	for _, name := range []string{"a.ndjson", "b.ndjson"} {
		edyc("topic", "put", "bids", name, "--data", "d", "--file", "p.edy").expect(t, 0)
	}
	write(t, "fixed.edy", strings.Replace(logProgram, "price: double", "price: double?", 1))
	edyc("topic", "reprocess", "--into", "bids", "--file", "fixed.edy", "--data", "d").expect(t, 0, "bids: 5 rows read, 3 of which could not be decoded\n")
	failed := edyc("topic", "tail", "errors", "--data", "d", "-n", "20", "--where", "code=bad_value")
	failed.expect(t, 0)
	for _, origin := range []string{fmt.Sprintf("a.ndjson@%d", len(firstBids)), "b.ndjson@0"} {
		if n := strings.Count(failed.out, `"origin":"`+origin+`"`); n != 2 { // at first, and once more
			t.Errorf("%d error records of %s, want 2:\n%s", n, origin, failed.out)
		}
	}
	if strings.Contains(failed.out, "reprocess") {
		t.Errorf("an origin that is no more:\n%s", failed.out)
	}
}

// A schema that breaks a promise is refused by check and by run, and named by schema check.
func TestSchemas(t *testing.T) {
	folder(t, "p.edy", logProgram, "a.ndjson", firstBids)
	edyc("topic", "put", "bids", "a.ndjson", "--data", "d", "--file", "p.edy").expect(t, 0)
	write(t, "p.edy", strings.Replace(logProgram, "price: double", "price: long, by: string", 1))
	edyc("check", "p.edy", "--data", "d").expect(t, 1, "E0601", `rows of "bids" that are stored could not be read any more`, "it was double and is long")
	edyc("run", "p.edy", "--data", "d").expect(t, 1, "E0601")
	edyc("schema", "check", "bids", "p.edy", "--data", "d").expect(t, 1, "E0601  bids: rows of version 1 could not be read: price: it was double and is long")
	exported := edyc("schema", "export", "bids", "--data", "d")
	exported.expect(t, 0, `"name": "auction"`)
	write(t, "bids.avsc", exported.out)
	edyc("schema", "check", "bids", "bids.avsc", "--data", "d").expect(t, 0, "bids: the schema keeps backward_transitive")
	edyc("schema", "import", "bids", "bids.avsc", "--data", "d").expect(t, 0, "bids: version 1\n")
	edyc("schema", "import", "other", "bids.avsc", "--data", "d").expect(t, 0, "other: version 1\n")
	edyc("schema", "import", "third", "bids.avsc", "--data", "d", "--compatibility", "sideways").expect(t, 1, `there is no compatibility "sideways"; there are none, backward, `)
	const twice = `{"type":"record","name":"B","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}`
	write(t, "wrong.avsc", twice)
	write(t, "wrong.json", twice)
	for _, name := range []string{"wrong.avsc", "wrong.json"} {
		edyc("schema", "check", "bids", name, "--data", "d").oneLine(t, 1, `edyc: cannot read "`+name+`" as an Avro schema: B: there are two fields "a"`)
	}
}

// The same rows give the same bytes, whatever the workers, and nothing live is touched.
func TestReplay(t *testing.T) {
	folder(t, "p.edy", changingProgram, "bids.ndjson", firstBids+laterBids)
	once := strings.Replace(changingProgram, " follow: true", "", 1)
	write(t, "p.edy", once)
	edyc("run", "p.edy", "--data", "d").expect(t, 0)
	live := read(t, "totals.ndjson")
	if err := os.Remove("totals.ndjson"); err != nil {
		t.Fatal(err)
	}
	edyc("replay", "p.edy", "--data", "d", "--output", "totals=1.ndjson").expect(t, 0)
	edyc("replay", "p.edy", "--data", "d", "--output", "totals=2.ndjson", "--parallel", "3", "--speed", "1000000x").expect(t, 0)
	if one, two := read(t, "1.ndjson"), read(t, "2.ndjson"); one != live || two != live {
		t.Errorf("live:\n%s\nreplayed:\n%s\nand again:\n%s", live, one, two)
	}
	if _, err := os.Stat("totals.ndjson"); err == nil {
		t.Error("a replay wrote to a sink")
	}
	edyc("replay", "p.edy", "--data", "d", "--from", "2026-01-01T10:10:00Z", "--to", "2026-01-01T10:30:00Z", "--output", "totals=-").expect(t, 0,
		`{"auction":1,"n":1,"total":3}`, `{"auction":2,"n":1,"total":5}`)
	write(t, "new.edy", strings.Replace(once, "sum(price)", "sum(price * 2.0)", 1))
	edyc("diff", "--replay", "p.edy", "new.edy", "--data", "d", "--from", "1").expect(t, 1, `- {"auction":1,"n":2,"total":10}`, `+ {"auction":1,"n":2,"total":20}`, "once: the same 3 rows")
}
