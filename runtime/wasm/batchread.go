package wasm

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
)

// The parts of an Arrow IPC file.
const (
	fileMagic = "ARROW1"
	// headRecordBatch is the kind of message that holds rows.
	headRecordBatch = 3
	continuation    = 0xffffffff
)

// batchFile is a file with one batch, its metadata found and checked to lie inside.
type batchFile struct {
	schema flat
	batch  flat // of the record batch
	body   []byte
	rows   int
}

// openBatch finds the parts of a file that a module gave back.
func openBatch(data []byte) (*batchFile, error) {
	const tail = len(fileMagic) + 4
	if len(data) < 8+tail || string(data[:6]) != fileMagic || !bytes.HasSuffix(data, []byte(fileMagic)) {
		return nil, fmt.Errorf("%w: it is not an Arrow IPC file", errDamagedBatch)
	}
	size := int64(int32(binary.LittleEndian.Uint32(data[len(data)-tail:])))
	if size < 4 || size > int64(len(data)-8-tail) {
		return nil, fmt.Errorf("%w: its end lies outside", errDamagedBatch)
	}
	footer := root(data[int64(len(data)-tail)-size : len(data)-tail])
	at, count := footer.vector(3, 24)
	if footer.failed() || count < 1 {
		return nil, fmt.Errorf("%w: it has no rows", errDamagedBatch)
	}
	if count > 1 {
		return nil, fmt.Errorf("%d batches came back for one", count)
	}
	f := &batchFile{schema: footer.table(1)}
	offset, length := footer.i64(at), int64(int32(binary.LittleEndian.Uint32(footer.data[at+8:])))
	bodySize := footer.i64(at + 16)
	if offset < 0 || length < 8 || bodySize < 0 || offset > int64(len(data)) || length > int64(len(data))-offset || bodySize > int64(len(data))-offset-length {
		return nil, fmt.Errorf("%w: its rows lie outside", errDamagedBatch)
	}
	f.body = data[offset+length:][:bodySize]
	return f, f.message(data[offset : offset+length])
}

// message reads the head of the batch.
func (f *batchFile) message(data []byte) error {
	if binary.LittleEndian.Uint32(data) == continuation {
		data = data[4:]
	}
	if len(data) < 8 {
		return errDamagedBatch
	}
	m := root(data[4:])
	kind := m.number(1, 1, 0)
	f.batch = m.table(2)
	rows := f.batch.number(0, 8, 0)
	switch {
	case m.failed() || f.schema.failed() || !f.batch.there() || !f.schema.there():
		return errDamagedBatch
	case kind != headRecordBatch:
		return fmt.Errorf("%w: it holds no rows", errDamagedBatch)
	case f.batch.table(3).there():
		return fmt.Errorf("the batch is compressed, and must not be")
	case rows < 0 || rows > maxBatchRows:
		return fmt.Errorf("%w: it has %d rows", errDamagedBatch, rows)
	}
	f.rows = int(rows)
	return nil
}

// maxBatchRows bounds what a batch may say it holds.
const maxBatchRows = 1 << 28

// read builds the columns, each of a type. The memory is the allocator's: nothing of
// the module's memory is kept.
func (f *batchFile) read(alloc memory.Allocator, want []*types.Type) ([]arrow.ArrayData, error) {
	fields, count := f.schema.vector(1, 4)
	if f.schema.failed() || count < len(want) {
		return nil, fmt.Errorf("%d columns came back", count)
	}
	buf := memory.NewResizableBuffer(alloc)
	defer buf.Release()
	buf.Resize(len(f.body))
	copy(buf.Bytes(), f.body)
	r := &columnReader{alloc: alloc, body: buf}
	r.nodes, r.nodeCount = f.batch.vector(1, 16)
	r.buffers, r.bufferCount = f.batch.vector(2, 16)
	r.batch = f.batch
	var out []arrow.ArrayData
	for i, t := range want {
		field := f.schema.element(fields, i)
		data, err := r.column(field, t, f.rows)
		if err == nil && (f.batch.failed() || f.schema.failed()) {
			data.Release()
			err = errDamagedBatch
		}
		if err != nil {
			for _, d := range out {
				d.Release()
			}
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}
