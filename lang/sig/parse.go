package sig

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/edynamic/edynamic/lang/types"
)

// Parse reads a signature as it is written in documentation:
//
//	lower(s: string) -> string
//	first_or<T>(xs: array<T>, fallback: T?) -> T
//	abs<T: number>(x: T) -> T
//	parse_long(s: string, base: int = 10) -> long!
//	hour(t: timestamp, zone: string = timezone) -> int
//	any(xs: array<T>, test: fn(T) -> boolean) -> boolean
//	quantile(x: double, q: const double) -> double
//	concat(parts: string...) -> string
//
// Single capital letters are type variables; `decimal` without digits is any
// decimal; map<V> is map<string, V>; `enum` and `record` are any of the kind.
func Parse(text string) (Signature, error) {
	p := &parser{text: text}
	s := p.signature()
	if p.err == nil && strings.TrimSpace(p.text[p.at:]) != "" {
		p.fail("text after the result")
	}
	s.Text = text
	return s, p.err
}

// MustParse is Parse for signatures written in the program itself, where a
// mistake is ours: it panics.
func MustParse(text string) Signature {
	s, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return s
}

type parser struct {
	text string
	at   int
	err  error
}

func (p *parser) fail(why string) {
	if p.err == nil {
		p.err = fmt.Errorf("signature %q, byte %d: %s", p.text, p.at, why)
	}
}

func (p *parser) space() {
	for p.at < len(p.text) && p.text[p.at] == ' ' {
		p.at++
	}
}

func (p *parser) take(token string) bool {
	p.space()
	if strings.HasPrefix(p.text[p.at:], token) {
		p.at += len(token)
		return true
	}
	return false
}

func (p *parser) need(token string) {
	if !p.take(token) {
		p.fail("expected " + token)
	}
}

func (p *parser) word() string {
	p.space()
	start := p.at
	for p.at < len(p.text) && isWord(p.text[p.at]) {
		p.at++
	}
	if start == p.at {
		p.fail("expected a word")
	}
	return p.text[start:p.at]
}

func isWord(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func (p *parser) signature() Signature {
	s := Signature{Name: p.word(), Classes: map[string]Class{}}
	if p.take("<") {
		for {
			name := p.word()
			s.Classes[name] = Any
			if p.take(":") {
				s.Classes[name] = Class(p.word())
			}
			if !p.take(",") {
				break
			}
		}
		p.need(">")
	}
	p.need("(")
	for p.err == nil && !p.take(")") {
		s.Params = append(s.Params, p.param())
		if !p.take(",") {
			p.need(")")
			break
		}
	}
	p.need("->")
	s.Result = p.typ()
	s.Fallible = p.take("!")
	return s
}

func (p *parser) param() Param {
	var param Param
	param.Name = p.word()
	p.need(":")
	param.Const = p.take("const ")
	param.Type = p.typ()
	param.Variadic = p.take("...")
	if p.take("=") {
		param.Optional = true
		p.defaultValue(&param)
	}
	return param
}

func (p *parser) defaultValue(param *Param) {
	p.space()
	start := p.at
	if p.at < len(p.text) && p.text[p.at] == '"' {
		end := strings.IndexByte(p.text[p.at+1:], '"')
		if end < 0 {
			p.fail("unclosed default")
			return
		}
		param.Default = p.text[p.at+1 : p.at+1+end]
		p.at += end + 2
		return
	}
	for p.at < len(p.text) && (isWord(p.text[p.at]) || p.text[p.at] == '-' || p.text[p.at] == '.') {
		p.at++
	}
	switch word := p.text[start:p.at]; word {
	case "timezone":
		param.Zone = true
	case "null":
	case "true", "false":
		param.Default = word == "true"
	default:
		if n, err := strconv.ParseInt(word, 10, 64); err == nil {
			param.Default = n
		} else if f, err := strconv.ParseFloat(word, 64); err == nil {
			param.Default = f
		} else {
			p.fail("a default is a number, a string, true, false, null or timezone")
		}
	}
}

func (p *parser) typ() *types.Type {
	t := p.typeAtom()
	if p.take("?") {
		t = t.OrNull()
	}
	return t
}

func (p *parser) typeAtom() *types.Type {
	name := p.word()
	switch name {
	case "array":
		p.need("<")
		elem := p.typ()
		p.need(">")
		return types.ArrayOf(elem)
	case "map":
		p.need("<")
		value := p.typ()
		p.need(">")
		return types.MapOf(value)
	case "fn":
		return p.function()
	case "decimal":
		t := types.DecimalOf(0, 0)
		if p.take("(") {
			t.Precision, _ = strconv.Atoi(p.word())
			p.need(",")
			t.Scale, _ = strconv.Atoi(p.word())
			p.need(")")
		}
		return t
	case "enum":
		return &types.Type{Kind: types.Enum}
	case "record":
		return &types.Type{Kind: types.Record}
	}
	if t, ok := types.Scalars[name]; ok {
		return t
	}
	if len(name) == 1 && name[0] >= 'A' && name[0] <= 'Z' {
		return types.VarOf(name)
	}
	p.fail("unknown type " + name)
	return types.TUnknown
}

func (p *parser) function() *types.Type {
	p.need("(")
	var params []*types.Type
	for p.err == nil && !p.take(")") {
		params = append(params, p.typ())
		if !p.take(",") {
			p.need(")")
			break
		}
	}
	p.need("->")
	return types.FuncOf(p.typ(), params...)
}
