package exec

import (
	"fmt"
	"slices"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
	"github.com/edynamic/edynamic/vm/wire"
)

// The kinds of references that are written one by one.
const (
	looseDerived = iota // to no record
	looseOnWay          // to an error record on its way
	looseRecord
)

// SaveEach implements operators.RefCodec. The records of a batch are read together.
func (c refCodec) SaveEach(refs []operators.Ref) ([][]byte, error) {
	at := map[operators.Provenance][]int{}
	for i, r := range refs {
		at[r.From] = append(at[r.From], i)
	}
	out := make([][]byte, len(refs))
	var some []operators.Ref
	var saved [][]byte
	for _, places := range at {
		some, saved = some[:0], slices.Grow(saved[:0], len(places))[:len(places)]
		for _, i := range places {
			some = append(some, refs[i])
		}
		if err := c.saveLoose(some, saved); err != nil {
			return nil, err
		}
		for k, i := range places {
			out[i] = saved[k]
		}
	}
	return out, nil
}

// saveLoose writes references of one provenance.
func (c refCodec) saveLoose(refs []operators.Ref, out [][]byte) error {
	begin := func(i int, kind uint64) *stateWriter {
		w := &stateWriter{Writer: &wire.Writer{}, e: c.e}
		w.Bool(refs[i].Joined)
		w.Uint(kind)
		return w
	}
	switch from := refs[0].From.(type) {
	case nil:
		for i := range refs {
			out[i] = begin(i, looseDerived).Buf
		}
		return nil
	case *recordPlaces:
		for i, r := range refs {
			w := begin(i, looseOnWay)
			w.place(from, r.Index)
			out[i] = w.Buf
		}
		return nil
	case *loose: // as it was read
		for i := range refs {
			w := begin(i, looseRecord)
			w.Buf = append(w.Buf, from.bytes...)
			out[i] = w.Buf
		}
		return nil
	}
	return c.saveLooseRecords(refs, begin, out)
}

// place writes where an error record on its way stands.
func (w *stateWriter) place(p *recordPlaces, i int32) {
	w.spot(p.spots[i])
	w.String(p.refused[i].stage)
	w.String(p.refused[i].origin)
	w.Int(p.refused[i].behind)
	w.String(p.refused[i].header)
}

// place reads what place wrote.
func (r *stateReader) place(p *recordPlaces) {
	s := r.spot()
	p.spots, p.refused = append(p.spots, s), append(p.refused, entry{s, r.String(), r.String(), r.Int(), r.String()})
}

// saveLooseRecords writes records of one provenance: their columns stand behind how these
// are laid out, so that a later program can tell whether it has the same.
func (c refCodec) saveLooseRecords(refs []operators.Ref, begin func(i int, kind uint64) *stateWriter, out [][]byte) error {
	from, rows := refs[0].From, make([]int32, len(refs))
	for i, r := range refs {
		rows[i] = r.Index
	}
	topic, partition, _ := from.Place(rows[0])
	within := enteredWithin(from)
	columns, err := c.columnsOf(topic, within)
	if err != nil {
		return err
	}
	cols, err := c.columns(from, rows, columns)
	if err != nil {
		return err
	}
	defer releaseCols(cols)
	vs := make([]keycode.Appender, len(cols))
	for i, col := range cols {
		vs[i] = keycode.Of(kernel.Vector{Type: columns[i].Type, Arr: col}, keycode.Exact)
	}
	layout := c.e.layouts.of(topic, within, columns)
	var code []byte
	for i, r := range rows {
		w := begin(i, looseRecord)
		w.topic(topic)
		w.Uint(uint64(partition))
		_, _, position := from.Place(r)
		w.Int(position)
		w.String(from.Origin(r))
		w.String(from.Text(r))
		w.Bool(within)
		w.String(layout)
		for _, v := range vs {
			code = v(code[:0], i)
			w.Bytes(code)
		}
		out[i] = w.Buf
	}
	return nil
}

// columns reads columns of records.
func (c refCodec) columns(from operators.Provenance, rows []int32, columns []types.Column) ([]arrow.Array, error) {
	if len(columns) == 0 {
		return nil, nil
	}
	cols, err := from.Columns(rows, rowOf(columns))
	if err != nil {
		return nil, fmt.Errorf("records of a state: %w", err)
	}
	return cols, nil
}

// rowOf is the row type of which rowColumns are columns.
func rowOf(columns []types.Column) *types.Type {
	if columns[0].Name == types.UnionColumn {
		return columns[0].Type
	}
	row := &types.Type{Kind: types.Record}
	for _, col := range columns {
		row.Fields = append(row.Fields, types.Field{Name: col.Name, Type: col.Type})
	}
	return row
}

// layouts are columns as texts: their names with how their values lie in memory. They are
// asked for by operators in goroutines of their own.
type layouts struct{ texts sync.Map }

// layoutOf tells the columns of records of a topic.
type layoutOf struct {
	topic  int
	within bool
}

func (l *layouts) of(topic int, within bool, columns []types.Column) string {
	key := layoutOf{topic, within}
	if text, ok := l.texts.Load(key); ok {
		return text.(string)
	}
	var w wire.Writer
	w.Uint(uint64(len(columns)))
	for _, c := range columns {
		w.String(c.Name)
		w.String(kernel.ArrowType(c.Type).String())
	}
	l.texts.Store(key, string(w.Buf))
	return string(w.Buf)
}

// LoadOne implements operators.RefCodec.
func (c refCodec) LoadOne(bytes []byte) (operators.Ref, error) {
	r := &stateReader{Reader: wire.NewReader(bytes), e: c.e}
	ref := operators.Ref{Joined: r.Bool()}
	switch kind := r.Uint(); kind {
	case looseDerived:
	case looseOnWay:
		p := &recordPlaces{}
		r.place(p)
		ref.From = p
	case looseRecord:
		l := &loose{c: c}
		r.Rest(func(rest []byte) ([]byte, error) {
			l.bytes = rest
			return nil, nil
		})
		if l.topic = (&stateReader{Reader: wire.NewReader(l.bytes), e: c.e}).topic(); c.e.topicAt[l.topic] != nil {
			ref.From = l
		} // else the topic is gone: the row counts as derived
	default:
		r.Fail(fmt.Errorf("a reference of kind %d", kind))
	}
	return ref, r.Err()
}

// loose is the provenance of one record, read when it is asked for.
type loose struct {
	c     refCodec
	topic int
	bytes []byte
}

// read is the record without its columns, and what is behind that.
func (l *loose) read() (*saved, *wire.Reader) {
	r := &stateReader{Reader: wire.NewReader(l.bytes), e: l.c.e}
	s := &saved{topic: r.topic(), partition: int(r.Uint())}
	s.positions, s.origins, s.texts = []int64{r.Int()}, []string{r.String()}, []string{r.String()}
	s.within = r.Bool()
	return s, r.Reader
}

// Text is the record as it entered its topic.
func (l *loose) Text(int32) string {
	s, _ := l.read()
	return s.texts[0]
}

// Origin is where the record came from.
func (l *loose) Origin(int32) string {
	s, _ := l.read()
	return s.origins[0]
}

// Place is the record's place among all.
func (l *loose) Place(int32) (topic, partition int, position int64) {
	r := &stateReader{Reader: wire.NewReader(l.bytes), e: l.c.e}
	return r.topic(), int(r.Uint()), r.Int()
}

// within reports that the record entered its topic from within the graph.
func (l *loose) within() bool {
	s, _ := l.read()
	return s.within
}

// Columns gives the fields of a row type, as saved does.
func (l *loose) Columns(rows []int32, row *types.Type) ([]arrow.Array, error) {
	s, r := l.read()
	columns, err := l.c.columnsOf(s.topic, s.within)
	if err != nil {
		return nil, err
	}
	layout := r.String()
	text := wire.NewReader([]byte(layout))
	for range text.Len() {
		name, lies, code := text.String(), text.String(), r.Bytes()
		for _, c := range columns {
			if c.Name == name && kernel.ArrowType(c.Type).String() == lies {
				s.columns = append(s.columns, c)
				s.cols = append(s.cols, keycode.Decode(memory.DefaultAllocator, []*types.Type{c.Type}, 1, func(int) []byte { return code })...)
			}
		}
	}
	if err := r.Err(); err != nil {
		return nil, fmt.Errorf("a record of a state: %w", err)
	}
	defer releaseCols(s.cols)
	return s.Columns(rows, row)
}
