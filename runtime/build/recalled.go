package build

import (
	"context"
	"slices"
	"sort"

	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/format"
)

// Recalled tells where the records of a file were when they were read first, so that their
// origins say that and not where they are now.
type Recalled struct {
	Name    string // of the file or source
	Counted bool   // records have numbers there rather than a place in bytes
	// Starts is where each record begins now, ascending, and At where it was.
	Starts, At []int64
}

// lane has the records of a lane come from where they were.
func (r *Recalled) lane(l exec.Lane) exec.Lane {
	open := l.Open
	l.Name, l.Counted = r.Name, r.Counted
	l.Open = func(ctx context.Context) (format.Decoder, error) {
		d, err := open(ctx)
		if err != nil {
			return nil, err
		}
		return &recalledDecoder{d, r}, nil
	}
	return l
}

// at is where the record was that is at a place now.
func (r *Recalled) at(now int64) int64 {
	i := sort.Search(len(r.Starts), func(i int) bool { return r.Starts[i] > now }) - 1
	return r.At[max(i, 0)]
}

type recalledDecoder struct {
	format.Decoder
	from *Recalled
}

// Next implements format.Decoder.
func (d *recalledDecoder) Next(max int) (*format.Rows, error) {
	rows, err := d.Decoder.Next(max)
	if err != nil {
		return nil, err
	}
	if rows.Records != nil {
		rows.Records = recalledRecords{rows.Records, d.from}
	}
	rows.Bad = slices.Clone(rows.Bad)
	for i := range rows.Bad {
		rows.Bad[i].Byte = d.from.at(rows.Bad[i].Byte)
	}
	return rows, nil
}

type recalledRecords struct {
	format.Records
	from *Recalled
}

// Byte implements format.Records.
func (r recalledRecords) Byte(i int) int64 { return r.from.at(r.Records.Byte(i)) }
