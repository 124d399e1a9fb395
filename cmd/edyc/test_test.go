package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const tested = `schema Bid { bidder: long price: long at: timestamp }
topic bids: Bid { key: bidder time: at watermark: 1m }

stream big =
  from bids
  |> where price >= 10

stream small =
  from bids
  |> where price < 10

route triage from bids first match {
  when price > 100 -> huge
  when price > 50 -> large
  otherwise -> rest
}

test "big bids pass" {
  given bids [{ bidder: 1, price: 10 }, { bidder: 2, price: 9 }, { bidder: 3, price: 60 }]
  expect big [{ bidder: 1 }, { bidder: 3 }]
  expect large [{ bidder: 3 }]
}
`

func TestTest(t *testing.T) {
	folder(t, "p.edy", tested, "none.edy", bidTypes)
	if r := edyc("test", "p.edy"); r != (result{0, "1 passed, 0 failed\n", ""}) {
		t.Errorf("%+v", r)
	}
	if r := edyc("test", "none.edy"); r.code != 0 || r.out != "0 passed, 0 failed, for there are no tests\n" {
		t.Errorf("%+v", r)
	}
	edyc("test", "missing.edy").oneLine(t, 1, `edyc: cannot read "missing.edy": there is no such file`)
}

func TestTestShowsTheRowsThatDiffer(t *testing.T) {
	folder(t, "p.edy", strings.Replace(tested, "expect big [{ bidder: 1 }", "expect big [{ bidder: 4 }", 1), "broken.edy", misspelt)
	r := edyc("test", "p.edy")
	r.expect(t, 1, "FAIL p.edy: big bids pass\n", "  p.edy:20: ", "0 passed, 1 failed\n")
	missing, extra := false, false
	for line := range strings.SplitSeq(r.out, "\n") {
		line = strings.TrimSpace(line)
		missing = missing || strings.HasPrefix(line, "-") && strings.Contains(line, "4")
		extra = extra || strings.HasPrefix(line, "+") && strings.Contains(line, "1")
	}
	if !missing || !extra {
		t.Errorf("the rows are not shown as - and +:\n%s", r.out)
	}
	edyc("test", "broken.edy").expect(t, 1, "E0202", "0 passed, 1 failed\n")
}

func TestTestSearchesFolders(t *testing.T) {
	folder(t, "p.edy", tested)
	if err := os.MkdirAll(filepath.Join("deep", "er"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("deep", "er", "q.edy"), []byte(tested), 0o644); err != nil {
		t.Fatal(err)
	}
	edyc("test").expect(t, 0, "2 passed, 0 failed\n")
	edyc("test", "deep", "p.edy").expect(t, 0, "2 passed, 0 failed\n")
}

func TestCoverage(t *testing.T) {
	folder(t, "p.edy", tested)
	want := `p.edy: no test reached:
  route triage, arm 1: when price > 100
1 passed, 0 failed
`
	if r := edyc("test", "--coverage", "p.edy"); r.code != 0 || r.out != want {
		t.Errorf("got\n%s\nwant\n%s%s", r.out, want, r.err)
	}
}

// The project that edyc new makes works with the very commands it names.
func TestNew(t *testing.T) {
	folder(t)
	r := edyc("new", "orders")
	r.expect(t, 0, "orders/ is ready:\n", "  cd orders\n")
	edyc("new", "orders").oneLine(t, 1, `edyc: "orders" exists already`)
	t.Chdir("orders")
	_, commands, _ := strings.Cut(r.out, "cd orders\n")
	ran := 0
	for line := range strings.SplitSeq(strings.TrimSpace(commands), "\n") {
		args := strings.Fields(line)
		edyc(args[1:]...).expect(t, 0)
		ran++
	}
	if ran != 2 {
		t.Errorf("%d commands", ran)
	}
	for line := range strings.SplitSeq(read(t, "README.md"), "\n") {
		if rest, ok := strings.CutPrefix(line, "    edyc "); ok {
			args, _, _ := strings.Cut(rest, "#")
			edyc(strings.Fields(args)...).expect(t, 0)
		}
	}
	edyc("check", "orders.edy").oneLine(t, 0, "1 file is fine")
	edyc("fmt", "--check", "orders.edy").expect(t, 0)
	edyc("test", "--coverage", "orders.edy").expect(t, 0, "orders.edy: every stream and route arm was reached\n1 passed, 0 failed\n")
	want := `{"hour":"2026-01-01T10:00:00Z","orders":2,"revenue":170.00,"coupons":1}
{"hour":"2026-01-01T11:00:00Z","orders":1,"revenue":9.50,"coupons":0}
`
	if text := read(t, "hourly.ndjson"); text != want {
		t.Errorf("hourly.ndjson:\n%s", text)
	}
}
