package ast

// Stage is one step of a pipeline, without its "|>".
type Stage interface {
	Node
	stage()
}

// NamedExpr is `name = e` or `e`; Name is nil where none is written.
type NamedExpr struct {
	At
	Name *Ident
	Expr Expr
}

// SelItem is an item of select: a star or a named expression.
type SelItem struct {
	At
	Star   bool
	Except []Path // of a star
	Item   NamedExpr
}

// Order is `e desc`.
type Order struct {
	At
	Expr Expr
	Desc bool
}

// Else is `else -> target`; nil where not written. Target "drop" is a path like
// any other.
type Else struct {
	At
	Target Path
}

// The stages, one struct each, in the order of the grammar.
type (
	// WhereStage is `where c`.
	WhereStage struct {
		At
		Cond Expr
	}
	// SelectStage is `select items`.
	SelectStage struct {
		At
		Items []SelItem
	}
	// ExtendStage is `extend a = e, ...`.
	ExtendStage struct {
		At
		Items []NamedExpr
	}
	// LetStage is `let a = e, ...`.
	LetStage struct {
		At
		Items []NamedExpr
	}
	// DropStage is `drop a, b.c`.
	DropStage struct {
		At
		Paths []Path
	}
	// RenameStage is `rename new = old, ...`.
	RenameStage struct {
		At
		Items []RenameItem
	}
	// RequireStage is `require a, b else -> t`.
	RequireStage struct {
		At
		Paths []Path
		Else  *Else
	}
	// UnnestStage is `unnest [outer] a = e`.
	UnnestStage struct {
		At
		Outer bool
		Name  Ident
		Expr  Expr
	}
	// KeyStage is `key by a, b`.
	KeyStage struct {
		At
		Keys []Expr
	}
	// TimeStage is `time e watermark d`.
	TimeStage struct {
		At
		Time, Watermark Expr
	}
	// WindowStage is `window kind options`.
	WindowStage struct {
		At
		Kind       WindowKind
		KindSpan   At   // of the word
		Size       Expr // tumbling, hopping, cumulative, sliding, rows; nil otherwise
		Every      Expr // hopping, cumulative, rows
		Gap, Max   Expr // session
		From, To   Expr // span
		Per        []Expr
		PerNone    bool // per ()
		Processing bool // on processing time
		OnSpan     At
		Zone       *StringLit
		Offset     Expr
		Lateness   Expr
		LateTo     *Else
		Fill       FillKind
		FillKeep   Expr
		Emit       EmitKind
		EmitEvery  Expr
		EmitSpan   At
	}
	// AggStage is `aggregate items by ... keep d`.
	AggStage struct {
		At
		Items []AggItem
		By    []NamedExpr
		Keep  Expr
	}
	// TopStage is `top n by ... per ... with ties rank r keep d`.
	TopStage struct {
		At
		N    Expr
		By   []Order
		Per  []Expr
		Ties bool
		Rank *Ident
		Keep Expr
	}
	// LatestStage is `latest by ... keep d`.
	LatestStage struct {
		At
		By   []Expr
		Keep Expr
	}
	// DedupStage is `dedup by ... within d`; `dedup by *` has the Name "*".
	DedupStage struct {
		At
		By     []Expr
		Within Expr
	}
	// JoinStage is `[kind] join a = rel on c within r keep d`.
	JoinStage struct {
		At
		Kind    JoinKind
		Alias   Ident
		Right   RelRef
		On      Expr
		Within  *Range
		Forward bool
		Keep    Expr
	}
	// LookupStage is `[left] lookup a = rel on c cache d`.
	LookupStage struct {
		At
		Left  bool
		Alias Ident
		Right RelRef
		On    Expr
		Cache Expr
	}
	// UnionStage is `union a, (from b)`.
	UnionStage struct {
		At
		With []RelRef
	}
	// MatchStage is `match per ... { ... }`.
	MatchStage struct {
		At
		Per     []Expr
		Defines []*MatchDefine
		Pattern Pattern
		Within  Expr
		Skip    SkipKind
		SkipTo  *Ident
		Emit    []SelItem
		Timeout []SelItem
	}
	// SortStage is `sort by ...`.
	SortStage struct {
		At
		By []Order
	}
	// LimitStage is `limit n`.
	LimitStage struct {
		At
		N Expr
	}
	// SampleStage is `sample f by ...`.
	SampleStage struct {
		At
		Fraction Expr
		By       []Expr
	}
	// ChangesStage is `changes`.
	ChangesStage struct{ At }
	// UpsertStage is `upserts by k delete when c`.
	UpsertStage struct {
		At
		By         []Expr
		DeleteWhen Expr
	}
	// TTLStage is `expire after d`.
	TTLStage struct {
		At
		After Expr
	}
	// ApplyStage is `apply pipe(args)`.
	ApplyStage struct {
		At
		Pipe Path
		Args []Arg
	}
	// IntoStage is `into t`.
	IntoStage struct {
		At
		Target Path
	}
	// HoldStage is `hold d while c per k`.
	HoldStage struct {
		At
		For, While Expr
		Per        []Expr
	}
	// SilentStage is `silent d per k`.
	SilentStage struct {
		At
		For Expr
		Per []Expr
	}
	// ThrottleStage is `throttle n per d per k else -> t`.
	ThrottleStage struct {
		At
		N, Span Expr
		Per     []Expr
		Else    *Else
	}
	// ChangedStage is `changed e per k`.
	ChangedStage struct {
		At
		Exprs []Expr
		Per   []Expr
	}
	// DistinctStage is `distinct`.
	DistinctStage struct{ At }
	// BadStage is a stage that could not be read; what flows out of it is unknown.
	BadStage struct{ At }
)

// RenameItem is `new = old.path`.
type RenameItem struct {
	At
	New Ident
	Old Path
}

// AggItem is `n = agg(...) where c`.
type AggItem struct {
	NamedExpr
	Where Expr
}

// WindowKind is the word after `window`.
type WindowKind int

// The kinds in grammar order.
const (
	Tumbling WindowKind = iota
	Hopping
	Cumulative
	Sliding
	Session
	Span
	WindowNone
	WindowRows
)

var windowWords = [...]string{"tumbling", "hopping", "cumulative", "sliding", "session", "span", "none", "rows"}

func (k WindowKind) String() string { return windowWords[k] }

// EmitKind says when a window's results appear.
type EmitKind int

// The emit kinds; EmitDefault is no `emit` at all.
const (
	EmitDefault EmitKind = iota
	EmitFinal
	EmitUpdates
	EmitEarly
)

// FillKind says what an empty window shows.
type FillKind int

// The fill kinds; FillOff is no `fill` at all.
const (
	FillOff FillKind = iota
	FillZero
	FillNull
	FillLast
)

// JoinKind is the words before `join`.
type JoinKind int

// The join kinds.
const (
	InnerJoin JoinKind = iota
	LeftJoin
	FullJoin
	SemiJoin
	AntiJoin
	AsofJoin
	LeftAsofJoin
)

// Range is `lo .. hi`; Hi is nil where one expression stands alone.
type Range struct {
	At
	Lo, Hi Expr
}

// MatchDefine is `define x from s where c`.
type MatchDefine struct {
	At
	Name Ident
	From *Path
	Cond Expr
}

// SkipKind says where matching resumes.
type SkipKind int

// The skip kinds; SkipDefault is none written.
const (
	SkipDefault SkipKind = iota
	SkipPastLast
	SkipToNext
	SkipToFirst
	SkipToLast
)

// Pattern is a node of a match pattern.
type Pattern interface {
	Node
	pattern()
}

// The pattern nodes.
type (
	// PatOr is `a or b`.
	PatOr struct {
		At
		Alts []Pattern
	}
	// PatSeq is `a then b next c`; Next[i] tells how Items[i+1] follows Items[i].
	PatSeq struct {
		At
		Items []Pattern
		Next  []bool
	}
	// PatAnd is `a and b`.
	PatAnd struct {
		At
		Items []Pattern
	}
	// PatNot is `not x for d`; For may be nil.
	PatNot struct {
		At
		Name Ident
		For  Expr
	}
	// PatVar is a defined name.
	PatVar struct {
		At
		Name Ident
	}
	// PatRepeat is `x{n,m}`, `x+`, `x*`, `x?`; Max < 0 means no limit.
	PatRepeat struct {
		At
		Item     Pattern
		Min, Max int
	}
	// BadPattern could not be read.
	BadPattern struct{ At }
)

func (*PatOr) pattern()      {}
func (*PatSeq) pattern()     {}
func (*PatAnd) pattern()     {}
func (*PatNot) pattern()     {}
func (*PatVar) pattern()     {}
func (*PatRepeat) pattern()  {}
func (*BadPattern) pattern() {}

func (*WhereStage) stage()    {}
func (*SelectStage) stage()   {}
func (*ExtendStage) stage()   {}
func (*LetStage) stage()      {}
func (*DropStage) stage()     {}
func (*RenameStage) stage()   {}
func (*RequireStage) stage()  {}
func (*UnnestStage) stage()   {}
func (*KeyStage) stage()      {}
func (*TimeStage) stage()     {}
func (*WindowStage) stage()   {}
func (*AggStage) stage()      {}
func (*TopStage) stage()      {}
func (*LatestStage) stage()   {}
func (*DedupStage) stage()    {}
func (*JoinStage) stage()     {}
func (*LookupStage) stage()   {}
func (*UnionStage) stage()    {}
func (*MatchStage) stage()    {}
func (*SortStage) stage()     {}
func (*LimitStage) stage()    {}
func (*SampleStage) stage()   {}
func (*ChangesStage) stage()  {}
func (*UpsertStage) stage()   {}
func (*TTLStage) stage()      {}
func (*ApplyStage) stage()    {}
func (*IntoStage) stage()     {}
func (*HoldStage) stage()     {}
func (*SilentStage) stage()   {}
func (*ThrottleStage) stage() {}
func (*ChangedStage) stage()  {}
func (*DistinctStage) stage() {}
func (*BadStage) stage()      {}
