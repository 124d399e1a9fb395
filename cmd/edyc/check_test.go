package main

import (
	"encoding/json"
	"strings"
	"testing"
)

const (
	bidTypes = "schema Bid { bidder: long price: long at: timestamp }\n" +
		"topic bids: Bid from \"bids.ndjson\" { key: bidder time: at watermark: 1m }\n\n"
	goodBids    = bidTypes + "stream big =\n  from bids\n  |> where price > 10\n"
	misspelt    = bidTypes + "stream big =\n  from bids\n  |> where prise > 10\n"
	wrongEquals = bidTypes + "stream big =\n  from bids\n  |> where price = 10\n"
	warned      = "schema Bid { bidder: long at: timestamp }\ntopic bids: Bid { key: bidder time: at }\n\n" +
		"stream hourly =\n  from bids\n  |> window tumbling 1h\n  |> aggregate n = count() by bidder\n"
)

func TestCheck(t *testing.T) {
	folder(t, "good.edy", goodBids, "bad.edy", misspelt, "warned.edy", warned, "empty.edy", "")
	edyc("check", "good.edy").oneLine(t, 0, "1 file is fine")
	edyc("check", "empty.edy").oneLine(t, 0, "1 file is fine")
	edyc("check", "good.edy", "warned.edy").expect(t, 0, "W0804  warning: ", "2 files are fine, with 1 warning\n")
	edyc("check", "bad.edy").expect(t, 1, "E0202  there is no column \"prise\" here\n  --> bad.edy:6:12\n", `fix (apply): replace with "price"`)
	edyc("check", "good.edy", "bad.edy").expect(t, 1, "bad.edy:6:12")
	edyc("check", "--errors=short", "bad.edy").expect(t, 1, "bad.edy:6:12: E0202 there is no column \"prise\" here\n  fix (apply): replace with \"price\"\n")
	edyc("check", "missing.edy").oneLine(t, 1, `edyc: cannot read "missing.edy": there is no such file`)
	edyc("check", ".").oneLine(t, 1, `edyc: cannot read ".": it is a directory`)
}

func TestCheckAsJSON(t *testing.T) {
	folder(t, "good.edy", goodBids, "bad.edy", misspelt)
	type diagnostic struct {
		Code, Severity, Message string
		Fixes                   []struct{ Title, Confidence string }
	}
	for name, want := range map[string]int{"good.edy": 0, "bad.edy": 1} {
		r := edyc("check", "--errors=json", name)
		if r.code != want || r.err != "" {
			t.Errorf("%s: exit code %d, stderr %q", name, r.code, r.err)
		}
		var got []diagnostic
		if err := json.Unmarshal([]byte(r.out), &got); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, r.out)
		}
		if len(got) != want {
			t.Fatalf("%s: %d diagnostics", name, len(got))
		}
		if want > 0 && (got[0].Code != "E0202" || got[0].Severity != "error" || got[0].Fixes[0].Confidence != "apply") {
			t.Errorf("%s: %+v", name, got[0])
		}
	}
}

const untidy = "stream   big=from bids|>where price>10\n"
const tidy = "stream big = from bids |> where price > 10\n"

func TestFmt(t *testing.T) {
	folder(t, "a.edy", untidy, "b.edy", tidy)
	edyc("fmt", "a.edy").expect(t, 0, tidy)
	if r := edycWith(untidy, "fmt"); r != (result{0, tidy, ""}) {
		t.Errorf("from standard input: %+v", r)
	}
	if r := edyc("fmt", "--check", "a.edy", "b.edy"); r != (result{1, "a.edy\n", ""}) {
		t.Errorf("--check: %+v", r)
	}
	if text := read(t, "a.edy"); text != untidy {
		t.Errorf("--check changed the file: %q", text)
	}
	if r := edyc("fmt", "-w", "a.edy", "b.edy"); r != (result{0, "", ""}) || read(t, "a.edy") != tidy {
		t.Errorf("-w: %+v, %q", r, read(t, "a.edy"))
	}
	if r := edyc("fmt", "--check", "a.edy", "b.edy"); r != (result{0, "", ""}) {
		t.Errorf("--check afterwards: %+v", r)
	}
	if r := edycWith(untidy, "fmt", "--check", "-"); r != (result{1, "-\n", ""}) {
		t.Errorf("--check of standard input: %+v", r)
	}
	edyc("fmt", "missing.edy").oneLine(t, 1, `edyc: cannot read "missing.edy": there is no such file`)
}

func TestFix(t *testing.T) {
	both := misspelt + "\nstream small =\n  from bids\n  |> where price = 1\n"
	folder(t, "a.edy", both, "b.edy", both)
	edyc("fix", "--code", "E0105", "a.edy").oneLine(t, 0, "a.edy: 1 fixed, 1 error left that edyc check shows")
	if text := read(t, "a.edy"); !strings.Contains(text, "prise") || !strings.Contains(text, "price == 1") {
		t.Errorf("only E0105 was asked for:\n%s", text)
	}
	edyc("fix", "b.edy").oneLine(t, 0, "b.edy: 2 fixed")
	if text, want := read(t, "b.edy"), goodBids+"\nstream small =\n  from bids\n  |> where price == 1\n"; text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	edyc("fix", "b.edy").oneLine(t, 0, "b.edy: 0 fixed")
	edyc("check", "b.edy").expect(t, 0)
}

// What is no program is told apart before its text is read as one, and an archive is
// never written over.
func TestArgumentsThatAreNoPrograms(t *testing.T) {
	folder(t, "p.edy", bidProgram, "bids.ndjson", fourBids, "blob", "a\x00b")
	edyc("build", "p.edy", "-o", "p.edyg").expect(t, 0)
	for _, command := range []string{"check", "run", "test", "explain", "fmt", "fix"} {
		edyc(command, "bids.ndjson").oneLine(t, 1, `edyc: cannot read "bids.ndjson" as a program: it is data (ndjson); edyc query 'from bids' bids.ndjson shows it`)
		edyc(command, "blob").oneLine(t, 1, `edyc: cannot read "blob": it is not the text of a program`)
	}
	edyc("fmt", "-w", "p.edyg").oneLine(t, 1, `edyc: cannot format "p.edyg": it is an archive; format its sources`)
	edyc("fix", "p.edyg").oneLine(t, 1, `edyc: cannot mend "p.edyg": it is an archive; mend its sources and build it again`)
}
