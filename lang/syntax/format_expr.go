package syntax

// formatDepth bounds the nesting the formatter follows; the parser's limit is lower.
const formatDepth = 1000

// expr is an expression, with a place to break before each operator, the loosest
// first.
func (l *layout) expr() fmtDoc {
	if l.depth++; l.depth > formatDepth {
		return l.fail()
	}
	defer func() { l.depth-- }()
	switch {
	case l.name(0) && l.text(1) == "=>":
		return fmtConcat{l.tok(), space, l.tok(), space, l.expr()}
	case l.is("fn") && l.text(1) == "(":
		return fmtConcat{l.tok(), l.list("(", ")", false, false, l.tok), space, l.expect("=>"), space, l.expr()}
	case l.is("if"):
		return l.ifExpr()
	}
	return l.infix(0)
}

// operators are the binary signs and words that may be chained, loosest first; what
// stands between "and" and "??" is in compare.
var operators = [...][]string{{"or"}, {"and"}, nil, {"??"}, {"+", "-"}, {"*", "/", "%"}}

const compareLevel = 2

func (l *layout) infix(level int) fmtDoc {
	switch {
	case level == compareLevel:
		return l.compare()
	case level == len(operators):
		return l.prefix()
	}
	first := l.infix(level + 1)
	if !l.is(operators[level]...) {
		return first
	}
	rest := fmtConcat{first}
	for l.is(operators[level]...) {
		rest = append(rest, anyLine, l.tok(), space, l.infix(level+1))
	}
	return group(nest(2, rest))
}

func (l *layout) compare() fmtDoc {
	if l.is("not") {
		return fmtConcat{l.tok(), space, l.infix(compareLevel)}
	}
	x := l.infix(compareLevel + 1)
	switch {
	case l.is("==", "!=", "<", "<=", ">", ">="):
		return group(nest(2, x, anyLine, l.tok(), space, l.infix(compareLevel+1)))
	case l.is("is"):
		is := fmtConcat{x, space, l.tok()}
		if l.is("not") {
			is = append(is, space, l.tok())
		}
		return append(is, space, l.path())
	}
	words := fmtConcat{x}
	if l.is("not") {
		words = append(words, space, l.tok())
	}
	switch {
	case l.is("in"):
		words = append(words, space, l.tok(), space)
		if l.is("(") {
			return append(words, l.list("(", ")", false, false, l.expr))
		}
		return append(words, l.infix(compareLevel+1))
	case l.is("between"):
		return append(words, space, l.tok(), space, l.infix(compareLevel+1),
			space, l.expect("and"), space, l.infix(compareLevel+1))
	case l.is("like", "matches"):
		return append(words, space, l.tok(), space, l.infix(compareLevel+1))
	case len(words) > 1:
		return l.fail()
	}
	return x
}

func (l *layout) prefix() fmtDoc {
	switch {
	case l.is("-") && l.text(1) == "-": // "--" would be a comment
		return fmtConcat{l.tok(), space, l.prefix()}
	case l.is("-"):
		return fmtConcat{l.tok(), l.prefix()}
	case l.is("try"):
		return fmtConcat{l.tok(), space, l.prefix()}
	}
	return l.postfix()
}

func (l *layout) postfix() fmtDoc {
	docs := fmtConcat{l.primary()}
	for {
		switch {
		case l.is(".", "?.") && (l.name(1) || l.text(1) == "*"):
			docs = append(docs, l.tok(), l.tok())
		case l.is("["):
			docs = append(docs, l.list("[", "]", false, false, l.expr))
		case l.is("("):
			docs = append(docs, l.args())
		case l.is("!"):
			docs = append(docs, l.tok())
		case l.is("over"):
			return append(docs, space, l.tok(), space, l.frame())
		default:
			return docs
		}
	}
}

func (l *layout) primary() fmtDoc {
	switch {
	case l.kindIs(0, Temporal, Duration, Size, Float, Decimal, Int, Text, FString, Raw, String, Ident), l.is("true", "false", "null"):
		return l.tok()
	case l.is("(") && l.text(1) == "from":
		return l.innerPipeline()
	case l.is("("):
		return group(l.tok(), nest(2, softLine, l.expr()), softLine, l.expect(")"))
	case l.is("["):
		return l.list("[", "]", false, true, l.expr)
	case l.is("{"):
		return l.list("{", "}", true, true, l.recordField)
	case l.is("case"):
		return l.caseExpr()
	}
	return l.fail()
}

// startsOperand reports whether an expression can start here.
func (l *layout) startsOperand() bool {
	return l.kindIs(0, Temporal, Duration, Size, Float, Decimal, Int, Text, FString, Raw, String, Ident) ||
		l.is("true", "false", "null", "not", "try", "if", "case", "fn", "(", "[", "{", "-", "*") || l.name(0) && l.text(1) == "="
}

func (l *layout) recordField() fmtDoc {
	if !l.name(0) {
		return l.fail()
	}
	if l.text(1) != ":" {
		return l.tok()
	}
	return fmtConcat{l.tok(), l.tok(), space, l.expr()}
}

// args is (a, name: b).
func (l *layout) args() fmtDoc {
	return l.list("(", ")", false, false, func() fmtDoc {
		if l.name(0) && l.text(1) == ":" {
			return l.recordField()
		}
		return l.expr()
	})
}

// frame is what stands in the parentheses of `over`.
func (l *layout) frame() fmtDoc {
	return group(l.expect("("), l.pieces(nil), l.expect(")"))
}

func (l *layout) ifExpr() fmtDoc {
	return group(l.tok(), space, l.expr(), nest(2,
		anyLine, l.expect("then"), space, l.expr(),
		anyLine, l.expect("else"), space, l.expr()))
}

// caseExpr sets its branches below each other; one that is spread over lines stays so.
func (l *layout) caseExpr() fmtDoc {
	broken := false
	word := l.expect("case")
	var branches fmtConcat
	for l.is("when") {
		if len(branches) > 0 {
			broken = broken || l.toks[l.at].fresh
			branches = append(branches, anyLine)
		}
		branches = append(branches, l.tok(), space, l.expr(), space, l.expect("then"), space, l.expr())
	}
	if !l.is("else") {
		return l.fail()
	}
	broken = broken || l.toks[l.at].fresh
	branches = append(branches, anyLine, l.tok(), space, l.expr(), space, l.expect("end"))
	return fmtConcat{word, space, fmtAlign{brokenGroup(broken, branches)}}
}

// path is a dotted name.
func (l *layout) path() fmtDoc {
	if !l.name(0) {
		return l.fail()
	}
	docs := fmtConcat{l.tok()}
	for l.is(".") && l.name(1) {
		docs = append(docs, l.tok(), l.tok())
	}
	return docs
}

// typ is a type.
func (l *layout) typ() fmtDoc {
	if l.depth++; l.depth > formatDepth {
		return l.fail()
	}
	defer func() { l.depth-- }()
	var docs fmtConcat
	if l.is("{") {
		docs = append(docs, l.block(l.field))
	} else {
		docs = append(docs, l.path())
		if l.is("(") {
			docs = append(docs, l.list("(", ")", false, false, l.tok))
		}
		switch {
		case l.is("<") && l.text(1) == "{": // a record stands right in the brackets
			docs = append(docs, l.tok(), l.typ(), l.expect(">"))
		case l.is("<"):
			docs = append(docs, l.list("<", ">", false, false, l.typ))
		}
	}
	if l.is("?") {
		docs = append(docs, l.tok())
	}
	return docs
}

// field is `name: type = default @annotations`.
func (l *layout) field() fmtDoc {
	docs := fmtConcat{l.typedName()}
	if l.is("=") {
		docs = append(docs, space, l.tok(), space, l.expr())
	}
	return append(docs, l.annotations())
}

// typedName is `name: type`.
func (l *layout) typedName() fmtDoc {
	if !l.name(0) {
		return l.fail()
	}
	return fmtConcat{l.tok(), l.expect(":"), space, l.typ()}
}

// annotations is the annotations behind a name or type.
func (l *layout) annotations() fmtDoc {
	var docs fmtConcat
	for l.kindIs(0, Annot) {
		docs = append(docs, space, l.annotation())
	}
	return docs
}

func (l *layout) annotation() fmtDoc {
	docs := fmtConcat{l.tok()}
	if l.is("(") {
		docs = append(docs, l.args())
	}
	return docs
}

// setting is `name: value`.
func (l *layout) setting() fmtDoc {
	if !l.name(0) || l.text(1) != ":" {
		return l.fail()
	}
	return l.recordField()
}
