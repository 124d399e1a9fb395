package file

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path/filepath"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/log/event"
)

// stage keeps the rows of an output whose format has an end that must be written last,
// until it is.
type stage struct{ columns []types.Column }

// write adds the rows of a batch that count.
func (s *stage) write(w io.Writer, b *operators.Batch) error {
	all := make([]int32, 0, b.Len())
	b.Each(func(row int) { all = append(all, int32(row)) })
	d := operators.Gather(memory.DefaultAllocator, b, all)
	defer d.Release()
	rows := &event.Rows{Cols: d.Cols, N: d.Rows, Ops: d.Ops, Order: make([]int64, d.Rows), Time: d.Time}
	for i := range d.Cols {
		rows.Names = append(rows.Names, fmt.Sprint(i))
	}
	payload, err := event.Encode(rows)
	if err != nil {
		return err
	}
	if _, err := w.Write(binary.BigEndian.AppendUint32(nil, uint32(len(payload)))); err != nil {
		return err
	}
	_, err = w.Write(payload)
	return err
}

// whole writes the output of all rows kept, and gives it its name.
func (d *Durable) whole() error {
	temporary := filepath.Join(filepath.Dir(d.place.path), "."+filepath.Base(d.place.path)+".whole")
	out, err := d.disk.OpenAt(temporary, 0)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(out, 64<<10)
	encoder, err := d.place.format.NewEncoder(buffered, d.columns, d.place.options)
	if err == nil {
		err = d.eachStaged(encoder)
	}
	if err == nil {
		err = encoder.Close()
	}
	if err == nil {
		err = buffered.Flush()
	}
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	return d.disk.Rename(temporary, d.place.path)
}

// eachStaged gives the rows kept to an encoder.
func (d *Durable) eachStaged(encoder format.Encoder) error {
	in, err := d.disk.Open(d.part(0))
	if err != nil {
		return err
	}
	h := crc32.New(castagnoli)
	r := io.TeeReader(io.LimitReader(bufio.NewReaderSize(in, 64<<10), d.size), h)
	for err == nil {
		var size [4]byte
		if _, err = io.ReadFull(r, size[:]); err != nil {
			break
		}
		payload := make([]byte, binary.BigEndian.Uint32(size[:]))
		if _, err = io.ReadFull(r, payload); err == nil {
			err = writeStaged(encoder, payload)
		}
	}
	if err == io.EOF {
		err = nil
	}
	if _, rest := io.Copy(io.Discard, r); rest == nil && h.Sum32() != d.sum {
		err = errOther // whatever came of that
	}
	return errors.Join(err, in.Close())
}

func writeStaged(encoder format.Encoder, payload []byte) error {
	rows, err := event.Decode(payload)
	if err != nil {
		return err
	}
	defer rows.Release()
	if t, ok := encoder.(format.Timed); ok {
		t.Times(rows.Time)
	}
	return encoder.Write([]arrow.Array(rows.Cols), rows.N, nil, rows.Ops)
}
