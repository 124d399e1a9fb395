package reload

import (
	"bytes"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/avro"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/ndjson"
	"github.com/edynamic/edynamic/runtime/log/event"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
	"github.com/edynamic/edynamic/vm/wire"
)

// save writes a table down: the type of its rows, and the last of each key with where it
// stood.
func (s *Source) save(table []*format.Rows) ([]byte, error) {
	schema, err := avro.Export(s.Row, avro.Options{Name: "In"})
	if err != nil {
		return nil, err
	}
	last, codes := s.lasts(table), s.codes(table)
	var w wire.Writer
	w.Bytes(schema)
	w.Uint(uint64(len(last)))
	var code []byte
	for n, rows := range table {
		key := s.keys(rows)
		for i := range rows.N {
			if code = key(code[:0], i); last[string(code)] != (place{n, i}) {
				continue
			}
			code = codes[n](code[:0], i)
			w.Bytes(code)
			w.Int(rows.Records.Byte(i))
		}
	}
	return w.Buf, nil
}

// saved reads what save wrote. Rows that had other columns are read as those of now.
func (s *Source) saved(state []byte) ([]*format.Rows, error) {
	r := wire.NewReader(state)
	schema := r.Bytes()
	codes := make([][]byte, r.Len())
	at := make([]int64, len(codes))
	for i := range codes {
		codes[i], at[i] = slices.Clone(r.Bytes()), r.Int()
	}
	if err := r.Err(); err != nil || len(codes) == 0 {
		return nil, err
	}
	had, err := avro.Import(schema)
	if err != nil {
		return nil, err
	}
	var ts []*types.Type
	for _, f := range had.Fields {
		ts = append(ts, f.Type)
	}
	cols := keycode.Decode(s.Alloc, ts, len(codes), func(i int) []byte { return codes[i] })
	if !types.Equal(had, s.Row) {
		now, err := event.ReadColumns(cols, len(codes), had, event.Readable(had, s.Row))
		for _, c := range cols {
			c.Release()
		}
		if err != nil {
			return nil, err
		}
		cols = now
	}
	return []*format.Rows{{N: len(codes), Cols: cols, Records: newPast(s.Row, cols, at)}}, nil
}

// past are the records of rows that an earlier process read: of them the columns are left.
type past struct {
	row  *types.Type
	cols []arrow.Array // of the garbage collector
	at   []int64
}

func newPast(row *types.Type, cols []arrow.Array, at []int64) *past {
	all := make([]int32, len(at))
	for i := range all {
		all[i] = int32(i)
	}
	p := &past{row: row, at: at}
	for _, c := range cols {
		p.cols = append(p.cols, kernel.Gather(memory.DefaultAllocator, c, all))
	}
	return p
}

// Text implements format.Records.
func (p *past) Text(i int) string {
	var buf bytes.Buffer
	enc, err := ndjson.Lines().NewEncoder(&buf, event.ColumnsOf(p.row), nil)
	if err == nil {
		err = enc.Write(p.cols, len(p.at), []int32{int32(i)}, nil)
	}
	if err == nil {
		err = enc.Close()
	}
	if err != nil {
		return "null"
	}
	return strings.TrimSuffix(buf.String(), "\n")
}

// Byte implements format.Records.
func (p *past) Byte(i int) int64 { return p.at[i] }

// Columns implements format.Records: what is not known is null.
func (p *past) Columns(rows []int32, row *types.Type) ([]arrow.Array, error) {
	var out []arrow.Array
	for _, want := range event.ColumnsOf(row) {
		i := slices.IndexFunc(p.row.Fields, func(f types.Field) bool {
			return f.Name == want.Name && types.Equal(f.Type.NonNull(), want.Type.NonNull())
		})
		if i < 0 {
			out = append(out, array.MakeArrayOfNull(memory.DefaultAllocator, kernel.ArrowType(want.Type), len(rows)))
			continue
		}
		out = append(out, kernel.Gather(memory.DefaultAllocator, p.cols[i], rows))
	}
	return out, nil
}

// written stands behind the rows of one time, and says what the table is then.
type written struct {
	*past
	state []byte
}

// Resume tells how to go on.
func (w written) Resume() []byte { return w.state }
