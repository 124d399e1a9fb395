package ast

// ---- data

// SchemaDecl is `schema S { ... }` or `schema U = A or B`; exactly one of
// Record and Union is set.
type SchemaDecl struct {
	Head
	Version *IntLit
	Record  *RecordType
	Union   []Path
}

// EnumDecl is `enum E { a b } default a`.
type EnumDecl struct {
	Head
	Version *IntLit
	Items   []EnumItem
	Default *Ident
}

// EnumItem is one symbol.
type EnumItem struct {
	At
	Doc         []string
	Name        Ident
	Annotations []Annotation
}

// Type is a type as written.
type Type interface {
	Node
	IsNullable() bool
}

// RecordType is `{ a: long  b: string? }`.
type RecordType struct {
	At
	Fields   []*Field
	Nullable bool
}

// Field is a member of a record type.
type Field struct {
	At
	Doc         []string
	Name        Ident
	Type        Type
	Default     Expr // nil when not written
	Annotations []Annotation
}

// NamedType is `decimal(12, 2)`, `array<T>`, `Reading?`.
type NamedType struct {
	At
	Name     Path
	Args     []TypeArg // in parentheses
	Params   []Type    // in angle brackets
	Nullable bool
}

// TypeArg is a number or a word in the parentheses of a type; exactly one of
// Int and Word is set.
type TypeArg struct {
	At
	Int  *IntLit
	Word string
}

// BadType is a type that could not be read.
type BadType struct{ At }

// IsNullable reports a trailing "?".
func (t *RecordType) IsNullable() bool { return t.Nullable }

// IsNullable reports a trailing "?".
func (t *NamedType) IsNullable() bool { return t.Nullable }

// IsNullable is false: nothing is known of the type.
func (t *BadType) IsNullable() bool { return false }

// ---- topics and connectors

// Setting is `name: expr` in a settings block.
type Setting struct {
	At
	Doc   []string
	Name  Ident
	Value Expr
}

// Settings is a braced block; nil where no block is written.
type Settings struct {
	At
	Items []*Setting
}

// TopicDecl is `topic t: Row from "file" { ... }`.
type TopicDecl struct {
	Head
	Row      Type       // nil when not written
	From     *StringLit // the short form, nil when not written
	Settings *Settings
}

// SourceDecl is `source s from kafka into t { ... }`.
type SourceDecl struct {
	Head
	Connector Path
	Into      Path
	Settings  *Settings
}

// SinkDecl is `sink s from stream to http { ... }` or `to "file"`.
type SinkDecl struct {
	Head
	From      Path
	Connector Path       // empty when File is set
	File      *StringLit // the short form
	Settings  *Settings
}

// ---- streams and tables

// StreamType is `changes<T> key [a, b]` as written.
type StreamType struct {
	At
	Changes bool
	Row     Type
	Key     []Expr
}

// StreamDecl is `stream s = from ... |> ...`; Table marks `table`.
type StreamDecl struct {
	Head
	Table    bool
	Type     *StreamType // nil when not written
	With     *Settings
	Pipeline *Pipeline
}

// PipeDecl is `pipe p(params) = |> stage ...`.
type PipeDecl struct {
	Head
	Params []*Param
	Stages []Stage
}

// Param is a parameter of a fn, pipe or command.
type Param struct {
	At
	Name    Ident
	Type    Type
	Default Expr
}

// Pipeline is `from x = rel |> stage ...`.
type Pipeline struct {
	At
	Alias  *Ident
	From   RelRef
	Stages []Stage
}

// RelRef names a stream or topic, or holds a pipeline in parentheses; exactly
// one of the fields is set, none where the text could not be read.
type RelRef struct {
	At
	Path     Path
	Pipeline *Pipeline
}

// ---- routes

// RouteDecl is `route r from s first match { ... }`.
type RouteDecl struct {
	Head
	From      RelRef
	All       bool // all matches
	With      *Settings
	Arms      []*RouteArm
	Otherwise *RouteArm // nil when missing: the checker says so
	Torn      bool      // an arm could not be read
}

// RouteArm is `when cond |> stages -> targets`; When is nil for otherwise.
type RouteArm struct {
	At
	When    Expr
	Stages  []Stage
	Targets []Target
}

// Target is a path or a file name; exactly one is set.
type Target struct {
	At
	Path Path
	File *StringLit
}

// ---- state views, commands

// ViewDecl is `view v from s key k { state ... on ... }`.
type ViewDecl struct {
	Head
	From     RelRef
	Key      []Expr
	Keep     Expr
	States   []*StateVar
	Reducers []*Reducer
}

// StateVar is `state x: T = e`.
type StateVar struct {
	At
	Name Ident
	Type Type
	Init Expr
}

// Reducer is `on Branch when c set a = b` or `... delete`.
type Reducer struct {
	At
	Any    bool // on *
	Branch Path
	When   Expr
	Set    []Assign
	Delete bool
}

// Assign is `a = e`.
type Assign struct {
	At
	Name  Ident
	Value Expr
}

// CommandDecl is `command c(params) on view[key] { require ... emit ... }`.
type CommandDecl struct {
	Head
	Params []*Param
	On     Path
	Key    []Expr
	Guards []*Guard
	Emits  []*EmitAct
}

// Guard is `require c else message`.
type Guard struct {
	At
	Cond, Else Expr
}

// EmitAct is `emit Event(...) to topic`.
type EmitAct struct {
	At
	Value Expr
	To    Path
}

// ---- functions

// FnDecl is `fn f<T>(params) -> T! = body`; exactly one of Body and Wasm is set.
type FnDecl struct {
	Head
	// Kind is the word before fn: FnAggregate, FnTable, or "" for none.
	Kind       string
	TypeParams []Ident
	Params     []*Param
	Result     Type
	Fallible   bool
	Body       Expr
	Wasm       *WasmBody
}

// The words that may stand before fn.
const (
	FnAggregate = "aggregate"
	FnTable     = "table"
)

// WasmBody is `wasm "file" export "name" { ... }`.
type WasmBody struct {
	At
	Module, Export *StringLit
	Settings       *Settings
}

// ---- values, schedules, permissions

// ConstDecl is `const c: T = e`; Type may be nil.
type ConstDecl struct {
	Head
	Type  Type
	Value Expr
}

// ParamDecl is `param p: T = e { ... }`.
type ParamDecl struct {
	Head
	Type     Type
	Default  Expr
	Settings *Settings
}

// SecretDecl is `secret s from env "NAME"`.
type SecretDecl struct {
	Head
	Store Ident
	Key   *StringLit
}

// ScheduleDecl is `schedule s every d at t zone z { ... }` or `cron "..."`.
type ScheduleDecl struct {
	Head
	Every, At Expr
	Cron      *StringLit
	Zone      *StringLit
	Acts      []*SchedAct
}

// SchedAct is one action; exactly one of Emit, Snapshot and Run is set.
type SchedAct struct {
	At
	Emit     *EmitAct
	Snapshot *SnapshotAct
	Run      *RunAct
}

// SnapshotAct is `snapshot table to sink`.
type SnapshotAct struct {
	At
	Table, To Path
}

// RunAct is `run module.fn(args)`.
type RunAct struct {
	At
	Fn   Path
	Args []Arg
}

// PolicyDecl is `policy p on topic { mask ... rows ... }`.
type PolicyDecl struct {
	Head
	On    Path
	Rules []*PolicyRule
}

// PolicyRule is `mask columns using e for role r` or, with Rows, `rows where e for role r`.
type PolicyRule struct {
	At
	Rows    bool
	Columns []Ident
	Expr    Expr
	For     Principal
}

// Principal is `role analyst`, `service "x"` or `user u`.
type Principal struct {
	At
	Kind string
	Name string
}

// GrantDecl is `grant read on t to role r`; Deny marks `deny`.
type GrantDecl struct {
	Head
	Deny    bool
	Actions []Ident
	On      Path
	To      Principal
}

// ---- tests

// TestDecl is `test "title" { ... }`.
type TestDecl struct {
	Head
	Steps []TestStep
}

// TestStep is one line of a test.
type TestStep interface {
	Node
	testStep()
}

// GivenStep is `given t [rows]`.
type GivenStep struct {
	At
	Target Path
	Rows   TestRows
}

// ExpectMode says how rows are compared.
type ExpectMode int

// The modes; Exactly is the default.
const (
	Exactly ExpectMode = iota
	Contains
	Unordered
)

// ExpectStep is `expect s changes contains [rows]`.
type ExpectStep struct {
	At
	Target  Path
	Changes bool
	Mode    ExpectMode
	Rows    TestRows
}

// TestRows is a list of row expressions, or csv text when CSV is set.
type TestRows struct {
	At
	Rows []Expr
	CSV  *StringLit
}

// RejectStep is `reject "message"`.
type RejectStep struct {
	At
	Message *StringLit
}

// SetStep is `set param = value`.
type SetStep struct {
	At
	Name  Ident
	Value Expr
}

// AdvanceStep is `advance time|watermark to e`.
type AdvanceStep struct {
	At
	Watermark bool
	To        Expr
}

// SendStep is `send command(args)`.
type SendStep struct {
	At
	Command Ident
	Args    []Arg
}

// BadStep is a step that could not be read.
type BadStep struct{ At }

func (*GivenStep) testStep()   {}
func (*ExpectStep) testStep()  {}
func (*RejectStep) testStep()  {}
func (*SetStep) testStep()     {}
func (*AdvanceStep) testStep() {}
func (*SendStep) testStep()    {}
func (*BadStep) testStep()     {}
