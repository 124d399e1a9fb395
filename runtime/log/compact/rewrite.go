package compact

import (
	"errors"

	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/log/event"
)

const (
	// readBytes is how much of a partition is read at a time.
	readBytes = 4 << 20
	// An entry that is written has about so many rows, or bytes before it was compacted.
	groupRows, groupBytes = 4096, 8 << 20
	// groupEntries is how many entries are one although all of their rows stay.
	groupEntries = 16
	// groupEvents is how many events an entry stands for.
	groupEvents = 1 << 30
)

// errEnough ends a walk through entries.
var errEnough = errors.New("enough")

// entries gives the entries of a partition that were there when the run began.
func (r *run) entries(partition int, f func(*log.Entry) error) error {
	part := r.parts[partition]
	for at := part.from; at < part.to; {
		entries, err := r.Log.Read(r.Topic, partition, at, readBytes)
		if err != nil || len(entries) == 0 {
			return err
		}
		for i := range entries {
			e := &entries[i]
			at = e.Next()
			if e.First >= part.to || r.stopped() {
				return nil
			}
			if err := f(e); err != nil {
				if errors.Is(err, errEnough) {
					return nil
				}
				return err
			}
		}
	}
	return nil
}

// group is entries that become one.
type group struct {
	entries []log.Entry
	parts   []event.Part
	left    int
	gone    int
	bytes   int
}

// rewrite puts entries without the rows that can go in the place of those with them.
func (r *run) rewrite(partition int) (Result, error) {
	var out Result
	g := &group{}
	flush := func() error {
		err := r.put(partition, g)
		if err == nil {
			out.Left, out.Gone = out.Left+int64(g.left), out.Gone+int64(g.gone)
		}
		g.release()
		return err
	}
	err := r.entries(partition, func(e *log.Entry) error {
		rows := &event.Rows{}
		var err error
		if e.Rows() > 0 {
			if rows, err = event.Decode(e.Payload); err != nil {
				return &log.Damage{Topic: r.Topic, Partition: partition, Sequence: e.First, What: err.Error()}
			}
		}
		if !g.takes(e, rows) {
			if err := flush(); err != nil {
				rows.Release()
				return err
			}
		}
		g.add(e, rows, r.parts[partition])
		return nil
	})
	if err != nil {
		g.release()
		return out, err
	}
	return out, flush()
}

// takes reports that an entry can become part of the group.
func (g *group) takes(e *log.Entry, rows *event.Rows) bool {
	if len(g.entries) == 0 {
		return true
	}
	first := &g.entries[0]
	if e.Schema != first.Schema || g.left >= groupRows || g.bytes >= groupBytes || e.Next()-first.First > groupEvents {
		return false
	}
	return rows.N == 0 || len(g.parts) == 0 || event.Alike(g.parts[0].Rows, rows)
}

func (g *group) add(e *log.Entry, rows *event.Rows, d *dead) {
	g.entries = append(g.entries, *e)
	g.bytes += len(e.Payload)
	part := event.Part{Rows: rows, Behind: e.First - g.entries[0].First}
	for i := range rows.N {
		if d.is(e.First + rows.Number(i)) {
			g.gone++
			continue
		}
		part.Sel = append(part.Sel, int32(i))
	}
	g.left += len(part.Sel)
	if rows.N > 0 {
		g.parts = append(g.parts, part)
	}
}

func (g *group) release() {
	for _, p := range g.parts {
		p.Rows.Release()
	}
	*g = group{}
}

// put writes the entry that a group has become, where it is another one.
func (r *run) put(partition int, g *group) error {
	if g.gone == 0 && len(g.entries) < groupEntries {
		return nil
	}
	first, last := &g.entries[0], &g.entries[len(g.entries)-1]
	c := log.Compaction{From: first.First, To: last.Next(), Was: last.Hash, Kept: g.left, Schema: first.Schema, MinTime: log.NoTime, MaxTime: log.NoTime}
	for _, e := range g.entries {
		c.Ingest = max(c.Ingest, e.Ingest)
	}
	if g.left > 0 {
		rows, err := event.Merge(g.parts)
		if err != nil {
			return err
		}
		defer rows.Release()
		for i, t := range rows.Time {
			if i == 0 || t < c.MinTime {
				c.MinTime = t
			}
			c.MaxTime = max(c.MaxTime, t)
		}
		if c.Payload, err = event.Encode(rows); err != nil {
			return err
		}
	}
	err := r.Log.Compact(r.Topic, partition, c)
	var moved *log.Conflict
	if errors.As(err, &moved) {
		return nil // entries were trimmed meanwhile: the next compaction sees to the rest
	}
	return err
}
