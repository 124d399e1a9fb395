package explain

import (
	"slices"
	"unicode/utf8"
)

// Measures of drawings, in pixels. Text is monospace, so its width is known.
const (
	charWidth  = 7
	lineHeight = 16
	boxPadding = 10
	boxGap     = 28
	rankGap    = 44
	margin     = 24
	maxChars   = 46
	passWidth  = 12 // of a place where an edge passes a rank
	sweeps     = 8
)

// box is a node's place in a drawing, or a place where a long edge passes a rank.
type box struct {
	node       int // -1 for a pass
	lines      []string
	rank       int
	x, y, w, h int
	up, down   []*box
}

func (b *box) middle() int { return b.x + b.w/2 }

// wire is one edge as the boxes it goes through, from its node to its reader.
type wire struct {
	path  []*box
	label string
}

// drawing is a plan with a place for everything.
type drawing struct {
	boxes         []*box // by node
	ranks         [][]*box
	wires         []wire
	width, height int
}

// layOut places nodes in ranks, each below whatever feeds it by an edge or a side
// door, and orders each rank so that edges cross little.
func layOut(d *PlanDoc) *drawing {
	g := &drawing{}
	g.place(d)
	g.connect(d)
	for i := range sweeps {
		g.order(i%2 == 0)
	}
	g.spread()
	return g
}

func (g *drawing) place(d *PlanDoc) {
	for _, n := range d.Nodes {
		b := &box{node: n.ID, lines: boxText(n), h: 2 * boxPadding}
		for i, l := range b.lines {
			b.lines[i] = shorten(l)
			b.w = max(b.w, utf8.RuneCountInString(b.lines[i])*charWidth+2*boxPadding)
		}
		b.h = len(b.lines)*lineHeight + 2*boxPadding
		g.boxes = append(g.boxes, b)
	}
	for _, n := range d.Nodes { // in order: every feeder has its rank before its readers
		b := g.boxes[n.ID]
		for _, e := range n.In {
			b.rank = max(b.rank, g.boxes[e.Node].rank+1)
		}
		for _, door := range n.Doors {
			to := g.boxes[door.Node]
			to.rank = max(to.rank, b.rank+1)
		}
	}
	for _, b := range g.boxes {
		for len(g.ranks) <= b.rank {
			g.ranks = append(g.ranks, nil)
		}
		g.ranks[b.rank] = append(g.ranks[b.rank], b)
	}
}

// shorten cuts a line of a box; the whole text is in the other forms.
func shorten(s string) string { return cutTo(s, maxChars) }

func cutTo(s string, chars int) string {
	if utf8.RuneCountInString(s) <= chars {
		return s
	}
	return string([]rune(s)[:max(chars-3, 0)]) + "..."
}

// connect makes the wires, with a pass in every rank between their ends.
func (g *drawing) connect(d *PlanDoc) {
	for _, n := range d.Nodes {
		to := g.boxes[n.ID]
		for _, e := range n.In {
			at := g.boxes[e.Node]
			path := []*box{at}
			for r := at.rank + 1; r < to.rank; r++ {
				pass := &box{node: -1, rank: r, w: passWidth}
				g.ranks[r] = append(g.ranks[r], pass)
				path = append(path, pass)
			}
			path = append(path, to)
			for i := 1; i < len(path); i++ {
				path[i-1].down = append(path[i-1].down, path[i])
				path[i].up = append(path[i].up, path[i-1])
			}
			g.wires = append(g.wires, wire{path: path, label: portLabel(d.Nodes[e.Node], e.Port)})
		}
	}
}

// order sorts each rank by the mean place of the neighbours above, or below.
func (g *drawing) order(above bool) {
	ranks := slices.Clone(g.ranks)
	if !above {
		slices.Reverse(ranks)
	}
	for _, rank := range ranks {
		mean := map[*box]int{}
		for i, b := range rank {
			near := b.down
			if above {
				near = b.up
			}
			mean[b] = i * 1000
			if len(near) > 0 {
				sum := 0
				for _, n := range near {
					sum += 1000 * slices.Index(g.ranks[n.rank], n)
				}
				mean[b] = sum / len(near)
			}
		}
		slices.SortStableFunc(rank, func(a, b *box) int { return mean[a] - mean[b] })
	}
}

// spread gives boxes their places: packed first, then pulled towards the boxes they
// are connected with as far as their neighbours in the rank allow.
func (g *drawing) spread() {
	y := margin
	for _, rank := range g.ranks {
		x, tallest := margin, 0
		for _, b := range rank {
			b.x, b.y = x, y
			x += b.w + boxGap
			tallest = max(tallest, b.h)
		}
		for _, b := range rank {
			if b.node < 0 {
				b.h = tallest
			}
		}
		y += tallest + rankGap
	}
	g.height = y - rankGap + margin
	for i := range 2 * sweeps {
		for r := range g.ranks {
			if i%2 == 1 {
				r = len(g.ranks) - 1 - r
			}
			pull(g.ranks[r], i%2 == 0)
		}
	}
	g.normalise()
}

// pull moves the boxes of a rank towards the middle of those above or below.
func pull(rank []*box, above bool) {
	for i, b := range rank {
		if want, ok := wanted(b, above); ok && want < b.x {
			least := want
			if i > 0 {
				least = rank[i-1].x + rank[i-1].w + boxGap
			}
			b.x = max(want, least)
		}
	}
	for i := len(rank) - 1; i >= 0; i-- {
		b := rank[i]
		if want, ok := wanted(b, above); ok && want > b.x {
			most := want
			if i+1 < len(rank) {
				most = rank[i+1].x - boxGap - b.w
			}
			b.x = max(b.x, min(want, most))
		}
	}
}

func wanted(b *box, above bool) (int, bool) {
	near := b.down
	if above {
		near = b.up
	}
	if len(near) == 0 {
		return 0, false
	}
	sum := 0
	for _, n := range near {
		sum += n.middle()
	}
	return sum/len(near) - b.w/2, true
}

// normalise moves everything so that the leftmost box stands at the margin.
func (g *drawing) normalise() {
	left := margin
	for i, rank := range g.ranks {
		for j, b := range rank {
			if (i == 0 && j == 0) || b.x < left {
				left = b.x
			}
		}
	}
	for _, rank := range g.ranks {
		for _, b := range rank {
			b.x += margin - left
			g.width = max(g.width, b.x+b.w+margin)
		}
	}
}
