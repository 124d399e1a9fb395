package differential

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// pipeline is a random pipeline as text, with its input. Nothing models it: what it
// gives must only be the same under all settings.
type pipeline struct {
	topics []topic
	keyed  bool // topic b has three partitions
	stages []string
	below  string // a stage of a second stream, "" for none
}

// shape is what the generator knows of a stream: enough to write stages that mostly check.
type shape struct {
	cols             []string // all long or nullable long, but s
	changes, windows bool
	live             bool // the window shows results before it closes
	at               bool // the time is still a column
	window           string
	n                int
}

func drawPipeline(r *rand.Rand) *pipeline {
	p := &pipeline{topics: []topic{drawTopic(r, "a"), drawTopic(r, "b")}, keyed: r.IntN(2) == 0}
	s := &shape{cols: []string{"k", "s", "v", "w"}, at: true}
	if r.IntN(5) == 0 {
		p.stages = append(p.stages, sceneText(r, s)...)
	}
	for range 1 + r.IntN(7) {
		if st := drawStage(r, s); st != "" {
			p.stages = append(p.stages, st)
		}
	}
	if r.IntN(3) == 0 {
		p.below = drawStage(r, s)
	}
	return p
}

func (p *pipeline) text() string {
	var b strings.Builder
	b.WriteString("module m timezone \"UTC\"\nschema Row {")
	for _, c := range base {
		fmt.Fprintf(&b, " %s: %s", c.name, c.typeText())
	}
	b.WriteString(" }\n")
	for i, t := range p.topics {
		mark := fmt.Sprintf("%ds", max(t.delay, 0)/second)
		more := ""
		if i == 1 && p.keyed {
			more = "  key: s  partitions: 3"
		}
		fmt.Fprintf(&b, "topic %s: Row { time: at  watermark: %s%s }\n", t.name, mark, more)
	}
	b.WriteString("stream lb = from b |> latest by s keep forever\n")
	b.WriteString("stream sums = from b |> aggregate v = sum(v), w = max(w), k = last(k) by s keep forever\n")
	b.WriteString("view counted from b key s keep 1h {\n  state n: long = 0\n  state sum: long = 1\n  on * when v > 2 set n = n + 1, sum = sum + v\n  on * when v < -1 delete\n}\n")
	b.WriteString("stream tally = from counted |> select s, v = sum, w = n, k = n\n")
	b.WriteString("stream result =\n  from a\n  |> where true\n")
	for _, st := range p.stages {
		b.WriteString("  |> " + st + "\n")
	}
	if p.below != "" {
		b.WriteString("stream below = from result |> " + p.below + "\n")
	}
	return b.String()
}

func (p *pipeline) rowsText() string {
	return (&program{topics: p.topics}).rowsText()
}

func (s *shape) any(r *rand.Rand) string { return s.cols[r.IntN(len(s.cols))] }

// long is a column that is not the text, with nulls made 0.
func (s *shape) long(r *rand.Rand) string {
	var fit []string
	for _, c := range s.cols {
		if c != "s" {
			fit = append(fit, c)
		}
	}
	if len(fit) == 0 {
		return "1"
	}
	return fit[r.IntN(len(fit))]
}

func (s *shape) sure(r *rand.Rand) string { return "(" + s.long(r) + " ?? 0)" }

func (s *shape) has(c string) bool { return slices.Contains(s.cols, c) }

func (s *shape) name() string { s.n++; return fmt.Sprintf("x%d", s.n) }

func (s *shape) add(c string) { s.cols = append(s.cols, c) }

func oneOf(r *rand.Rand, from ...string) string { return from[r.IntN(len(from))] }

func keepOf(r *rand.Rand) string {
	return oneOf(r, " keep forever", " keep 10s", " keep 1h", " keep 3s")
}

func drawStage(r *rand.Rand, s *shape) string {
	draw := []func(*rand.Rand, *shape) string{
		whereText, whereText, extendText, aggregateText, aggregateText, aggregateText, topText, topText, latestText, dedupText, windowText, windowText, windowText,
		joinText, joinText, joinText, joinText, asofText, lookupText, overText, overText, overText, matchText, matchText, watchText, watchText, logText, expireText, sortText, unionText, timeText,
		fillText, spanText, unionAnyText, requireText, sampleText, distinctText, itemsText,
	}
	return draw[r.IntN(len(draw))](r, s)
}

func whereText(r *rand.Rand, s *shape) string {
	return "where " + s.sure(r) + oneOf(r, " > 2", " % 3 != 0", " < 9", " != 4")
}

func extendText(r *rand.Rand, s *shape) string {
	n := s.name()
	text := "extend " + n + " = " + s.long(r) + oneOf(r, " + 1", " * 2", " - 3")
	if r.IntN(5) == 0 {
		text = "extend " + n + " = 100 % " + s.sure(r)
	}
	s.add(n)
	return text
}

func aggregateText(r *rand.Rand, s *shape) string {
	if !s.has("s") {
		return ""
	}
	n := s.name()
	items := []string{n + " = " + oneOf(r, "count()", "sum("+s.long(r)+")", "max("+s.long(r)+")", "min("+s.long(r)+")", "count_distinct("+s.long(r)+")")}
	cols := []string{n}
	if r.IntN(2) == 0 {
		m := s.name()
		items = append(items, m+" = "+oneOf(r, "first("+s.long(r)+")", "last("+s.long(r)+")", "sum("+s.long(r)+") where "+s.sure(r)+" > 3"))
		cols = append(cols, m)
	}
	by := " by s"
	if s.has("k") && r.IntN(3) == 0 {
		by += ", k"
		cols = append(cols, "k")
	}
	text := "aggregate " + strings.Join(items, ", ") + by
	if s.windows {
		s.changes = s.live
	} else {
		text += keepOf(r)
		s.changes = true
	}
	s.cols, s.at = append([]string{"s"}, cols...), false
	return text
}

func topText(r *rand.Rand, s *shape) string {
	text := fmt.Sprintf("top %d by %s%s", 1+r.IntN(3), s.long(r), oneOf(r, "", " desc"))
	if r.IntN(2) == 0 && s.has("s") {
		text += " per s"
	}
	text += oneOf(r, "", " with ties")
	if r.IntN(2) == 0 && !s.has("place") {
		text += " rank place"
		s.add("place")
	}
	if !s.windows {
		s.changes = true
		text += keepOf(r)
	}
	return text
}

func latestText(r *rand.Rand, s *shape) string {
	text := "latest by " + s.any(r)
	if !s.windows {
		s.changes = true
		text += keepOf(r)
	}
	return text
}

func dedupText(r *rand.Rand, s *shape) string {
	if s.changes {
		return ""
	}
	if s.windows {
		return "dedup by " + s.any(r)
	}
	return fmt.Sprintf("dedup by %s within %ds", s.any(r), 1+r.IntN(15))
}

func windowText(r *rand.Rand, s *shape) string {
	if s.windows && r.IntN(3) > 0 {
		s.windows = false
		return "window none"
	}
	per := ""
	if s.has("s") {
		per = oneOf(r, " per s", " per ()")
	} else {
		per = " per ()"
	}
	kind := oneOf(r, "tumbling 10s", "tumbling 5s", "hopping 10s every 5s", "hopping 6s every 2s", "cumulative 20s every 5s", "session gap 4s"+per, "session gap 4s max 9s"+per,
		"sliding 5s"+per, "rows 3"+oneOf(r, "", per), "rows 4 every 2"+oneOf(r, "", per), "tumbling 10s per s",
		"tumbling 10s offset 3s", "hopping 7s every 3s", "cumulative 12s every 5s")
	if s.changes {
		kind = oneOf(r, "tumbling 10s", "hopping 6s every 2s", "cumulative 20s every 5s", "tumbling 5s per s", "session gap 4s"+per, "session gap 4s max 9s"+per, "sliding 5s"+per)
	}
	text := "window " + kind
	if r.IntN(3) == 0 && !strings.HasPrefix(kind, "rows") && !strings.HasPrefix(kind, "sliding") {
		text += oneOf(r, " lateness 3s", " lateness 10s", " lateness 0s else -> drop", " lateness 1s else -> lates")
	}
	s.live = s.changes || r.IntN(3) == 0
	if s.live {
		text += oneOf(r, " emit updates", " emit updates every 3s", " emit early every 4s")
		s.changes = true
	}
	s.windows, s.window = true, text
	if s.live && slices.Contains([]string{"session", "sliding", "rows"}, strings.Fields(kind)[0]) && s.has("s") { // nothing else takes their rows
		text += "\n  |> " + aggregateText(r, s)
		if strings.HasPrefix(kind, "rows") && r.IntN(3) > 0 { // nothing works in them, either
			text += " |> window none"
			s.windows, s.live = false, false
		}
	}
	return text
}

func joinText(r *rand.Rand, s *shape) string {
	if !s.has("s") {
		return ""
	}
	kind := oneOf(r, "", "", "left ", "full ", "semi ", "anti ")
	right := oneOf(r, "b", "b", "(from b |> where v > 1)", "(from b |> select s, v, k)")
	on := "s == j.s"
	if r.IntN(3) == 0 {
		on += " and " + s.sure(r) + " < j.v + 3"
	}
	bound := oneOf(r, " within 5s", " within 0s .. 10s", " within -4s .. -1s", " within 2s .. 6s")
	if s.at && r.IntN(3) == 0 {
		bound = oneOf(r, " within at .. at + 6s", " within at - 3s .. at + 2s", " within at + 1s .. at + 9s")
	}
	if r.IntN(3) == 0 {
		bound = keepOf(r)
		right = oneOf(r, right, "lb", "sums", "tally")
		if kind == "left " || kind == "full " || kind == "anti " || right == "lb" || right == "sums" || right == "tally" {
			s.changes = true
		}
	}
	if s.changes {
		bound = keepOf(r)
	}
	if s.windows {
		right, bound = "(from b |> "+s.window+oneOf(r, "", "", " |> aggregate v = sum(v) by s", " |> latest by s")+")", ""
	}
	n := s.name()
	text := kind + "join j = " + right + " on " + on + bound
	switch kind {
	case "", "left ":
		text += "\n  |> extend " + n + " = " + map[bool]string{true: "j.v", false: "j?.v"}[kind == ""]
		if !s.changes {
			text += " |> drop j"
		} else {
			text += " |> rename " + s.name() + "j = j"
		}
		s.add(n)
	case "full ":
		text += "\n  |> extend " + n + " = j?.v |> extend s = s ?? \"z\""
		if !s.changes {
			text += " |> drop j"
		}
		s.add(n)
	}
	return text
}

func asofText(r *rand.Rand, s *shape) string {
	if !s.has("s") || s.changes || s.live {
		return ""
	}
	left := oneOf(r, "", "left ")
	n := s.name()
	text := left + "asof join j = " + oneOf(r, "b", "lb", "sums", "tally", "(from b |> latest by k keep forever)") + " on s == j.s within " + oneOf(r, "3s", "10s") + oneOf(r, "", " forward") +
		"\n  |> extend " + n + " = " + map[bool]string{true: "j.v", false: "j?.v"}[left == ""] + " |> drop j"
	s.add(n)
	return text
}

func lookupText(r *rand.Rand, s *shape) string {
	if !s.has("s") {
		return ""
	}
	left := oneOf(r, "", "left ")
	n := s.name()
	text := left + "lookup j = " + oneOf(r, "lb", "sums", "tally", "(from b |> latest by k keep forever)") + " on s == j.s\n  |> extend " + n + " = " + map[bool]string{true: "j.v", false: "j?.v"}[left == ""] + " |> drop j"
	s.add(n)
	return text
}

func overText(r *rand.Rand, s *shape) string {
	if s.changes {
		return ""
	}
	n := s.name()
	per := ""
	if s.has("s") {
		per = oneOf(r, "per s ", "")
	}
	f := oneOf(r, "sum("+s.long(r)+")", "max("+s.long(r)+")", "lag("+s.long(r)+")", "count()", "first("+s.long(r)+")", "lead("+s.long(r)+")", "row_number()", "avg("+s.long(r)+")")
	frame := oneOf(r, "", "last 3 rows", "last 5s", "next 2 rows", "next 4s")
	if strings.HasPrefix(f, "row_number") || strings.HasPrefix(f, "lead") && strings.HasPrefix(frame, "last") || strings.HasPrefix(f, "lag") && strings.HasPrefix(frame, "next") {
		frame = ""
	}
	if s.windows && r.IntN(2) == 0 {
		frame = "by " + s.long(r) + " " + frame
		if strings.HasSuffix(frame, "s") && !strings.HasSuffix(frame, "rows") {
			frame = "by " + s.long(r)
		}
	}
	text := "extend " + n + " = " + f + " over (" + per + frame + ")"
	s.add(n)
	return text
}

func matchText(r *rand.Rand, s *shape) string {
	if s.changes || !s.has("s") {
		return ""
	}
	p, q := s.sure(r), s.sure(r)
	from := oneOf(r, "", "", " from b")
	cond := q + " < 9"
	if from != "" {
		cond = "v < 12"
	}
	pattern := oneOf(r, "x then y", "x next y", "x+ then y", "x{2} then y", "x then y?", "(x or y) then x", "x and y", "x then not y for 4s", "x then not y", "x* next y", "x then not y for 2s then x")
	m := "count(y)"
	if strings.Contains(pattern, "not y") {
		m = "1" // what did not come cannot be counted
	}
	text := "match per s { define x where " + p + " > 3 define y" + from + " where " + cond + " pattern " + pattern +
		oneOf(r, " within 6s", " within 15s") + oneOf(r, "", "", " skip to next", " skip past last") + " emit s, n = count(x), m = " + m + oneOf(r, "", "", " timeout s, n = count(x), m = "+m) + " }"
	s.cols, s.at = []string{"s", "n", "m"}, false
	s.windows = false
	return text
}

func watchText(r *rand.Rand, s *shape) string {
	if s.changes {
		return ""
	}
	per := ""
	if s.has("s") {
		per = oneOf(r, " per s", "")
	}
	s.windows = false
	switch r.IntN(4) {
	case 0:
		return "hold " + oneOf(r, "2s", "5s") + " while " + s.sure(r) + " > 1" + per
	case 1:
		if per == "" {
			return ""
		}
		s.cols, s.at = []string{"s"}, false
		return "silent " + oneOf(r, "2s", "5s") + per
	case 2:
		return fmt.Sprintf("throttle %d per %ds%s%s", 1+r.IntN(2), 1+r.IntN(8), per, oneOf(r, "", " else -> drop", " else -> too_many"))
	}
	return "changed " + s.long(r) + per
}

func logText(r *rand.Rand, s *shape) string {
	if s.changes {
		if s.windows {
			return ""
		}
		var items []string
		for _, c := range s.cols {
			items = append(items, c+" = after."+c)
		}
		s.changes, s.at = false, false
		return "changes |> require after else -> drop |> select " + strings.Join(items, ", ")
	}
	if s.windows {
		return ""
	}
	s.changes = true
	return "upserts by " + s.any(r) + oneOf(r, "", " delete when "+s.sure(r)+" > 8")
}

func expireText(r *rand.Rand, s *shape) string {
	if !s.changes || s.windows {
		return ""
	}
	return "expire after " + oneOf(r, "3s", "10s", "30s")
}
