package ast

// The words of the enumerations, as they are written in the language; the empty
// default of an option reads "default".

var unaryText = [...]string{"-", "not"}

func (op UnaryOp) String() string { return unaryText[op] }

var joinWords = [...]string{"join", "left join", "full join", "semi join", "anti join", "asof join", "left asof join"}

func (k JoinKind) String() string { return joinWords[k] }

var emitWords = [...]string{"default", "final", "updates", "early"}

func (k EmitKind) String() string { return emitWords[k] }

var fillWords = [...]string{"default", "zero", "null", "last"}

func (k FillKind) String() string { return fillWords[k] }

var skipWords = [...]string{"default", "past last", "to next", "to first", "to last"}

func (k SkipKind) String() string { return skipWords[k] }

var modeWords = [...]string{"exactly", "contains", "unordered"}

func (m ExpectMode) String() string { return modeWords[m] }
