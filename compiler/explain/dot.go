package explain

import (
	"fmt"
	"strings"
)

// dotText draws a plan for Graphviz.
func dotText(d *PlanDoc) string {
	w := &writer{}
	w.line(0, "digraph plan {")
	w.line(1, `rankdir=TB; node [shape=box fontname="monospace" fontsize=10]; edge [fontname="monospace" fontsize=9];`)
	for _, n := range d.Nodes {
		parts := make([]string, 0, len(n.Out)+4)
		for _, l := range boxText(n) {
			parts = append(parts, dotEscape(l)+`\l`)
		}
		w.line(1, `n%d [label="%s"];`, n.ID, strings.Join(parts, ""))
	}
	for _, n := range d.Nodes {
		for _, e := range n.In {
			w.line(1, `n%d -> n%d%s;`, e.Node, n.ID, dotLabel(portLabel(d.Nodes[e.Node], e.Port)))
		}
		for _, door := range n.Doors {
			w.line(1, `n%d -> n%d [label="%s" style=dashed];`, n.ID, door.Node, door.What)
		}
	}
	w.line(0, "}")
	return w.String()
}

func dotLabel(text string) string {
	if text == "" {
		return ""
	}
	return fmt.Sprintf(` [label="%s"]`, dotEscape(text))
}

func dotEscape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)
}

// mermaidText draws a plan as a Mermaid flow chart.
func mermaidText(d *PlanDoc) string {
	w := &writer{}
	w.line(0, "flowchart TB")
	for _, n := range d.Nodes {
		parts := []string{}
		for _, l := range boxText(n) {
			parts = append(parts, mermaidEscape(l))
		}
		w.line(1, `n%d["%s"]`, n.ID, strings.Join(parts, "<br/>"))
	}
	for _, n := range d.Nodes {
		for _, e := range n.In {
			arrow := "-->"
			if label := portLabel(d.Nodes[e.Node], e.Port); label != "" {
				arrow += `|"` + mermaidEscape(label) + `"|`
			}
			w.line(1, "n%d %s n%d", e.Node, arrow, n.ID)
		}
		for _, door := range n.Doors {
			w.line(1, "n%d -.->|%s| n%d", n.ID, door.What, door.Node)
		}
	}
	return w.String()
}

// mermaidEscape writes what has a meaning in labels as entities.
func mermaidEscape(s string) string {
	return strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "&", "#amp;", "`", "#96;").Replace(s)
}
