package differential

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/compiler/optimize"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/connector/file"
)

var (
	seedFlag = flag.Uint64("seed", 0, "the first program to draw; 0 is a new one each time")
	programs = flag.Int("programs", 500, "how many programs to draw")
)

// setting is a way of running that must not show.
type setting struct {
	batch, parallel    int
	optimise, barriers bool
	kept               bool  // all columns that cannot fail are computed
	memory             int64 // of groups that can go to disk; 0 for any
}

func drawSetting(r *rand.Rand) setting {
	return setting{[]int{1, 7, 4096}[r.IntN(3)], 1 + r.IntN(3), r.IntN(2) == 0, r.IntN(3) == 0, r.IntN(3) == 0, []int64{0, 0, 1, 2000}[r.IntN(4)]}
}

// TestDifferential compares the engine with the model on random programs.
func TestDifferential(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano()) % 1_000_000_000
	}
	t.Logf("programs %d to %d", seed, seed+uint64(*programs)-1)
	failed := 0
	for i := range uint64(*programs) {
		if failed == 3 {
			t.Fatal("three programs differ; the rest is not run")
		}
		if !tryProgram(t, seed+i) {
			failed++
		}
	}
}

// tryProgram draws a program and compares; what differs is made smaller and shown.
func tryProgram(t *testing.T, seed uint64) bool {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 17))
	p := drawProgram(r)
	for range 2 {
		s := drawSetting(r)
		text := differs(p, s)
		if text == "" {
			continue
		}
		p, text = shrink(p, s, text)
		t.Errorf("seed %d, %+v differs; repeat with\n  go test ./spec/differential -run TestDifferential -seed %d -programs 1\n%s\n%s\n%s",
			seed, s, seed, p.text(), p.rowsText(), text)
		return false
	}
	return true
}

// shrink leaves out rows and stages while the program still differs.
func shrink(p *program, s setting, text string) (*program, string) {
	for again := true; again; {
		again = false
		for i := len(p.stages) - 1; i >= 0; i-- {
			smaller := *p
			smaller.stages = slices.Delete(slices.Clone(p.stages), i, i+1)
			if d, ok := stillDiffers(&smaller, s); ok {
				p, text, again = &smaller, d, true
			}
		}
		for at := range p.topics {
			for i := len(p.topics[at].rows) - 1; i >= 0; i-- {
				smaller := *p
				smaller.topics = slices.Clone(p.topics)
				smaller.topics[at].rows = slices.Delete(slices.Clone(p.topics[at].rows), i, i+1)
				if d, ok := stillDiffers(&smaller, s); ok {
					p, text, again = &smaller, d, true
				}
			}
		}
	}
	return p, text
}

// stillDiffers tells whether a smaller program differs in the same way: one that no
// longer checks does not.
func stillDiffers(p *program, s setting) (text string, ok bool) {
	defer func() {
		if recover() != nil { // the model of a stage whose columns are gone
			text, ok = "", false
		}
	}()
	text = differs(p, s)
	return text, text != "" && !strings.HasPrefix(text, "does not check")
}

// differs runs both sides and says how they differ, "" for not at all.
func differs(p *program, s setting) string {
	g, err := compile(p.text(), s.optimise, s.kept)
	if err != nil {
		return "does not check: " + err.Error()
	}
	got, err := run(g, p, s)
	if err != nil {
		return "engine: " + err.Error()
	}
	return compare(p, got)
}

func compile(text string, optimised, kept bool) (*plan.Graph, error) {
	tree, problems := syntax.Parse(source.New("main.edy", text))
	system := &file.System{Stdin: strings.NewReader(""), Stdout: os.Stderr, Clock: clock.Real{}}
	r := check.Check(tree, check.Options{Catalog: build.Catalog(system), Dir: func(*source.File) string { return "." }})
	for _, d := range append(problems.Items, r.Diags.Items...) {
		if d.Severity == diag.Error {
			at := d.Span().Position()
			return nil, fmt.Errorf("%d:%d %s %s", at.Line, at.Column, d.Code, d.Message)
		}
	}
	g, err := lower.Program(r.Program, lower.Options{All: true, KeepColumns: kept})
	if err == nil && optimised {
		g = optimize.Run(g, optimize.Options{})
	}
	return g, err
}

// result is what the engine gave.
type result struct {
	rows         [][]any
	log          [][]any // of a changes stream: the operation, then the row
	late, errors int
}

func run(g *plan.Graph, p *program, s setting) (out result, err error) {
	alloc := memory.NewCheckedAllocator(optest.Scrambler{})
	opt := build.Options{Parallel: s.parallel, BatchRows: s.batch, Alloc: alloc, StateMemory: s.memory}
	if s.barriers {
		n := 0
		opt.Barriers = func() int { n++; return 1 + n%3 }
	}
	session, err := build.NewSession(g, opt, nil)
	if err != nil {
		return out, err
	}
	defer func() {
		if closeErr := session.Close(); err == nil {
			err = closeErr
		}
		if n := alloc.CurrentAlloc(); err == nil && n != 0 {
			err = fmt.Errorf("%d bytes were not released", n)
		}
	}()
	for _, t := range p.topics {
		rows := make([][]any, len(t.rows))
		for i, r := range t.rows {
			rows[i] = r.vals
		}
		if err := session.Given(t.name, rows); err != nil {
			return out, err
		}
	}
	if err := session.End(); err != nil {
		return out, err
	}
	c := session.Collected("result")
	out.rows = c.Final()
	rows := c.Rows()
	for i, op := range c.Ops() {
		out.log = append(out.log, append([]any{op.String()}, rows[i]...))
	}
	for _, record := range session.Collected("errors").Rows() {
		if record[3] == "late" {
			out.late++
		} else {
			out.errors++
		}
	}
	return out, nil
}

func compare(p *program, got result) string {
	want, doors := p.model()
	wanted := make([][]any, len(want.rows))
	for i, r := range want.rows {
		wanted[i] = r.vals
	}
	if want.changes || want.loose {
		slices.SortFunc(wanted, compareKeys)
		slices.SortFunc(got.rows, compareKeys)
	}
	if !slices.EqualFunc(wanted, got.rows, func(a, b []any) bool { return len(a) == len(b) && sameKey(a, b) }) {
		return fmt.Sprintf("model:\n%sengine:\n%s", rowsText(wanted), rowsText(got.rows))
	}
	if doors.late != got.late || doors.errors != got.errors {
		return fmt.Sprintf("model: %d late and %d failed rows; engine: %d and %d", doors.late, doors.errors, got.late, got.errors)
	}
	if want.changes && !want.restarts {
		return logFault(got)
	}
	return ""
}

// logFault checks that a log takes back only what it gave, pair by pair, and leaves
// the rows that the stream is said to hold.
func logFault(got result) string {
	var held [][]any
	for i, entry := range got.log {
		op, r := entry[0], entry[1:]
		at := slices.IndexFunc(held, func(h []any) bool { return sameKey(h, r) })
		switch op {
		case "insert", "update_after":
			if op == "update_after" && (i == 0 || got.log[i-1][0] != "update_before") {
				return "an update without its first row:\n" + rowsText(got.log)
			}
			held = append(held, r)
		case "update_before", "delete":
			if at < 0 {
				return fmt.Sprintf("entry %d of the log takes back a row that is not there:\n%s", i+1, rowsText(got.log))
			}
			held = slices.Delete(held, at, at+1)
		}
	}
	slices.SortFunc(held, compareKeys)
	if !slices.EqualFunc(held, got.rows, sameKey) {
		return fmt.Sprintf("the log leaves\n%sinstead of\n%s", rowsText(held), rowsText(got.rows))
	}
	return ""
}

func rowsText(rows [][]any) string {
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&b, "  %v\n", r)
	}
	return b.String()
}

// rowsText is the input: seconds after the base, then the values.
func (p *program) rowsText() string {
	var b strings.Builder
	for i := range p.topics {
		for _, r := range p.topics[i].entered(i) {
			a := "-"
			if r.a != never {
				a = fmt.Sprint(float64(r.a-baseTime) / 1e6)
			}
			fmt.Fprintf(&b, "%s t=%v a=%s %v\n", p.topics[i].name, float64(r.t-baseTime)/1e6, a, r.vals[:len(r.vals)-1])
		}
	}
	return b.String()
}
