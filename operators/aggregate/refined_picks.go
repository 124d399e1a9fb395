package aggregate

import (
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/paned"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// picks is the rows of refined windows that may be shown: what decides among them, by
// the name they are kept under.
type picks struct {
	spec       *Pick
	order      []operators.Eval
	candidates map[kept.ID]*Candidate
	columns    []int          // of the input, that results have
	input      []types.Column // those columns
	types      []*types.Type  // of what is decoded
}

// picked is what is read of the rows of a batch that come.
type picked struct {
	p                *picks
	in               *input
	order            []kernel.Vector
	group, id, codes keycode.Appender
}

// read computes what decides among the rows of a batch. One that has no order counts
// nowhere, and leaves for the error topic.
func (p *picks) read(f *refined, b *operators.Batch, in *input, out operators.Output) *picked {
	rows := &operators.Rows{Alloc: f.a.Alloc, Batch: b, Sel: in.sel}
	r := &picked{p: p, in: in, order: rows.All(p.order)}
	rows.Report(out)
	in.sel = rows.Sel
	r.group = keycode.Row(in.keys[len(f.a.spec.Find.Per):], keycode.Key)
	r.id = f.identity.Codes(b)
	if p.spec.Code != nil {
		r.codes = p.spec.Code(r.order)
	}
	return r
}

func (r *picked) release() {
	if r != nil {
		operators.ReleaseAll(r.order)
	}
}

// keep notes the rows that did not fail, under the names they are kept under by their
// places in the batch.
func (r *picked) keep(ids []kept.ID) {
	if r == nil {
		return
	}
	ok := operators.Batch{Rows: r.in.n, Sel: r.in.sel}
	ok.Each(func(i int) {
		c := &Candidate{row: ids[i], id: string(r.id(nil, i)), group: string(r.group(nil, i))}
		if r.codes != nil {
			c.Order = string(r.codes(nil, i))
		}
		r.p.candidates[ids[i]] = c
	})
}

// count puts kept rows that did not fail into a window.
func (p *picks) count(f *refined, rows []refinedRow, w *numbered) {
	list := make([]*Candidate, len(rows))
	for i, r := range rows {
		list[i] = p.candidates[r.id]
		list[i].t, list[i].seq = r.t, r.seq
	}
	w.picked.add(list)
	w.rows += int64(len(rows))
	f.state.rows += int64(len(rows))
}

// takeOut takes a row out of a window that may have it.
func (p *picks) takeOut(f *refined, row refinedRow, w *numbered) {
	if c := p.candidates[row.id]; c != nil && w.picked.remove(c) {
		w.rows--
		f.state.rows--
	}
}

// current is the rows of a window that are shown, by what they are known by.
func (p *picks) current(f *refined, w *refinedWindow) map[string]seen {
	var shown []Place
	for _, rows := range w.picked {
		shown = append(shown, p.spec.Choose(rows)...)
	}
	p.encode(f, shown)
	ranks := p.ranks(f, shown)
	now := make(map[string]seen, len(shown))
	again := map[string]int64{} // rows of a stream without a key may be alike
	for i, at := range shown {
		key := at.id
		if p.spec.ByGroup {
			key = at.group
		} else if len(p.spec.Input.Key) == 0 {
			again[at.id]++
			key += string(binary(again[at.id]))
		}
		now[key] = seen{items: []byte(at.code + ranks[i]), start: w.start, end: w.end}
	}
	return now
}

// encode writes the rows that are shown for the first time.
func (p *picks) encode(f *refined, shown []Place) {
	var ids []kept.ID
	var fresh []*Candidate
	for _, at := range shown {
		if !at.coded {
			at.coded = true
			ids, fresh = append(ids, at.row), append(fresh, at.Candidate)
		}
	}
	if len(ids) == 0 {
		return
	}
	b := f.rows.Take(ids)
	defer b.Release()
	row := &operators.Batch{Rows: b.Rows}
	for _, at := range p.columns {
		row.Cols = append(row.Cols, b.Cols[at])
	}
	code := paned.RowCode(row, p.input)
	for i, c := range fresh {
		c.code = string(code(nil, i))
	}
}

// ranks are the codes of the ranks of rows, empty where there is no such column.
func (p *picks) ranks(f *refined, shown []Place) []string {
	codes := make([]string, len(shown))
	if p.spec.Rank == "" || len(shown) == 0 {
		return codes
	}
	ranks := make([]int64, len(shown))
	for i, at := range shown {
		ranks[i] = at.Rank
	}
	arr := kept.Ranks(f.a.Alloc, ranks)
	defer arr.Release()
	code := keycode.Row([]kernel.Vector{{Type: types.TLong, Arr: arr}}, keycode.Exact)
	for i := range codes {
		codes[i] = string(code(nil, i))
	}
	return codes
}

// recall notes kept rows anew that a snapshot has brought, and lists those of the
// windows of keys.
func (p *picks) recall(f *refined, keys []int32) {
	var ids []kept.ID
	for _, key := range keys {
		h := f.byKey[key]
		ids = append(ids, f.countedIDs(append(appendRows(nil, h.windows), h.rows...))...)
	}
	if len(ids) == 0 {
		return
	}
	b := f.rows.Take(ids)
	defer b.Release()
	in := f.a.read(b, nowhere{}) // none of them failed when it came
	defer in.release()
	r := p.read(f, b, in, nowhere{})
	defer r.release()
	r.keep(ids)
	for _, key := range keys {
		h := f.byKey[key]
		for _, w := range h.windows {
			var list []*Candidate
			for _, row := range f.counted(f.shape.rowsOf(h, w)) {
				c := p.candidates[row.id]
				c.t, c.seq = row.t, row.seq
				list = append(list, c)
			}
			w.picked.add(list)
		}
	}
}
