package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

const (
	bidProgram = `schema Bid { bidder: long price: long at: timestamp }
topic bids: Bid from "bids.ndjson" { key: bidder time: at watermark: 1m }

param least: long = 10 { min: 0 doc: "Smallest bid that counts" }

stream hourly =
  from bids
  |> window tumbling 1h
  |> aggregate n = count() by bidder

stream big =
  from bids
  |> where price >= least
`
	fourBids = `{"bidder":1,"price":10,"at":"2026-01-01T10:00:00Z"}
{"bidder":2,"price":9,"at":"2026-01-01T10:01:00Z"}
{"bidder":1,"price":12,"at":"2026-01-01T10:02:00Z"}
{"bidder":2,"price":20,"at":"2026-01-01T11:03:00Z"}
`
	threeBig = `{"bidder":1,"price":10,"at":"2026-01-01T10:00:00Z"}
{"bidder":1,"price":12,"at":"2026-01-01T10:02:00Z"}
{"bidder":2,"price":20,"at":"2026-01-01T11:03:00Z"}
`
)

// rule 109: a file without sinks and --output prints its last stream.
func TestRunPrintsTheLastStream(t *testing.T) {
	folder(t, "p.edy", bidProgram, "bids.ndjson", fourBids)
	want := result{0, threeBig, "bids: 4 rows read\nbig: 3 rows written to standard output\n"}
	if got := edyc("run", "p.edy"); got != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestRunWritesOutputs(t *testing.T) {
	folder(t, "p.edy", bidProgram, "bids.ndjson", fourBids)
	r := edyc("run", "p.edy", "--output", "big=big.ndjson", "--output", "big=big.csv", "--output", "hourly=-?format=csv")
	r.expect(t, 0, "big: 3 rows written to big.ndjson\n", "big: 3 rows written to big.csv\n", "hourly: 3 rows written to standard output\n")
	if r.out != "bidder,n\n1,2\n2,1\n2,1\n" {
		t.Errorf("standard output: %q", r.out)
	}
	if text := read(t, "big.ndjson"); text != threeBig {
		t.Errorf("big.ndjson: %q", text)
	}
	if text, want := read(t, "big.csv"), "bidder,price,at\n1,10,2026-01-01T10:00:00Z\n1,12,2026-01-01T10:02:00Z\n2,20,2026-01-01T11:03:00Z\n"; text != want {
		t.Errorf("big.csv: %q", text)
	}
}

func TestRunTakesInputsAndParams(t *testing.T) {
	folder(t, "p.edy", bidProgram, "other.csv", "bidder;price;at\n7;5;2026-01-01T10:00:00Z\n")
	want := `{"bidder":7,"price":5,"at":"2026-01-01T10:00:00Z"}` + "\n"
	for _, args := range [][]string{
		{"run", "p.edy", "--input", "bids=other.csv?delimiter=;", "--set", "least=5"},
		{"run", "p.edy", "--input=bids=other.csv?delimiter=;", "--set=least=5", "--parallel=3", "--batch=1"},
	} {
		if r := edyc(args...); r.code != 0 || r.out != want {
			t.Errorf("%v: %+v", args, r)
		}
	}
	if r := edycWith(want, "run", "p.edy", "--input", "bids=-", "--set", "least=5"); r.code != 0 || r.out != want {
		t.Errorf("from standard input: %+v", r)
	}
	edyc("run", "p.edy", "--input", "bids=other.csv?delimiter=;", "--set", "least=6").expect(t, 0, "bids: 1 row read\nbig: 0 rows written")
}

func TestRunRefusesWhatItDoesNotKnow(t *testing.T) {
	folder(t, "p.edy", bidProgram, "bids.ndjson", fourBids, "bad.edy", misspelt)
	for _, c := range []struct {
		args []string
		code int
		line string
	}{
		{[]string{"p.edy", "--input", "bidz=x.ndjson"}, 2, `edyc: --input bidz: the program has no topic of that name; did you mean "bids"?`},
		{[]string{"p.edy", "--output", "bigg=x.ndjson"}, 2, `edyc: --output bigg: the program has no stream or topic of that name; did you mean "big"?`},
		{[]string{"p.edy", "--set", "most=1"}, 2, `edyc: --set most: the program has no param of that name; it has: least`},
		{[]string{"p.edy", "--set", "least=ten"}, 2, `edyc: --set least: "ten" is not a long`},
		{[]string{"p.edy", "--set", "least=-1"}, 2, `edyc: --set least: -1 is below the smallest value of least, 0`},
		{[]string{"p.edy", "--output", "big=x.dat"}, 1, `edyc: cannot write "x.dat": its extension does not tell the format; add ?format= with one of ndjson, json, csv, tsv, arrow, arrows, parquet, avro, debezium`},
		{[]string{"p.edy", "--output", "big=x.csv?delimitr=;"}, 1, ""},
		{[]string{"missing.edy"}, 1, `edyc: cannot read "missing.edy": there is no such file`},
		{[]string{"."}, 1, `edyc: cannot read ".": it is a directory`},
	} {
		r := edyc(append([]string{"run"}, c.args...)...)
		if c.line == "" {
			r.expect(t, c.code, "delimitr")
			continue
		}
		r.oneLine(t, c.code, c.line)
	}
	edyc("run", "bad.edy").expect(t, 1, "E0202", "bad.edy:6:12")
}

// An input that cannot be read, and an output that cannot be written, are one line
// each.
func TestRunWithoutItsFiles(t *testing.T) {
	folder(t, "p.edy", bidProgram, "bids.ndjson", fourBids, "plain", "text\n")
	if err := os.Mkdir("folder.ndjson", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("loop.ndjson", "loop.ndjson"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ flag, value, line string }{
		{"--input", "bids=missing.ndjson", `edyc: cannot read "missing.ndjson": there is no such file`},
		{"--input", "bids=none*.ndjson", `edyc: cannot read "none*.ndjson": no file has such a name`},
		{"--input", "bids=folder.ndjson", `edyc: cannot read "folder.ndjson": it is a directory`},
		{"--input", "bids=.", `edyc: cannot read ".": it is a directory`},
		{"--input", "bids=loop.ndjson", `edyc: cannot read "loop.ndjson": too many levels of symbolic links`},
		{"--input", "bids=plain/x.ndjson", `edyc: cannot read "plain/x.ndjson": not a directory`},
		{"--output", "big=folder.ndjson", `edyc: cannot write "folder.ndjson": it is a directory`},
		{"--output", "big=none/x.ndjson", `edyc: cannot write "none/x.ndjson": there is no such folder`},
		{"--output", "big=/dev/full?format=ndjson", `edyc: cannot write "/dev/full": no space left on device`},
		{"--output", "big=bids.ndjson", `edyc: cannot write "bids.ndjson": it is read too, and would be emptied first`},
	} {
		t.Run(c.value, func(t *testing.T) { edyc("run", "p.edy", c.flag, c.value).oneLine(t, 1, c.line) })
	}
	if text := read(t, "bids.ndjson"); text != fourBids {
		t.Errorf("the input was changed: %q", text)
	}
}

func TestRunOnAFullStandardOutput(t *testing.T) {
	folder(t, "p.edy", bidProgram, "bids.ndjson", fourBids)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for _, args := range [][]string{{"run", "p.edy"}, {"query", "from bids", "bids.ndjson"}, {"query", "from bids", "bids.ndjson", "-o", "csv"}} {
		var errs strings.Builder
		code := run(args, strings.NewReader(""), full, &errs)
		result{code, "", errs.String()}.oneLine(t, 1, "edyc: cannot write standard output: no space left on device")
	}
}

func TestRunOfNothing(t *testing.T) {
	folder(t, "p.edy", bidProgram, "bids.ndjson", "")
	if got, want := edyc("run", "p.edy"), (result{0, "", "bids: 0 rows read\nbig: 0 rows written to standard output\n"}); got != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

// brokenLines are 1,000 lines of which every hundredth, from the 51st on, is broken,
// and where those start.
func brokenLines() (text string, offsets []int) {
	var b strings.Builder
	for i := range 1000 {
		if i%100 == 50 {
			offsets = append(offsets, b.Len())
			fmt.Fprintf(&b, "{\"bidder\": %d, \"price\": oops\n", i)
			continue
		}
		fmt.Fprintf(&b, "{\"bidder\":%d,\"price\":%d,\"at\":\"2026-01-01T10:00:00Z\"}\n", i%7, i)
	}
	return b.String(), offsets
}

func TestRunGoesOnAfterBrokenRecords(t *testing.T) {
	text, offsets := brokenLines()
	folder(t, "p.edy", bidProgram, "bids.ndjson", text)
	args := []string{"run", "p.edy", "--set", "least=0", "--output", "big=big.ndjson", "--output", "errors=errors.csv"}
	for _, c := range []struct {
		flags []string
		code  int
	}{{nil, 0}, {[]string{"--fail-on-errors"}, 1}, {[]string{"--fail-on-errors", "--batch=7", "--parallel=3"}, 1}} {
		r := edyc(append(args, c.flags...)...)
		r.expect(t, c.code,
			"bids: 1,000 rows read, 10 of which could not be decoded\n",
			"big: 990 rows written to big.ndjson\n",
			"errors: 10 rows written to errors.csv\n",
			"errors: 10 rows with bad_syntax; the first: ",
			fmt.Sprintf("(bids.ndjson, byte %d)\n  {\"bidder\": 50, \"price\": oops\n", offsets[0]))
		if n := strings.Count(read(t, "big.ndjson"), "\n"); n != 990 {
			t.Errorf("%d results", n)
		}
		records := strings.Split(strings.TrimSpace(read(t, "errors.csv")), "\n")
		if len(records) != 11 {
			t.Fatalf("%d lines of errors", len(records))
		}
		for i, offset := range offsets {
			if origin := fmt.Sprintf(",bids.ndjson@%d,", offset); !strings.Contains(records[i+1], origin) {
				t.Errorf("record %d is not from %s: %s", i, origin, records[i+1])
			}
		}
	}
}

// Error records put into a file stand beside the results; on standard output they stand
// in their place.
func TestRunKeepsErrorsBesideThePrintedStream(t *testing.T) {
	text, _ := brokenLines()
	folder(t, "p.edy", bidProgram, "bids.ndjson", text)
	r := edyc("run", "p.edy", "--set", "least=0", "--output", "errors=errors.ndjson")
	if n, errors := strings.Count(r.out, "\n"), strings.Count(read(t, "errors.ndjson"), "\n"); r.code != 0 || n != 990 || errors != 10 {
		t.Errorf("code %d, %d rows and %d error records, want 0, 990 and 10", r.code, n, errors)
	}
	r = edyc("run", "p.edy", "--set", "least=0", "--output", "errors=-")
	if n := strings.Count(r.out, "\"code\":\"bad_syntax\""); n != 10 || strings.Count(r.out, "\n") != 10 {
		t.Errorf("%d error records in %q", n, r.out)
	}
}

func TestRunOfInputThatEndsInsideARecord(t *testing.T) {
	folder(t, "p.edy", bidProgram)
	cut := fourBids[:len(fourBids)-20]
	r := edycWith(cut, "run", "p.edy", "--input", "bids=-", "--set", "least=0")
	start := strings.LastIndex(cut, "\n") + 1
	r.expect(t, 1, "bids: 4 rows read, 1 of which could not be decoded\n", "errors: 1 row with record_cut_off; ",
		fmt.Sprintf("(standard input, byte %d)\n", start),
		fmt.Sprintf("edyc: standard input ended inside a record, at byte %d: what wrote to it was stopped, and the results hold only what had come\n", start))
	if n := strings.Count(r.out, "\n"); n != 3 {
		t.Errorf("%d rows: %q", n, r.out)
	}
	folder(t, "p.edy", bidProgram, "bids.ndjson", cut) // a file that ends so is no failure
	edyc("run", "p.edy", "--set", "least=0").expect(t, 0, "errors: 1 row with record_cut_off; ")
	edycWith(strings.TrimSuffix(fourBids, "\n"), "run", "p.edy", "--input", "bids=-").expect(t, 0, "bids: 4 rows read\n")
}

// Who asks for the late or failed rows alone wants what finds them run, and a route whose
// targets nobody reads is counted.
func TestRunForSideDoors(t *testing.T) {
	folder(t, "p.edy", `schema Bid { bidder: long price: long at: timestamp }
topic bids: Bid from "bids.ndjson" { time: at watermark: 0s late_to: late_bids }
topic others: Bid {}
stream hourly = from bids |> window tumbling 1h |> aggregate n = count()
stream ratio = from bids |> select share = 100 % price
`, "r.edy", `topic bids from "bids.ndjson"
route by_price from bids first match {
  when price > 1 -> dear
  otherwise -> cheap
}
`, "bids.ndjson", `{"bidder":1,"price":0,"at":"2026-01-01T10:00:00Z"}
{"bidder":2,"price":2,"at":"2026-01-01T12:00:00Z"}
{"bidder":3,"price":3,"at":"2026-01-01T10:00:00Z"}
`)
	r := edyc("run", "p.edy", "--output", "late_bids=-")
	r.expect(t, 0, "bids: 3 rows read\n", "hourly, stage 1 (window): 1 row late\n")
	if want := `{"bidder":3,"price":3,"at":"2026-01-01T10:00:00Z"}` + "\n"; r.out != want || strings.Contains(r.err, "W0812") {
		t.Errorf("%+v", r)
	}
	edyc("run", "p.edy", "--output", "errors=-").expect(t, 0, `"code":"division_by_zero"`, "errors: 1 row written to standard output\n")
	edyc("run", "p.edy", "--output", "hourly=-", "--input", "others=bids.ndjson").expect(t, 0,
		"others: not read, because nothing this run writes needs it\n", `{"n":1}`)
	edyc("run", "r.edy").expect(t, 0, "bids: 3 rows read\n", "dear: 2 rows\n", "cheap: 1 row\n")
}

// Two outputs that share a file would be written over each other, and so would a file
// that a glob reads.
func TestRunKeepsItsFilesApart(t *testing.T) {
	folder(t, "p.edy", bidProgram, "in/bids.ndjson", "", "in/big.ndjson", fourBids)
	edyc("run", "p.edy", "--input", "bids=in/big.ndjson", "--output", "big=x.ndjson", "--output", "hourly=./x.ndjson").
		oneLine(t, 1, `edyc: cannot write "x.ndjson": big and hourly would be written over each other`)
	edyc("run", "p.edy", "--input", "bids=in/*.ndjson", "--output", "big=in/big.ndjson").
		oneLine(t, 1, `edyc: cannot write "in/big.ndjson": it is read too, and would be emptied first`)
	edyc("run", "p.edy", "--input", "bids=in/big.ndjson", "--output", "big=-", "--output", "hourly=-").expect(t, 0, "big: 3 rows written to standard output\n")
	edyc("run", "p.edy", "--input", "bids=in/big.ndjson", "--output", "big=/dev/null?format=csv", "--output", "hourly=/dev/null?format=csv").expect(t, 0)
	if text := read(t, "in/big.ndjson"); text != fourBids {
		t.Errorf("%q", text)
	}
}

func TestRunWithoutTheValueOfAParam(t *testing.T) {
	folder(t, "p.edy", "param least: long\n"+bidTypes+"stream big = from bids |> where price > least\n", "bids.ndjson", fourBids)
	edyc("run", "p.edy", "--input", "bids=bids.ndjson").oneLine(t, 2, `edyc: the param "least" has no default: give it a value with --set least=...`)
	edyc("run", "p.edy", "--input", "bids=bids.ndjson", "--set", "least=11").expect(t, 0, "big: 2 rows written to standard output\n")
}

func TestSummaryCountsSideDoors(t *testing.T) {
	folder(t, "p.edy", `schema Bid { bidder: long? price: long at: timestamp }
topic bids: Bid from "bids.ndjson" { key: bidder time: at watermark: 0s late_to: late_bids }

stream clean =
  from bids
  |> require bidder else -> rejected
  |> dedup by bidder, price within 1h
  |> extend ratio = 100 % price

route triage from clean first match {
  when price > 500 -> "high.csv"
  otherwise -> drop
}

stream minutely =
  from clean
  |> window tumbling 1m
  |> aggregate n = count()

sink out from minutely to "minutely.csv"
`, "bids.ndjson", `{"bidder":null,"price":1,"at":"2026-01-01T10:00:00Z"}
{"bidder":1,"price":700,"at":"2026-01-01T10:01:00Z","note":"x"}
{"bidder":1,"price":700,"at":"2026-01-01T10:02:00Z"}
{"bidder":2,"price":0,"at":"2026-01-01T10:05:00Z"}
{"bidder":3,"price":3,"at":"2026-01-01T10:06:00Z"}
{"bidder":3,"price":4,"at":"2026-01-01T10:00:30Z"}
`)
	r := edyc("run", "p.edy", "--errors=short")
	r.expect(t, 0)
	_, summary, _ := strings.Cut(r.err, "bids: 6")
	want := ` rows read
  fields the schema does not have: note
rejected: 1 row
late_bids: 1 row
high.csv: 1 row written
out: 2 rows written to minutely.csv
clean, stage 1 (require): 1 row turned away
clean, stage 2 (dedup): 1 row dropped as duplicates
triage, otherwise: 2 rows dropped
minutely, stage 1 (window): 1 row late
errors: 1 row with division_by_zero; the first: division by zero (in extend, from bids.ndjson, byte 171)
  {"bidder":2,"price":0,"at":"2026-01-01T10:05:00Z"}
`
	if summary != want {
		t.Errorf("got\n%s\nwant\n%s", summary, want)
	}
}

// One row of the future makes those that follow late: the summary names it. With
// max_ahead it goes to the errors, and nothing is late.
func TestSummaryNamesTheRowThatIsFarAhead(t *testing.T) {
	const program = `schema R { k: string  at: timestamp }
topic rows: R from "rows.ndjson" { time: at  watermark: 5s %s}
stream minutes = from rows |> window tumbling 1m |> aggregate n = count() by k
`
	const first = `{"k":"x","at":"2026-01-01T00:00:00Z"}` + "\n"
	folder(t, "p.edy", fmt.Sprintf(program, ""), "guarded.edy", fmt.Sprintf(program, " max_ahead: 1d "),
		"rows.ndjson", first+`{"k":"x","at":"2099-01-01T00:00:00Z"}`+"\n"+`{"k":"x","at":"2026-01-01T00:02:00Z"}`+"\n")
	// from the first of January 2026 to that of 2099: 73 years, 18 of them leap years
	edyc("run", "p.edy").expect(t, 0,
		"the row at 2099-01-01T00:00:00Z moved the watermark by 26,663 days, from rows.ndjson, byte 38; max_ahead refuses such rows\n",
		"minutes, stage 1 (window): 1 row late\n")
	r := edyc("run", "guarded.edy")
	r.expect(t, 0, "errors: 1 row with ahead_of_clock")
	if strings.Contains(r.err, "late") || r.out != strings.Repeat(`{"k":"x","n":1}`+"\n", 2) {
		t.Errorf("%s%s", r.out, r.err)
	}
}

func TestRunOfAnImportingProgram(t *testing.T) {
	folder(t,
		"types.edy", strings.Repeat("// types that others use\n", 50)+"export schema Bid { bidder: long price: long at: timestamp }\nexport topic bids: Bid from \"bids.ndjson\" { time: at }\nexport stream all_bids = from bids\n",
		"p.edy", "import \"types.edy\" as shared\n\nstream big = from shared.all_bids |> where price >= 12\n",
		"bids.ndjson", fourBids)
	edyc("run", "p.edy").expect(t, 0, `{"bidder":2,"price":20,"at":"2026-01-01T11:03:00Z"}`, "big: 2 rows written to standard output")
}

func TestBuildRunsAsItsSource(t *testing.T) {
	folder(t, "p.edy", bidProgram, "bids.ndjson", fourBids)
	edyc("build", "p.edy", "-o", "p.edyg").oneLine(t, 0, "p.edyg written")
	if r := edyc("run", "p.edyg"); r.code != 0 || r.out != threeBig {
		t.Errorf("%+v", r)
	}
	edyc("build", "p.edy", "-o", "none/p.edyg").expect(t, 1, `edyc: cannot write "none/p.edyg": `)
}
