package check

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/pattern"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
)

// What may have been meant where types do not fit. Nothing here decides whether they
// do.

// compareFix offers ways to compare two values whose types differ.
func compareFix(d *diag.Diagnostic, e *ast.BinaryExpr, x, y ir.Expr) {
	if strings.Trim(e.OpSpan.Span.Text(), "=!<>") != "" { // a part of `between`
		return
	}
	left, right := e.X.Pos().Text(), e.Y.Pos().Text()
	op := " " + e.OpSpan.Span.Text() + " "
	whole := func(title, text string) { d.Fix(diag.Choose, title, text, diag.Edit{Span: e.Span, Text: text}) }
	a, b := x.Type(), y.Type()
	switch {
	case literalText(y) != "" && bare(literalText(y), a) != "":
		whole("compare with "+article(a.NonNull()), left+op+bare(literalText(y), a))
	case literalText(x) != "" && bare(literalText(x), b) != "":
		whole("compare with "+article(b.NonNull()), bare(literalText(x), b)+op+right)
	case b.IsInteger() && dateText().MatchString(right) && bare(right, a) != "": // read as 2026 - 01 - 31
		whole("compare with "+article(a.NonNull()), left+op+bare(right, a))
	case a.Kind == types.Array && types.Equal(a.Elem.NonNull(), b.NonNull()):
		whole("look for it in the list", right+" in "+left)
	case b.Kind == types.Array && types.Equal(b.Elem.NonNull(), a.NonNull()):
		whole("look for it in the list", left+" in "+right)
	case a.Kind == types.String && b.Kind == types.Date && strings.HasPrefix(right, "@"):
		whole("read an instant from the text", "timestamp("+left+")!"+op+right+"T00:00:00Z")
		whole("read a date from it", "date("+left+")!"+op+right)
	case a.Kind == types.String && castKind(a, b) == castFallible && b.Kind != types.JSON:
		whole("read "+article(b.NonNull())+" from the text", b.NonNull().String()+"("+left+")!"+op+right)
	case b.Kind == types.String && castKind(b, a) == castFallible && a.Kind != types.JSON:
		whole("read "+article(a.NonNull())+" from the text", left+op+a.NonNull().String()+"("+right+")!")
	case a.Kind == types.Timestamp && b.Kind == types.Date && strings.HasPrefix(right, "@"):
		whole("compare with its first instant", left+op+right+"T00:00:00Z")
	case a.Kind == types.Timestamp && b.Kind == types.Date:
		whole("compare dates", "date("+left+`, "UTC")`+op+right)
	}
}

// itemFix offers an item of a list as a literal of the type it is compared with.
func itemFix(d *diag.Diagnostic, x, item ir.Expr) {
	text := ""
	switch {
	case literalText(item) != "":
		text = bare(literalText(item), x.Type())
	case x.Type().Kind == types.String && item.Type().IsNumber():
		text = `"` + item.Span().Text() + `"`
	}
	if text != "" {
		d.Fix(diag.Choose, "compare with "+article(x.Type().NonNull()), text, diag.Edit{Span: item.Span(), Text: text})
	}
}

// literalText is the text of a literal in quotes, "" for anything else.
func literalText(x ir.Expr) string {
	c, ok := x.(*ir.Const)
	if !ok || !strings.HasPrefix(c.At.Text(), `"`) && !strings.HasPrefix(c.At.Text(), "'") {
		return ""
	}
	text, _ := c.Value.(string)
	return text
}

var (
	dateText    = pattern.Of(`^\d{4}-\d\d-\d\d$`)
	instantText = pattern.Of(`^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(:\d\d(\.\d+)?)?)(Z|[+-]\d\d:\d\d)?$`)
)

// bare is a quoted text as a literal of another type, "" where it is none.
func bare(text string, t *types.Type) string {
	switch {
	case t.IsNumber():
		if _, err := strconv.ParseFloat(text, 64); err == nil && strings.Trim(text, "0123456789.-") == "" {
			return text
		}
	case t.Kind == types.Boolean && (text == "true" || text == "false"):
		return text
	case t.Kind == types.Date && dateText().MatchString(text):
		return "@" + text
	case t.Kind == types.Timestamp && dateText().MatchString(text):
		return "@" + text + "T00:00:00Z"
	case t.Kind == types.Timestamp:
		if m := instantText().FindStringSubmatch(text); m != nil {
			zone := m[5]
			if zone == "" {
				zone = "Z"
			}
			return "@" + m[1] + "T" + m[2] + zone
		}
	}
	return ""
}

// convertedCall offers a call with its arguments converted, where that is all that
// keeps an overload from taking them.
func convertedCall(d *diag.Diagnostic, name string, overloads []sig.Signature, e *ast.CallExpr, got []*types.Type) {
	for _, o := range overloads {
		texts, ok := convertedArgs(o, e, got)
		if !ok {
			continue
		}
		text := name + "(" + strings.Join(texts, ", ") + ")"
		d.Fix(diag.Choose, "convert it", text, diag.Edit{Span: e.Span, Text: text})
		return
	}
}

func convertedArgs(o sig.Signature, e *ast.CallExpr, got []*types.Type) ([]string, bool) {
	if len(o.Params) == 0 || len(got) != len(e.Args) {
		return nil, false
	}
	variadic := o.Params[len(o.Params)-1].Variadic
	if len(got) > len(o.Params) && !variadic {
		return nil, false
	}
	texts := make([]string, len(got))
	for i, t := range got {
		p := o.Params[min(i, len(o.Params)-1)]
		texts[i] = e.Args[i].Pos().Text()
		switch {
		case e.Args[i].Name != nil || p.Type.Kind == types.Var || t == nil || t.Kind == types.Unknown:
			return nil, false
		case fits(t, p.Type) || fits(t.NonNull(), p.Type):
		case t.Kind == types.String && !p.Type.IsNumber() && p.Type.Kind != types.Timestamp && p.Type.Kind != types.Date:
			return nil, false
		case p.Type.Kind == types.JSON || p.Type.Kind == types.Bytes || types.Scalars[p.Type.NonNull().String()] == nil:
			return nil, false
		default:
			switch castKind(t, p.Type) {
			case castNever:
				return nil, false
			case castSafe:
				texts[i] = p.Type.NonNull().String() + "(" + texts[i] + ")"
			case castFallible:
				texts[i] = p.Type.NonNull().String() + "(" + texts[i] + ")!"
			}
		}
	}
	for _, p := range o.Params[min(len(got), len(o.Params)):] {
		if !p.Optional && !p.Variadic {
			return nil, false
		}
	}
	return texts, true
}

// deeper is the path of a field inside the columns of a stream that has the name, ""
// where none or several have it.
func deeper(in *types.Stream, name string) string {
	found := ""
	var look func(prefix string, fields []types.Field)
	look = func(prefix string, fields []types.Field) {
		for _, f := range fields {
			path := prefix + "." + f.Name
			if f.Name == name {
				if found != "" {
					found = "..."
				} else {
					found = path
				}
			}
			if f.Type.Kind == types.Record && !f.Type.Nullable {
				look(path, f.Type.Fields)
			}
		}
	}
	for _, c := range in.Visible() {
		if c.Type.Kind == types.Record && !c.Type.Nullable {
			look(c.Name, c.Type.Fields)
		}
	}
	if found == "..." {
		return ""
	}
	return found
}

// insteadOf rewrites a call of a function people bring along, "" where only a person
// can.
func insteadOf(e *ast.CallExpr, name string) string {
	texts := make([]string, len(e.Args))
	for i, a := range e.Args {
		if a.Name != nil {
			return ""
		}
		texts[i] = a.Value.Pos().Text()
	}
	all := strings.Join(texts, ", ")
	switch name {
	case "coalesce", "ifnull", "nvl":
		if len(texts) > 1 {
			return "(" + strings.Join(texts, " ?? ") + ")"
		}
	case "isnull":
		if len(texts) == 1 {
			return "(" + all + " is null)"
		}
	case "iif":
		if len(texts) == 3 {
			return "(if " + texts[0] + " then " + texts[1] + " else " + texts[2] + ")"
		}
	}
	if same := sameFunctions[name]; same != "" {
		return same + "(" + all + ")"
	}
	return ""
}

// sameFunctions are functions that do the same under another name.
var sameFunctions = map[string]string{
	"len": "length", "substr": "substring", "ucase": "upper", "lcase": "lower", "array_agg": "collect", "mean": "avg", "average": "avg",
	"stdev": "stddev", "power": "pow", "percentile_cont": "quantile", "percentile": "quantile", "percentile_disc": "quantile_disc",
	"group_concat": "string_agg", "listagg": "string_agg", "instr": "strpos",
}

// instantOf is an expression that gives the time of a row, and whether a value can
// fail it: the first column that is a timestamp or looks like one by its name. Columns
// of records count too.
func instantOf(in *types.Stream) string {
	if column := timestampColumn(in); column != "" {
		return column
	}
	found := ""
	var look func(prefix string, fields []types.Field)
	look = func(prefix string, fields []types.Field) {
		for _, f := range fields {
			path := prefix + f.Name
			switch {
			case found != "" || f.Type.Nullable:
			case f.Type.Kind == types.Record:
				look(path+".", f.Type.Fields)
			case !timeNames().MatchString(f.Name):
			case f.Type.Kind == types.Timestamp:
				found = path
			case f.Type.Kind == types.String:
				found = "timestamp(" + path + ")!"
			case f.Type.Kind == types.Long:
				found = "from_epoch_ms(" + path + ")"
			}
		}
	}
	row := in.Row()
	if row.Kind == types.Record {
		look("", row.Fields)
	}
	return found
}

var timeNames = pattern.Of(`(?i)^(at|ts|time|date|timestamp|datetime|created|updated|when)$|_(at|ts|time|date)$|(Time|Date|At|Timestamp)$`)

// limitedBefore warns of `limit 10 |> sort by x`, which SQL writes the other way round.
func (ch *chain) limitedBefore(st *ast.SortStage) {
	last := len(ch.stages) - 1
	if last < 0 {
		return
	}
	limit, ok := ch.stages[last].Op.(*ir.Limit)
	if !ok {
		return
	}
	at := ch.stages[last].At
	order := oneLine(st.Span.Text()[len("sort"):])
	top := fmt.Sprintf("top %d %s", limit.N, order)
	both := diag.Edit{Span: at.Join(st.Span), Text: top}
	ch.m.c.warn("W0813", at, "this takes the first rows as they come, and only those are sorted", "").
		Label(st.Span, "sorted here").
		Fix(diag.Choose, "the first rows of the order", "|> "+top, both).
		Fix(diag.Choose, "all rows in order, of them the first", "|> sort "+order+" |> "+oneLine(at.Text()))
}
