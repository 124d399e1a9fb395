package feature

import (
	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/lang/syntax"
)

// stages are the words that begin a stage. What stands behind the cursor already says
// which ones fit.
func (c *cursor) stages(base int) []candidate {
	var out []candidate
	next := c.next()
	for i, w := range stageWords {
		cand := candidate{label: w, kind: lsp.CompletionItemKindKeyword, base: base - i, detail: stageDocs[w], doc: "stage:" + w}
		if c.stageFits(w, next) {
			cand.base += 60
		}
		if s := stageSnippets[w]; s != "" && !wordlike(next.kind) {
			cand.insert, cand.snippet = s, true
		}
		out = append(out, cand)
	}
	return out
}

// stageFits tells that a stage goes on as the text behind the cursor does.
func (c *cursor) stageFits(stage string, next tok) bool {
	switch stage {
	case "limit", "top", "throttle", "sample":
		return next.kind == syntax.Int
	case "hold", "silent":
		return next.kind == syntax.Duration
	case "latest", "dedup", "key", "upserts", "sort":
		return next.text == "by"
	case "expire":
		return next.text == "after"
	case "left":
		return next.text == "join" || next.text == "lookup" || next.text == "asof"
	case "semi", "anti", "full", "asof":
		return next.text == "join"
	case "into":
		return c.ends() && c.p.index().topics[next.text] != nil
	case "drop", "select", "require":
		return c.ends() && c.p.index().topics[next.text] == nil
	}
	return false
}
