package main

import (
	"bufio"
	"container/heap"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// The shape of a day: rows are evenly spread over 24 hours, an order and a payment in
// turn, and come at most `jitter` late. About 3,000 users are there at a time; each
// does ten rows in the mean and never comes back, so that the keys of a day grow with
// its length while those of ten minutes do not. One in a hundred rows is followed by a
// pause of 5 to 20 minutes, so that about 900 users are away.
const (
	startMicros = 1_767_225_600_000_000
	dayMicros   = 24 * 3600 * 1_000_000
	gapMicros   = 600 * 1_000_000
	jitter      = 20 * 1_000_000
	present     = 3000
)

// facts are what the answers must say, counted while the rows are made up in the
// order of their times.
type facts struct {
	sessions, pairs, unpaid int64
}

// text and factsOf put facts into the file that marks a data set as complete.
func (f facts) text(rows int) string {
	return fmt.Sprintf("version 1, %d rows, %d sessions, %d pairs, %d unpaid\n", rows, f.sessions, f.pairs, f.unpaid)
}

func factsOf(text string, rows int) (f facts, ok bool) {
	var have int
	_, err := fmt.Sscanf(text, "version 1, %d rows, %d sessions, %d pairs, %d unpaid", &have, &f.sessions, &f.pairs, &f.unpaid)
	return f, err == nil && have == rows
}

// write writes the rows of a day unless they are there already.
func write(dir string, rows int) (path string, f facts, err error) {
	path, mark := filepath.Join(dir, "day.ndjson"), filepath.Join(dir, "complete")
	if text, err := os.ReadFile(mark); err == nil {
		if f, ok := factsOf(string(text), rows); ok {
			return path, f, nil
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", f, err
	}
	out, err := os.Create(path)
	if err != nil {
		return "", f, err
	}
	w := bufio.NewWriterSize(out, 1<<20)
	f = makeUp(w, rows)
	if err := errors.Join(w.Flush(), out.Close()); err != nil {
		return "", f, err
	}
	return path, f, os.WriteFile(mark, []byte(f.text(rows)), 0o644)
}

// user is somebody who is there.
type user struct {
	id, last, wake int64
}

// day makes up rows.
type day struct {
	r       *rand.Rand
	step    int64
	users   [present]user
	newest  int64
	paid    []bool // by n/2 of an order
	waiting waiting
	facts   facts
}

// makeUp writes the rows of a day in the order they come in.
func makeUp(w *bufio.Writer, rows int) facts {
	d := &day{r: rand.New(rand.NewPCG(24, 10)), step: dayMicros / int64(rows), paid: make([]bool, rows/2+1)}
	for i := range d.users {
		d.users[i] = d.somebody()
	}
	for n := range int64(rows) {
		t := n * d.step
		for len(d.waiting) > 0 && d.waiting[0].comes < t {
			_, _ = w.WriteString(heap.Pop(&d.waiting).(row).text) // Flush reports the error
		}
		heap.Push(&d.waiting, row{t + d.r.Int64N(jitter), d.row(n, t)})
	}
	for len(d.waiting) > 0 {
		_, _ = w.WriteString(heap.Pop(&d.waiting).(row).text)
	}
	return d.facts
}

func (d *day) somebody() user {
	d.newest++
	return user{id: d.newest, last: -gapMicros}
}

// row is row n of the day. A payment is for an order of up to twelve minutes ago.
func (d *day) row(n, t int64) string {
	kind, order := "order", n
	if n%2 == 0 {
		d.facts.unpaid++
	} else {
		kind = "payment"
		order = max(0, n-1-2*d.r.Int64N(12*60*1_000_000/d.step/2))
		if (n-order)*d.step <= gapMicros {
			d.facts.pairs++
			if !d.paid[order/2] {
				d.paid[order/2] = true
				d.facts.unpaid--
			}
		}
	}
	var b strings.Builder
	b.WriteString(`{"user":`)
	b.WriteString(strconv.FormatInt(d.who(t), 10))
	b.WriteString(`,"kind":"` + kind + `","order":`)
	b.WriteString(strconv.FormatInt(order, 10))
	b.WriteString(`,"cents":`)
	b.WriteString(strconv.FormatInt(100+d.r.Int64N(100_000), 10))
	b.WriteString(`,"at":"`)
	b.WriteString(time.UnixMicro(startMicros + t).UTC().Format("2006-01-02T15:04:05.000000Z"))
	b.WriteString("\"}\n")
	return b.String()
}

// who does something at t.
func (d *day) who(t int64) int64 {
	i := d.r.IntN(present)
	for d.users[i].wake > t {
		i = (i + 1) % present
	}
	u := &d.users[i]
	if t-u.last >= gapMicros {
		d.facts.sessions++
	}
	u.last = t
	id := u.id
	switch k := d.r.IntN(100); {
	case k < 10:
		*u = d.somebody()
	case k == 10:
		u.wake = t + gapMicros/2 + d.r.Int64N(3*gapMicros/2)
	}
	return id
}

// row is one that comes later.
type row struct {
	comes int64
	text  string
}

// waiting are rows in the order they come.
type waiting []row

func (w waiting) Len() int           { return len(w) }
func (w waiting) Less(i, j int) bool { return w[i].comes < w[j].comes }
func (w waiting) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }
func (w *waiting) Push(x any)        { *w = append(*w, x.(row)) }
func (w *waiting) Pop() any {
	last := len(*w) - 1
	x := (*w)[last]
	*w = (*w)[:last]
	return x
}
