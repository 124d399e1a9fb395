package logtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/edynamic/edynamic/runtime/log"
)

// model is what a log should be, in the plainest form.
type model struct {
	parts  []*modelPart // of the topic "bids"
	state  map[string]string
	blobs  map[string]string
	claims map[int]string
}

type modelPart struct {
	first, next int64
	largest     int64
	entries     []modelEntry
	times       []modelTime // of all entries that came, also of those trimmed
	names       map[string]int64
}

type modelEntry struct {
	first, next int64
	kept        int
	payload     string
}

type modelTime struct{ first, largest int64 }

func (m *model) clone() *model {
	out := &model{state: maps.Clone(m.state), blobs: maps.Clone(m.blobs), claims: maps.Clone(m.claims)}
	for _, p := range m.parts {
		q := *p
		q.entries, q.times, q.names = slices.Clone(p.entries), slices.Clone(p.times), maps.Clone(p.names)
		out.parts = append(out.parts, &q)
	}
	return out
}

func (m *model) grow(n int) {
	for len(m.parts) < n {
		m.parts = append(m.parts, &modelPart{largest: log.NoTime, names: map[string]int64{}})
	}
}

// randoms does random things to a log and to the model, and compares them after each.
func randoms(t *testing.T, open Open, seed uint64) {
	h := &history{t: t, r: rand.New(rand.NewPCG(seed, 7)), l: begin(t, open), m: &model{state: map[string]string{}, blobs: map[string]string{}, claims: map[int]string{}}}
	h.m.grow(2)
	for step := 0; step < 250 && !t.Failed(); step++ {
		switch n := h.r.IntN(20); {
		case n < 10:
			h.commit()
		case n < 12:
			h.trim()
		case n < 14:
			h.compact()
		case n < 16:
			h.claim()
		case n == 16:
			h.blob()
		case n == 17 && len(h.m.parts) < 5:
			h.m.grow(len(h.m.parts) + 1)
			check(t, h.l.Declare(log.Topic{Name: "bids", Partitions: len(h.m.parts)}))
		case n == 18 && h.r.IntN(4) == 0:
			h.l = again(t, h.l, open)
		}
		h.same()
	}
	check(t, h.l.Close())
}

// history is a log beside its model.
type history struct {
	t *testing.T
	r *rand.Rand
	l log.Log
	m *model
}

func (h *history) key() string { return fmt.Sprint("k", h.r.IntN(6), "/", h.r.IntN(3)) }

// commit commits a random transaction, which may not be done because of an expectation.
func (h *history) commit() {
	next, tx := h.m.clone(), &log.Tx{NoSync: h.r.IntN(3) == 0}
	var want []log.Appended
	conflict := false
	for range h.r.IntN(4) {
		at := h.r.IntN(len(next.parts))
		p := next.parts[at]
		a := log.Append{Topic: "bids", Partition: at, Expect: -1, N: 1 + h.r.IntN(5), MinTime: h.r.Int64N(100), Ingest: 3, Schema: 1, Payload: fmt.Append(nil, "p", h.r.Uint32())}
		a.MaxTime = a.MinTime + h.r.Int64N(20)
		if h.r.IntN(3) == 0 {
			a.Dedup = fmt.Sprint("d", h.r.IntN(8))
		}
		if first, again := p.names[a.Dedup]; again && a.Dedup != "" {
			want = append(want, log.Appended{First: first, Again: true})
			tx.Appends = append(tx.Appends, a)
			continue
		}
		switch h.r.IntN(8) {
		case 0:
			a.Expect = p.next + 1
			conflict = true
		case 1, 2:
			a.Expect = p.next
		}
		tx.Appends = append(tx.Appends, a)
		want = append(want, log.Appended{First: p.next})
		p.add(&a)
	}
	h.states(next, tx)
	got, err := h.l.Commit(tx)
	var c *log.Conflict
	switch {
	case conflict && errors.As(err, &c): // nothing of it is there
		return
	case conflict || err != nil:
		h.t.Fatalf("a commit, of which an expectation is wrong %t: %v", conflict, err)
	case !slices.Equal(want, got):
		h.t.Fatalf("appends went to %v, want %v", got, want)
	}
	h.m = next
}

func (p *modelPart) add(a *log.Append) {
	if a.Dedup != "" {
		p.names[a.Dedup] = p.next
	}
	if a.MaxTime > p.largest {
		p.largest = a.MaxTime
		p.times = append(p.times, modelTime{p.next, a.MaxTime})
	}
	p.entries = append(p.entries, modelEntry{p.next, p.next + int64(a.N), a.N, string(a.Payload)})
	p.next += int64(a.N)
}

// states adds what a transaction does to states: prefixes go first, then keys, and what is
// set is there.
func (h *history) states(next *model, tx *log.Tx) {
	if h.r.IntN(6) == 0 {
		prefix := fmt.Sprint("k", h.r.IntN(6), "/")
		tx.DeletePrefix = append(tx.DeletePrefix, []byte(prefix))
		maps.DeleteFunc(next.state, func(k, _ string) bool { return strings.HasPrefix(k, prefix) })
	}
	for range h.r.IntN(3) {
		k := h.key()
		tx.Delete = append(tx.Delete, []byte(k))
		delete(next.state, k)
	}
	for range h.r.IntN(3) {
		k, v := h.key(), strings.Repeat("v", h.r.IntN(5))
		tx.Set = append(tx.Set, log.KeyValue{Key: []byte(k), Value: []byte(v)})
		next.state[k] = v
	}
	if h.r.IntN(3) == 0 { // a nil value deletes
		set, gone := h.key(), h.key()
		next.state[set] = "more"
		delete(next.state, gone)
		tx.More = func(yield func(k, v []byte) bool) { _ = yield([]byte(set), []byte("more")) && yield([]byte(gone), nil) }
	}
}

func (h *history) trim() {
	at := h.r.IntN(len(h.m.parts))
	p := h.m.parts[at]
	below := h.r.Int64N(p.next + 3)
	check(h.t, h.l.Trim("bids", at, below))
	for len(p.entries) > 0 && p.entries[0].next <= below {
		p.first, p.entries = p.entries[0].next, p.entries[1:]
	}
}

// compact makes one of some entries.
func (h *history) compact() {
	at := h.r.IntN(len(h.m.parts))
	p := h.m.parts[at]
	if len(p.entries) == 0 {
		return
	}
	from := h.r.IntN(len(p.entries))
	to := from + 1 + h.r.IntN(len(p.entries)-from)
	stored := must[[]log.Entry](h.t)(h.l.Read("bids", at, p.entries[from].first, 1<<30))[:to-from]
	rows := 0
	for _, e := range stored {
		rows += e.Rows()
	}
	one := modelEntry{p.entries[from].first, p.entries[to-1].next, h.r.IntN(rows + 1), fmt.Sprint("c", h.r.Uint32())}
	check(h.t, h.l.Compact("bids", at, log.Compaction{From: one.first, To: one.next, Was: stored[len(stored)-1].Hash, Kept: one.kept, Payload: []byte(one.payload)}))
	p.entries = slices.Replace(p.entries, from, to, one)
}

// claim takes partitions, all or none, or gives them back.
func (h *history) claim() {
	owner := []string{"one", "two"}[h.r.IntN(2)]
	if h.r.IntN(3) == 0 {
		check(h.t, h.l.Release("bids", owner))
		maps.DeleteFunc(h.m.claims, func(_ int, o string) bool { return o == owner })
		return
	}
	list := h.r.Perm(len(h.m.parts))[:1+h.r.IntN(len(h.m.parts))]
	free := !slices.ContainsFunc(list, func(p int) bool { return h.m.claims[p] != "" && h.m.claims[p] != owner })
	err := h.l.Claim("bids", list, owner)
	if free != (err == nil) || err != nil && !errors.Is(err, log.ErrClaimed) {
		h.t.Fatalf("partitions %v for %s, that are free %t: %v", list, owner, free, err)
	}
	for _, p := range list {
		if free {
			h.m.claims[p] = owner
		}
	}
}

func (h *history) blob() {
	content := fmt.Sprint("blob ", h.r.IntN(5))
	sum := sha256.Sum256([]byte(content))
	if hash := must[string](h.t)(h.l.PutBlob([]byte(content))); hash != hex.EncodeToString(sum[:]) {
		h.t.Errorf("the hash of a blob is %s", hash)
	}
	h.m.blobs[hex.EncodeToString(sum[:])] = content
}

// same compares the log with the model.
func (h *history) same() {
	h.t.Helper()
	for at, p := range h.m.parts {
		h.samePart(at, p)
	}
	state := map[string]string{}
	check(h.t, h.l.Scan(nil, func(k, v []byte) bool { state[string(k)] = string(v); return true }))
	if !maps.Equal(state, h.m.state) {
		h.t.Errorf("states %v, want %v", state, h.m.state)
	}
	k := h.key()
	got := must[[]byte](h.t)(h.l.Get([]byte(k)))
	if want, has := h.m.state[k]; string(got) != want || has != (got != nil) {
		h.t.Errorf("state %s is %q, want %q", k, got, want)
	}
	for hash, content := range h.m.blobs {
		if b := must[[]byte](h.t)(h.l.Blob(hash)); !bytes.Equal(b, []byte(content)) {
			h.t.Errorf("blob %s is %q", content, b)
		}
	}
}

func (h *history) samePart(at int, p *modelPart) {
	h.t.Helper()
	head := must[log.Head](h.t)(h.l.Head("bids", at))
	want := log.Head{First: p.first, Next: p.next, Largest: p.largest, Entries: int64(len(p.entries)), Hash: head.Hash}
	var texts []string
	for _, e := range p.entries {
		want.Bytes += int64(len(e.payload))
		want.Gone += e.next - e.first - int64(e.kept)
		texts = append(texts, fmt.Sprintf("%d+%d of %d: %s", e.first, e.kept, e.next-e.first, e.payload))
	}
	if head != want {
		h.t.Errorf("partition %d: head %+v, want %+v", at, head, want)
	}
	from := h.r.Int64N(p.next + 2)
	for len(texts) > 0 && p.entries[len(p.entries)-len(texts)].next <= from {
		texts = texts[1:]
	}
	var got []string
	for _, e := range must[[]log.Entry](h.t)(h.l.Read("bids", at, from, 1<<30)) {
		got = append(got, fmt.Sprintf("%d+%d of %d: %s", e.First, e.Rows(), e.N, e.Payload))
	}
	if !slices.Equal(got, texts) {
		h.t.Errorf("partition %d from %d: %v, want %v", at, from, got, texts)
	}
	if v := must[log.Verified](h.t)(log.Verify(h.l, "bids", at)); v.Entries != head.Entries || v.Events != head.Rows() {
		h.t.Errorf("partition %d: %+v in the chain, want %+v", at, v, head)
	}
	time := h.r.Int64N(130)
	found := p.next
	for _, x := range p.times {
		if x.largest >= time {
			found = max(x.first, p.first)
			break
		}
	}
	if seek := must[int64](h.t)(h.l.Seek("bids", at, time)); seek != found {
		h.t.Errorf("partition %d: time %d is found at %d, want %d", at, time, seek, found)
	}
}
