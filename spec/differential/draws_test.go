package differential

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// sceneText is a beginning of several stages that seldom meet by chance: what watches
// rows, or looks at their neighbours, behind each kind of window.
func sceneText(r *rand.Rand, s *shape) []string {
	kind := oneOf(r, "hopping 10s every 5s", "hopping 6s every 2s per s", "cumulative 20s every 5s", "cumulative 12s every 5s per s", "sliding 5s per s", "sliding 3s per ()",
		"session gap 4s per s", "session gap 4s max 9s per s", "rows 3 per s", "rows 4 every 2", "tumbling 5s")
	s.windows, s.window = true, "window "+kind
	stages := []string{s.window}
	middle := []func(*rand.Rand, *shape) string{overText, unionAnyText, dedupText, sortText, aggregateText, latestText, topText, asofText}
	last := []func(*rand.Rand, *shape) string{watchText, matchText, overText, watchText, matchText, noWindowText}
	for range 1 + r.IntN(2) {
		stages = append(stages, middle[r.IntN(len(middle))](r, s))
	}
	stages = append(stages, last[r.IntN(len(last))](r, s))
	return slices.DeleteFunc(stages, func(st string) bool { return st == "" })
}

func noWindowText(_ *rand.Rand, s *shape) string {
	if !s.windows {
		return ""
	}
	s.windows = false
	return "window none"
}

// fillText is windows that a key gives although it has no row in them.
func fillText(r *rand.Rand, s *shape) string {
	if s.changes || !s.has("s") {
		return ""
	}
	s.live, s.windows = false, true
	s.window = "window " + oneOf(r, "tumbling 5s", "hopping 6s every 3s", "cumulative 9s every 3s") + oneOf(r, "", " lateness 3s")
	return s.window + " fill " + oneOf(r, "zero", "null", "last") + oneOf(r, " keep 10s", " keep 30s") + "\n  |> " + aggregateText(r, s)
}

// spanText is windows that rows bring along.
func spanText(r *rand.Rand, s *shape) string {
	if !s.at || s.windows {
		return ""
	}
	per := " per ()"
	if s.has("s") {
		per = oneOf(r, " per s", " per ()")
	}
	text := "window span " + oneOf(r, "at .. at + 6s", "at - 3s .. at + 4s", `date_trunc("minute", at) .. date_trunc("minute", at) + 20s`, `date_trunc("minute", at) .. at + 9s`) +
		per + oneOf(r, "", " lateness 4s")
	if s.live = s.changes || r.IntN(3) == 0; s.live {
		text += oneOf(r, " emit updates", " emit updates every 3s", " emit early every 4s")
		s.changes = true
	}
	s.windows, s.window = true, text
	return text
}

// unionAnyText joins rows of the other topic to those of any shape, which leave their
// windows for it.
func unionAnyText(r *rand.Rand, s *shape) string {
	if s.changes || s.live {
		return ""
	}
	items := make([]string, len(s.cols))
	for i, c := range s.cols {
		items[i] = c
		if !slices.Contains([]string{"k", "s", "v", "w"}, c) {
			items[i] = c + " = " + oneOf(r, "v", "w", "k")
		}
	}
	right := "from b"
	if s.windows {
		right += " |> " + s.window
	}
	s.at, s.windows, s.live = false, false, false
	return "select " + strings.Join(s.cols, ", ") + " |> union (" + right + " |> select " + strings.Join(items, ", ") + ")"
}

func requireText(r *rand.Rand, s *shape) string {
	c := s.long(r)
	if s.changes || c == "1" {
		return ""
	}
	return "require " + c + oneOf(r, "", " else -> drop")
}

func sampleText(r *rand.Rand, s *shape) string {
	if s.changes {
		return ""
	}
	return "sample " + oneOf(r, "0.5", "0.8") + " by " + s.any(r)
}

func distinctText(_ *rand.Rand, s *shape) string {
	if s.changes || !s.windows {
		return ""
	}
	return "distinct"
}

// itemsText is an aggregate of items whose values are of other types; no later stage
// reads them.
func itemsText(r *rand.Rand, s *shape) string {
	if !s.has("s") {
		return ""
	}
	var items []string
	for range 1 + r.IntN(3) {
		c := s.long(r)
		items = append(items, fmt.Sprintf("%s = ", s.name())+oneOf(r, "avg("+c+" * 0.1)", "median("+c+")", "collect("+c+")", "approx_quantile("+c+", 0.5)", "mode("+c+")", "stddev("+c+")",
			"arg_max("+c+", "+s.long(r)+")", "arg_min(s, "+c+")", "any("+s.sure(r)+" > 3)", "bit_xor("+s.sure(r)+")"))
	}
	text := "aggregate " + strings.Join(items, ", ") + " by s"
	if s.windows {
		s.changes = s.live
	} else {
		text += keepOf(r)
		s.changes = true
	}
	s.cols, s.at = []string{"s"}, false
	return text
}

func sortText(r *rand.Rand, s *shape) string {
	if s.changes || !s.windows {
		return ""
	}
	return "sort by " + s.any(r) + oneOf(r, "", " desc")
}

func unionText(r *rand.Rand, s *shape) string {
	if s.changes || s.windows || !slices.Equal(s.cols, []string{"k", "s", "v", "w"}) {
		return ""
	}
	s.at = false
	return "select k, s, v, w |> union (from b |> select k, s, v, w)"
}

func timeText(r *rand.Rand, s *shape) string {
	if s.changes || s.windows || s.n > 0 {
		return ""
	}
	return "time at + " + oneOf(r, "1s", "7s") + " watermark " + oneOf(r, "0s", "5s")
}
