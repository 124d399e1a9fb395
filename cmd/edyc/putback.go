package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/log/stream"
)

// putBack is which error records of a topic have had their rows put back into another, so
// that each row is put back once.
type putBack struct {
	errors string
	key    []byte
	Taken  [][]stream.Range // of each partition of the error records, ascending
	// Stopped is the command that is putting rows back, or was when it was stopped.
	Stopped *putBackHalf `json:",omitempty"`
}

// putBackHalf is a command that has put some of its rows back.
type putBackHalf struct {
	Run, Flags string
	Until      []int64 // the error records that there were when it began
}

// putBackBefore finds what was put back before.
func putBackBefore(l log.Log, errors, into string) (*putBack, error) {
	p := &putBack{errors: errors, key: []byte("reprocess/" + errors + "\x00" + into)}
	b, err := l.Get(p.key)
	if err == nil && b != nil {
		err = json.Unmarshal(b, p)
	}
	if err != nil {
		return nil, fmt.Errorf("which error records were put back into %s cannot be read: %w", into, err)
	}
	known, _ := l.Topic(errors)
	for len(p.Taken) < known.Partitions {
		p.Taken = append(p.Taken, nil)
	}
	return p, nil
}

// has reports an error record whose row was put back.
func (p *putBack) has(partition int, event int64) bool {
	return slices.ContainsFunc(p.Taken[partition], func(r stream.Range) bool { return r.From <= event && event < r.To })
}

// isLater reports an error record that came after a command that was stopped halfway.
func (p *putBack) isLater(partition int, event int64) bool {
	return p.Stopped != nil && partition < len(p.Stopped.Until) && event >= p.Stopped.Until[partition]
}

// begin remembers that a command has begun.
func (p *putBack) begin(l log.Log, run, flags string) error {
	p.Stopped = &putBackHalf{Run: run, Flags: flags}
	for n := range p.Taken {
		head, err := l.Head(p.errors, n)
		if err != nil {
			return err
		}
		p.Stopped.Until = append(p.Stopped.Until, head.Next)
	}
	b, err := json.Marshal(p)
	if err == nil {
		_, err = l.Commit(&log.Tx{Set: []log.KeyValue{{Key: p.key, Value: b}}})
	}
	return err
}

// add is an error record more whose row is put back.
func (p *putBack) add(partition int, event int64) {
	at, have := slices.BinarySearchFunc(p.Taken[partition], event, func(r stream.Range, e int64) int { return cmp.Compare(r.To, e) })
	taken := p.Taken[partition]
	switch {
	case have: // right behind a range
		taken[at].To++
		if at+1 < len(taken) && taken[at+1].From == taken[at].To {
			taken[at].To = taken[at+1].To
			taken = slices.Delete(taken, at+1, at+2)
		}
	case at < len(taken) && taken[at].From <= event: // within one
	case at < len(taken) && taken[at].From == event+1:
		taken[at].From--
	default:
		taken = slices.Insert(taken, at, stream.Range{From: event, To: event + 1})
	}
	p.Taken[partition] = taken
}

// done is what is remembered when all rows were put back.
func (p *putBack) done() (log.KeyValue, error) {
	p.Stopped = nil
	b, err := json.Marshal(p)
	return log.KeyValue{Key: p.key, Value: b}, err
}
