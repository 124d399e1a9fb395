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
	"slices"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// Source is an input that is read again.
type Source struct {
	Every time.Duration
	Clock clock.Clock
	Open  func(ctx context.Context) (format.Decoder, error)
	// Columns are those of the rows, Key the ones that tell them apart.
	Columns []types.Column
	Key     []int
	Alloc   memory.Allocator

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

// Begin reads the input for the first time: its errors and bad records are those of
// any input. Once it has been read a batch without rows says so; then the input is
// read again until ctx ends, which is the end of the input.
func (s *Source) Begin(ctx context.Context) (format.Decoder, error) {
	first, err := s.Open(ctx)
	if err != nil {
		return nil, err
	}
	return &decoder{Source: s, ctx: ctx, first: first}, nil
}

type decoder struct {
	*Source
	ctx     context.Context
	first   format.Decoder // until it ends
	unknown []string
	table   []*format.Rows // as it was read last
	ready   []*format.Rows // to be handed out
	max     int
}

// Next implements format.Decoder.
func (d *decoder) Next(max int) (*format.Rows, error) {
	d.max = max
	if d.first != nil {
		return d.begin(max)
	}
	for len(d.ready) == 0 {
		select {
		case <-d.ctx.Done():
			return nil, io.EOF
		case <-d.Clock.After(d.Every):
		}
		if d.ctx.Err() == nil {
			d.note(d.again())
		}
	}
	rows := d.ready[0]
	d.ready = d.ready[1:]
	return rows, nil
}

// begin reads on for the first time.
func (d *decoder) begin(max int) (*format.Rows, error) {
	rows, err := d.first.Next(max)
	if rows != nil {
		d.table = append(d.table, shared(rows, nil))
		rows.Records = records{rows.Records}
	}
	if err != io.EOF {
		return rows, err
	}
	d.unknown = d.first.UnknownFields()
	err = d.first.Close()
	d.first = nil
	if rows == nil {
		rows = &format.Rows{}
	} else {
		d.ready = append(d.ready, &format.Rows{})
	}
	return rows, err
}

// again reads the input as a whole and gets ready what is different.
func (d *decoder) again() error {
	now, err := d.whole()
	if err != nil {
		release(now)
		return err
	}
	d.ready = append(d.gone(now), d.ready...)
	for _, rows := range now {
		d.ready = append(d.ready, shared(rows, nil))
	}
	release(d.table)
	d.table = now
	return nil
}

// whole reads the input to its end.
func (d *decoder) whole() (table []*format.Rows, err error) {
	dec, err := d.Open(d.ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, dec.Close()) }()
	for {
		rows, err := dec.Next(d.max)
		if rows != nil {
			table = append(table, rows)
			if len(rows.Bad) > 0 {
				return table, fmt.Errorf("the record at byte %d: %s", rows.Bad[0].Byte, rows.Bad[0].Reason)
			}
		}
		if err == io.EOF {
			return table, nil
		}
		if err != nil {
			return table, err
		}
	}
}

// gone are deletes of the rows whose key is no longer there.
func (d *decoder) gone(now []*format.Rows) []*format.Rows {
	there := map[string]bool{}
	for _, rows := range now {
		code := d.keys(rows)
		for i := range rows.N {
			there[string(code(nil, i))] = true
		}
	}
	var out []*format.Rows
	for _, rows := range d.table {
		code := d.keys(rows)
		var left []int32
		for i := range rows.N {
			if !there[string(code(nil, i))] {
				left = append(left, int32(i))
			}
		}
		if len(left) > 0 {
			out = append(out, d.deletes(rows, left))
		}
	}
	return out
}

func (d *decoder) keys(rows *format.Rows) keycode.Appender {
	vs := make([]kernel.Vector, len(d.Key))
	for i, at := range d.Key {
		vs[i] = kernel.Vector{Type: d.Columns[at].Type, Arr: rows.Cols[at]}
	}
	return keycode.Row(vs, keycode.Key)
}

// deletes take rows of a batch back.
func (d *decoder) deletes(rows *format.Rows, which []int32) *format.Rows {
	out := &format.Rows{N: len(which), Ops: slices.Repeat([]operators.Op{operators.Delete}, len(which)), Records: picked{records{rows.Records}, which}}
	for _, c := range rows.Cols {
		out.Cols = append(out.Cols, kernel.Gather(d.Alloc, c, which))
	}
	return out
}

// UnknownFields implements format.Decoder.
func (d *decoder) UnknownFields() []string { return d.unknown }

// Close implements format.Decoder.
func (d *decoder) Close() error {
	release(d.table)
	release(d.ready)
	d.table, d.ready = nil, nil
	if d.first == nil {
		return nil
	}
	return d.first.Close()
}

// shared is the rows of a batch once more.
func shared(rows *format.Rows, ops []operators.Op) *format.Rows {
	out := &format.Rows{N: rows.N, Cols: slices.Clone(rows.Cols), Ops: ops, Records: records{rows.Records}}
	for _, c := range out.Cols {
		c.Retain()
	}
	return out
}

func release(list []*format.Rows) {
	for _, rows := range list {
		rows.Release()
	}
}

// records hide that memory of records may be used again, since the table keeps them.
type records struct{ format.Records }

// picked are some of the records of a batch.
type picked struct {
	format.Records
	rows []int32
}

// Text implements format.Records.
func (p picked) Text(i int) string { return p.Records.Text(int(p.rows[i])) }

// Byte implements format.Records.
func (p picked) Byte(i int) int64 { return p.Records.Byte(int(p.rows[i])) }

// Columns implements format.Records.
func (p picked) Columns(rows []int32, row *types.Type) ([]arrow.Array, error) {
	of := make([]int32, len(rows))
	for i, r := range rows {
		of[i] = p.rows[r]
	}
	return p.Records.Columns(of, row)
}
