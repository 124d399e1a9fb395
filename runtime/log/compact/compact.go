// Package compact leaves the rows of an upsert topic out that later ones of their keys
// have replaced, but for those that its history still needs.
//
// What is left keeps its order, its numbers and its times, and the chain of the topic
// can be verified as before. The last row of a key never goes, and a row that deletes
// one goes only when nothing of its key is left and everybody has read it: who reads the
// topic afterwards ends with the same rows.
package compact

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/log"
)

// Spec says what to compact.
type Spec struct {
	Log   log.Log
	Topic string
	Key   []string
	// Row is the type of the rows by now; Type tells that of a stored version.
	Row  *types.Type
	Type func(version int32) (*types.Type, error)
	// Timed rows are as old as their event time says, beside the largest of the topic;
	// others as old as Now says of when they were taken in.
	Timed bool
	Now   time.Time
	// History is how far back rows are kept that others have replaced since: all that
	// were the last of their keys at some time since then.
	History time.Duration
	// Read tells up to which event of a partition everybody has read who has begun to.
	Read func(partition int) int64
	// Keys is how many keys are held in memory at a time, 0 for as many as are good.
	Keys int
	// Stopped reports that the rest is to be left for another time; nil for never.
	Stopped func() bool
}

// mostKeys is how many keys are held in memory unless a Spec says otherwise.
const mostKeys = 1 << 20

// Result is what was done.
type Result struct {
	Left int64 // rows that are kept
	Gone int64 // rows that were left out
}

// Run compacts the rows that a topic has by now.
func Run(s Spec) (Result, error) {
	topic, ok := s.Log.Topic(s.Topic)
	if !ok {
		return Result{}, fmt.Errorf("topic %s: %w", s.Topic, log.ErrNoTopic)
	}
	if s.Keys <= 0 {
		s.Keys = mostKeys
	}
	r := &run{Spec: s, cutoff: math.MaxInt64}
	largest := int64(log.NoTime)
	for p := range topic.Partitions {
		head, err := s.Log.Head(s.Topic, p)
		if err != nil {
			return Result{}, err
		}
		largest = max(largest, head.Largest)
		r.parts = append(r.parts, newDead(head))
	}
	if s.History > 0 {
		r.cutoff = s.Now.UnixMicro()
		if s.Timed {
			r.cutoff = largest
		}
		r.cutoff -= s.History.Microseconds()
	}
	if err := r.find(); err != nil || r.stopped() {
		return Result{}, err
	}
	var out Result
	for p := range r.parts {
		one, err := r.rewrite(p)
		out.Left, out.Gone = out.Left+one.Left, out.Gone+one.Gone
		if err != nil || r.stopped() {
			return out, err
		}
	}
	return out, nil
}

type run struct {
	Spec
	cutoff int64 // rows up to this time replace those before them
	parts  []*dead
}

func (r *run) stopped() bool { return r.Stopped != nil && r.Stopped() }

// dead marks events of a partition that can go.
type dead struct {
	from, to int64
	bits     []uint64
}

func newDead(h log.Head) *dead {
	return &dead{from: h.First, to: h.Next, bits: make([]uint64, (h.Next-h.First+63)/64)}
}

func (d *dead) mark(event int64) {
	if at := event - d.from; at >= 0 && event < d.to {
		d.bits[at/64] |= 1 << (at % 64)
	}
}

func (d *dead) is(event int64) bool {
	at := event - d.from
	return at >= 0 && event < d.to && d.bits[at/64]>>(at%64)&1 == 1
}

// keyFields is the row type with the fields of the key alone.
func (s *Spec) keyFields() (*types.Type, error) {
	out := &types.Type{Kind: types.Record, Name: s.Row.Name}
	for _, k := range s.Key {
		at := slices.IndexFunc(s.Row.Fields, func(f types.Field) bool { return f.Name == k })
		if at < 0 {
			return nil, fmt.Errorf("topic %s: its rows have no field %s to be told apart by", s.Topic, k)
		}
		out.Fields = append(out.Fields, s.Row.Fields[at])
	}
	return out, nil
}
