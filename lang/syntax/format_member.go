package syntax

// The members of the blocks that are not plain settings.

// arm is `when condition |> stages -> targets` or `otherwise ...`.
func (l *layout) arm() fmtDoc {
	start := l.at
	var docs fmtConcat
	switch {
	case l.is("when"):
		docs = fmtConcat{l.tok(), space, l.expr()}
	case l.is("otherwise"):
		docs = fmtConcat{l.tok()}
	default:
		return l.fail()
	}
	stages, n := l.stages()
	docs = append(docs, stages, anyLine, l.expect("->"), space, l.operands())
	broken := n > 1 || n == 1 && l.breaksBetween(start+1, l.at)
	return brokenGroup(broken, nest(2, docs))
}

// matchMember is a member of a match stage.
func (l *layout) matchMember() fmtDoc {
	switch {
	case l.is("define"):
		docs := fmtConcat{l.tok(), l.word()}
		if l.is("from") {
			docs = append(docs, space, l.tok(), space, l.path())
		}
		return append(docs, space, l.expect("where"), space, l.expr())
	case l.is("pattern"):
		return fmtConcat{l.tok(), space, l.pattern()}
	case l.is("within"):
		return fmtConcat{l.tok(), space, l.expr()}
	case l.is("skip"):
		return l.skip()
	case l.is("emit", "timeout"):
		word := l.tok()
		list, open := l.columns(false, false)
		return brokenGroup(open, word, list)
	}
	return l.fail()
}

// skip is `skip past last`, `skip to next` or `skip to first|last name`.
func (l *layout) skip() fmtDoc {
	docs := fmtConcat{l.tok(), l.word()}
	if l.is("first", "last") && l.toks[l.at-1].text == "to" {
		docs = append(docs, l.word())
	}
	return append(docs, l.word())
}

// pattern is a sequence of names; its quantifiers stand right behind what they
// repeat.
func (l *layout) pattern() fmtDoc {
	if l.depth++; l.depth > formatDepth {
		return l.fail()
	}
	defer func() { l.depth-- }()
	docs := fmtConcat{l.patternUnit()}
	for l.is("or", "then", "next", "and") {
		docs = append(docs, anyLine, l.tok(), space, l.patternUnit())
	}
	return group(nest(2, docs))
}

func (l *layout) patternUnit() fmtDoc {
	var docs fmtConcat
	switch {
	case l.is("not"):
		docs = fmtConcat{l.tok(), l.word()}
		if l.is("for") {
			docs = append(docs, space, l.tok(), space, l.infix(compareLevel+1))
		}
		return docs
	case l.is("("):
		docs = fmtConcat{l.tok(), l.pattern(), l.expect(")")}
	default:
		docs = fmtConcat{l.literal(Ident)}
	}
	switch {
	case l.is("+", "*", "?"):
		docs = append(docs, l.tok())
	case l.is("{"):
		docs = append(docs, l.repeat())
	}
	return docs
}

// repeat is {n}, {n,} or {n,m}; the comma means something here.
func (l *layout) repeat() fmtDoc {
	docs := fmtConcat{l.tok(), l.literal(Int)}
	if l.is(",") {
		docs = append(docs, l.tok())
	}
	if l.kindIs(0, Int) {
		docs = append(docs, l.tok())
	}
	return append(docs, l.expect("}"))
}

// viewMember is `state x: T = e` or `on Branch when c set a = e` or `... delete`.
func (l *layout) viewMember() fmtDoc {
	if l.is("state") {
		return fmtConcat{l.tok(), space, l.field()}
	}
	docs := fmtConcat{l.expect("on"), space}
	if l.is("*") {
		docs = append(docs, l.tok())
	} else {
		docs = append(docs, l.path())
	}
	if l.is("when") {
		docs = append(docs, anyLine, l.tok(), space, l.expr())
	}
	if l.is("delete") {
		return group(nest(2, append(docs, anyLine, l.tok())))
	}
	return group(nest(2, append(docs, anyLine, l.expect("set"), space, l.operands())))
}

// commandMember is `require c else message` or `emit event to topic`.
func (l *layout) commandMember() fmtDoc {
	if !l.is("require") {
		return l.emit()
	}
	return group(nest(2, l.tok(), space, l.expr(), anyLine, l.expect("else"), space, l.expr()))
}

func (l *layout) emit() fmtDoc {
	return group(nest(2, l.expect("emit"), space, l.expr(), anyLine, l.expect("to"), space, l.path()))
}

// action is a member of a schedule.
func (l *layout) action() fmtDoc {
	switch {
	case l.is("snapshot"):
		return fmtConcat{l.tok(), space, l.path(), space, l.expect("to"), space, l.path()}
	case l.is("run"):
		return fmtConcat{l.tok(), space, l.expr()}
	}
	return l.emit()
}

// rule is a member of a policy.
func (l *layout) rule() fmtDoc {
	var docs fmtConcat
	switch {
	case l.is("mask"):
		docs = fmtConcat{l.tok(), space, l.operands(), anyLine, l.expect("using"), space, l.expr()}
	case l.is("rows"):
		docs = fmtConcat{l.tok(), space, l.expect("where"), space, l.expr()}
	default:
		return l.fail()
	}
	docs = append(docs, anyLine, l.expect("for"), l.word(), space, l.literal(Ident, String, Raw, Text))
	return group(nest(2, docs))
}

// step is a member of a test.
func (l *layout) step() fmtDoc {
	switch {
	case l.is("given"):
		return fmtConcat{l.tok(), space, l.path(), l.rows()}
	case l.is("expect"):
		return fmtConcat{l.tok(), space, l.path(), l.rows()}
	case l.is("reject"):
		return fmtConcat{l.tok(), space, l.literal(String, Raw, Text, FString)}
	case l.is("set"):
		return fmtConcat{l.tok(), space, l.column(false).doc()}
	case l.is("advance"):
		return fmtConcat{l.tok(), l.word(), space, l.expect("to"), space, l.expr()}
	case l.is("send"):
		return fmtConcat{l.tok(), space, l.expr()}
	}
	return l.fail()
}

// rows is the words that say how to compare and the rows, a list or a csv text.
func (l *layout) rows() fmtDoc {
	var docs fmtConcat
	for l.name(0) {
		docs = append(docs, l.word())
	}
	if l.kindIs(0, Text, String, Raw) {
		return append(docs, space, l.tok())
	}
	return append(docs, space, l.list("[", "]", true, true, l.expr))
}
