package exec

import (
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// refCodec carries the records that rows of a state came from through a snapshot:
// their text, origin, place, and all their columns.
type refCodec struct{ e *Engine }

// referred is what a reference refers to.
type referred struct {
	from  operators.Provenance
	index int32
}

// Save implements operators.RefCodec. Records of one provenance are written together; of
// others of which there are few, each is written by itself.
func (c refCodec) Save(w *wire.Writer, refs []operators.Ref) error {
	number := map[referred]int{}
	var froms []operators.Provenance
	records := map[operators.Provenance][]int32{}
	for _, r := range refs {
		at := referred{r.From, r.Index}
		if _, known := number[at]; known || r.From == nil {
			continue
		}
		if records[r.From] == nil {
			froms = append(froms, r.From)
		}
		records[r.From] = append(records[r.From], r.Index)
		number[at] = 0
	}
	n := 0
	var single []operators.Ref
	froms = slices.DeleteFunc(froms, func(from operators.Provenance) bool {
		rows := records[from]
		if _, onWay := from.(*recordPlaces); onWay || len(rows) >= fewRecords {
			return false
		}
		for _, i := range rows {
			n++
			number[referred{from, i}] = n
			single = append(single, operators.Ref{From: from, Index: i})
		}
		return true
	})
	if err := c.saveSingle(w, single); err != nil {
		return err
	}
	w.Uint(uint64(len(froms)))
	for _, from := range froms {
		for _, i := range records[from] {
			n++
			number[referred{from, i}] = n
		}
		if err := c.saveRecords(w, from, records[from]); err != nil {
			return err
		}
	}
	w.Uint(uint64(len(refs)))
	for _, r := range refs {
		n := uint64(number[referred{r.From, r.Index}]) << 1 // 0 for a derived row
		if r.Joined {
			n |= 1
		}
		w.Uint(n)
	}
	return nil
}

// fewRecords is how many records of one provenance are not worth columns of their own.
const fewRecords = 4

// saveSingle writes records one by one.
func (c refCodec) saveSingle(w *wire.Writer, refs []operators.Ref) error {
	saved, err := c.SaveEach(refs)
	if err != nil {
		return err
	}
	w.Uint(uint64(len(saved)))
	for _, b := range saved {
		w.Bytes(b)
	}
	return nil
}

func (c refCodec) saveRecords(w *wire.Writer, from operators.Provenance, rows []int32) error {
	places, onWay := from.(*recordPlaces)
	w.Bool(onWay)
	if onWay {
		sw := &stateWriter{Writer: w, e: c.e}
		w.Uint(uint64(len(rows)))
		for _, i := range rows {
			sw.place(places, i)
		}
		return nil
	}
	topic, partition, _ := from.Place(rows[0])
	(&stateWriter{Writer: w, e: c.e}).topic(topic)
	w.Uint(uint64(partition))
	w.Uint(uint64(len(rows)))
	for _, i := range rows {
		_, _, position := from.Place(i)
		w.Int(position)
		w.String(from.Origin(i))
		w.String(from.Text(i))
	}
	within := enteredWithin(from)
	columns, err := c.columnsOf(topic, within)
	if err != nil {
		return err
	}
	w.Bool(within)
	w.Uint(uint64(len(columns)))
	if len(columns) == 0 {
		return nil
	}
	for _, col := range columns {
		w.String(col.Name)
	}
	cols, err := c.columns(from, rows, columns)
	if err != nil {
		return err
	}
	defer releaseCols(cols)
	return w.Arrays(cols, len(rows))
}

// enteredWithin tells that records entered their topic from within the graph or from
// a test, and so have its columns and no others.
func enteredWithin(from operators.Provenance) bool {
	switch from := from.(type) {
	case *kept:
		return true
	case *saved:
		return from.within
	case *loose:
		return from.within()
	}
	return false
}

// columnsOf are all columns that records of a topic can be read with.
func (c refCodec) columnsOf(topic int, within bool) ([]types.Column, error) {
	t := c.e.topicAt[topic]
	switch {
	case t == nil:
		return nil, bugf("a state has records of topic %d, which there is not", topic)
	case within:
		return t.columns, nil
	}
	return rowColumns(t.topic.Row), nil
}

// Load implements operators.RefCodec.
func (c refCodec) Load(r *wire.Reader) []operators.Ref {
	all := []operators.Ref{{}}
	for range r.Len() {
		ref, err := c.LoadOne(slices.Clone(r.Bytes()))
		if err != nil {
			r.Fail(err)
			return nil
		}
		all = append(all, ref)
	}
	for range r.Len() {
		s, n := c.loadRecords(r)
		for i := range n {
			all = append(all, operators.Ref{From: s, Index: int32(i)})
		}
	}
	refs := make([]operators.Ref, r.Len())
	for i := range refs {
		n := r.Uint()
		if n>>1 >= uint64(len(all)) {
			r.Fail(fmt.Errorf("record %d of %d", n>>1, len(all)-1))
			return nil
		}
		refs[i] = all[n>>1]
		refs[i].Joined = n&1 != 0
	}
	return refs
}

// loadRecords reads records, and how many there are. Those of a topic that is gone are
// of no topic: their rows count as derived.
func (c refCodec) loadRecords(r *wire.Reader) (operators.Provenance, int) {
	sr := &stateReader{Reader: r, e: c.e}
	if r.Bool() {
		p := &recordPlaces{}
		for range r.Len() {
			sr.place(p)
		}
		return p, len(p.spots)
	}
	s := &saved{topic: sr.topic(), partition: int(r.Uint())}
	for range r.Len() {
		s.positions = append(s.positions, r.Int())
		s.origins = append(s.origins, r.String())
		s.texts = append(s.texts, r.String())
	}
	s.within = r.Bool()
	names := make([]string, r.Len())
	for i := range names {
		names[i] = r.String()
	}
	if len(names) == 0 {
		return s, len(s.texts)
	}
	cols, _ := r.Arrays(memory.DefaultAllocator)
	if len(cols) != len(names) {
		r.Fail(fmt.Errorf("%d columns of records, want %d", len(cols), len(names)))
		return s, len(s.texts)
	}
	if c.e.topicAt[s.topic] == nil {
		return nil, len(s.texts)
	}
	s.keep(c, names, cols)
	return s, len(s.texts)
}

// keep takes the columns that the topic still has.
func (s *saved) keep(c refCodec, names []string, cols []arrow.Array) {
	columns, err := c.columnsOf(s.topic, s.within)
	if err != nil {
		return
	}
	for _, col := range columns {
		if i := slices.Index(names, col.Name); i >= 0 && arrow.TypeEqual(cols[i].DataType(), kernel.ArrowType(col.Type)) {
			s.columns, s.cols = append(s.columns, col), append(s.cols, cols[i])
		}
	}
}

// saved is the provenance of records that a snapshot kept. Like kept, it holds
// memory of the garbage collector.
type saved struct {
	topic, partition int
	within           bool // see enteredWithin
	positions        []int64
	origins, texts   []string
	columns          []types.Column
	cols             []arrow.Array
}

// Text is the record as it entered its topic.
func (s *saved) Text(i int32) string { return s.texts[i] }

// Origin is where the record came from.
func (s *saved) Origin(i int32) string { return s.origins[i] }

// Place is the record's place among all.
func (s *saved) Place(i int32) (topic, partition int, position int64) {
	return s.topic, s.partition, s.positions[i]
}

// Columns gives the fields of a row type, which may leave out parts of nested
// records.
func (s *saved) Columns(rows []int32, row *types.Type) ([]arrow.Array, error) {
	var out []arrow.Array
	for _, want := range rowColumns(row) {
		at := slices.IndexFunc(s.columns, func(c types.Column) bool { return c.Name == want.Name })
		if at < 0 {
			out = append(out, array.MakeArrayOfNull(memory.DefaultAllocator, kernel.ArrowType(want.Type), len(rows)))
			continue
		}
		part, err := narrowed(s.cols[at], s.columns[at].Type, want.Type)
		if err != nil {
			releaseCols(out)
			return nil, fmt.Errorf("column %s: %w", want.Name, err)
		}
		out = append(out, kernel.Gather(memory.DefaultAllocator, part, rows))
		part.Release()
	}
	return out, nil
}

// narrowed is an array without the parts of records that a type leaves out.
func narrowed(a arrow.Array, have, want *types.Type) (arrow.Array, error) {
	if types.Equal(have.NonNull(), want.NonNull()) {
		a.Retain()
		return a, nil
	}
	if have.Kind != types.Record || want.Kind != types.Record {
		return nil, fmt.Errorf("it is %s here and %s there", have, want)
	}
	of := a.(*array.Struct)
	var kids []arrow.Array
	defer func() { releaseCols(kids) }()
	for _, f := range want.Fields {
		at := slices.IndexFunc(have.Fields, func(h types.Field) bool { return h.Name == f.Name })
		if at < 0 {
			return nil, fmt.Errorf("there is no field %s", f.Name)
		}
		kid, err := narrowed(of.Field(at), have.Fields[at].Type, f.Type)
		if err != nil {
			return nil, err
		}
		kids = append(kids, kid)
	}
	data := make([]arrow.ArrayData, len(kids))
	for i, k := range kids {
		data[i] = k.Data()
	}
	d := array.NewData(kernel.ArrowType(want), a.Len(), []*memory.Buffer{a.Data().Buffers()[0]}, data, a.NullN(), 0)
	defer d.Release()
	return array.NewStructData(d), nil
}
