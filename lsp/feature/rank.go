package feature

import (
	"sort"
	"strings"
	"sync"

	"github.com/edynamic/edynamic/lang/syntax"
)

// usage is how the words of a file follow each other. What an author wrote after a word
// once is likely there again, so it decides between names that all may stand somewhere.
type usage struct {
	one   map[string]int
	two   map[[2]string]int // a word and the one behind it
	three map[[3]string]int
}

type onceUsage struct {
	once sync.Once
	u    *usage
}

// usage is counted when it is first asked for.
func (d *Doc) usage() *usage {
	d.used.once.Do(func() {
		u := &usage{one: map[string]int{}, two: map[[2]string]int{}, three: map[[3]string]int{}}
		before, last := "", ""
		for _, p := range d.Parts {
			for _, t := range syntax.Lex(p.File) {
				if t.Kind == syntax.Comment || t.Kind == syntax.Doc || t.Kind == syntax.EOF {
					continue
				}
				text := class(t.Kind, p.File.Text[t.Start:t.End])
				u.one[text]++
				u.two[[2]string{last, text}]++
				u.three[[3]string{before, last, text}]++
				before, last = last, text
			}
		}
		d.used.u = u
	})
	return d.used.u
}

// class is a token as it counts: literals of one kind are alike.
func class(k syntax.Kind, text string) string {
	switch k {
	case syntax.String, syntax.Text, syntax.FString, syntax.Raw:
		return "\"\""
	case syntax.Int, syntax.Decimal, syntax.Float, syntax.Size:
		return "0"
	case syntax.Duration:
		return "1s"
	case syntax.Temporal:
		return "@0"
	}
	return text
}

// candidate is something that may stand at the cursor.
type candidate struct {
	label   string
	kind    kind
	detail  string
	insert  string // "" for the label
	snippet bool
	base    int    // how well it fits the place, before use counts
	doc     string // key of its documentation, "" for none
	imports string // the file that must be imported first, "" for none
}

type scored struct {
	candidate
	score float64
}

// ranked sorts candidates: what fits the place first, then what stood in such places.
func (c *cursor) ranked(all []candidate) []candidate {
	u := c.doc.usage()
	p1, p2 := c.prev(1), c.prev(2)
	one, two, next := class(p1.kind, p1.text), class(p2.kind, p2.text), class(c.next().kind, c.next().text)
	done := map[string]int{}
	var list []scored
	for _, cand := range all {
		if c.prefix != "" && !fitsPrefix(cand.label, strings.TrimPrefix(c.prefix, "`")) {
			continue
		}
		word := cand.label
		score := float64(cand.base)
		score += 14 * float64(min(3, u.two[[2]string{one, word}]))
		score += 16 * float64(min(3, u.three[[3]string{two, one, word}]))
		if next != "" {
			score += 9 * float64(min(3, u.two[[2]string{word, next}]))
			score += 25 * float64(min(2, u.three[[3]string{one, word, next}]))
		}
		score += min(6, float64(u.one[word]))
		if c.prefix != "" && strings.HasPrefix(word, c.prefix) {
			score += 40
		}
		if i, again := done[word]; again {
			if list[i].score < score {
				list[i] = scored{cand, score}
			}
			continue
		}
		done[word] = len(list)
		list = append(list, scored{cand, score})
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].score > list[j].score })
	out := make([]candidate, len(list))
	for i, s := range list {
		out[i] = s.candidate
	}
	return out
}

// fitsPrefix tells that a word begins with what is typed, or has its letters in order
// with the first one first.
func fitsPrefix(word, prefix string) bool {
	w, p := strings.ToLower(word), strings.ToLower(prefix)
	if strings.HasPrefix(w, p) {
		return true
	}
	if w == "" || p == "" || w[0] != p[0] {
		return false
	}
	i := 0
	for j := 0; j < len(w) && i < len(p); j++ {
		if w[j] == p[i] {
			i++
		}
	}
	return i == len(p)
}
