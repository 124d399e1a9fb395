package differential

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// topic is an input with its rows in the order they come.
type topic struct {
	name  string
	delay int64 // -1 for `watermark: complete`
	rows  []row // their values and times
}

// base are the columns of every topic.
var base = []column{{"k", long, true}, {"s", text, false}, {"v", long, false}, {"w", long, true}, {"at", instant, false}}

// program is a random program with its input and model.
type program struct {
	topics []topic
	union  bool // of both topics
	stages []stage
}

// makers are the stages that are drawn, those more often that more depends on.
var makers = []maker{
	makeWhere, makeWhere, makeExtend, makeSelect, makeRequire, makeDedup,
	makeTumbling, makeTumbling, makeHopping, makeAggregate, makeAggregate, makeAggregate,
	makeTop, makeLatest, makeFirst, makeSort, makeWindowNone,
	makeSession, makeSession, makeSliding, makeCumulative, makeOver, makeOver, makeChanged, makeThrottle,
	makeJoin, makeJoin, makeAsof, makeShownEarly, makeShownEarly, makeWindowOfChanges, makeWindowOfChanges, makeJoinOfChanges,
	makeForgotten, makeForgotten,
}

func drawTopic(r *rand.Rand, name string) topic {
	t := topic{name: name, delay: r.Int64N(12) * second}
	if r.IntN(6) == 0 {
		t.delay = -1
	}
	now := baseTime
	spread := []int64{1, 5, 15, 40}[r.IntN(4)]
	for range r.IntN(40) {
		now += r.Int64N(4) * second
		at := max(baseTime, now-r.Int64N(spread)*second)
		if r.IntN(4) == 0 {
			at += r.Int64N(2) * second / 2
		}
		t.rows = append(t.rows, row{t: at, vals: []any{
			orNull(r, int64(r.IntN(4))), []string{"a", "b", "c"}[r.IntN(3)], r.Int64N(20) - 4, orNull(r, r.Int64N(9)), at,
		}})
	}
	return t
}

func orNull(r *rand.Rand, v int64) any {
	if r.IntN(5) == 0 {
		return nil
	}
	return v
}

func drawProgram(r *rand.Rand) *program {
	p := &program{topics: []topic{drawTopic(r, "a"), drawTopic(r, "b")}, union: r.IntN(4) == 0}
	shape := &stream{cols: base}
	if !p.union {
		shape.other = []row{}
	}
	for range 1 + r.IntN(9) {
		if shape.restarts {
			break // what a key leaves that came back too late, the model of no other stage knows
		}
		st, ok := makers[r.IntN(len(makers))](r, shape)
		if !ok {
			continue
		}
		p.stages = append(p.stages, st)
		shape = st.apply(shape, &doors{})
	}
	return p
}

// text is the program in the language.
func (p *program) text() string {
	var b strings.Builder
	b.WriteString("schema Row {")
	for _, c := range base {
		fmt.Fprintf(&b, " %s: %s", c.name, c.typeText())
	}
	b.WriteString(" }\n")
	for _, t := range p.topics {
		mark := fmt.Sprintf("%ds", t.delay/second)
		if t.delay < 0 {
			mark = "complete"
		}
		fmt.Fprintf(&b, "topic %s: Row { time: at  watermark: %s }\n", t.name, mark)
	}
	b.WriteString("stream result =\n  from a\n")
	if p.union {
		b.WriteString("  |> union b\n")
	}
	for _, st := range p.stages {
		b.WriteString("  |> " + st.text + "\n")
	}
	if !p.union && len(p.stages) == 0 {
		b.WriteString("  |> where true\n")
	}
	return b.String()
}

// entered gives the rows of a topic their arrival and place (rules 5 and 8).
func (t *topic) entered(index int) []row {
	rows := slices.Clone(t.rows)
	largest := int64(never)
	for i := range rows {
		rows[i].a = never
		if largest != never && t.delay >= 0 {
			rows[i].a = largest - t.delay
		}
		largest = max(largest, rows[i].t)
		rows[i].at = place{progress: largest, topic: index, position: i}
	}
	return rows
}

// model evaluates the program by the rules.
func (p *program) model() (*stream, *doors) {
	s := &stream{cols: base, rows: p.topics[0].entered(0)}
	if p.union {
		s.rows = append(s.rows, p.topics[1].entered(1)...)
		slices.SortFunc(s.rows, func(a, b row) int { return a.at.compare(b.at) })
	} else {
		s.other = p.topics[1].entered(1)
	}
	out := &doors{}
	for _, st := range p.stages {
		s = st.apply(s, out)
	}
	return s, out
}
