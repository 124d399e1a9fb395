package syntax

// headerWords may start a new line in the head of a declaration that is too long.
var headerWords = []string{"from", "into", "to", "on", "zone", "at", "keep"}

// decl is a whole declaration with the comments above it.
func (l *layout) decl() fmtDoc {
	docs := l.leading()
	for l.kindIs(0, Annot) {
		docs = append(docs, l.annotation(), fmtHard{})
		if l.more() {
			docs = append(docs, l.leading())
		}
	}
	if l.is("export") {
		docs = append(docs, l.tok(), space)
	}
	word := l.text(0)
	switch word {
	case "import":
		return append(docs, l.importDecl())
	case "module", "secret", "grant", "deny":
		return append(docs, l.header())
	case "schema":
		return append(docs, l.schemaDecl())
	case "enum":
		return append(docs, l.enumDecl())
	case "topic":
		return append(docs, l.topicDecl())
	case "source", "sink":
		return append(docs, l.header(), l.optionalBlock(l.setting))
	case "aggregate":
		return append(docs, l.tok(), space, l.fnDecl())
	case "stream", "table":
		if l.text(1) == "fn" {
			return append(docs, l.tok(), space, l.fnDecl())
		}
		return append(docs, l.streamDecl())
	case "pipe":
		return append(docs, l.pipeDecl())
	case "route":
		return append(docs, l.header(), l.with(), space, l.block(l.arm))
	case "view":
		return append(docs, l.header(), space, l.block(l.viewMember))
	case "command":
		return append(docs, l.tok(), l.word(), l.params(), space, group(l.pieces(nil)), space, l.block(l.commandMember))
	case "fn":
		return append(docs, l.fnDecl())
	case "const":
		return append(docs, l.tok(), l.word(), l.optionalType(), space, l.expect("="), l.body())
	case "param":
		return append(docs, l.paramDecl())
	case "schedule":
		return append(docs, l.header(), space, l.block(l.action))
	case "policy":
		return append(docs, l.header(), space, l.block(l.rule))
	case "test":
		return append(docs, l.tok(), space, l.literal(String, Raw, Text), space, l.block(l.step))
	}
	return l.fail()
}

// header is the words of a declaration up to its block or to its "with".
func (l *layout) header() fmtDoc {
	docs := fmtConcat{l.tok(), space, l.operands()}
	for !l.endsPieces() && !(l.is("with") && l.text(1) == "{") {
		switch {
		case l.is(headerWords...):
			docs = append(docs, anyLine)
		default:
			docs = append(docs, space)
		}
		switch {
		case l.is("all") && l.text(1) == "matches": // not an operator here
			docs = append(docs, l.take("all", "matches"))
		case l.startsOperand():
			docs = append(docs, l.operands())
		default:
			docs = append(docs, l.literal(Ident, Reserved))
		}
	}
	return group(nest(4, docs))
}

func (l *layout) importDecl() fmtDoc {
	docs := fmtConcat{l.tok(), space}
	if l.kindIs(0, String, Raw, Text) {
		docs = append(docs, l.tok())
	} else {
		docs = append(docs, l.path())
		if l.is(".") {
			docs = append(docs, l.tok(), l.list("{", "}", false, false, l.tok))
		}
	}
	if l.is("as") {
		docs = append(docs, space, l.tok(), l.word())
	}
	return docs
}

func (l *layout) schemaDecl() fmtDoc {
	docs := fmtConcat{l.tok(), l.word(), l.version()}
	if !l.is("=") {
		return append(docs, space, l.block(l.field))
	}
	docs = append(docs, space, l.tok(), space)
	union := fmtConcat{l.path()}
	for l.is("or") {
		union = append(union, anyLine, l.tok(), space, l.path())
	}
	return append(docs, group(nest(2, union)))
}

func (l *layout) version() fmtDoc {
	if !l.is("version") {
		return fmtConcat{}
	}
	return fmtConcat{space, l.tok(), space, l.literal(Int)}
}

func (l *layout) enumDecl() fmtDoc {
	docs := fmtConcat{l.tok(), l.word(), l.version(), space, l.block(func() fmtDoc {
		return fmtConcat{l.literal(Ident, Reserved), l.annotations()}
	})}
	if l.is("default") {
		docs = append(docs, space, l.tok(), l.word())
	}
	return docs
}

func (l *layout) topicDecl() fmtDoc {
	docs := fmtConcat{l.tok(), l.word(), l.optionalType()}
	if l.is("from") {
		docs = append(docs, space, l.tok(), space, l.literal(String, Raw, Text))
	}
	return append(docs, l.optionalBlock(l.setting))
}

// optionalType is `: type` or nothing.
func (l *layout) optionalType() fmtDoc {
	if !l.is(":") {
		return fmtConcat{}
	}
	return fmtConcat{l.tok(), space, l.typ()}
}

func (l *layout) optionalBlock(member func() fmtDoc) fmtDoc {
	if !l.is("{") {
		return fmtConcat{}
	}
	return fmtConcat{space, l.block(member)}
}

// with is `with { settings }` or nothing.
func (l *layout) with() fmtDoc {
	if !l.is("with") {
		return fmtConcat{}
	}
	return fmtConcat{space, l.tok(), space, l.block(l.setting)}
}

func (l *layout) streamDecl() fmtDoc {
	docs := fmtConcat{l.tok(), l.word(), l.optionalType()}
	if l.is("key") {
		docs = append(docs, space, l.tok(), space, l.list("[", "]", false, false, l.expr))
	}
	docs = append(docs, l.with(), space, l.expect("="))
	start := l.at
	pipeline, stages := l.pipeline()
	return append(docs, l.onOwnLines(start, stages, pipeline))
}

// onOwnLines sets what stands after the "=" of a stream or pipe: below it, a stage a
// line, unless there is at most one stage and all stood on one line.
func (l *layout) onOwnLines(start, stages int, doc fmtDoc) fmtDoc {
	broken := stages > 1 || l.breaksBetween(start, l.at)
	return brokenGroup(broken, nest(2, anyLine, doc))
}

func (l *layout) pipeDecl() fmtDoc {
	docs := fmtConcat{l.tok(), l.word(), l.params(), space, l.expect("=")}
	start := l.at
	stages, n := l.stages()
	if n == 0 {
		return l.fail()
	}
	return append(docs, brokenGroup(n > 1 || l.breaksBetween(start, l.at), nest(2, stages)))
}

// params is (name: type = default).
func (l *layout) params() fmtDoc {
	return l.list("(", ")", false, false, l.field)
}

func (l *layout) fnDecl() fmtDoc {
	docs := fmtConcat{l.tok(), l.word()}
	if l.is("<") {
		docs = append(docs, l.list("<", ">", false, false, l.tok))
	}
	docs = append(docs, l.params(), space, l.expect("->"), space, l.typ())
	if l.is("!") {
		docs = append(docs, l.tok())
	}
	docs = append(docs, space, l.expect("="))
	if l.is("wasm") && l.kindIs(1, String, Raw, Text) {
		wasm := fmtConcat{l.tok(), space, l.tok(), space, l.expect("export"), space, l.literal(String, Raw, Text), l.optionalBlock(l.setting)}
		return append(docs, group(nest(2, anyLine, wasm)))
	}
	return append(docs, l.body())
}

// body is an expression after "=", on a line of its own where it does not fit. What
// opens with a bracket is broken behind that instead.
func (l *layout) body() fmtDoc {
	if l.is("[", "{") {
		return fmtConcat{space, l.expr()}
	}
	return group(nest(2, anyLine, l.expr()))
}

func (l *layout) paramDecl() fmtDoc {
	docs := fmtConcat{l.tok(), l.word(), l.optionalType()}
	if l.is("=") {
		docs = append(docs, space, l.tok(), space, l.expr())
	}
	return append(docs, l.optionalBlock(l.setting))
}
