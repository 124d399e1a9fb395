package main

import (
	"strings"
	"testing"
)

const someQuakes = `{"net":"us","mag":6.1,"place":"Hualian","at":"2018-02-06T10:00:00Z"}
{"net":"ak","mag":null,"place":null,"at":"2018-02-06T10:01:00Z"}
{"net":"us","mag":4,"place":"Jarm","at":"2018-02-06T10:02:00Z"}
`

func TestQueryAsATable(t *testing.T) {
	folder(t, "quakes.ndjson", someQuakes)
	r := edyc("query", "from quakes |> select net, mag, place", "quakes.ndjson")
	want := `net  mag  place
---  ---  -------
us   6.1  Hualian
ak
us     4  Jarm
(3 rows)
`
	if r.code != 0 || r.out != want || r.err != "quakes: 3 rows read\n" {
		t.Errorf("%+v", r)
	}
	r = edyc("query", "from quakes |> aggregate n = count(), top = max(mag) by net |> sort by net", "quakes.ndjson")
	if want := "net  n  top\n---  -  ---\nak   1\nus   2  6.1\n(2 rows)\n"; r.code != 0 || r.out != want {
		t.Errorf("%+v", r)
	}
	r = edyc("query", "from quakes |> select net |> limit 0", "quakes.ndjson")
	if want := "net\n---\n(0 rows)\n"; r.code != 0 || r.out != want {
		t.Errorf("%+v", r)
	}
}

func TestQueryInEachFormat(t *testing.T) {
	folder(t, "quakes.ndjson", someQuakes)
	for format, want := range map[string]string{
		"ndjson": `{"net":"us","mag":6.1}` + "\n" + `{"net":"ak","mag":null}` + "\n" + `{"net":"us","mag":4}` + "\n",
		"csv":    "net,mag\nus,6.1\nak,\nus,4\n",
	} {
		if r := edyc("query", "from quakes |> select net, mag", "quakes.ndjson", "-o", format); r.code != 0 || r.out != want {
			t.Errorf("%s: %+v", format, r)
		}
	}
	for _, format := range []string{"arrow", "parquet"} {
		r := edyc("query", "from quakes |> select net, mag", "quakes.ndjson", "-o", format)
		r.expect(t, 0)
		folder(t, "again."+format, r.out)
		edyc("query", "from again", "again."+format).expect(t, 0, "net  mag\n---  ---\nus   6.1\nak\nus     4\n(3 rows)\n")
		folder(t, "quakes.ndjson", someQuakes)
	}
}

// A null in a condition does not match, and how many rows that was is said.
func TestQuerySaysWhatNullsDid(t *testing.T) {
	folder(t, "quakes.ndjson", someQuakes)
	r := edyc("query", "from quakes |> where mag > 1.0 |> select net", "quakes.ndjson", "-o", "csv")
	r.expect(t, 0, "1 row not matched because mag is null")
	if r.out != "net\nus\nus\n" {
		t.Errorf("%q", r.out)
	}
}

func TestQueryOfSeveralFilesAndStandardInput(t *testing.T) {
	folder(t, "a.csv", "n\n1\n", "2nd file.csv", "n\n2\n")
	edyc("query", "from a |> union _2nd_file", "a.csv", "2nd file.csv").expect(t, 0, "n\n-\n1\n2\n(2 rows)\n")
	for _, uri := range []string{"-", "-?format=ndjson"} {
		edycWith(someQuakes, "query", "from stdin |> where net == \"ak\" |> select net", uri).expect(t, 0, "net\n---\nak\n(1 row)\n")
	}
	edycWith("n\n7\n", "query", "from stdin", "-?format=csv", "-o", "csv").expect(t, 0, "n\n7\n")
	edyc("query", "from a", "a.csv", "./a.csv").oneLine(t, 2, `edyc: two files would both be the topic "a"; as one topic they are a glob, such as '*/a.csv'`)
}

func TestTopicsOfAQuery(t *testing.T) {
	for uri, want := range map[string]string{
		"quakes.ndjson": "quakes", "a/b/week 5.csv.gz": "week_5", "2018.csv": "_2018", "-": "stdin", "-?format=csv": "stdin",
		"data/*.csv": "data", "data/quakes-*.csv": "quakes", "*.csv": "rows", "x/*/*.csv": "x", "p[0-9].csv": "p", "../*.csv": "rows",
		"*/quakes.csv": "quakes", ".hidden.csv": "_hidden_csv", "a.csv?delimiter=;": "a",
	} {
		if got := topicName(uri); got != want {
			t.Errorf("%s is the topic %q, not %q", uri, got, want)
		}
	}
}

func TestQuerySuggests(t *testing.T) {
	folder(t, "quakes.ndjson", someQuakes, "empty.ndjson", "", "notes.txt", "hello\n")
	for query, want := range map[string]string{
		"from quake":                             `did you mean "quakes"?`,
		"from quakes |> where magn > 1.0":        `did you mean "mag"?`,
		"from quakes |> whre mag > 1.0":          `did you mean "where"?`,
		"from quakes |> extend x = roud(mag)":    `did you mean "round"?`,
		"select net from quakes where mag > 1.0": "      from quakes\n      |> where mag > 1.0\n      |> select net\n",
	} {
		edyc("query", query, "quakes.ndjson").expect(t, 1, want, "--> query:1:")
	}
	edyc("query", "from quakes", "missing.ndjson").oneLine(t, 1, `edyc: cannot read "missing.ndjson": there is no such file`)
	edyc("query", "from quakes", "quakes.ndjsn").oneLine(t, 1, `edyc: cannot read "quakes.ndjsn": there is no such file; did you mean "quakes.ndjson"?`)
	edyc("query", "from quakes", ".").oneLine(t, 1, `edyc: cannot read ".": it is a directory`)
	edyc("query", "from empty", "empty.ndjson").oneLine(t, 1, `edyc: cannot read "empty.ndjson": it holds no record to infer a schema from`)
	r := edyc("query", "from notes", "notes.txt")
	r.expect(t, 1, `edyc: cannot read "notes.txt": its extension does not tell the format`)
	if strings.Count(r.err, "\n") != 1 {
		t.Errorf("more than a line: %q", r.err)
	}
}
