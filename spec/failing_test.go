package spec_test

import (
	"strings"
	"testing"

	"github.com/edynamic/edynamic/spec"
)

const failingHead = `module failing
schema R { k: string  v: long  d: double  at: timestamp }
topic rows: R { time: at  watermark: 0s }
topic bad: ErrorRecord { }
stream some = from rows |> where v > 0 |> select k, v
stream minutes = from rows |> window tumbling 1m lateness 0s else -> drop |> aggregate n = count()
stream totals = from rows |> aggregate total = sum(v) by k keep forever
stream divided = from rows |> where k == "div" |> select q = 12 % v
`

// failing are tests that must fail, and what their failure says.
var failing = []struct {
	name, steps string
	want        []string
}{
	{"a row is missing", `
	  given rows [ { k: "a", v: 1 } ]
	  expect some [ { k: "a" }, { k: "b" } ]`,
		[]string{"some is not exactly as expected (2 rows expected, 1 row there)", `    { k: "a" }`, `- { k: "b" }`}},
	{"a row too many", `
	  given rows [ { k: "a", v: 1 }, { k: "b", v: 2 } ]
	  expect some [ { k: "b" } ]`,
		[]string{`+ { k: "a" }`, `    { k: "b" }`}},
	{"another order", `
	  given rows [ { k: "a", v: 1 }, { k: "b", v: 2 } ]
	  expect some [ { k: "b" }, { k: "a" } ]`,
		[]string{"some is not exactly as expected"}},
	{"another value", `
	  given rows [ { k: "a", v: 1 } ]
	  expect some [ { k: "a", v: 2 } ]`,
		[]string{`- { k: "a", v: 2 }`, `+ { k: "a", v: 1 }`}},
	{"unordered counts equal rows", `
	  given rows [ { k: "a", v: 1 }, { k: "b", v: 2 } ]
	  expect some unordered [ { k: "a" }, { k: "a" } ]`,
		[]string{"some does not hold the expected rows", `- { k: "a" }`, `+ { k: "b" }`}},
	{"unordered allows no further row", `
	  given rows [ { k: "a", v: 1 }, { k: "b", v: 2 } ]
	  expect some unordered [ { k: "a" } ]`,
		[]string{`+ { k: "b" }`}},
	{"contains needs a row for each", `
	  given rows [ { k: "a", v: 1 } ]
	  expect some contains [ { k: "a" }, { v: 1 } ]`,
		[]string{"some does not contain every expected row", "- { v: 1 }"}},
	{"nothing was expected", `
	  given rows [ { k: "a", v: 1 } ]
	  expect some []`,
		[]string{"0 rows expected, 1 row there", `+ { k: "a", v: 1 }`}},
	{"an error row that no expect names", `
	  given rows [ { k: "div", v: 0 } ]
	  expect divided []`,
		[]string{"1 row went to errors, and no expect names it", "division by zero"}},
	{"the log of changes", `
	  given rows [ { k: "a", v: 1 }, { k: "a", v: 2 } ]
	  expect totals changes [ { op: "insert", total: 3 } ]`,
		[]string{`- { op: "insert", total: 3 }`, `+ { op: "update_before", total: 1 }`}},
	{"rows after the end of the input", `
	  given rows [ { k: "a", v: 1 } ]
	  expect some [ { k: "a" } ]
	  given rows [ { k: "b", v: 1 } ]`,
		[]string{"rows are given to rows after its input has ended: put an `advance` into the test"}},
	{"a window that is still open", `
	  given rows [ { k: "a", at: @2026-01-01T00:00:00Z } ]
	  advance watermark to @2026-01-01T00:00:59Z
	  expect minutes [ { n: 1 } ]`,
		[]string{"1 row expected, 0 rows there", "- { n: 1 }"}},
}

// TestFailingTests: what a test does not name is not forgiven, whatever the setting,
// and the failure shows the rows.
func TestFailingTests(t *testing.T) {
	for _, c := range failing {
		t.Run(c.name, func(t *testing.T) {
			f := openText(t, "failing", failingHead+"test \"it\" {"+c.steps+"\n}\n")
			for _, d := range f.Unexpected.Items {
				t.Fatalf("%s: %s", d.Code, d.Message)
			}
			for _, opt := range settings() {
				outcomes, err := f.Run(opt)
				if err != nil || len(outcomes) != 1 {
					t.Fatalf("%d outcomes, error %v", len(outcomes), err)
				}
				failsWith(t, outcomes[0], c.want)
			}
		})
	}
}

// TestParamsOfTests: a test that lacks the value of a param, or sets one that the program
// does not allow, fails alone.
func TestParamsOfTests(t *testing.T) {
	const program = `schema R { v: long  at: timestamp }
topic rows: R { time: at }
param least: long
param size: duration = 1m
stream some = from rows |> where v > least |> window tumbling size |> aggregate n = count()
test "no value" { given rows [ { v: 1 } ] expect some [ { n: 1 } ] }
test "a value" { set least = 0 given rows [ { v: 1 } ] expect some [ { n: 1 } ] }
test "a wrong value" { set least = 0 set size = 0s given rows [ { v: 1 } ] expect some [ { n: 1 } ] }
`
	outcomes, err := openText(t, "params", program).Run(spec.Options{})
	if err != nil || len(outcomes) != 3 || !outcomes[1].Passed() {
		t.Fatalf("%d outcomes, error %v", len(outcomes), err)
	}
	failsWith(t, outcomes[0], []string{`the param "least" has no default, so the test must give it a value: set least = ...`})
	failsWith(t, outcomes[2], []string{"with these params the program does not check: "})
}

func failsWith(t *testing.T, o *spec.Outcome, want []string) {
	t.Helper()
	if o.Passed() {
		t.Fatal("the test passed")
	}
	if len(o.Failures) != 1 {
		t.Errorf("%d failures for one cause", len(o.Failures))
	}
	for _, text := range want {
		if !strings.Contains(o.Failures[0].Text, text) {
			t.Errorf("the failure does not say %q:\n%s", text, o.Failures[0].Text)
		}
	}
}

// TestExpectedDiagnostics: a file that expects a diagnostic fails when another is
// said, when one more is said, and when it is said elsewhere.
func TestExpectedDiagnostics(t *testing.T) {
	const program = "schema R { k: string }\ntopic rows: R { }\nstream s = from rowz\nstream t = from rows |> where q\n"
	for _, c := range []struct {
		name, head string
		failures   int
	}{
		{"as expected", "//! error E0201 5:17\n//! error E0202 6:31\n", 0},
		{"one is not expected", "//! error E0201 4:17\n", 1},
		{"another code", "//! error E0201 5:17\n//! error E0203 6:31\n", 2},
		{"another place", "//! error E0201 5:17\n//! error E0202 6:30\n", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			outcomes, err := openText(t, "expecting", c.head+program).Run(spec.Options{})
			if err != nil || len(outcomes) != 1 {
				t.Fatalf("%d outcomes, error %v", len(outcomes), err)
			}
			if len(outcomes[0].Failures) != c.failures {
				t.Errorf("%d failures, not %d: %v", len(outcomes[0].Failures), c.failures, outcomes[0].Failures)
			}
		})
	}
}
