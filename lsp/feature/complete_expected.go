package feature

import (
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/types"
)

// expected are the values that what stands before the cursor asks for: symbols of an
// enum it is compared with, true and false.
func (c *cursor) expected(base int) []candidate {
	path := c.compared()
	if len(path) == 0 {
		return nil
	}
	row, f := c.above()
	t := c.typeOf(row, f, path)
	if t == nil && c.head == "fn" {
		t = c.paramType(path[0])
	}
	if t == nil && (c.head == "param" || c.head == "schema" || c.head == "const") {
		t = c.namedType(path[len(path)-1])
	}
	if t == nil || t.Kind != types.Enum && t.Kind != types.Boolean {
		return nil
	}
	return fields(t, base)
}

// compared is the path that the value at the cursor is compared with or assigned to.
func (c *cursor) compared() []string {
	i := len(c.before) - 1
	if b, at := c.bracket(); (b == "(" || b == "[") && at > 0 && (c.before[at-1].text == "in") && (c.before[i].text == "," || i == at) {
		i = at - 1
	}
	if i < 1 {
		return nil
	}
	switch c.before[i].text {
	case "==", "!=", "in", "<", ">", "<=", ">=", "=":
	default:
		return nil
	}
	i--
	if c.before[i].text == "not" {
		i--
	}
	if c.before[i].text == ">" || c.before[i].text == "?" {
		i--
	}
	var path []string
	for i >= 0 && wordlike(c.before[i].kind) {
		path = append([]string{unquoted(c.before[i].text)}, path...)
		if i < 1 || c.before[i-1].text != "." && c.before[i-1].text != "?." {
			break
		}
		i -= 2
	}
	return path
}

// paramType is the type of a parameter of the function around.
func (c *cursor) paramType(name string) *types.Type {
	for i := 0; i+2 < len(c.before); i++ {
		if c.before[i].text == name && c.before[i+1].text == ":" {
			return c.namedType(c.before[i+2].text)
		}
	}
	return nil
}

// namedType is the enum of a name, as a type.
func (c *cursor) namedType(name string) *types.Type {
	d, ok := c.p.declNamed(name).(*ast.EnumDecl)
	if !ok {
		if name == "boolean" {
			return types.TBoolean
		}
		return nil
	}
	t := &types.Type{Kind: types.Enum, Name: name}
	for _, item := range d.Items {
		t.Symbols = append(t.Symbols, item.Name.Name)
	}
	return t
}
