package syntax

import (
	"maps"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

type stageParser = func(*parser, *lexer.PeekingLexer) (ast.Stage, error)

// stageTable has the parser of each stage, which reads from after its first word.
func stageTable() map[string]stageParser {
	return map[string]stageParser{
		"where": (*parser).whereStage, "select": (*parser).selectStage, "extend": (*parser).extendStage,
		"let": (*parser).letStage, "drop": (*parser).dropStage, "rename": (*parser).renameStage,
		"require": (*parser).requireStage, "unnest": (*parser).unnestStage, "key": (*parser).keyStage,
		"time": (*parser).timeStage, "window": (*parser).windowStage, "aggregate": (*parser).aggStage,
		"top": (*parser).topStage, "latest": (*parser).latestStage, "dedup": (*parser).dedupStage,
		"join": (*parser).innerJoin, "left": (*parser).leftStage, "full": (*parser).fullJoin, "semi": (*parser).semiJoin,
		"anti": (*parser).antiJoin, "asof": (*parser).asofJoin, "lookup": (*parser).innerLookup, "union": (*parser).unionStage,
		"match": (*parser).matchStage, "sort": (*parser).sortStage, "limit": (*parser).limitStage,
		"sample": (*parser).sampleStage, "changes": (*parser).changesStage, "upserts": (*parser).upsertStage,
		"expire": (*parser).expireStage, "apply": (*parser).applyStage, "into": (*parser).intoStage,
		"hold": (*parser).holdStage, "silent": (*parser).silentStage, "throttle": (*parser).throttleStage,
		"changed": (*parser).changedStage, "distinct": (*parser).distinctStage,
	}
}

// stage reads one stage.
func (p *parser) stage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	t := lex.Peek()
	at := ast.At{Span: p.span(t)}
	if t.Type == bad {
		lex.Next()
		return &ast.BadStage{At: at}, nil
	}
	read, known := p.stages[t.Value]
	if !known || !is(t, Ident) && !is(t, Reserved) {
		return nil, p.noSuchStage(lex)
	}
	lex.Next()
	st, err := read(p, lex)
	if err == participle.NextMatch {
		err = p.expected(lex, "the rest of the stage")
	}
	if err != nil {
		return nil, err
	}
	setStageSpan(st, p.from(lex, t.Pos.Offset))
	return st, nil
}

// A habit is what edy says for the first word of a stage in another language, and
// whether putting that word in its place is all there is to do.
type habit struct {
	says, word string
}

var stageHabits = map[string]habit{
	"order": {"sort by ...", "sort"}, "orderby": {"sort by ...", "sort by"}, "order_by": {"sort by ...", "sort by"},
	"group": {"aggregate n = count() by ...", ""}, "groupby": {"aggregate n = count() by ...", ""}, "group_by": {"aggregate n = count() by ...", ""},
	"having": {"where ..., below the aggregate", "where"}, "filter": {"where", "where"}, "project": {"select", "select"},
	"summarize": {"aggregate", "aggregate"}, "map": {"select", "select"}, "take": {"limit", "limit"}, "head": {"limit", "limit"},
	"count": {"aggregate n = count()", ""}, "sum": {"aggregate total = sum(...) by ...", ""}, "avg": {"aggregate mean = avg(...) by ...", ""},
	"min": {"aggregate least = min(...) by ...", ""}, "max": {"aggregate most = max(...) by ...", ""},
	"explode": {"unnest", "unnest"}, "flatten": {"unnest", "unnest"}, "unique": {"distinct", "distinct"}, "inner": {"join ...", ""}, "outer": {"left join ...", ""}, "right": {"left join ..., with the sides exchanged", ""},
	"sink": {`a declaration: sink out from ... to "file.csv"`, ""}, "save": {`a declaration: sink out from ... to "file.csv"`, ""},
	"write": {`a declaration: sink out from ... to "file.csv"`, ""}, "output": {`a declaration: sink out from ... to "file.csv"`, ""},
	"cross":    {"join ... on true, between two windows", ""},
	"interval": {"join ... within 0s .. 1h", ""}, "temporal": {"asof join ..., or lookup ... for the value of now", ""},
	"emit": {"window ... emit updates; without it results are final", ""}, "watermark": {"a setting of the topic: { time: at  watermark: 5s }", ""},
	"tumble": {"window tumbling 1m", ""}, "hop": {"window hopping 10m every 1m", ""}, "cumulate": {"window cumulative 1h every 10m", ""},
	"session": {"window session gap 10m per ...", ""}, "match_recognize": {"match", "match"}, "qualify": {"top 1 by ... per ...", ""},
	"over": {"extend m = avg(x) over (per ... last 3 rows)", ""}, "partition": {"per, in the stage that needs it", ""},
}

func (p *parser) noSuchStage(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	if !is(t, Ident) && !is(t, Reserved) {
		return p.expected(lex, "a stage after |>")
	}
	lower := strings.ToLower(t.Value)
	e := &syntaxError{code: CodeUnexpected, at: p.span(t), msg: `there is no stage "` + t.Value + `"`}
	replace := func(word string) {
		e.fix = &diag.Fix{Title: `write "` + word + `"`, Confidence: diag.Apply, Edits: []diag.Edit{{Span: e.at, Text: word}}}
	}
	h, known := stageHabits[lower]
	switch {
	case lower == "inner" && isWord(second(lex), "join"):
		e.code, e.text = CodeHabit, "edy says: join ..."
		e.fix = &diag.Fix{Title: `leave "` + t.Value + `" out`, Confidence: diag.Apply,
			Edits: []diag.Edit{p.deletion(t, second(lex))}}
	case lower == "group" && isWord(second(lex), "by"):
		e.code, e.text = CodeHabit, "edy says: "+h.says
		at := source.Span{File: p.file, Start: e.at.Start, End: second(lex).Pos.Line}
		e.fix = &diag.Fix{Title: "count the rows of each", Confidence: diag.Maybe, Edits: []diag.Edit{{Span: at, Text: "aggregate n = count() by"}}}
	case lower == "right" && (isWord(second(lex), "join") || isWord(second(lex), "outer")):
		e.code, e.text = CodeHabit, "edy says: "+h.says
		e.fix = &diag.Fix{Title: "begin with the side all of whose rows stay", Confidence: diag.Choose,
			Preview: "from <the right side> |> left join x = <the left side> on ..."}
	case known:
		e.code, e.text = CodeHabit, "edy says: "+h.says
		if h.word != "" {
			replace(h.word)
		}
	default:
		if near, ok := diag.Closest(t.Value, slices.Sorted(maps.Keys(p.stages))); ok {
			e.text = `did you mean "` + near + `"?`
			replace(near)
		}
	}
	return p.fail(e)
}

// setStageSpan gives a stage its place; every stage embeds ast.At.
func setStageSpan(st ast.Stage, span source.Span) {
	switch st := st.(type) {
	case *ast.WhereStage:
		st.Span = span
	case *ast.SelectStage:
		st.Span = span
	case *ast.ExtendStage:
		st.Span = span
	case *ast.LetStage:
		st.Span = span
	case *ast.DropStage:
		st.Span = span
	case *ast.RenameStage:
		st.Span = span
	case *ast.RequireStage:
		st.Span = span
	case *ast.UnnestStage:
		st.Span = span
	case *ast.KeyStage:
		st.Span = span
	case *ast.TimeStage:
		st.Span = span
	case *ast.WindowStage:
		st.Span = span
	case *ast.AggStage:
		st.Span = span
	case *ast.TopStage:
		st.Span = span
	case *ast.LatestStage:
		st.Span = span
	case *ast.DedupStage:
		st.Span = span
	case *ast.JoinStage:
		st.Span = span
	case *ast.LookupStage:
		st.Span = span
	case *ast.UnionStage:
		st.Span = span
	case *ast.MatchStage:
		st.Span = span
	case *ast.SortStage:
		st.Span = span
	case *ast.LimitStage:
		st.Span = span
	case *ast.SampleStage:
		st.Span = span
	case *ast.ChangesStage:
		st.Span = span
	case *ast.UpsertStage:
		st.Span = span
	case *ast.TTLStage:
		st.Span = span
	case *ast.ApplyStage:
		st.Span = span
	case *ast.IntoStage:
		st.Span = span
	case *ast.HoldStage:
		st.Span = span
	case *ast.SilentStage:
		st.At.Span = span
	case *ast.ThrottleStage:
		st.At.Span = span
	case *ast.ChangedStage:
		st.Span = span
	case *ast.DistinctStage:
		st.Span = span
	case *ast.BadStage:
		st.Span = span
	}
}
