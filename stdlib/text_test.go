package stdlib

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/lang/types"
)

// The tests here read expressions by a small parser of their own, so that they
// stand on nothing but the kernels: literals, calls, lambdas and a few operators.

type node interface{}

type (
	constant struct{ value typed }
	list     struct{ items []node }
	record   struct {
		names  []string
		values []node
	}
	name struct{ text string }
	call struct {
		name string
		args []node
	}
	binaryNode struct {
		op   string
		x, y node
	}
	lambda struct {
		params []string
		body   node
	}
)

// typed is a value as described in package types, with its type.
type typed struct {
	t *types.Type
	v any
}

type exprParser struct {
	text string
	at   int
}

// parseText reads an expression; it panics with a string when it cannot.
func parseText(text string) node {
	p := &exprParser{text: text}
	n := p.compare()
	p.space()
	if p.at != len(text) {
		panic("cannot read " + text[p.at:])
	}
	return n
}

func (p *exprParser) space() {
	for p.at < len(p.text) && p.text[p.at] == ' ' {
		p.at++
	}
}

func (p *exprParser) take(token string) bool {
	p.space()
	if strings.HasPrefix(p.text[p.at:], token) {
		p.at += len(token)
		return true
	}
	return false
}

func (p *exprParser) need(token string) {
	if !p.take(token) {
		panic(fmt.Sprintf("expected %s at %q", token, p.text[p.at:]))
	}
}

func (p *exprParser) compare() node {
	x := p.sum()
	for _, op := range []string{"==", ">"} {
		if p.take(op) {
			return binaryNode{op, x, p.sum()}
		}
	}
	for _, word := range []string{"like", "matches"} { // the language has no calls of these
		if p.take(word + " ") {
			return call{word, []node{x, p.sum()}}
		}
	}
	return x
}

func (p *exprParser) sum() node {
	x := p.product()
	for {
		switch {
		case p.take("+"):
			x = binaryNode{"+", x, p.product()}
		case p.take("- "):
			x = binaryNode{"-", x, p.product()}
		default:
			return x
		}
	}
}

func (p *exprParser) product() node {
	x := p.postfix()
	for {
		switch {
		case p.take("*"):
			x = binaryNode{"*", x, p.postfix()}
		case p.take("/"):
			x = binaryNode{"/", x, p.postfix()}
		default:
			return x
		}
	}
}

func (p *exprParser) postfix() node {
	x := p.primary()
	for p.take("!") {
		continue // the tests look at the reason of the innermost failure
	}
	return x
}

func (p *exprParser) primary() node {
	p.space()
	if p.at == len(p.text) {
		panic("the expression ends early")
	}
	switch c := p.text[p.at]; {
	case c == '"' || c == '\'':
		return constant{typed{types.TString, p.str(false)}}
	case c == 'r' && strings.HasPrefix(p.text[p.at+1:], `"`):
		p.at++
		return constant{typed{types.TString, p.str(true)}}
	case c == '@':
		return constant{p.temporal()}
	case c >= '0' && c <= '9' || c == '-':
		return constant{p.number()}
	case c == '[':
		p.at++
		return list{p.items("]")}
	case c == '{':
		p.at++
		return p.record()
	}
	return p.word()
}

func (p *exprParser) items(end string) []node {
	items := []node{}
	for !p.take(end) {
		items = append(items, p.compare())
		if !p.take(",") {
			p.need(end)
			break
		}
	}
	return items
}

func (p *exprParser) record() node {
	var r record
	for !p.take("}") {
		r.names = append(r.names, p.ident())
		p.need(":")
		r.values = append(r.values, p.compare())
		if !p.take(",") {
			p.need("}")
			break
		}
	}
	return r
}

func (p *exprParser) ident() string {
	p.space()
	start := p.at
	for p.at < len(p.text) && (p.text[p.at] == '_' || p.text[p.at] >= 'a' && p.text[p.at] <= 'z' || p.text[p.at] >= '0' && p.text[p.at] <= '9') {
		p.at++
	}
	if p.at == start {
		panic("expected a name at " + p.text[start:])
	}
	return p.text[start:p.at]
}

func (p *exprParser) word() node {
	word := p.ident()
	switch word {
	case "true", "false":
		return constant{typed{types.TBoolean, word == "true"}}
	case "null":
		return constant{typed{types.TNull, nil}}
	}
	if word == "fn" {
		p.need("(")
		var params []string
		for !p.take(")") {
			params = append(params, p.ident())
			p.take(",")
		}
		p.need("=>")
		return lambda{params, p.compare()}
	}
	if p.take("=>") {
		return lambda{[]string{word}, p.compare()}
	}
	if p.take("(") {
		return call{word, p.items(")")}
	}
	return name{word}
}

func (p *exprParser) str(raw bool) string {
	quote := p.text[p.at]
	var b strings.Builder
	for p.at++; p.text[p.at] != quote; p.at++ {
		if raw || p.text[p.at] != '\\' {
			b.WriteByte(p.text[p.at])
			continue
		}
		p.at++
		switch c := p.text[p.at]; c {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'r':
			b.WriteByte('\r')
		case 'u':
			end := p.at + strings.IndexByte(p.text[p.at:], '}')
			n, err := strconv.ParseInt(p.text[p.at+2:end], 16, 32)
			if err != nil {
				panic(err.Error())
			}
			b.WriteRune(rune(n))
			p.at = end
		default:
			b.WriteByte(c)
		}
	}
	p.at++
	return b.String()
}

func (p *exprParser) temporal() typed {
	start := p.at + 1
	for p.at++; p.at < len(p.text) && strings.IndexByte("0123456789:-.TZ", p.text[p.at]) >= 0; p.at++ {
	}
	text := p.text[start:p.at]
	if d, err := timefmt.ParseDate(text); err == nil {
		return typed{types.TDate, int64(d)}
	}
	if t, err := timefmt.ParseTime(text); err == nil {
		return typed{types.TTime, t}
	}
	if t, err := timefmt.ParseLocal(text); err == nil {
		return typed{types.TLocalTimestamp, t}
	}
	t, err := timefmt.ParseInstant(text)
	if err != nil {
		panic(err.Error())
	}
	return typed{types.TTimestamp, t}
}

func (p *exprParser) number() typed {
	start := p.at
	for p.at++; p.at < len(p.text) && strings.IndexByte("0123456789.abcdefghijklmnopqrstuvwxyz", p.text[p.at]) >= 0; p.at++ {
		if p.text[p.at] == 'e' && strings.HasPrefix(p.text[p.at+1:], "-") {
			p.at++
		}
	}
	text := p.text[start:p.at]
	unit := strings.TrimLeft(text, "-0123456789.")
	digits := strings.TrimSuffix(text, unit)
	switch {
	case strings.HasPrefix(unit, "e"):
		x, err := strconv.ParseFloat(text, 64)
		if err != nil {
			panic(err.Error())
		}
		return typed{types.TDouble, x}
	case unit == "mo" || unit == "y":
		n, _ := strconv.Atoi(digits)
		if unit == "y" {
			n *= 12
		}
		return typed{types.TPeriod, types.Per{Months: n}}
	case unit != "":
		d, err := timefmt.ParseDuration(text)
		if err != nil {
			panic(err.Error())
		}
		return typed{types.TDuration, d}
	case strings.Contains(text, "."):
		return decimalOf(text)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(err.Error())
	}
	return typed{types.TLong, n}
}

// decimalOf is the literal's type: a leading zero is not a digit.
func decimalOf(text string) typed {
	whole, fraction, _ := strings.Cut(text, ".")
	n, ok := new(big.Int).SetString(whole+fraction, 10)
	if !ok {
		panic("no decimal: " + text)
	}
	precision := max(len(strings.TrimLeft(strings.TrimPrefix(whole, "-"), "0"))+len(fraction), 1)
	return typed{types.DecimalOf(precision, len(fraction)), types.Dec{Unscaled: n, Scale: len(fraction)}}
}

func TestParserOfTests(t *testing.T) {
	for text, want := range map[string]string{
		`"a\u{30A}\""`:         "a\u030a\"",
		`r"\d"`:                `\d`,
		`1.50`:                 "1.50",
		`-1h30m`:               "-5400000000",
		`2.5e-1`:               "0.25",
		`@1970-01-02`:          "1",
		`@1970-01-01T00:00:01`: "1000000",
	} {
		if got := fmt.Sprint(parseText(text).(constant).value.v); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}
