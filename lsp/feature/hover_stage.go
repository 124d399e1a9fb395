package feature

import (
	"fmt"
	"strings"

	"github.com/edynamic/edynamic/compiler/explain"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/types"
)

// stageText tells what a stage makes of its rows.
func (p *Program) stageText(f flow, i int) string {
	before, after := p.typeAt(f, i), p.typeAt(f, i+1)
	if after == nil {
		return ""
	}
	words := stageWordsOf(f.Stages[i])
	head := "after `" + words + "`"
	if after.Broken {
		return head + " the rows are not known: the stage has a mistake"
	}
	if doc := stageDocs[words]; doc != "" {
		head += ", which " + doc
	}
	if before == nil {
		before = &types.Stream{}
	}
	return joined(head, factLines(after), "```diff\n"+strings.Join(changeLines(before, after), "\n")+"\n```")
}

// stageWordsOf are the words that name a stage: those of a join and a lookup are two or
// three.
func stageWordsOf(st ast.Node) string {
	out := word(st)
	for _, w := range strings.Fields(strings.TrimPrefix(st.Pos().Text(), out)) {
		switch out {
		case "left", "full", "semi", "anti", "asof", "left asof":
			out += " " + w
		default:
			return out
		}
	}
	return out
}

// changeLines are the columns after a stage with what became of each, as lines of a
// difference. What a new column holds stands below it.
func changeLines(before, after *types.Stream) []string {
	type line struct{ mark, name, text, note string }
	var all []line
	width := 0
	for _, c := range explain.Changes(before, after) {
		l := line{"  ", c.Name, c.Type, ""}
		switch c.Change {
		case explain.IsNew:
			l.mark = "+ "
		case explain.IsGone:
			l.mark = "- "
		case explain.IsChanged:
			l.mark, l.note = "~ ", "   was "+c.Was
		}
		if c.Hidden {
			l.note += "   (let)"
		}
		all = append(all, l)
		if col, ok := after.Column(c.Name); ok && c.Change == explain.IsNew {
			for _, m := range membersOf(col.Type) {
				all = append(all, line{"+ ", "  ." + m.Name, m.Type.String(), ""})
			}
		}
	}
	for _, l := range all {
		width = max(width, len(l.name))
	}
	out := make([]string, len(all))
	for i, l := range all {
		out[i] = fmt.Sprintf("%s%-*s  %s%s", l.mark, width, l.name, l.text, l.note)
	}
	return out
}

// membersOf are the fields of a record that goes by its name, which does not say them.
func membersOf(t *types.Type) []types.Field {
	if t.Kind == types.Record && t.Name != "" {
		return t.Fields
	}
	return nil
}

// armText tells which rows an arm of a route takes.
func (p *Program) armText(f flow, d *ast.RouteDecl, arm *ast.RouteArm) string {
	in := p.Result.Inputs[f.Node]
	if in == nil || in.Broken {
		return ""
	}
	text := "the rows of `" + oneLine(d.From.Span.Text(), 40) + "`"
	switch first := len(d.Arms) > 0 && d.Arms[0] == arm; {
	case arm.When == nil:
		text += " that no arm takes"
	case d.All || first:
		text += " for which `" + oneLine(arm.When.Pos().Text(), 80) + "` holds"
	default:
		text += " that no arm above takes and for which `" + oneLine(arm.When.Pos().Text(), 80) + "` holds"
	}
	var to []string
	for _, t := range arm.Targets {
		to = append(to, "`"+oneLine(t.Span.Text(), 40)+"`")
	}
	if len(to) > 0 {
		text += "; they go to " + strings.Join(to, ", ")
	}
	return joined(text, streamText(in))
}

// streamText is a stream's properties and its columns.
func streamText(t *types.Stream) string {
	cols := explain.ColumnsOf(t)
	width := 0
	for _, c := range cols {
		width = max(width, len(c.Name))
	}
	var lines []string
	for _, c := range cols {
		lines = append(lines, fmt.Sprintf("%-*s  %s", width, c.Name, c.Type))
	}
	return joined(factLines(t), code(strings.Join(lines, "\n")))
}
