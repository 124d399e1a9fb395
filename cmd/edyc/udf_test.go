package main

import (
	"os"
	"strings"
	"testing"
)

const (
	addWat = `(module (func (export "add") (param i64 i64) (result i64) (i64.add (local.get 0) (local.get 1))))`
	addEdy = `schema Pair { a: long b: long at: timestamp }
topic pairs: Pair from "pairs.ndjson" { key: a time: at }
fn add(a: long, b: long) -> long = wasm "add.wat" export "add"
stream sums = from pairs |> select sum = add(a, b)
`
	pairs = `{"a":1,"b":2,"at":"2026-01-01T10:00:00Z"}
{"a":3,"b":4,"at":"2026-01-01T10:01:00Z"}
`
)

func TestUdfCheck(t *testing.T) {
	folder(t, "p.edy", addEdy, "add.wat", addWat, "pairs.ndjson", pairs)
	r := edyc("udf", "check", "add.wat", "p.edy")
	r.expect(t, 0)
	for _, want := range []string{"exports add(i64, i64) -> i64\n    fn add(p1: long, p2: long) -> long\n", "p.edy:3: add(a: long, b: long) -> long fits add\n"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("it does not say %q:\n%s", want, r.out)
		}
	}
	folder(t, "add.wat", "(module", "data.bin", "\x00\x01")
	edyc("udf", "check", "add.wat").expect(t, 1, "it is not a WASM module in text form")
	edyc("udf", "check", "data.bin").expect(t, 1, "it is not a WASM module")
	edyc("udf", "check", "nothing.wasm").expect(t, 1, "there is no such file")
}

func TestUdfBench(t *testing.T) {
	half := `fn half(a: long) -> long! = wasm "half.wat" export "half"` + "\n"
	// Traps for odd numbers: every second of those that ascend from 0.
	trap := `(module (func (export "half") (param i64) (result i64)
  (if (i64.eq (i64.const 1) (i64.and (local.get 0) (i64.const 1))) (then unreachable))
  (i64.shr_u (local.get 0) (i64.const 1))))`
	folder(t, "p.edy", addEdy+half, "add.wat", addWat, "half.wat", trap, "pairs.ndjson", pairs)
	r := edyc("udf", "bench", "p.edy", "--rows", "10")
	r.expect(t, 0, "add: ", " ns a row, 10 rows a batch; the first batch took ", "; 0 of 10 rows failed\n", "half: ", "; 5 of 10 rows failed\n")
	one := edyc("udf", "bench", "p.edy", "--function", "add", "--rows", "1")
	one.expect(t, 0, "add: ", "; 0 of 1 rows failed\n")
	if strings.Contains(one.out, "half") {
		t.Errorf("it measures another:\n%s", one.out)
	}
	edyc("udf", "bench", "p.edy", "--function", "mul").oneLine(t, exitUsage, "edyc: there is no such function in WASM in p.edy")
	edyc("udf", "bench", "p.edy", "--rows", "0").oneLine(t, exitUsage, "edyc: --rows is at least 1")
}

func TestUdfNew(t *testing.T) {
	folder(t)
	for _, language := range []string{"rust", "go", "c", "assemblyscript"} {
		name := "count_" + language
		edyc("udf", "new", "--lang", language, name).expect(t, 0)
		// What it builds is tested where the helpers are; here the program alone.
		if text := read(t, name+"/"+name+".edy"); !strings.Contains(text, `wasm "`+name+`.wasm" export "`+name+`"`) {
			t.Errorf("%s: %s", name, text)
		}
		if info, err := os.Stat(name + "/build.sh"); err != nil || info.Mode()&0o100 == 0 {
			t.Errorf("%s: build.sh cannot be run: %v", name, err)
		}
		edyc("fmt", "--check", name+"/"+name+".edy").expect(t, 0)
	}
	edyc("udf", "new", "--lang", "perl", "x").expect(t, 2, "there is no scaffold in")
	edyc("udf", "new", "--lang", "c", "Bad-Name").expect(t, 2, "is not a name")
}

// rule 120: what may differ on another run is listed.
func TestExplainListsModules(t *testing.T) {
	folder(t, "p.edy", addEdy, "add.wat", addWat, "pairs.ndjson", pairs)
	const line = "function add: its WASM module is not declared deterministic"
	if r := edyc("explain", "p.edy"); !strings.Contains(r.out, line) {
		t.Errorf("explain does not list the function:\n%s", r.out)
	}
	folder(t, "p.edy", strings.Replace(addEdy, `export "add"`, `export "add" { deterministic: true }`, 1), "add.wat", addWat, "pairs.ndjson", pairs)
	if r := edyc("explain", "p.edy"); strings.Contains(r.out, line) {
		t.Errorf("explain lists a deterministic function:\n%s", r.out)
	}
}

// An archive has the modules: the file need not be there.
func TestBuildEmbedsModules(t *testing.T) {
	folder(t, "p.edy", addEdy, "add.wat", addWat, "pairs.ndjson", pairs)
	edyc("build", "p.edy", "-o", "p.edyg").expect(t, 0)
	if err := os.Remove("add.wat"); err != nil {
		t.Fatal(err)
	}
	want := "{\"sum\":3}\n{\"sum\":7}\n"
	if r := edyc("run", "p.edyg"); r.out != want || r.code != 0 {
		t.Errorf("%+v", r)
	}
	edyc("run", "p.edy").expect(t, 1, "E0405")
}

// A param that shapes the program makes an archive be checked again, with the modules it
// has.
func TestArchiveIsCheckedAgainWithItsModules(t *testing.T) {
	program := "param gap: duration = 1m\n" + strings.Replace(addEdy, "select sum = add(a, b)", "window tumbling gap |> aggregate n = max(add(a, b))", 1)
	folder(t, "p.edy", program, "add.wat", addWat, "pairs.ndjson", pairs)
	edyc("build", "p.edy", "-o", "p.edyg").expect(t, 0)
	if err := os.Remove("add.wat"); err != nil {
		t.Fatal(err)
	}
	for gap, want := range map[string]string{"1m": "{\"n\":3}\n{\"n\":7}\n", "1h": "{\"n\":7}\n"} {
		if r := edyc("run", "p.edyg", "--set", "gap="+gap); r.out != want || r.code != 0 {
			t.Errorf("%s: %+v", gap, r)
		}
	}
}
