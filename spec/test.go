// Package spec runs the tests written in .edy files, with a virtual clock and
// without files or network. The cases of the language reference are such files, so
// one runner serves `go test` and `edyc test`.
//
// It must never make a test pass that the language says fails: what a test does not
// name is not forgiven (an error row that no `expect` names fails it).
package spec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/compiler/optimize"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/exec"
)

// Options say how a test is run. None changes whether it passes.
type Options struct {
	BatchRows int // 0 for the default
	Parallel  int // 0 for 1
	Optimise  bool
	// Barriers writes every operator down after every step and batch, discards it, and
	// goes on from what it wrote with another number of instances each time.
	Barriers bool
	// StateMemory is how many bytes the groups of operators that spill may take in memory;
	// 0 is any number.
	StateMemory int64
	// KeepColumns plans as for a run that is kept in a folder.
	KeepColumns bool
	Alloc       memory.Allocator
	// Recheck checks the program again with values for params that shape it.
	Recheck func(params map[string]any) (*ir.Program, error)
}

// barriers changes the number of instances at every barrier.
func (o Options) barriers() exec.Barriers {
	if !o.Barriers {
		return nil
	}
	instances := []int{3, 1, 2}
	return func() int {
		n := instances[0]
		instances = append(instances[1:], n)
		return n
	}
}

// Outcome is what became of one test.
type Outcome struct {
	Test     string
	Failures []Failure
	// Reached counts the rows of every stream, topic and route arm.
	Reached map[string]int64
}

// Passed reports a test without failures.
func (o *Outcome) Passed() bool { return len(o.Failures) == 0 }

// Failure is one thing that was not as expected.
type Failure struct {
	At   source.Span
	Text string // several lines: a sentence, then a diff of rows
}

// Run runs one test of a program that checked without errors. The error is that of
// the engine, not of the test.
func Run(prog *ir.Program, t *ir.Test, opt Options) (*Outcome, error) {
	params := testParams(t)
	if missing := withoutValue(prog, params); len(missing) > 0 {
		return &Outcome{Test: t.Name, Failures: missed(t, missing)}, nil
	}
	prog, again, err := rechecked(prog, t, params, opt)
	if err != nil { // of the values it sets
		return &Outcome{Test: t.Name, Failures: []Failure{{t.At, err.Error()}}}, nil
	}
	t = again
	g, err := lower.Program(prog, lower.Options{All: true, KeepColumns: opt.KeepColumns})
	if err != nil {
		return nil, err
	}
	if opt.Optimise {
		g = optimize.Run(g, optimize.Options{})
	}
	r := &runner{prog: prog, test: t, graph: g, out: &Outcome{Test: t.Name, Reached: map[string]int64{}}, latest: map[string]int64{}}
	session, err := build.NewSession(g, build.Options{
		Parallel: opt.Parallel, BatchRows: opt.BatchRows, Params: params, Alloc: opt.Alloc, Barriers: opt.barriers(), StateMemory: opt.StateMemory,
	}, r.replaced())
	if err != nil {
		return nil, err
	}
	r.session = session
	err = r.run()
	if closeErr := session.Close(); err == nil {
		err = closeErr
	}
	return r.out, err
}

// testParams are the values a test sets.
func testParams(t *ir.Test) map[string]any {
	params := map[string]any{}
	for _, step := range t.Steps {
		if step.Set != nil {
			params[step.Set.Param] = step.Set.Value
		}
	}
	return params
}

// withoutValue are the params that neither a default nor the test gives a value.
func withoutValue(prog *ir.Program, set map[string]any) []*ir.ParamDef {
	return slices.DeleteFunc(slices.Clone(prog.Params), func(p *ir.ParamDef) bool {
		_, given := set[p.Name]
		return given || p.HasValue
	})
}

// missed fails a test for values it does not give.
func missed(t *ir.Test, params []*ir.ParamDef) []Failure {
	out := make([]Failure, len(params))
	for i, p := range params {
		out[i] = Failure{t.At, fmt.Sprintf("the param %q has no default, so the test must give it a value: set %s = ...", p.Name, p.Name)}
	}
	return out
}

// rechecked checks the program again where a set param shapes it.
func rechecked(prog *ir.Program, t *ir.Test, params map[string]any, opt Options) (*ir.Program, *ir.Test, error) {
	shapes := slices.ContainsFunc(prog.Params, func(p *ir.ParamDef) bool {
		_, set := params[p.Name]
		return set && p.Structural
	})
	if !shapes || opt.Recheck == nil {
		return prog, t, nil
	}
	again, err := opt.Recheck(params)
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(prog.Tests, func(x *ir.Test) bool { return x == t })
	return again, again.Tests[i], nil
}

// runner runs the steps of one test.
type runner struct {
	prog     *ir.Program
	test     *ir.Test
	graph    *plan.Graph
	session  *exec.Session
	out      *Outcome
	advanced bool
	ended    bool
	latest   map[string]int64 // largest time given, by topic
	named    []string         // what expects name
}

// replaced are the streams the test gives rows to.
func (r *runner) replaced() map[string]build.Replaced {
	out := map[string]build.Replaced{}
	for _, step := range r.test.Steps {
		if g := step.Given; g != nil && g.Stream {
			out[g.Target] = build.Replaced{Time: g.Time, Delay: g.Delay}
		}
	}
	return out
}

func (r *runner) run() error {
	for _, step := range r.test.Steps {
		if err := r.step(step); err != nil {
			return err
		}
	}
	if err := r.settle(); err != nil {
		return err
	}
	r.unexpectedErrors()
	r.count()
	return nil
}

func (r *runner) step(step ir.TestStep) error {
	switch {
	case step.Given != nil:
		return r.given(step)
	case step.Advance != nil:
		r.advanced = true
		if step.Advance.Watermark {
			return r.session.AdvanceWatermark(step.Advance.To)
		}
		return r.session.AdvanceTime(step.Advance.To)
	case step.Expect != nil:
		if err := r.settle(); err != nil {
			return err
		}
		r.expect(step)
	}
	return nil
}

// settle processes what was given: to the end of input, unless the test moves time
// itself (SEMANTICS 115).
func (r *runner) settle() error {
	if r.movesTime() {
		return r.session.Step()
	}
	if r.ended {
		return nil
	}
	r.ended = true
	return r.session.End()
}

func (r *runner) movesTime() bool {
	return slices.ContainsFunc(r.test.Steps, func(s ir.TestStep) bool { return s.Advance != nil })
}

func (r *runner) given(step ir.TestStep) error {
	g := step.Given
	if r.ended {
		r.fail(step.At, fmt.Sprintf("rows are given to %s after its input has ended: put an `advance` into the test", g.Target))
		return nil
	}
	rows := make([][]any, len(g.Rows))
	for i, row := range g.Rows {
		rows[i] = r.filled(g, row)
	}
	return r.session.Given(g.Target, rows)
}

// filled completes a row by rule 112.
func (r *runner) filled(g *ir.TestGiven, row ir.TestRow) []any {
	if g.Row.Kind == types.Union {
		u := row.Values[0].(types.UnionValue)
		record := r.fields(g, g.Row.Branches[u.Branch], u.Record, row.Fields)
		return []any{types.UnionValue{Branch: u.Branch, Record: record}}
	}
	return r.fields(g, g.Row, row.Values, row.Given)
}

// fields completes a record, whose event time is the latest given where it is missing.
func (r *runner) fields(g *ir.TestGiven, record *types.Type, values []any, given []bool) []any {
	timeColumn := r.timeColumn(g)
	out := make([]any, len(record.Fields))
	for i, f := range record.Fields {
		switch {
		case given[i]:
			out[i] = values[i]
		case f.Name == timeColumn:
			out[i] = r.timeOrClock(g.Target)
		default:
			out[i] = check.Missing(f)
		}
		if t, ok := out[i].(int64); ok && f.Name == timeColumn {
			if latest, given := r.latest[g.Target]; !given || t > latest {
				r.latest[g.Target] = t
			}
		}
	}
	return out
}

// timeColumn is the column whose missing values are the latest time given.
func (r *runner) timeColumn(g *ir.TestGiven) string {
	if g.Stream {
		return g.Time
	}
	for _, t := range r.prog.Topics {
		if t.Name == g.Target && t.Time != nil {
			return t.Type.TimeOf
		}
	}
	return ""
}

func (r *runner) timeOrClock(target string) int64 {
	if t, ok := r.latest[target]; ok {
		return t
	}
	return r.session.Clock().Now().UnixMicro()
}

func (r *runner) fail(at source.Span, text string) {
	r.out.Failures = append(r.out.Failures, Failure{At: at, Text: text})
}

// expect compares rows.
func (r *runner) expect(step ir.TestStep) {
	e := step.Expect
	r.named = append(r.named, e.Target)
	c := r.session.Collected(e.Target)
	if c == nil {
		r.fail(step.At, fmt.Sprintf("nothing is known of %s", e.Target))
		return
	}
	actual := c.Final()
	if e.Changes {
		actual = changeLog(c)
	}
	if text := compare(e, actual); text != "" {
		r.fail(step.At, text)
	}
}

// changeLog is the log of a changes stream: the operation, twice for its two names,
// then the row.
func changeLog(c *exec.Collected) [][]any {
	rows, ops := c.Rows(), c.Ops()
	out := make([][]any, len(rows))
	for i, row := range rows {
		op := ops[i].String()
		out[i] = append([]any{op, op}, row...)
	}
	return out
}

// unexpectedErrors fails a test with error rows that no expect names (SEMANTICS 118).
func (r *runner) unexpectedErrors() {
	for _, t := range r.prog.Topics {
		if t.Row != check.ErrorRecord || slices.Contains(r.named, t.Name) {
			continue
		}
		c := r.session.Collected(t.Name)
		if c == nil {
			continue
		}
		rows := c.Rows()
		if len(rows) == 0 {
			continue
		}
		lines := []string{fmt.Sprintf("%s went to %s, and no expect names it:", rowCount(len(rows)), t.Name)}
		for _, row := range rows[:min(len(rows), 3)] {
			lines = append(lines, fmt.Sprintf("  %v in %v: %v", row[3], row[2], row[4]))
		}
		r.fail(r.test.At, strings.Join(lines, "\n"))
	}
}

func rowCount(n int) string {
	if n == 1 {
		return "1 row"
	}
	return fmt.Sprintf("%d rows", n)
}

// count notes what the test reached.
func (r *runner) count() {
	for _, n := range r.session.Summary().Nodes {
		for port, rows := range n.Out {
			r.out.Reached[fmt.Sprintf("%s#%d", n.Name, port)] += rows
		}
	}
	for name := range r.graph.Ends {
		if c := r.session.Collected(name); c != nil {
			r.out.Reached[name] += int64(len(c.Ops()))
		}
	}
}
