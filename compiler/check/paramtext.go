package check

import (
	"fmt"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/lang/types"
)

// ParamText reads the value of a param as it is given outside a program: a literal
// of the language, or for text and enums the plain text. It checks min and max.
func ParamText(p *ir.ParamDef, text string) (any, error) {
	v, err := paramLiteral(p, text)
	if err != nil {
		return nil, err
	}
	if below(v, p.Min) {
		return nil, fmt.Errorf("%s is below the smallest value of %s, %v", text, p.Name, p.Min)
	}
	if below(p.Max, v) {
		return nil, fmt.Errorf("%s is above the largest value of %s, %v", text, p.Name, p.Max)
	}
	return v, nil
}

func paramLiteral(p *ir.ParamDef, text string) (any, error) {
	if p.Type.Kind == types.String {
		return text, nil
	}
	if p.Type.Kind == types.Enum {
		if symbolIndex(p.Type, text) < 0 {
			return nil, fmt.Errorf("%q is not a symbol of %s", text, p.Type.Name)
		}
		return text, nil
	}
	if p.Type.Kind == types.Timestamp || p.Type.Kind == types.Date || p.Type.Kind == types.Time {
		if len(text) > 0 && text[0] != '@' {
			text = "@" + text
		}
	}
	e, diags := syntax.ParseExpr(source.New("--set", text))
	if diags.HasErrors() {
		return nil, fmt.Errorf("%q is not %s", text, article(p.Type))
	}
	c := newChecker(Options{Catalog: noCatalog{}})
	m := &module{c: c}
	x := m.scope(nil).coerced(e, p.Type, "the value")
	v, ok := c.evalConst(x)
	if c.diags.HasErrors() || !ok {
		return nil, fmt.Errorf("%q is not %s", text, article(p.Type))
	}
	return v, nil
}

// below compares two values of one ordered type; nil compares with nothing.
func below(a, b any) bool {
	switch x := a.(type) {
	case int64:
		y, ok := b.(int64)
		return ok && x < y
	case float64:
		y, ok := b.(float64)
		return ok && x < y
	case types.Dec:
		y, ok := b.(types.Dec)
		if !ok {
			return false
		}
		scale := max(x.Scale, y.Scale)
		xs, _ := rescale(x, scale)
		ys, _ := rescale(y, scale)
		return xs.Unscaled.Cmp(ys.Unscaled) < 0
	}
	return false
}

// noCatalog is a world without functions: a param's value is a literal.
type noCatalog struct{}

func (noCatalog) Function(string) *sig.Function   { return nil }
func (noCatalog) Aggregate(string) *sig.Aggregate { return nil }
func (noCatalog) FunctionNames() []string         { return nil }
func (noCatalog) AggregateNames() []string        { return nil }
func (noCatalog) Connector(string) *sig.Connector { return nil }
func (noCatalog) ConnectorNames() []string        { return nil }
func (noCatalog) Format(string) *sig.Format       { return nil }
func (noCatalog) FormatNames() []string           { return nil }
func (noCatalog) Infer(string, string, string) (*types.Type, error) {
	return nil, fmt.Errorf("no data")
}
func (noCatalog) ReadModule(string, string) ([]byte, error) { return nil, fmt.Errorf("no modules") }
func (noCatalog) Module([]byte) (*sig.Module, error)        { return nil, fmt.Errorf("no modules") }
