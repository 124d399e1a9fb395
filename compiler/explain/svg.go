package explain

import (
	"encoding/xml"
	"slices"
	"strconv"
	"strings"
)

// busGap is the distance of the lines that carry side doors down at the right.
const busGap = 14

// labelWidth is the width of a character of a label.
const labelWidth = 6

const svgStyle = `text { font: 11px monospace; fill: #1f2933 } .name { font-weight: bold } .fact { fill: #52606d } ` +
	`.label { fill: #52606d; font-size: 10px; paint-order: stroke; stroke: #ffffff; stroke-width: 3px } rect { fill: #f5f7fa; stroke: #9aa5b1 } .topic { fill: #e6f6ff; stroke: #2186eb } ` +
	`.route { fill: #fffbea; stroke: #de911d } .sink { fill: #e3f9e5; stroke: #3f9142 } path { fill: none; stroke: #52606d } ` +
	`.door { stroke: #d64545; stroke-dasharray: 4 3 }`

// svgText draws a plan: boxes in ranks, edges between them, and dashed lines at the
// right for rows that leave by a side door.
func svgText(d *PlanDoc) string {
	g := layOut(d)
	targets := doorTargets(d)
	width := g.width + (len(targets)+1)*busGap
	w := &writer{}
	w.line(0, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d">`, width, g.height, width, g.height)
	w.line(0, `<style>%s</style>`, svgStyle)
	w.line(0, `<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">`+
		`<path d="M0 0 L8 4 L0 8 z" style="fill:#52606d;stroke:none"/></marker></defs>`)
	w.line(0, `<rect x="0" y="0" width="%d" height="%d" style="fill:#ffffff;stroke:none"/>`, width, g.height)
	w.doors(g, d, targets)
	for _, wire := range g.wires {
		w.wire(wire)
	}
	for _, n := range d.Nodes {
		w.box(g.boxes[n.ID], n)
	}
	w.line(0, "</svg>")
	return w.String()
}

// doorTargets are the nodes that side doors lead to, in order.
func doorTargets(d *PlanDoc) []int {
	var out []int
	for _, n := range d.Nodes {
		for _, door := range n.Doors {
			if !slices.Contains(out, door.Node) {
				out = append(out, door.Node)
			}
		}
	}
	slices.Sort(out)
	return out
}

func (w *writer) box(b *box, n NodeDoc) {
	class := "stage"
	switch n.Op {
	case "topic", "route", "sink":
		class = n.Op
	}
	w.line(0, `<g><rect class="%s" x="%d" y="%d" width="%d" height="%d" rx="4"/>`, class, b.x, b.y, b.w, b.h)
	for i, l := range b.lines {
		style := "fact"
		if i == 0 {
			style = "name"
		} else if i == 1 && l == shorten(n.Source) {
			style = "source"
		}
		w.line(0, `<text class="%s" x="%d" y="%d" xml:space="preserve">%s</text>`, style, b.x+boxPadding, b.y+boxPadding+lineHeight*i+12, escapeXML(l))
	}
	w.line(0, `</g>`)
}

// wire draws an edge: a curve in each gap between ranks, straight through passes.
func (w *writer) wire(e wire) {
	from := e.path[0]
	x, y := from.middle(), from.y+from.h
	w.WriteString(`<path marker-end="url(#tip)" d="`)
	w.point("M", x, y)
	for _, b := range e.path[1:] {
		half := (b.y - y) / 2
		w.point(" C", x, y+half)
		w.point(",", b.middle(), b.y-half)
		w.point(",", b.middle(), b.y)
		x, y = b.middle(), b.y
		if b.node < 0 {
			y += b.h
			w.point(" L", x, y)
		}
	}
	w.WriteString("\"/>\n")
	if e.label != "" {
		w.wireLabel(e.label, e.path[1])
	}
}

// wireLabel stands above the box that an edge leads to, and is no wider, so that the
// labels of neighbours do not meet.
func (w *writer) wireLabel(label string, next *box) {
	x, chars := next.x+4, (next.w-8)/labelWidth
	if next.node < 0 {
		x, chars = next.middle()+4, boxGap/labelWidth
	}
	w.line(0, `<text class="label" x="%d" y="%d">%s</text>`, x, next.y-8, escapeXML(cutTo(label, chars)))
}

func (w *writer) point(command string, x, y int) {
	w.WriteString(command + strconv.Itoa(x) + " " + strconv.Itoa(y))
}

// doors draws the side doors: from the lower right corner of each box into the gap
// below its rank, through the gap to the line of the target at the right, and down
// to the target. What several share is drawn once, so that dashes stay dashes.
func (w *writer) doors(g *drawing, d *PlanDoc, targets []int) {
	for i, target := range targets {
		shift := 6 + 5*i // lines of several targets in one gap stand apart
		bus, top := g.width+i*busGap, g.height
		for r, rank := range g.ranks {
			below := rankBottom(g, r) + shift
			left := w.rankDoors(d, rank, target, below)
			if left < 0 {
				continue
			}
			w.door(nil, left, below, bus, below)
			top = min(top, below)
		}
		to := g.boxes[target]
		above, end := to.y-rankGap/2+shift, to.x+to.w-boxPadding
		w.WriteString(`<path class="door" marker-end="url(#tip)" d="`)
		w.point("M", bus, top)
		w.point(" L", bus, above)
		w.point(" L", end, above)
		w.point(" L", end, to.y)
		w.WriteString("\"/>\n")
	}
}

// rankDoors draws the doors of one rank that lead to a target down to the gap, and
// gives the leftmost place where one arrives, -1 for none.
func (w *writer) rankDoors(d *PlanDoc, rank []*box, target, below int) int {
	left := -1
	for _, b := range rank {
		if b.node < 0 {
			continue
		}
		var what []string
		for _, door := range d.Nodes[b.node].Doors {
			if door.Node == target {
				what = append(what, door.What)
			}
		}
		if len(what) == 0 {
			continue
		}
		x := b.x + b.w - boxPadding
		w.door(what, x, b.y+b.h, x, below)
		if left < 0 || x < left {
			left = x
		}
	}
	return left
}

// door draws one dashed piece, with what goes through it at its end.
func (w *writer) door(what []string, x1, y1, x2, y2 int) {
	w.WriteString(`<path class="door" d="`)
	w.point("M", x1, y1)
	w.point(" L", x2, y2)
	w.WriteString("\"/>\n")
	if len(what) > 0 {
		w.line(0, `<text class="label" x="%d" y="%d">%s</text>`, x2+4, y2+10, strings.Join(what, ", "))
	}
}

func rankBottom(g *drawing, rank int) int {
	bottom := 0
	for _, b := range g.ranks[rank] {
		bottom = max(bottom, b.y+b.h)
	}
	return bottom
}

func escapeXML(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		panic("explain: a builder does not fail: " + err.Error())
	}
	return b.String()
}
