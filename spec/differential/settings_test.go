package differential

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/runtime/build"
)

var pipelines = flag.Int("pipelines", 120, "how many pipelines of every stage to draw")

// TestSettings runs random pipelines of every stage under several settings, which may
// not show in any row, in its operation or time, or in the error records.
func TestSettings(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = 1 // the same ones each time; fuzz-long draws others
	}
	t.Logf("pipelines %d to %d", seed, seed+uint64(*pipelines)-1)
	ran, failed := 0, 0
	for i := range uint64(*pipelines) {
		r := rand.New(rand.NewPCG(seed+i, 23))
		p := drawPipeline(r)
		g, err := compile(p.text(), false, false)
		if err != nil {
			continue // the generator knows less of types than the checker
		}
		ran++
		if text := p.differs(r, g); text != "" {
			p, text = p.shrink(seed+i, text)
			t.Errorf("seed %d differs; repeat with\n  go test ./spec/differential -run TestSettings -seed %d -pipelines 1\n%s\n%s%s",
				seed+i, seed+i, p.text(), p.rowsText(), text)
			if failed++; failed == 3 {
				t.Fatal("three pipelines differ; the rest is not run")
			}
		}
	}
	t.Logf("%d of %d pipelines checked and ran", ran, *pipelines)
}

// differs compares a plain run with others, "" where they agree.
func (p *pipeline) differs(r *rand.Rand, plain *plan.Graph) string {
	want := p.run(plain, setting{batch: 4096, parallel: 1}, false)
	for range 4 {
		s, stepped := drawSetting(r), r.IntN(3) == 0 && p.waits()
		g := plain
		if s.optimise || s.kept {
			var err error
			if g, err = compile(p.text(), s.optimise, s.kept); err != nil {
				return err.Error()
			}
		}
		if got := p.run(g, s, stepped); got != want {
			return fmt.Sprintf("plain:\n%s%+v, stepped %v:\n%s", want, s, stepped, got)
		}
	}
	if f := strings.Index(want, "fault: "); f >= 0 {
		return want
	}
	return ""
}

// waits tells whether rows are taken in the order of time whenever they come: what
// is answered at once depends on which topic speaks first.
func (p *pipeline) waits() bool {
	text := strings.Join(append(p.stages, p.below), " ")
	return !strings.Contains(text, "keep") && !strings.Contains(text, "lookup") && !strings.Contains(text, "from b") && !strings.Contains(text, "j = b")
}

// shrink leaves out stages and rows while the pipeline still differs.
func (p *pipeline) shrink(seed uint64, text string) (*pipeline, string) {
	try := func(smaller *pipeline) bool {
		g, err := compile(smaller.text(), false, false)
		if err != nil {
			return false
		}
		d := smaller.differs(rand.New(rand.NewPCG(seed, 5)), g)
		if d == "" {
			d = smaller.differs(rand.New(rand.NewPCG(seed, 6)), g)
		}
		if d != "" {
			p, text = smaller, d
		}
		return d != ""
	}
	for again := true; again; {
		again = false
		for i := len(p.stages) - 1; i >= 0; i-- {
			smaller := *p
			smaller.stages = slices.Delete(slices.Clone(p.stages), i, i+1)
			again = try(&smaller) || again
		}
		for at := range p.topics {
			for i := len(p.topics[at].rows) - 1; i >= 0; i-- {
				smaller := *p
				smaller.topics = slices.Clone(p.topics)
				smaller.topics[at].rows = slices.Delete(slices.Clone(p.topics[at].rows), i, i+1)
				again = try(&smaller) || again
			}
		}
	}
	return p, text
}

// run gives everything that leaves, as text. Stepped, the rows come in several turns.
func (p *pipeline) run(g *plan.Graph, s setting, stepped bool) (text string) {
	alloc := memory.NewCheckedAllocator(optest.Scrambler{})
	opt := build.Options{Parallel: s.parallel, BatchRows: s.batch, Alloc: alloc, StateMemory: s.memory}
	if s.barriers {
		n := 0
		opt.Barriers = func() int { n++; return 1 + n%3 }
	}
	session, err := build.NewSession(g, opt, nil)
	if err != nil {
		return "fault: " + err.Error()
	}
	defer func() {
		if p := recover(); p != nil {
			text += fmt.Sprintf("fault: %v", p)
		}
		if err := session.Close(); err != nil {
			text += "fault: " + err.Error()
		} else if n := alloc.CurrentAlloc(); n != 0 {
			text += fmt.Sprintf("fault: %d bytes were not released", n)
		}
	}()
	turns := 1
	if stepped {
		turns = 4
	}
	for turn := range turns {
		for _, t := range p.topics {
			from, to := len(t.rows)*turn/turns, len(t.rows)*(turn+1)/turns
			rows := make([][]any, 0, to-from)
			for _, r := range t.rows[from:to] {
				rows = append(rows, r.vals)
			}
			if err := session.Given(t.name, rows); err != nil {
				return "fault: " + err.Error()
			}
		}
		if stepped {
			if err := session.Step(); err != nil {
				return "fault: " + err.Error()
			}
		}
	}
	if err := session.End(); err != nil {
		return "fault: " + err.Error()
	}
	var b strings.Builder
	for _, name := range []string{"result", "below", "errors", "lates", "too_many"} {
		c := session.Collected(name)
		if c == nil {
			continue
		}
		fmt.Fprintf(&b, "%s\n", name)
		rows, ops, times := c.Rows(), c.Ops(), c.Times()
		var log []string
		for i, r := range rows {
			at := int64(0)
			if i < len(times) {
				at = times[i]
			}
			log = append(log, fmt.Sprint(ops[i], " ", r))
			if !inOrder(name) {
				continue
			}
			fmt.Fprintf(&b, "  %s %d\n", log[i], at)
		}
		if !inOrder(name) {
			slices.Sort(log)
			b.WriteString("  " + strings.Join(log, "\n  ") + "\n")
			continue
		}
		b.WriteString(takenBack(log))
	}
	return b.String()
}

// inOrder tells whether the order of a stream is looked at: that of rows that left by
// a side door may depend on when rows came.
func inOrder(name string) bool { return name == "result" || name == "below" }

// takenBack checks that a log takes back only rows that are there.
func takenBack(log []string) string {
	held := map[string]int{}
	for i, entry := range log {
		op, r, _ := strings.Cut(entry, " ")
		switch op {
		case "insert", "update_after":
			if op == "update_after" && (i == 0 || !strings.HasPrefix(log[i-1], "update_before")) {
				return fmt.Sprintf("fault: entry %d is an update without its first row\n", i+1)
			}
			held[r]++
		case "update_before", "delete":
			if held[r]--; held[r] < 0 {
				return fmt.Sprintf("fault: entry %d takes back a row that is not there\n", i+1)
			}
		}
	}
	return ""
}
