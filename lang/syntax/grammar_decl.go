package syntax

import (
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/ast"
)

// leaf is what a parser of our own reads for participle, which takes such parsers
// only for interface types.
type leaf[T any] interface{ get() T }

type box[T any] struct{ value T }

func (b box[T]) get() T { return b.value }

// The grammar of declarations, as participle reads it from struct tags. Names,
// paths, types, expressions and texts are leaves with parsers of their own (leaf.go,
// expr.go); Bad is a token that recovery puts in place of what could not be read.

type docG struct {
	Text string `parser:"@Doc"`
}

type badG struct {
	Tokens []lexer.Token
	Text   string `parser:"@Bad"`
}

type declG struct {
	Tokens      []lexer.Token
	Doc         []docG                 `parser:"@@*"`
	Annotations []leaf[ast.Annotation] `parser:"@@*"`
	Export      bool                   `parser:"@'export'?"`
	Body        declBodyG              `parser:"@@"`
}

// declBodyG tries the frequent ones first.
type declBodyG struct {
	Stream   *streamG   `parser:"  @@"`
	KindFn   *kindFnG   `parser:"| @@"`
	Schema   *schemaG   `parser:"| @@"`
	Topic    *topicG    `parser:"| @@"`
	Test     *testG     `parser:"| @@"`
	Sink     *sinkG     `parser:"| @@"`
	Source   *sourceG   `parser:"| @@"`
	Route    *routeG    `parser:"| @@"`
	Enum     *enumG     `parser:"| @@"`
	Param    *paramG    `parser:"| @@"`
	Const    *constG    `parser:"| @@"`
	Import   *importG   `parser:"| @@"`
	Fn       *fnG       `parser:"| @@"`
	Secret   *secretG   `parser:"| @@"`
	Pipe     *pipeG     `parser:"| @@"`
	View     *viewG     `parser:"| @@"`
	Command  *commandG  `parser:"| @@"`
	Schedule *scheduleG `parser:"| @@"`
	Policy   *policyG   `parser:"| @@"`
	Grant    *grantG    `parser:"| @@"`
	Module   *moduleG   `parser:"| @@"`
}

type moduleG struct {
	Tokens   []lexer.Token
	Name     leaf[ast.Path]       `parser:"'module' @@"`
	Timezone leaf[*ast.StringLit] `parser:"( 'timezone' @@ )?"`
	Edition  leaf[*ast.IntLit]    `parser:"( 'edition' @@ )?"`
}

type importG struct {
	Tokens []lexer.Token
	File   leaf[*ast.StringLit] `parser:"'import' ( @@"`
	Path   leaf[ast.Path]       `parser:"         | @@"`
	Names  leaf[names]          `parser:"           ( '.' @@ )? )"`
	As     leaf[ast.Ident]      `parser:"( 'as' @@ )?"`
}

type schemaG struct {
	Name    leaf[ast.Ident]       `parser:"'schema' @@"`
	Version leaf[*ast.IntLit]     `parser:"( 'version' @@ )?"`
	Record  leaf[*ast.RecordType] `parser:"( @@"`
	Union   []leaf[ast.Path]      `parser:"| '=' @@ ( 'or' @@ )* )"`
}

type enumG struct {
	Name    leaf[ast.Ident]   `parser:"'enum' @@"`
	Version leaf[*ast.IntLit] `parser:"( 'version' @@ )?"`
	Items   []enumItemG       `parser:"'{' @@* '}'"`
	Default leaf[ast.Ident]   `parser:"( 'default' @@ )?"`
}

type enumItemG struct {
	Tokens      []lexer.Token
	Bad         *badG                  `parser:"  @@"`
	Doc         []docG                 `parser:"| @@*"`
	Name        leaf[ast.Ident]        `parser:"  @@"`
	Annotations []leaf[ast.Annotation] `parser:"  @@* ','?"`
}

type topicG struct {
	Name     leaf[ast.Ident]      `parser:"'topic' @@"`
	Row      ast.Type             `parser:"( ':' @@ )?"`
	From     leaf[*ast.StringLit] `parser:"( 'from' @@ )?"`
	Settings *settingsG           `parser:"@@?"`
}

type sourceG struct {
	Name      leaf[ast.Ident] `parser:"'source' @@"`
	Connector leaf[ast.Path]  `parser:"'from' @@"`
	Into      leaf[ast.Path]  `parser:"'into' @@"`
	Settings  *settingsG      `parser:"@@?"`
}

type sinkG struct {
	Name      leaf[ast.Ident]      `parser:"'sink' @@"`
	From      leaf[ast.Path]       `parser:"'from' @@"`
	File      leaf[*ast.StringLit] `parser:"'to' ( @@"`
	Connector leaf[ast.Path]       `parser:"     | @@ )"`
	Settings  *settingsG           `parser:"@@?"`
}

type settingsG struct {
	Tokens []lexer.Token
	Items  []settingG `parser:"'{' @@* '}'"`
}

type settingG struct {
	Tokens []lexer.Token
	Bad    *badG           `parser:"  @@"`
	Doc    []docG          `parser:"| @@*"`
	Name   leaf[fieldName] `parser:"  @@ ':'"`
	Value  ast.Expr        `parser:"  @@ ','?"`
}

type streamG struct {
	Table    bool                `parser:"( (?! 'table' 'fn' ) @'table' | 'stream' )"`
	Name     leaf[ast.Ident]     `parser:"@@"`
	Type     *streamTypeG        `parser:"( ':' @@ )?"`
	With     *settingsG          `parser:"( 'with' @@ )?"`
	Pipeline leaf[*ast.Pipeline] `parser:"'=' @@"`
}

type streamTypeG struct {
	Tokens []lexer.Token
	Kind   leaf[ast.Ident] `parser:"@@"`
	Row    ast.Type        `parser:"'<' @@ '>'"`
	Key    []ast.Expr      `parser:"( 'key' '[' @@ ( ',' @@ )* ']' )?"`
}

type pipeG struct {
	Name   leaf[ast.Ident] `parser:"'pipe' @@"`
	Params leaf[params]    `parser:"@@"`
	Stages []ast.Stage     `parser:"'=' ( '|>' @@ )+"`
}

type routeG struct {
	Name      leaf[ast.Ident]  `parser:"'route' @@"`
	From      leaf[ast.RelRef] `parser:"'from' @@"`
	All       bool             `parser:"( 'first' 'match' | @'all' 'matches' )"`
	With      *settingsG       `parser:"( 'with' @@ )?"`
	Arms      []armG           `parser:"'{' @@*"`
	Otherwise *tailG           `parser:"( 'otherwise' @@ )? '}'"`
}

type armG struct {
	Tokens []lexer.Token
	Bad    *badG    `parser:"  @@"`
	When   ast.Expr `parser:"| 'when' @@"`
	Tail   *tailG   `parser:"  @@"`
}

type tailG struct {
	Tokens  []lexer.Token
	Stages  []ast.Stage `parser:"( '|>' @@ )*"`
	Targets []targetG   `parser:"'->' @@ ( ',' @@ )*"`
}

type targetG struct {
	Tokens []lexer.Token
	File   leaf[*ast.StringLit] `parser:"  @@"`
	Path   leaf[ast.Path]       `parser:"| @@"`
}

type viewG struct {
	Name    leaf[ast.Ident]  `parser:"'view' @@"`
	From    leaf[ast.RelRef] `parser:"'from' @@"`
	Key     []ast.Expr       `parser:"'key' @@ ( ',' @@ )*"`
	Keep    ast.Expr         `parser:"( 'keep' @@ )?"`
	Members []viewItemG      `parser:"'{' @@* '}'"`
}

type viewItemG struct {
	Bad     *badG     `parser:"  @@"`
	State   *stateG   `parser:"| @@"`
	Reducer *reducerG `parser:"| @@"`
}

type stateG struct {
	Tokens []lexer.Token
	Name   leaf[ast.Ident] `parser:"'state' @@"`
	Type   ast.Type        `parser:"':' @@"`
	Init   ast.Expr        `parser:"'=' @@"`
}

type reducerG struct {
	Tokens []lexer.Token
	Any    bool           `parser:"'on' ( @'*'"`
	Branch leaf[ast.Path] `parser:"     | @@ )"`
	When   ast.Expr       `parser:"( 'when' @@ )?"`
	Set    []assignG      `parser:"( 'set' @@ ( ',' @@ )*"`
	Delete bool           `parser:"| @'delete' )"`
}

type assignG struct {
	Tokens []lexer.Token
	Name   leaf[fieldName] `parser:"@@ '='"`
	Value  ast.Expr        `parser:"@@"`
}

type commandG struct {
	Name   leaf[ast.Ident] `parser:"'command' @@"`
	Params leaf[params]    `parser:"@@"`
	On     leaf[ast.Path]  `parser:"'on' @@"`
	Key    []ast.Expr      `parser:"'[' @@ ( ',' @@ )* ']'"`
	Items  []commandItemG  `parser:"'{' @@* '}'"`
}

type commandItemG struct {
	Bad   *badG   `parser:"  @@"`
	Guard *guardG `parser:"| @@"`
	Emit  *emitG  `parser:"| @@"`
}

type guardG struct {
	Tokens []lexer.Token
	Cond   ast.Expr `parser:"'require' @@"`
	Else   ast.Expr `parser:"'else' @@"`
}

type emitG struct {
	Tokens []lexer.Token
	Value  ast.Expr       `parser:"'emit' @@"`
	To     leaf[ast.Path] `parser:"'to' @@"`
}

type kindFnG struct {
	Kind string `parser:"@( 'aggregate' | 'table' )"`
	Fn   *fnG   `parser:"@@"`
}

type fnG struct {
	Name       leaf[ast.Ident]   `parser:"'fn' @@"`
	TypeParams []leaf[ast.Ident] `parser:"( '<' @@ ( ',' @@ )* '>' )?"`
	Params     leaf[params]      `parser:"@@"`
	Result     ast.Type          `parser:"'->' @@"`
	Fallible   bool              `parser:"@'!'?"`
	Wasm       *wasmG            `parser:"'=' ( (?= 'wasm' ( String | Text | Raw ) ) @@"`
	Body       ast.Expr          `parser:"    | @@ )"`
}

type wasmG struct {
	Tokens   []lexer.Token
	Module   leaf[*ast.StringLit] `parser:"'wasm' @@"`
	Export   leaf[*ast.StringLit] `parser:"'export' @@"`
	Settings *settingsG           `parser:"@@?"`
}

type constG struct {
	Name  leaf[ast.Ident] `parser:"'const' @@"`
	Type  ast.Type        `parser:"( ':' @@ )?"`
	Value ast.Expr        `parser:"'=' @@"`
}

type paramG struct {
	Name     leaf[ast.Ident] `parser:"'param' @@"`
	Type     ast.Type        `parser:"':' @@"`
	Default  ast.Expr        `parser:"( '=' @@ )?"`
	Settings *settingsG      `parser:"@@?"`
}

type secretG struct {
	Name  leaf[ast.Ident]      `parser:"'secret' @@"`
	Store leaf[ast.Ident]      `parser:"'from' @@"`
	Key   leaf[*ast.StringLit] `parser:"@@"`
}

type scheduleG struct {
	Name  leaf[ast.Ident]      `parser:"'schedule' @@"`
	Every ast.Expr             `parser:"( 'every' @@"`
	At    ast.Expr             `parser:"  ( 'at' @@ )?"`
	Cron  leaf[*ast.StringLit] `parser:"| 'cron' @@ )"`
	Zone  leaf[*ast.StringLit] `parser:"( 'zone' @@ )?"`
	Acts  []schedActG          `parser:"'{' @@* '}'"`
}

type schedActG struct {
	Tokens   []lexer.Token
	Bad      *badG      `parser:"  @@"`
	Emit     *emitG     `parser:"| @@"`
	Snapshot *snapshotG `parser:"| @@"`
	Run      *runG      `parser:"| @@"`
}

type snapshotG struct {
	Tokens []lexer.Token
	Table  leaf[ast.Path] `parser:"'snapshot' @@"`
	To     leaf[ast.Path] `parser:"'to' @@"`
}

type runG struct {
	Tokens []lexer.Token
	Fn     leaf[ast.Path] `parser:"'run' @@"`
	Args   leaf[callArgs] `parser:"@@"`
}

type policyG struct {
	Name  leaf[ast.Ident] `parser:"'policy' @@"`
	On    leaf[ast.Path]  `parser:"'on' @@"`
	Rules []policyRuleG   `parser:"'{' @@* '}'"`
}

type policyRuleG struct {
	Tokens  []lexer.Token
	Bad     *badG             `parser:"  @@"`
	Columns []leaf[ast.Ident] `parser:"| ( 'mask' @@ ( ',' @@ )* 'using'"`
	Rows    bool              `parser:"  | @'rows' 'where' )"`
	Expr    ast.Expr          `parser:"  @@"`
	For     *principalG       `parser:"  'for' @@"`
}

type principalG struct {
	Tokens []lexer.Token
	Kind   string               `parser:"@( 'role' | 'service' | 'user' )"`
	Name   leaf[ast.Ident]      `parser:"( @@"`
	Text   leaf[*ast.StringLit] `parser:"| @@ )"`
}

type grantG struct {
	Kind    string            `parser:"@( 'grant' | 'deny' )"`
	Actions []leaf[ast.Ident] `parser:"@@ ( ',' @@ )*"`
	On      leaf[ast.Path]    `parser:"'on' @@"`
	To      principalG        `parser:"'to' @@"`
}

type testG struct {
	Name  leaf[*ast.StringLit] `parser:"'test' @@"`
	Steps []testStepG          `parser:"'{' @@* '}'"`
}

type testStepG struct {
	Tokens  []lexer.Token
	Bad     *badG     `parser:"  @@"`
	Given   *givenG   `parser:"| @@"`
	Expect  *expectG  `parser:"| @@"`
	Reject  *rejectG  `parser:"| @@"`
	Set     *setG     `parser:"| @@"`
	Advance *advanceG `parser:"| @@"`
	Send    *sendG    `parser:"| @@"`
}

type givenG struct {
	Target leaf[ast.Path] `parser:"'given' @@"`
	Rows   testRowsG      `parser:"@@"`
}

type expectG struct {
	Target  leaf[ast.Path] `parser:"'expect' @@"`
	Changes bool           `parser:"@'changes'?"`
	Mode    string         `parser:"@( 'exactly' | 'contains' | 'unordered' )?"`
	Rows    testRowsG      `parser:"@@"`
}

type testRowsG struct {
	Tokens []lexer.Token
	CSV    leaf[*ast.StringLit] `parser:"( 'csv' @@"`
	List   leaf[*ast.ListExpr]  `parser:"| @@ )"`
}

type rejectG struct {
	Message leaf[*ast.StringLit] `parser:"'reject' @@"`
}

type setG struct {
	Name  leaf[ast.Ident] `parser:"'set' @@"`
	Value ast.Expr        `parser:"'=' @@"`
}

type advanceG struct {
	Kind string   `parser:"'advance' @( 'time' | 'watermark' )"`
	To   ast.Expr `parser:"'to' @@"`
}

type sendG struct {
	Command leaf[ast.Ident] `parser:"'send' @@"`
	Args    leaf[callArgs]  `parser:"@@"`
}
