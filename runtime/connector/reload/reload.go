// Package reload reads an input again and again, as a table whose rows replace one
// another: what has come or changed is read as rows, and what is no longer there as
// deletes (SEMANTICS 70).
//
// An input is taken as a whole or not at all: one that cannot be read to its end, or
// has a record that cannot be decoded, leaves the table as it was. It must never show
// a part of an input.
package reload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/format"
)

// Source is an input that is read again.
type Source struct {
	Every time.Duration
	Clock clock.Clock
	Open  func(ctx context.Context) (format.Decoder, error)
	// Row is the type of the rows, Key the fields that tell them apart.
	Row   *types.Type
	Key   []int
	Alloc memory.Allocator
	// Shared: others write rows of the table, too, or refuse some of the input for now, so
	// that each time all rows come, and not only those that have changed.
	Shared bool
	// Kept: the table is written down each time, for a later process to go on from.
	Kept bool

	mu     sync.Mutex
	report Report
}

// Report says how often an input was read again, how often in vain, and what was the
// matter the last time.
type Report struct {
	Done, Failed int64
	Last         string // of the last failure, "" where the table is that of the last look
}

// Report may be called while the source is read.
func (s *Source) Report() Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.report
}

func (s *Source) note(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.report.Failed++
		s.report.Last = err.Error()
		return
	}
	s.report.Done++
	s.report.Last = ""
}

// Begin reads the input until ctx ends, which is the end of the input. A batch without
// rows stands behind the rows of each time, and where the source is kept its records say
// what the table is then. Errors and bad records of the first time are those of any input.
//
// resume is what such records said, nil for the beginning: then the input is read at once
// as it is read again, and a batch without rows comes even where that is in vain.
func (s *Source) Begin(ctx context.Context, resume []byte) (format.Decoder, error) {
	d := &decoder{Source: s, ctx: ctx}
	if len(resume) == 0 {
		return d, nil
	}
	was, err := s.saved(resume)
	if err != nil {
		return nil, fmt.Errorf("the table that was read last cannot be read back: %w", err)
	}
	d.table, d.known, d.state = was, true, resume
	return d, nil
}

type decoder struct {
	*Source
	ctx     context.Context
	looked  bool
	unknown []string
	known   bool           // there is a table
	table   []*format.Rows // as it was read last
	state   []byte         // of the table, where it is kept
	ready   []*format.Rows // to be handed out
	max     int
}

// Next implements format.Decoder.
func (d *decoder) Next(max int) (*format.Rows, error) {
	d.max = max
	for len(d.ready) == 0 {
		if d.looked {
			select {
			case <-d.ctx.Done():
				return nil, io.EOF
			case <-d.Clock.After(d.Every):
			}
		}
		if d.ctx.Err() != nil {
			return nil, io.EOF
		}
		if err := d.look(); err != nil {
			return nil, err
		}
	}
	rows := d.ready[0]
	d.ready = d.ready[1:]
	return rows, nil
}

// look reads the input. Only the first time it is an error that it cannot be read.
func (d *decoder) look() error {
	first := !d.looked
	d.looked = true
	if !d.known {
		return d.begin()
	}
	err := d.again()
	d.note(err)
	if err != nil && first {
		d.ready = append(d.ready, d.behind())
	}
	return nil
}

// begin reads the input for the first time.
func (d *decoder) begin() error {
	now, err := d.whole(func(dec format.Decoder) { d.unknown = dec.UnknownFields() })
	if err != nil {
		release(now)
		return err
	}
	for _, rows := range now {
		again := shared(rows)
		again.Bad, rows.Bad = rows.Bad, nil
		d.ready = append(d.ready, again)
	}
	return d.take(now)
}

// again reads the input as a whole and gets ready what is different.
func (d *decoder) again() error {
	now, err := d.whole(nil)
	for _, rows := range now {
		if err == nil && len(rows.Bad) > 0 {
			err = fmt.Errorf("the record at byte %d: %s", rows.Bad[0].Byte, rows.Bad[0].Reason)
		}
	}
	if err != nil {
		release(now)
		return err
	}
	d.ready = append(d.ready, d.changes(d.table, now)...)
	return d.take(now)
}

// take makes rows the table.
func (d *decoder) take(now []*format.Rows) error {
	release(d.table)
	d.table, d.known = now, true
	if d.Kept {
		var err error
		if d.state, err = d.save(now); err != nil {
			return err
		}
	}
	d.ready = append(d.ready, d.behind())
	return nil
}

// behind is what stands behind the rows of one time.
func (d *decoder) behind() *format.Rows {
	if !d.Kept {
		return &format.Rows{}
	}
	return &format.Rows{Records: written{&past{}, d.state}}
}

// whole reads the input to its end, which done is told of.
func (d *decoder) whole(done func(dec format.Decoder)) (table []*format.Rows, err error) {
	dec, err := d.Open(d.ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, dec.Close()) }()
	for {
		rows, err := dec.Next(d.max)
		switch {
		case rows == nil:
		case rows.N+len(rows.Bad) == 0:
			rows.Release()
		default:
			table = append(table, rows)
		}
		if err == io.EOF {
			if done != nil {
				done(dec)
			}
			return table, nil
		}
		if err != nil {
			return table, err
		}
	}
}

// UnknownFields implements format.Decoder.
func (d *decoder) UnknownFields() []string { return d.unknown }

// Close implements format.Decoder.
func (d *decoder) Close() error {
	release(d.table)
	release(d.ready)
	d.table, d.ready = nil, nil
	return nil
}

func release(list []*format.Rows) {
	for _, rows := range list {
		rows.Release()
	}
}
