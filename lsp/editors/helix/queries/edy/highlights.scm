; Made from lsp/editors/tree-sitter-edy/queries/highlights.scm by: go test ./lsp/editors -update
; What each part of the text is. Later patterns win.

(identifier) @variable

; Comments and literals
(comment) @comment
(block_comment) @comment
(doc_comment) @comment.block.documentation
[(string) (raw_string) (block_string) (f_string)] @string
(raw_string) @string.regexp
(escape) @constant.character.escape
(interpolation (identifier) @variable)
[(integer) (size)] @constant.numeric.integer
[(decimal) (float)] @constant.numeric.float
(duration) @constant.numeric.integer
(temporal) @constant.numeric
(boolean) @constant.builtin.boolean
[(null) "null"] @constant.builtin

; Declarations
[
  "schema" "enum" "topic" "source" "sink" "stream" "table" "view" "command" "route" "fn" "pipe" "const" "param"
  "secret" "schedule" "policy" "grant" "deny" "test"
] @keyword
["module" "import"] @keyword.control.import
["export" "version" "timezone" "edition" "default" "with" "into" "to" "from" "as" "key" "on" "using" "role" "service" "user"] @keyword
["wasm" "cron" "every" "at" "zone" "snapshot" "run" "mask" "state" "set" "delete" "emit"] @keyword
["given" "expect" "reject" "advance" "send" "exactly" "contains" "unordered" "csv"] @keyword

(module name: (path (identifier) @namespace))
(import path: (path (identifier) @namespace))
(import_names (identifier) @type)
[(schema name: (identifier) @type) (enum name: (identifier) @type)]
(named_type name: (path (identifier) @type))
((named_type name: (path (identifier) @type.builtin))
  (#match? @type.builtin "^(boolean|int|long|float|double|decimal|string|bytes|fixed|uuid|date|time|timestamp|local_timestamp|duration|period|geography|json|array|map)$"))
(union_type (path (identifier) @type))
(null_test (path (identifier) @type))
(reducer branch: (path (identifier) @type))
(type_names (identifier) @type)
(stream_type kind: (identifier) @type.builtin)
(enum_item name: (identifier) @constant)
(enum default: (identifier) @constant)
(function name: (identifier) @function)
(pipe name: (identifier) @function)
(command name: (identifier) @function)
(const name: (identifier) @constant)
(param name: (identifier) @constant)
(secret name: (identifier) @constant)
(parameter name: (identifier) @variable.parameter)
(lambda parameter: (identifier) @variable.parameter)
(lambda_parameters (identifier) @variable.parameter)
(annotation_name) @attribute
(source connector: (path (identifier) @namespace))
(sink connector: (path (identifier) @namespace))

; Stages
[
  "where" "select" "extend" "let" "drop" "rename" "require" "unnest" "time" "window" "aggregate" "top" "latest" "dedup"
  "join" "left" "full" "semi" "anti" "asof" "lookup" "union" "match" "sort" "limit" "sample" "upserts" "expire" "apply"
  "hold" "silent" "throttle" "changed" "by" "per" "keep" "within" "forward" "cache" "except" "outer" "watermark"
  "after" "while" "ties" "rank" "define" "pattern" "timeout" "skip" "past" "next" "asc" "desc" "over" "last" "first" "rows"
  "matches" "all" "otherwise" "tumbling" "hopping" "cumulative" "sliding" "session" "gap" "max" "span" "none" "processing"
  "event" "offset" "lateness" "fill" "zero" "final" "updates" "early" "for"
] @keyword
[(changes) (distinct)] @keyword
["if" "then" "else" "case" "when" "end"] @keyword.control.conditional
["try"] @keyword.control.exception
["and" "or" "not" "in" "is" "between" "like"] @keyword.operator

; Names
(call function: (identifier) @function)
(apply pipe: (path (identifier) @function))
(send command: (identifier) @function)
(member name: (identifier) @variable.other.member)
(field name: (identifier) @variable.other.member)
(setting name: (identifier) @variable.other.member)
(record_field name: (identifier) @variable.other.member)
(argument name: (identifier) @variable.parameter)
(item name: (identifier) @variable.other.member)
(renamed name: (identifier) @variable.other.member)
(aggregate_item (item name: (identifier) @variable.other.member))

; Signs
["|>" "->" "=>" "??" "?." ".." "==" "!=" "<" "<=" ">" ">=" "=" "+" "-" "*" "/" "%" "?" "!"] @operator
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
["," ":" "."] @punctuation.delimiter
(interpolation ["{" "}"] @punctuation.special)
