package feature

import (
	_ "embed"
	"strings"
	"sync"
)

// The words of the language by the places where they may stand. The grammar is the
// authority: TestWords asks it about those that begin stages and declarations.

var declarationWords = []string{
	"stream", "topic", "schema", "source", "sink", "table", "route", "test", "enum", "view", "fn", "pipe", "param", "const",
	"secret", "schedule", "command", "policy", "grant", "deny", "import", "module", "export",
}

var stageWords = []string{
	"where", "select", "extend", "aggregate", "window", "join", "let", "drop", "rename", "require", "top", "latest", "dedup",
	"lookup", "union", "sort", "limit", "unnest", "key", "time", "match", "hold", "silent", "throttle", "changed", "distinct",
	"changes", "upserts", "expire", "apply", "into", "sample", "left", "full", "semi", "anti", "asof",
}

// stageDocs say in one sentence what each stage does.
var stageDocs = map[string]string{
	"where": "keeps the rows for which a condition holds", "select": "makes the row anew from expressions",
	"extend": "adds or replaces columns", "aggregate": "groups rows and computes one row for each group",
	"window": "puts rows into windows of time or of rows", "join": "pairs rows with those of another stream",
	"let": "adds columns that later stages can name and the result does not have", "drop": "leaves columns out",
	"rename": "gives columns other names", "require": "sends rows with a null in a column elsewhere",
	"top": "keeps the first rows of an order", "latest": "keeps the newest row of each key", "dedup": "keeps the first row of each key",
	"lookup": "reads a table for each row", "union": "adds the rows of other streams", "sort": "orders the rows of a window",
	"limit": "keeps the first rows", "unnest": "makes a row of each element of an array", "key": "says by which columns rows belong together",
	"time": "says anew what the time of a row is", "match": "finds rows that follow each other in a pattern",
	"hold": "lets a row through when a condition has held for a time", "silent": "tells of keys from which nothing has come for a time",
	"throttle": "lets through a number of rows for each span of time", "changed": "lets a row through where a value differs from the one before",
	"distinct": "keeps one of equal rows", "changes": "turns changes of rows into rows that tell of them",
	"upserts": "lets rows replace each other by a key", "expire": "deletes rows that are older than a time",
	"apply": "goes through the stages of a pipe", "into": "sends the rows to a topic", "sample": "keeps a part of the rows",
	"left": "keeps rows without a partner: left join, left lookup", "full": "keeps rows of both sides without a partner: full join",
	"semi": "keeps rows that have a partner: semi join", "anti": "keeps rows that have none: anti join", "asof": "pairs a row with the nearest in time: asof join",
	"left join": "pairs rows with those of another stream, and keeps rows without a partner", "left lookup": "reads a table for each row, and keeps rows it has nothing for",
	"full join": "pairs rows with those of another stream, and keeps rows of both without a partner", "semi join": "keeps rows that have a partner in another stream",
	"anti join": "keeps rows that have no partner in another stream", "asof join": "pairs a row with the nearest in time of another stream",
	"left asof join": "pairs a row with the nearest in time of another stream, and keeps rows without one",
}

// stageSnippets are stages with places to fill in.
var stageSnippets = map[string]string{
	"aggregate": "aggregate ${1:n = count()} by ${2:key}",
	"window":    "window tumbling ${1:1m}",
	"join":      "join ${1:other} = ${2:stream} on ${3:condition} within ${4:5m}",
	"lookup":    "lookup ${1:other} = ${2:table} on ${3:condition}",
	"extend":    "extend ${1:name} = ${0}",
	"let":       "let ${1:name} = ${0}",
	"rename":    "rename ${1:new} = ${0}",
	"top":       "top ${1:10} by ${2:column} desc",
	"latest":    "latest by ${0}",
	"dedup":     "dedup by ${1:key} within ${2:1h}",
	"unnest":    "unnest ${1:item} = ${0}",
	"key":       "key by ${0}",
	"sort":      "sort by ${0}",
	"time":      "time ${1:column} watermark ${2:5s}",
	"hold":      "hold ${1:5m} while ${2:condition} per ${3:key}",
	"silent":    "silent ${1:2m} per ${0}",
	"throttle":  "throttle ${1:10} per ${2:1m} per ${0}",
	"upserts":   "upserts by ${0}",
	"expire":    "expire after ${1:1d}",
	"match":     "match per ${1:key} {\n  define ${2:a} where ${3:condition}\n  pattern ${2:a}\n  within ${4:5m}\n  emit ${0}\n}",
}

// declarationSnippets are whole declarations.
var declarationSnippets = map[string]string{
	"stream": "stream ${1:name} =\n  from ${2:topic}\n  |> ${0}",
	"table":  "table ${1:name} =\n  from ${2:topic}\n  |> latest by ${3:key}",
	"topic":  "topic ${1:name}: ${2:Row} {\n  time: ${3:at}\n  watermark: ${4:5s}\n}",
	"schema": "schema ${1:Name} {\n  ${2:id}: ${3:string}\n  ${0}\n}",
	"enum":   "enum ${1:Name} { ${2:a} ${3:b} }",
	"source": "source ${1:name} from file into ${2:topic} { path: \"${3:data.ndjson}\" }",
	"sink":   "sink ${1:name} from ${2:stream} to \"${3:out.ndjson}\"",
	"route":  "route ${1:name} from ${2:stream} first match {\n  when ${3:condition} -> ${4:topic}\n  otherwise -> ${5:drop}\n}",
	"test":   "test \"${1:what holds}\" {\n  given ${2:topic} [\n    { ${3} }\n  ]\n  expect ${4:stream} [\n    { ${0} }\n  ]\n}",
	"view":   "view ${1:name} from ${2:topic} key ${3:id} {\n  state ${4:n}: ${5:long} = ${6:0}\n  on * set ${4:n} = ${4:n} + 1\n}",
	"fn":     "fn ${1:name}(${2:x: double}) -> ${3:double} = ${0}",
	"pipe":   "pipe ${1:name}(${2}) =\n  |> ${0}",
	"param":  "param ${1:name}: ${2:double} = ${3:0.0}",
	"const":  "const ${1:name}: ${2:string} = ${0}",
}

// clauseWords are the words inside a stage, by its first word.
var clauseWords = map[string][]string{
	"select": {"except"}, "require": {"else"}, "unnest": {"outer"}, "key": {"by"}, "time": {"watermark"},
	"sort": {"by", "desc", "asc"}, "sample": {"by"}, "upserts": {"by", "delete", "when"}, "expire": {"after"},
	"hold": {"while", "per"}, "silent": {"per"}, "throttle": {"per", "else"}, "changed": {"per"},
	"window": {"tumbling", "hopping", "cumulative", "sliding", "session", "span", "none", "rows", "every", "gap", "max", "per", "on",
		"zone", "offset", "lateness", "else", "fill", "emit", "final", "updates", "early", "zero", "null", "last", "keep", "processing", "event", "time"},
	"aggregate": {"by", "where", "keep", "forever"}, "top": {"by", "per", "desc", "asc", "with", "ties", "rank", "keep", "forever"},
	"latest": {"by", "keep", "forever"}, "dedup": {"by", "within"}, "join": {"on", "within", "forward", "keep", "forever"},
	"left": {"join", "asof", "lookup", "on", "within", "forward", "keep", "forever", "cache"}, "full": {"join", "on", "within", "keep"},
	"semi": {"join", "on", "within", "keep"}, "anti": {"join", "on", "within", "keep"}, "asof": {"join", "on", "within", "forward", "keep"},
	"lookup": {"on", "cache"},
	"match": {"per", "define", "from", "where", "pattern", "then", "next", "and", "or", "not", "for", "within", "skip", "past", "last",
		"to", "first", "emit", "timeout", "true"},
}

// firstWords are what comes right behind the word of a stage, where it is no operand.
var firstWords = map[string][]string{
	"window": {"tumbling", "hopping", "session", "sliding", "cumulative", "span", "none", "rows"},
	"sort":   {"by"}, "key": {"by"}, "latest": {"by"}, "dedup": {"by"}, "upserts": {"by"}, "expire": {"after"},
	"left": {"join", "lookup", "asof"}, "full": {"join"}, "semi": {"join"}, "anti": {"join"}, "asof": {"join"},
}

// headWords are the words inside a declaration, by its first word.
var headWords = map[string][]string{
	"stream": {"from", "append", "changes", "key"}, "table": {"from", "with", "append", "changes", "key"},
	"topic": {"from"}, "schema": {"version", "or"}, "enum": {"version", "default"}, "source": {"from", "into"},
	"sink": {"from", "to"}, "route": {"from", "first", "match", "all", "matches", "when", "otherwise", "with", "drop"},
	"view":     {"from", "key", "keep", "state", "on", "set", "when", "delete", "forever"},
	"command":  {"on", "require", "else", "emit", "to"},
	"schedule": {"every", "at", "cron", "zone", "emit", "snapshot", "run", "to"},
	"secret":   {"from", "env"}, "policy": {"on", "mask", "using", "rows", "where", "for", "role", "service", "user"},
	"grant": {"on", "to", "role", "service", "user"}, "deny": {"on", "to", "role", "service", "user"},
	"test": {"given", "expect", "advance", "set", "watermark", "time", "to", "exactly", "contains", "unordered", "changes", "csv", "reject", "send"},
	"fn":   {"wasm", "export"}, "module": {"timezone", "edition"}, "import": {"as"},
}

// operatorWords go on with an expression, operandWords begin one.
var (
	operatorWords = []string{"and", "or", "in", "is", "not", "between", "like", "matches", "over", "then", "else", "when", "end"}
	operandWords  = []string{"not", "if", "case", "try", "true", "false", "null", "when", "fn"}
	frameWords    = []string{"per", "by", "last", "next", "rows", "desc", "asc"}
)

// units of durations, as they follow a number.
var units = []string{"ms", "s", "m", "h", "d", "w", "mo", "y"}

//go:embed zones.txt
var zoneText string

// zones are the names of time zones.
var zones = sync.OnceValue(func() []string { return strings.Fields(zoneText) })
