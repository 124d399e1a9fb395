package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/log"
)

// csvProgram reads files of CSV that another program, brokenCSV, left out some lines of.
const csvProgram = `schema Bid { auction: long, price: double?, at: timestamp, note: string? }
topic bids: Bid { time: at watermark: 0s }
source files from file into bids { path: "in/*.csv" format: csv(delimiter: ";", null: "NA") }
stream notes = from bids |> select auction, price, at, note
sink o from notes to "notes.ndjson"
`

func brokenCSV() string { return strings.Replace(csvProgram, "price: double?", "price: int", 1) }

// Lines of CSV that could not be decoded are read as their file is: by the settings of the
// source, and below the header of that file, also when the file is gone by then.
func TestReprocessCSV(t *testing.T) {
	folder(t, "broken.edy", brokenCSV(), "fixed.edy", csvProgram,
		"in/a.csv", "auction;price;at;note\n1;2;2026-01-01T10:00:00Z;whole\n2;2.5;2026-01-01T10:01:00Z;\"x \"\"y\"\";\nz\"\n",
		"in/b.csv", "note;at;price;auction\r\nNA;2026-01-01T10:02:00Z;0.5;3\r\n\"NA\";2026-01-01T10:03:00Z;NA;4\r\n",
		"in/c.csv", "at;other;\"auction\";price\n2026-01-01T10:04:00Z;7;5;1e-1\n2026-01-01T10:05:00Z;7;6\n")
	edyc("run", "broken.edy", "--data", "d").expect(t, 0, "bids: 6 rows read, 5 of which could not be decoded")
	if err := os.RemoveAll("in"); err != nil {
		t.Fatal(err)
	}
	edyc("topic", "reprocess", "--into", "bidz", "--file", "fixed.edy", "--data", "d").expect(t, 2, `the program has no topic "bidz"; did you mean "bids"?`)
	edyc("topic", "reprocess", "--into", "bids", "--file", "fixed.edy", "--data", "d", "--code", "bad_valu").expect(t, 0, "bids: nothing put\n",
		`errors: no error record has bad_valu, only bad_syntax, bad_value, unexpected_null; did you mean "bad_value"?`)
	edyc("topic", "reprocess", "--into", "bids", "--file", "fixed.edy", "--data", "d").expect(t, 0, "bids: 5 rows read, 1 of which could not be decoded\n",
		"errors: 1 row with bad_syntax; the first: the record has 3 cells, not 4 (in/c.csv, byte 55)\n  2026-01-01T10:05:00Z;7;6\n")
	rowsAre(t, "bids", `{"auction":1,"price":2,"at":"2026-01-01T10:00:00Z","note":"whole"}
{"auction":2,"price":2.5,"at":"2026-01-01T10:01:00Z","note":"x \"y\";\nz"}
{"auction":3,"price":0.5,"at":"2026-01-01T10:02:00Z","note":null}
{"auction":4,"price":null,"at":"2026-01-01T10:03:00Z","note":"NA"}
{"auction":5,"price":0.1,"at":"2026-01-01T10:04:00Z","note":null}
`)
	if err := os.Mkdir("in", 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, "in/z.csv", "auction;price;at\n")
	edyc("run", "fixed.edy", "--data", "d").expect(t, 0)
	if n := strings.Count(read(t, "notes.ndjson"), "\n"); n != 5 {
		t.Errorf("%d rows in the output, want 5", n)
	}
}

// rowsAre compares the rows of a topic with lines in any order.
func rowsAre(t *testing.T, topic, want string) {
	t.Helper()
	got := edyc("topic", "tail", topic, "--data", "d", "-n", "99")
	got.expect(t, 0)
	lines := func(text string) []string { return slices.Sorted(strings.SplitSeq(text, "\n")) }
	if !slices.Equal(lines(got.out), lines(want)) {
		t.Errorf("the rows of %s are\n%swant\n%s", topic, got.out, want)
	}
}

// A row that fails again is read once more as before, and each time below its own header;
// it is said to come from where it was read first.
func TestReprocessAgainAndAgain(t *testing.T) {
	folder(t, "broken.edy", brokenCSV(), "fixed.edy", csvProgram,
		"in/a.csv", "auction;price;at\n1;none;2026-01-01T10:00:00Z\n2;2.5;2026-01-01T10:01:00Z\n",
		"in/b.csv", "price;at;auction\nnone;2026-01-01T10:02:00Z;3\n")
	edyc("run", "broken.edy", "--data", "d").expect(t, 0, "bids: 3 rows read, 3 of which could not be decoded")
	reprocess := []string{"topic", "reprocess", "--into", "bids", "--file", "fixed.edy", "--data", "d"}
	edyc(reprocess...).expect(t, 0, "bids: 3 rows read, 2 of which could not be decoded\n")
	edyc(reprocess...).expect(t, 0, "bids: 2 rows read, 2 of which could not be decoded\n", "errors: the rows of 3 error records were put back before; --again puts them once more\n")
	write(t, "fixed.edy", strings.Replace(csvProgram, `"NA"`, `"none"`, 1))
	edyc(reprocess...).expect(t, 0, "bids: 2 rows read\n", "errors: the rows of 5 error records")
	edyc(reprocess...).expect(t, 0, "bids: nothing put\n", "errors: the rows of 7 error records")
	rowsAre(t, "bids", `{"auction":1,"price":null,"at":"2026-01-01T10:00:00Z","note":null}
{"auction":2,"price":2.5,"at":"2026-01-01T10:01:00Z","note":null}
{"auction":3,"price":null,"at":"2026-01-01T10:02:00Z","note":null}
`)
	failed := edyc("topic", "tail", "errors", "--data", "d", "-n", "20")
	if a, b := strings.Count(failed.out, `"in/a.csv@17"`), strings.Count(failed.out, `"in/b.csv@17"`); a != 3 || b != 3 {
		t.Errorf("%d and %d error records of the rows, want 3 of each:\n%s", a, b, failed.out)
	}
}

// A file without a header is read by the order of the fields. One that no source reads is
// read as it was then, or as the command says.
func TestReprocessUnnamed(t *testing.T) {
	const program = `schema Bid { auction: long, price: double? }
topic bids: Bid {}
source files from file into bids { path: "in.csv" format: csv(header: false) }
stream all = from bids
`
	folder(t, "broken.edy", strings.Replace(program, "double?", "int", 1), "fixed.edy", program, "in.csv", "1,2.5\n2,3\n",
		"put.csv", "price|auction\n1.5|7\n", "put.txt", "8;2,5\n")
	edyc("run", "broken.edy", "--data", "d").expect(t, 0, "bids: 2 rows read, 1 of which could not be decoded")
	edyc("topic", "put", "bids", "put.csv?delimiter=|", "--file", "broken.edy", "--data", "d").expect(t, 0, "1 row read, 1 of which")
	edyc("topic", "put", "bids", "put.txt?format=csv&header=false", "--file", "broken.edy", "--data", "d").expect(t, 0, "1 row read, 1 of which")
	edyc("topic", "reprocess", "--into", "bids", "--file", "fixed.edy", "--data", "d").expect(t, 0, "bids: 3 rows read, 1 of which could not be decoded\n",
		`the first: "auction": "8;2" is not a long (put.txt, byte 0)`)
	edyc("topic", "reprocess", "--into", "bids", "--file", "fixed.edy", "--data", "d", "--format", "csv?header=false&delimiter=;&null=2,5", "--from", "3").expect(t, 0, "bids: 1 row read\n")
	rowsAre(t, "bids", `{"auction":1,"price":2.5}
{"auction":2,"price":3}
{"auction":7,"price":1.5}
{"auction":8,"price":null}
`)
	edyc("topic", "reprocess", "--into", "bids", "--file", "fixed.edy", "--data", "d", "--format", "cvs").expect(t, 2, `--format cvs: there is no format "cvs"`)
}

// Where nobody knows the header, or how a file was read, the command says so and puts nothing.
func TestReprocessUnknown(t *testing.T) {
	record := func(origin, row string) string {
		return `{"at":null,"origin":"` + origin + `","stage":"topic","code":"bad_value","reason":"r","row":"` + row + `"}` + "\n"
	}
	folder(t, "p.edy", "schema Bid { auction: long, price: double? }\ntopic bids: Bid {}\n", "a.ndjson", `{"auction":1,"price":1}`+"\n{}\n",
		"header.ndjson", record("x.csv@20", "1,2"), "form.ndjson", record("x.log@20", "1,2"))
	edyc("topic", "put", "bids", "a.ndjson", "--file", "p.edy", "--data", "d").expect(t, 0)
	reprocess := func(more ...string) result {
		return edyc(append([]string{"topic", "reprocess", "--into", "bids", "--file", "p.edy", "--data", "d", "--code", "bad_value"}, more...)...)
	}
	edyc("topic", "put", "errors", "header.ndjson", "--data", "d").expect(t, 0)
	reprocess().expect(t, 1, `rows of "x.csv" cannot be read as csv, because their error records do not tell the header of that file`, "edyc topic put", "header=false")
	reprocess("--format", "csv?header=false").expect(t, 0, "bids: 1 row read\n")
	edyc("topic", "put", "errors", "form.ndjson", "--data", "d").expect(t, 0)
	reprocess().expect(t, 1, `nothing tells how the rows of "x.log" were read`, "--format")
	rowsAre(t, "bids", "{\"auction\":1,\"price\":1}\n{\"auction\":1,\"price\":2}\n")
}

// Error records of all topics stand in one: only those of the topic are put back, and none
// of rows that were never read, as a group that failed.
func TestReprocessOwnRows(t *testing.T) {
	const program = `schema Bid { auction: long, price: long, at: timestamp }
schema Ask { auction: long?, price: int? }
topic bids: Bid { time: at watermark: 0s }
topic asks: Ask {}
source b from file into bids { path: "bids.csv" }
source a from file into asks { path: "asks.csv" }
stream groups = from bids |> window tumbling 1h |> aggregate total = sum(price) by auction |> extend small = int(total)! |> select auction, small
sink g from groups to "groups.ndjson"
`
	folder(t, "p.edy", program, "bids.csv", "auction,price,at\n1,5000000000,2026-01-01T10:00:00Z\n2,x,2026-01-01T10:00:00Z\n3,4,2026-01-01T10:00:00Z\n", "asks.csv", "auction,price\n1,5000000000\n2,7\n")
	edyc("run", "p.edy", "--data", "d").expect(t, 0)
	edyc("topic", "reprocess", "--into", "asks", "--file", "p.edy", "--data", "d").expect(t, 0, "asks: 1 row read, 1 of which", "errors: ", "left out, of rows that were not read into asks\n")
	edyc("topic", "reprocess", "--into", "bids", "--file", "p.edy", "--data", "d").expect(t, 0, "bids: 1 row read, 1 of which", "errors: 3 error records left out")
	rowsAre(t, "asks", `{"auction":2,"price":7}`+"\n")
}

// A command that was stopped halfway goes on where it is said again; others wait for it.
func TestReprocessStopped(t *testing.T) {
	folder(t, "broken.edy", brokenCSV(), "fixed.edy", csvProgram, "in/a.csv", "auction;price;at\n1;2.5;2026-01-01T10:00:00Z\nx;1;2026-01-01T10:00:00Z\n")
	edyc("run", "broken.edy", "--data", "d").expect(t, 0, "bids: 2 rows read, 2 of which could not be decoded")
	stopHalfway(t, "errors", "bids")
	reprocess := []string{"topic", "reprocess", "--into", "bids", "--file", "fixed.edy", "--data", "d"}
	edyc(append(reprocess, "--from", "1")...).expect(t, 1, "another command was stopped while it put rows of errors back into bids", "edyc topic reprocess errors --into bids;")
	edyc(reprocess...).expect(t, 0, "bids: 2 rows read, 1 of which could not be decoded\n")
	edyc(append(reprocess, "--from", "1")...).expect(t, 0, "bids: 1 row read, 1 of which could not be decoded\n")
}

// stopHalfway leaves a data folder as a command does that has begun to put all rows back.
func stopHalfway(t *testing.T, errors, into string) {
	t.Helper()
	l, err := log.OpenPebble(filepath.Join("d", "log"), log.Disk{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := topicReprocessCmd{Errors: errors, Into: into}
	p, err := putBackBefore(l, errors, into)
	if err == nil {
		err = p.begin(l, c.run([]build.FailedRow{{Event: 0}, {Event: 1}}), c.flags())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Rows that are in the topic, because they failed or came late behind it, are there twice when
// they are put back: that is done only for a code that is named. Their cells are read as cells
// again, by the settings of the source, also where the row was written as the topic holds it.
func TestReprocessEntered(t *testing.T) {
	const program = `schema Bid { auction: long, price: long, at: timestamp, note: string?, tags: array<string> }
topic bids: Bid { time: at watermark: 0s }
source files from file into bids { path: "in.csv" format: csv(delimiter: ";", null: "NA", timestamps: "dd.MM.yyyy HH:mm", zone: "UTC") }
stream small = from bids |> extend cents = int(price * 100)! |> select auction, cents
stream counts = from bids |> window tumbling 1h |> aggregate n = count() by auction
sink s from small to "small.ndjson"
sink c from counts to "counts.ndjson"
`
	folder(t, "p.edy", program, "in.csv", `auction;price;at;note;tags
001;50000000;01.02.2026 10:00;"NA";"[""a"",""b;c""]"
2;7;02.02.2026 10:00;NA;[]
3;8;01.02.2026 10:00;x;"[""q""]"
4;x;01.02.2026 10:00;x;[]
`)
	edyc("run", "p.edy", "--data", "d").expect(t, 0)
	reprocess := []string{"topic", "reprocess", "--into", "bids", "--file", "p.edy", "--data", "d"}
	edyc(reprocess...).expect(t, 0, "bids: 1 row read, 1 of which could not be decoded\n",
		"errors: 1 error record with cast left out, of rows that are in bids already; --code cast puts them there once more\n", "errors: 1 error record with late left out")
	edyc(append(reprocess, "--code", "cast")...).expect(t, 0, "bids: 1 row read\n")
	edyc("replay", "p.edy", "--data", "d", "--output", "small=again.ndjson").expect(t, 0)
	edyc(append(reprocess, "--code", "late")...).expect(t, 0, "bids: 1 row read\n")
	const first = `{"auction":1,"price":50000000,"at":"2026-02-01T10:00:00Z","note":"NA","tags":["a","b;c"]}` + "\n"
	const late = `{"auction":3,"price":8,"at":"2026-02-01T10:00:00Z","note":"x","tags":["q"]}` + "\n"
	rowsAre(t, "bids", first+first+late+late+`{"auction":2,"price":7,"at":"2026-02-02T10:00:00Z","note":null,"tags":[]}`+"\n")
	// The same rows fail in a run that reads them from the topic, and are as that has them.
	write(t, "q.edy", program)
	edyc("run", "q.edy", "--data", "d").expect(t, 0)
	edyc(append(reprocess, "--code", "cast")...).expect(t, 0, "bids: 2 rows read\n")
	rowsAre(t, "bids", first+first+first+first+late+late+`{"auction":2,"price":7,"at":"2026-02-02T10:00:00Z","note":null,"tags":[]}`+"\n")
}

// A topic whose error records have a topic of their own keeps them there, also those of rows
// that are put into it.
func TestReprocessErrorsTo(t *testing.T) {
	const program = `schema Bid { auction: long, price: %s }
topic failed: ErrorRecord {}
topic bids: Bid { errors_to: failed }
source files from file into bids { path: "in.csv" }
stream all = from bids
`
	folder(t, "p.edy", strings.Replace(program, "%s", "int", 1), "fixed.edy", strings.Replace(program, "%s", "double", 1),
		"in.csv", "auction,price\n1,2.5\n2,x\n", "more.csv", "price,auction\n3,3\n4.5,4\n")
	edyc("run", "p.edy", "--data", "d").expect(t, 0)
	edyc("topic", "put", "bids", "more.csv", "--file", "p.edy", "--data", "d").expect(t, 0)
	edyc("topic", "list", "--data", "d").expect(t, 0, "bids  1 row ", "failed  3 rows ")
	edyc("topic", "reprocess", "--into", "bids", "--file", "fixed.edy", "--data", "d").expect(t, 0, "bids: 3 rows read, 1 of which could not be decoded\n")
	edyc("topic", "list", "--data", "d").expect(t, 0, "bids  3 rows ", "failed  4 rows ")
	rowsAre(t, "bids", "{\"auction\":1,\"price\":2.5}\n{\"auction\":3,\"price\":3}\n{\"auction\":4,\"price\":4.5}\n")
	edyc("topic", "reprocess", "--into", "bids", "--file", "fixed.edy", "--data", "e").expect(t, 1, "no data folder")
}
