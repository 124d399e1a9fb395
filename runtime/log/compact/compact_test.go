package compact_test

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/format/column"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/log/compact"
	"github.com/edynamic/edynamic/runtime/log/event"
	"github.com/edynamic/edynamic/vm"
)

var seedFlag = flag.Uint64("compact-seed", 0, "the seed of TestRandomTopics; 0 takes one from the clock")

// product is the row of the topics here.
var product = &types.Type{Kind: types.Record, Name: "Product", Fields: []types.Field{
	{Name: "sku", Type: &types.Type{Kind: types.Long}}, {Name: "name", Type: &types.Type{Kind: types.String}}}}

// stored is a row as a test sees it.
type stored struct {
	partition           int
	number, order, time int64
	sku                 int64
	name                string
	op                  operators.Op
	origin              string
}

func (r stored) deletes() bool { return r.op == operators.Delete || r.op == operators.UpdateBefore }

// topic is a topic under test.
type topic struct {
	t     *testing.T
	l     log.Log
	parts int
	order int64
}

func newTopic(t *testing.T, parts int) *topic {
	x := &topic{t: t, l: log.NewMemory(), parts: parts}
	x.declare(parts)
	return x
}

func (x *topic) declare(parts int) {
	x.t.Helper()
	x.parts = parts
	check(x.t, x.l.Declare(log.Topic{Name: "products", Partitions: parts}))
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// put appends rows to one partition, as one entry.
func (x *topic) put(partition int, ingest int64, rows ...stored) {
	x.t.Helper()
	e := &event.Rows{Names: []string{"sku", "name"}, N: len(rows), Lanes: []event.Lane{{Name: "a.ndjson"}}}
	sku, name := column.New(product.Fields[0].Type, memory.DefaultAllocator), column.New(product.Fields[1].Type, memory.DefaultAllocator)
	a := log.Append{Topic: "products", Partition: partition, Expect: -1, N: len(rows), MinTime: 1 << 62, MaxTime: log.NoTime, Ingest: ingest, Schema: 1}
	for _, r := range rows {
		sku.Value(r.sku)
		name.Value(r.name)
		e.Order, e.Time, e.Ops = append(e.Order, x.order), append(e.Time, r.time), append(e.Ops, r.op)
		e.Lane, e.At = append(e.Lane, 0), append(e.At, 100*x.order)
		a.MinTime, a.MaxTime = min(a.MinTime, r.time), max(a.MaxTime, r.time)
		x.order++
	}
	e.Cols = append(e.Cols, sku.Finish(), name.Finish())
	defer e.Release()
	var err error
	a.Payload, err = event.Encode(e)
	check(x.t, err)
	_, err = x.l.Commit(&log.Tx{Appends: []log.Append{a}})
	check(x.t, err)
}

// rows are those of all partitions in the order in which they came.
func (x *topic) rows() []stored {
	x.t.Helper()
	var out []stored
	for p := range x.parts {
		head, err := x.l.Head("products", p)
		check(x.t, err)
		n := int64(0)
		for at := head.First; at < head.Next; {
			entries, err := x.l.Read("products", p, at, 1)
			check(x.t, err)
			at = entries[0].Next()
			n += int64(entries[0].Rows())
			if entries[0].Rows() == 0 {
				continue
			}
			rows, err := event.Decode(entries[0].Payload)
			check(x.t, err)
			for i := range rows.N {
				r := stored{partition: p, number: entries[0].First + rows.Number(i), order: rows.Order[i], time: rows.Time[i], origin: rows.Origin(i), op: operators.Insert}
				r.sku, _ = vm.Value(product.Fields[0].Type, rows.Cols[0], i).(int64)
				r.name, _ = vm.Value(product.Fields[1].Type, rows.Cols[1], i).(string)
				if rows.Ops != nil {
					r.op = rows.Ops[i]
				}
				out = append(out, r)
			}
		}
		if n != head.Rows() {
			x.t.Errorf("partition %d: the head says %d rows, and there are %d", p, head.Rows(), n)
		}
		if _, err := log.Verify(x.l, "products", p); err != nil {
			x.t.Error(err)
		}
	}
	slices.SortFunc(out, func(a, b stored) int { return cmp.Compare(a.order, b.order) })
	return out
}

func (x *topic) spec() compact.Spec {
	return compact.Spec{Log: x.l, Topic: "products", Key: []string{"sku"}, Row: product,
		Type: func(int32) (*types.Type, error) { return product, nil }, Timed: true, Now: time.UnixMicro(0)}
}

func (x *topic) compact(s compact.Spec) compact.Result {
	x.t.Helper()
	out, err := compact.Run(s)
	check(x.t, err)
	return out
}

func texts(rows []stored) []string {
	out := []string{}
	for _, r := range rows {
		out = append(out, fmt.Sprintf("%d:%d%s@%d", r.number, r.sku, r.name, r.time))
	}
	return out
}

func (x *topic) want(what string, rows ...string) {
	x.t.Helper()
	if got := texts(x.rows()); !slices.Equal(got, rows) {
		x.t.Errorf("%s:\n got %v\nwant %v", what, got, rows)
	}
}

// Without a history only the last row of each key is left, under the number it had.
func TestLastRows(t *testing.T) {
	x := newTopic(t, 1)
	x.put(0, 0, stored{sku: 1, name: "a", time: 10}, stored{sku: 2, name: "b", time: 30}, stored{sku: 1, name: "c", time: 5})
	x.put(0, 0, stored{sku: 2, name: "d", time: 20})
	if got := x.compact(x.spec()); got != (compact.Result{Left: 2, Gone: 2}) {
		t.Errorf("result %+v", got)
	}
	x.want("the last, whatever their times", "2:1c@5", "3:2d@20")
	x.put(0, 0, stored{sku: 1, name: "e", time: 6})
	x.want("rows come behind as before", "2:1c@5", "3:2d@20", "4:1e@6")
}

// A history of 10 keeps what was the last at some time since 10 before the largest.
func TestHistory(t *testing.T) {
	x := newTopic(t, 1)
	for i, at := range []int64{10, 20, 30, 38, 35, 40} {
		x.put(0, 0, stored{sku: 1, name: string(rune('a' + i)), time: at})
	}
	s := x.spec()
	s.History = 10 * time.Microsecond
	x.compact(s)
	x.want("from 30 on, which the row of 30 is the last at", "2:1c@30", "3:1d@38", "4:1e@35", "5:1f@40")
	s.History = 9 * time.Microsecond
	x.compact(s)
	x.want("at 31 it is still that of 30", "2:1c@30", "3:1d@38", "4:1e@35", "5:1f@40")
	s.History = 2 * time.Microsecond
	x.compact(s)
	x.want("from 38 on; that of 35 came later, and the rule keeps it", "3:1d@38", "4:1e@35", "5:1f@40")
}

// Rows without event time are as old as when they were taken in.
func TestHistoryByIngest(t *testing.T) {
	x := newTopic(t, 1)
	for i := range 5 {
		x.put(0, int64(10*i), stored{sku: 1, name: string(rune('a' + i))})
	}
	s := x.spec()
	s.Timed, s.Now, s.History = false, time.UnixMicro(45), 20*time.Microsecond
	x.compact(s)
	x.want("from 25 on, which c was the last at", "2:1c@0", "3:1d@0", "4:1e@0")
}

// What deletes a key goes when nothing of it is left and everybody has read it.
func TestDeletes(t *testing.T) {
	x := newTopic(t, 1)
	x.put(0, 0, stored{sku: 1, name: "a"}, stored{sku: 2, name: "b"})
	x.put(0, 0, stored{sku: 1, op: operators.Delete})
	s := x.spec()
	read := int64(2)
	s.Read = func(int) int64 { return read }
	x.compact(s)
	x.want("what it deletes goes first", "1:2b@0", "2:1@0")
	x.compact(s)
	x.want("somebody has not read it", "1:2b@0", "2:1@0")
	read = 3
	x.compact(s)
	x.want("all have", "1:2b@0")
}

// TestRandomTopics compacts random topics again and again. Whoever has read any number of
// rows before ends with the same last rows, every look back into the history finds what
// it found, and what is left has kept its number, order, time and origin.
func TestRandomTopics(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	for round := range uint64(60) {
		randomTopic(t, rand.New(rand.NewPCG(seed+round, 1)))
		if t.Failed() {
			t.Fatalf("repeat: go test ./runtime/log/compact -run TestRandomTopics -compact-seed %d", seed+round)
		}
	}
}

func randomTopic(t *testing.T, r *rand.Rand) {
	x := newTopic(t, 1+r.IntN(3))
	keys, history := 1+r.Int64N(40), time.Duration(r.IntN(3))*50*time.Microsecond
	read := make([]int64, 8)
	for range 1 + r.IntN(4) {
		for range r.IntN(30) {
			x.put(r.IntN(x.parts), 0, randomRows(r, keys, x.order)...)
		}
		if r.IntN(4) == 0 {
			x.declare(x.parts + 1)
		}
		before := x.rows()
		for p := range x.parts {
			head, err := x.l.Head("products", p)
			check(t, err)
			read[p] += r.Int64N(head.Next - read[p] + 1)
		}
		s := x.spec()
		s.History, s.Keys = history, 1+r.IntN(60)
		s.Read = func(p int) int64 { return read[p] }
		x.compact(s)
		after := x.rows()
		sameRows(t, before, after)
		sameEnd(t, before, after, read)
		if history > 0 {
			sameHistory(t, before, after, history)
		} else if lasts := len(lastOf(after)); len(after) > lasts {
			t.Errorf("%d rows are left of %d keys", len(after), lasts)
		}
	}
}

// randomRows have times that mostly grow. A pair of an update is of one key, or moves a
// row to another.
func randomRows(r *rand.Rand, keys, now int64) []stored {
	var out []stored
	for range 1 + r.IntN(20) {
		row := stored{sku: r.Int64N(keys), name: fmt.Sprint("n", r.IntN(1000)), time: now + r.Int64N(30) - 15, op: operators.Insert}
		switch r.IntN(8) {
		case 0:
			row.op = operators.Delete
		case 1:
			row.op = operators.UpdateBefore
			out = append(out, row)
			row.op = operators.UpdateAfter
			if r.IntN(3) == 0 {
				row.sku = r.Int64N(keys)
			}
		}
		out = append(out, row)
		now++
	}
	return out
}

// sameRows: what is left is part of what there was, in its order.
func sameRows(t *testing.T, before, after []stored) {
	t.Helper()
	had := map[int64]stored{}
	for _, b := range before {
		had[b.order] = b
	}
	for _, a := range after {
		if had[a.order] != a {
			t.Errorf("row %+v was %+v", a, had[a.order])
		}
	}
}

// lastOf is the last row of each key.
func lastOf(rows []stored) map[int64]stored {
	out := map[int64]stored{}
	for _, r := range rows {
		out[r.sku] = r
	}
	return out
}

// table is what remains of rows: the last of each key, where that does not delete it.
func table(into map[int64]string, rows []stored) map[int64]string {
	for _, r := range rows {
		delete(into, r.sku)
		if !r.deletes() {
			into[r.sku] = r.name
		}
	}
	return into
}

// sameEnd: a reader who has read some of the rows that there were, and those that all have
// read, ends with the same table when it reads what is left.
func sameEnd(t *testing.T, before, after []stored, read []int64) {
	t.Helper()
	want := table(map[int64]string{}, before)
	for _, cut := range []int64{0, 1, 2} {
		// Readers stand between what all have read and the end, in any partition.
		at := func(r stored) bool { return r.number < read[r.partition]+cut*7 }
		if cut == 0 {
			at = func(stored) bool { return false } // one who begins now
		}
		var first, rest []stored
		for _, r := range before {
			if at(r) {
				first = append(first, r)
			}
		}
		for _, r := range after {
			if !at(r) {
				rest = append(rest, r)
			}
		}
		if !inOrder(first, rest) {
			continue // such a reader has passed over rows of other partitions
		}
		if got := table(table(map[int64]string{}, first), rest); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("reader %d ends with\n%v, want\n%v", cut, got, want)
		}
	}
}

func inOrder(first, rest []stored) bool {
	return len(first) == 0 || len(rest) == 0 || first[len(first)-1].order < rest[0].order
}

// sameHistory: at every time since the history begins, the last row of each key is the
// same.
func sameHistory(t *testing.T, before, after []stored, history time.Duration) {
	t.Helper()
	largest := int64(0)
	for _, r := range before {
		largest = max(largest, r.time)
	}
	for at := largest - history.Microseconds(); at <= largest; at += 7 {
		if got, want := asOf(after, at), asOf(before, at); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("at %d:\n got %v\nwant %v", at, got, want)
		}
	}
}

// asOf is the row of each key with the largest time up to one, the later of equal ones,
// where that does not delete it.
func asOf(rows []stored, at int64) map[int64]string {
	best := map[int64]stored{}
	for _, r := range rows {
		if b, ok := best[r.sku]; r.time <= at && (!ok || r.time >= b.time) {
			best[r.sku] = r
		}
	}
	out := map[int64]string{}
	for sku, r := range best {
		if !r.deletes() {
			out[sku] = r.name
		}
	}
	return out
}
