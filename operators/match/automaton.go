package match

import (
	"github.com/edynamic/edynamic/compiler/ir"
)

// automaton is a pattern as what an attempt can wait for, and what it waits for
// next once that has come.
type automaton struct {
	waits []wait
	// after lists, by wait, the waits that follow it, the preferred first.
	after [][]int32
	// done tells, by wait, that a match is complete with it.
	done []bool
	// first are the waits at the first row; fits has a bit for each of their defines.
	first []int32
	fits  uint64
	// strict: some wait is for the very next row. timed: some is for a time.
	strict, timed bool
}

// kind of a wait.
type kind uint8

const (
	forRow  kind = iota // a row that fits a define
	absence             // a time without rows that fit
	toEnd               // such a time that lasts as long as the attempt may
)

// wait is what an attempt waits for.
type wait struct {
	kind   kind
	define int32  // forRow
	gap    bool   // forRow: other rows may come first
	forbid uint64 // the defines that end the waiting in vain, as bits
	length int64  // absence: microseconds
	node   int32  // of the graph it was made from
}

// has is the defines by which a row matters to a wait.
func (w *wait) has() uint64 {
	if w.kind == forRow {
		return w.forbid | bit(int(w.define))
	}
	return w.forbid
}

func bit(define int) uint64 { return 1 << define }

// node is a step of the graph that a pattern is built into.
type node struct {
	kind   nodeKind
	define int
	length int64
	to     []int32 // several for choose, the preferred first
}

type nodeKind uint8

const (
	accept nodeKind = iota
	row             // takes a row
	lack            // takes a time without rows
	choose
	skipRows // rows may be skipped before the next one that is taken
	forbid   // as skipRows, but none that fits
)

// builder makes the graph from the end to the beginning.
type builder struct{ nodes []node }

func (b *builder) add(n node) int32 {
	b.nodes = append(b.nodes, n)
	return int32(len(b.nodes) - 1)
}

// compile makes the automaton of a pattern.
func compile(p *ir.Pattern) *automaton {
	b := &builder{}
	end := b.add(node{kind: accept})
	start := b.pattern(p, end)
	a := &automaton{}
	index := map[wait]int32{}
	followed := 0
	a.first, _ = b.follow(start, a, index)
	for ; followed < len(a.waits); followed++ { // grows
		w := a.waits[followed]
		a.timed = a.timed || w.kind == absence
		if b.nodes[w.node].kind == accept {
			a.after, a.done = append(a.after, nil), append(a.done, true)
			continue
		}
		after, done := b.follow(b.nodes[w.node].to[0], a, index)
		a.after, a.done = append(a.after, after), append(a.done, done)
	}
	for _, w := range a.first {
		a.fits |= bit(int(a.waits[w].define))
	}
	a.strict = a.isStrict()
	return a
}

// isStrict tells whether an attempt that has begun can wait for the very next row.
func (a *automaton) isStrict() bool {
	for _, after := range a.after {
		for _, w := range after {
			if a.waits[w].kind == forRow && !a.waits[w].gap {
				return true
			}
		}
	}
	return false
}

// pattern builds a pattern that is followed by a node, and gives its first node.
func (b *builder) pattern(p *ir.Pattern, next int32) int32 {
	switch p.Kind {
	case ir.PatternRow:
		return b.add(node{kind: row, define: p.Define, to: []int32{next}})
	case ir.PatternSeq:
		return b.sequence(p.Items, p.Next, next)
	case ir.PatternOr:
		n := node{kind: choose}
		for _, item := range p.Items {
			n.to = append(n.to, b.pattern(item, next))
		}
		return b.add(n)
	case ir.PatternAnd:
		n := node{kind: choose}
		for _, order := range orders(p.Items) {
			n.to = append(n.to, b.sequence(order, make([]bool, len(order)-1), next))
		}
		return b.add(n)
	case ir.PatternRepeat:
		return b.repeat(p, next)
	}
	if p.For > 0 {
		return b.add(node{kind: lack, define: p.Define, length: p.For.Microseconds(), to: []int32{next}})
	}
	return b.add(node{kind: forbid, define: p.Define, to: []int32{next}})
}

func (b *builder) sequence(items []*ir.Pattern, direct []bool, next int32) int32 {
	for i := len(items) - 1; i >= 0; i-- {
		next = b.pattern(items[i], next)
		if i > 0 && !direct[i-1] {
			next = b.add(node{kind: skipRows, to: []int32{next}})
		}
	}
	return next
}

// repeat writes a repetition out. It prefers to go on.
func (b *builder) repeat(p *ir.Pattern, next int32) int32 {
	again := next
	if p.Max < 0 {
		loop := b.add(node{kind: choose})
		b.nodes[loop].to = []int32{b.pattern(p.Items[0], loop), next}
		again = loop
	}
	for range p.Max - p.Min {
		again = b.add(node{kind: choose, to: []int32{b.pattern(p.Items[0], again), next}})
	}
	for range p.Min {
		again = b.pattern(p.Items[0], again)
	}
	return again
}

// orders are the orders that items can come in, the one they are written in first.
func orders(items []*ir.Pattern) [][]*ir.Pattern {
	if len(items) < 2 {
		return [][]*ir.Pattern{items}
	}
	var out [][]*ir.Pattern
	for i := range items {
		rest := append(append([]*ir.Pattern(nil), items[:i]...), items[i+1:]...)
		for _, order := range orders(rest) {
			out = append(out, append([]*ir.Pattern{items[i]}, order...))
		}
	}
	return out
}

// passage is a node with what has been passed on the way to it.
type passage struct {
	node   int32
	gap    bool
	forbid uint64
}

// follow is what an attempt waits for at a node, in order of preference, and
// whether it may be complete there.
func (b *builder) follow(from int32, a *automaton, index map[wait]int32) (waits []int32, done bool) {
	seen := map[passage]bool{}
	known := map[int32]bool{}
	add := func(w wait) {
		i, ok := index[w]
		if !ok {
			i = int32(len(a.waits))
			index[w] = i
			a.waits = append(a.waits, w)
		}
		if !known[i] {
			known[i] = true
			waits = append(waits, i)
		}
	}
	var walk func(at passage)
	walk = func(at passage) {
		if seen[at] {
			return
		}
		seen[at] = true
		n := &b.nodes[at.node]
		switch n.kind {
		case accept:
			if at.forbid == 0 {
				done = true
				return
			}
			add(wait{kind: toEnd, forbid: at.forbid, node: at.node})
		case row:
			add(wait{kind: forRow, define: int32(n.define), gap: at.gap, forbid: at.forbid, node: at.node})
		case lack:
			add(wait{kind: absence, forbid: at.forbid | bit(n.define), length: n.length, node: at.node})
		case choose:
			for _, to := range n.to {
				walk(passage{to, at.gap, at.forbid})
			}
		case skipRows:
			walk(passage{n.to[0], true, at.forbid})
		case forbid:
			walk(passage{n.to[0], true, at.forbid | bit(n.define)})
		}
	}
	walk(passage{node: from})
	return waits, done
}
