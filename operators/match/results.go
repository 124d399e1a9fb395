package match

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/aggregate"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/kernel"
)

// matched is a match, or an attempt that has run out of time.
type matched struct {
	key      *key
	start    *held
	rows     *link
	time     int64
	settled  int64
	arrival  int64
	timedOut bool
}

// results is how rows are made of matches.
type results struct {
	perCols []types.Column // for error records
	records []record
	calls   []defineCalls
	cols    []types.Column // what items are over: named keys, records, calls, the time
	named   []int          // which keys have a name
	emit    []operators.Eval
	timeout []operators.Eval
	layout  operators.Layout
}

// record is the row of a define as a column.
type record struct {
	define int
	t      *types.Type
}

// defineCalls is the aggregates of the rows of one define.
type defineCalls struct {
	define int
	at     []int // in results.cols
	calls  *aggregate.Calls
}

// itemColumns are the columns that items read, and the parts of records.
func (m *Match) itemColumns() map[string]bool {
	read := map[string]bool{}
	for _, it := range slices.Concat(m.spec.Emit, m.spec.Timeout) {
		columnsOf(it.Expr, read)
	}
	return read
}

// columnsOf adds the names of columns that an expression reads, and a.b for a part
// of one.
func columnsOf(e ir.Expr, read map[string]bool) {
	switch e := e.(type) {
	case *ir.Column:
		read[e.Name] = true
		return
	case *ir.Field:
		x := e.X
		if n, ok := x.(*ir.NotNull); ok {
			x = n.X
		}
		if c, ok := x.(*ir.Column); ok {
			read[c.Name+"."+e.Name] = true
			return
		}
	}
	for _, c := range ir.Children(e) {
		columnsOf(c, read)
	}
}

// needed is the columns of each input that results are made of.
func (m *Match) needed(ins [][]types.Column) []map[string]bool {
	read := m.itemColumns()
	out := make([]map[string]bool, len(ins))
	for i, cols := range ins {
		out[i] = map[string]bool{}
		for _, d := range m.spec.Defines {
			for _, c := range cols {
				if d.Input == i && (read[d.Name] || read[d.Name+"."+c.Name]) {
					out[i][c.Name] = true
				}
			}
		}
	}
	for i, c := range m.spec.Calls {
		if read[ir.CallColumn(i)] {
			for _, a := range c.Call.Args {
				columnsOfInput(a, out[m.spec.Defines[c.Define].Input])
			}
		}
	}
	return out
}

// columnsOfInput adds the columns that an expression reads, whole.
func columnsOfInput(e ir.Expr, read map[string]bool) {
	if c, ok := e.(*ir.Column); ok {
		read[c.Name] = true
	}
	for _, c := range ir.Children(e) {
		columnsOfInput(c, read)
	}
}

// compileResults compiles the items.
func (m *Match) compileResults(out []types.Column, env *operators.Env) error {
	r := &m.results
	read := m.itemColumns()
	for i, name := range m.spec.PerNames {
		shown := name
		if name == "" {
			shown = fmt.Sprintf("key%d", i+1)
		}
		r.perCols = append(r.perCols, types.Column{Name: shown, Type: m.types[i]})
		if name != "" {
			r.named = append(r.named, i)
			r.cols = append(r.cols, types.Column{Name: name, Type: m.types[i]})
		}
	}
	for d, def := range m.spec.Defines {
		t := &types.Type{Kind: types.Record, Nullable: true}
		for _, c := range m.inputs[def.Input].cols {
			if read[def.Name] || read[def.Name+"."+c.Name] {
				t.Fields = append(t.Fields, types.Field{Name: c.Name, Type: c.Type})
			}
		}
		if read[def.Name] || len(t.Fields) > 0 {
			r.records = append(r.records, record{d, t})
			r.cols = append(r.cols, types.Column{Name: def.Name, Type: t})
		}
	}
	if err := m.compileCalls(read, env); err != nil {
		return err
	}
	r.cols = append(r.cols, types.Column{Name: ir.MatchTime, Type: types.TTimestamp})
	var err error
	if r.emit, err = itemEvals(m.spec.Emit, r.cols, env); err != nil {
		return err
	}
	if r.timeout, err = itemEvals(m.spec.Timeout, r.cols, env); err != nil {
		return err
	}
	made := make([]types.Column, len(m.spec.Emit))
	for i, it := range m.spec.Emit {
		made[i] = types.Column{Name: it.Name, Type: it.Expr.Type()}
	}
	r.layout, err = operators.NewLayout(out, made)
	return err
}

func (m *Match) compileCalls(read map[string]bool, env *operators.Env) error {
	r := &m.results
	for d, def := range m.spec.Defines {
		var specs []ir.AggCall
		dc := defineCalls{define: d}
		for i, c := range m.spec.Calls {
			if c.Define == d && read[ir.CallColumn(i)] {
				specs, dc.at = append(specs, c.Call), append(dc.at, len(r.cols))
				r.cols = append(r.cols, types.Column{Name: ir.CallColumn(i), Type: c.Call.T})
			}
		}
		if len(specs) == 0 {
			continue
		}
		var err error
		if dc.calls, err = aggregate.NewCalls(specs, m.inputs[def.Input].cols, env); err != nil {
			return err
		}
		r.calls = append(r.calls, dc)
	}
	return nil
}

func itemEvals(items []ir.Item, cols []types.Column, env *operators.Env) ([]operators.Eval, error) {
	exprs := make([]ir.Expr, len(items))
	for i, it := range items {
		exprs[i] = it.Expr
	}
	return env.Exprs(exprs, cols)
}

// send emits what was found, in the order in which it was settled and then of the
// first rows.
func (m *Match) send() {
	slices.SortFunc(m.found, func(a, b matched) int {
		return cmp.Or(cmp.Compare(a.settled, b.settled), a.start.compare(b.start))
	})
	for from := 0; from < len(m.found); from += m.ctx.BatchRows {
		m.sendSome(m.found[from:min(from+m.ctx.BatchRows, len(m.found))])
	}
}

// sendSome emits some matches as one batch.
func (m *Match) sendSome(found []matched) {
	n := len(found)
	b := &operators.Batch{Rows: n}
	groups := make([]int32, n)
	out := &operators.Batch{Rows: n}
	var done, late []int32
	for i, f := range found {
		groups[i] = f.key.group
		out.Time, out.Arrival = append(out.Time, f.time), append(out.Arrival, f.arrival)
		out.Progress, out.Seq, out.Lead = append(out.Progress, f.settled), append(out.Seq, f.start.seq), append(out.Lead, f.start.time)
		if f.timedOut {
			late = append(late, int32(i))
		} else {
			done = append(done, int32(i))
		}
	}
	fails := make(map[int]operators.Failure)
	fail := func(i int, code, reason string) {
		if _, failed := fails[i]; !failed {
			fails[i] = operators.Failure{Row: i, Code: code, Reason: reason}
		}
	}
	per := m.table.Keys(m.ctx.Alloc, groups)
	b.Cols = m.sources(found, per, fail)
	out.Cols = m.results.layout.Arrange(m.items(b, done, late, fails, fail))
	b.Release()
	for i := range n {
		if f, failed := fails[i]; failed {
			m.out.FailGroup(found[i].time, f.Code, f.Reason, group.JSON(m.results.perCols, per, i))
		} else {
			out.Sel = append(out.Sel, int32(i))
		}
	}
	for _, a := range per {
		a.Release()
	}
	switch len(out.Sel) {
	case n:
		out.Sel = nil
	case 0:
		out.Release()
		return
	}
	m.out.Emit(0, out)
}

// sources is the columns that items are over.
func (m *Match) sources(found []matched, per []arrow.Array, fail func(i int, code, reason string)) []arrow.Array {
	r := &m.results
	cols := make([]arrow.Array, 0, len(r.cols))
	for _, i := range r.named {
		per[i].Retain()
		cols = append(cols, per[i])
	}
	for _, rec := range r.records {
		cols = append(cols, m.recordOf(found, rec))
	}
	for _, dc := range r.calls {
		ids, of := rowsOf(found, dc.define)
		in := m.inputs[m.spec.Defines[dc.define].Input]
		b := m.take(in, ids)
		cols = append(cols, dc.calls.Results(m.ctx.Alloc, b, of, len(found), fail)...)
		b.Release()
	}
	at, values := kernel.NewFixed[int64](m.ctx.Alloc, arrow.FixedWidthTypes.Timestamp_us, len(found))
	for i, f := range found {
		values[i] = f.time
	}
	return append(cols, at)
}

// rowsOf is the rows of a define in the order they came, and of which match each is.
func rowsOf(found []matched, define int) (ids []kept.ID, of []int32) {
	for i, f := range found {
		from := len(ids)
		for l := f.rows; l != nil; l = l.before {
			if int(l.define) == define {
				ids, of = append(ids, l.row.ID), append(of, int32(i))
			}
		}
		slices.Reverse(ids[from:])
	}
	return ids, of
}

// take is kept rows as a batch, without rows too.
func (m *Match) take(in *input, ids []kept.ID) *operators.Batch {
	if len(ids) > 0 {
		return in.rows.Take(ids)
	}
	b := &operators.Batch{}
	for _, c := range in.cols {
		b.Cols = append(b.Cols, array.MakeArrayOfNull(m.ctx.Alloc, kernel.ArrowType(c.Type), 0))
	}
	return b
}

// recordOf is the row of a define of each match as a record, null where there is none.
func (m *Match) recordOf(found []matched, rec record) arrow.Array {
	in := m.inputs[m.spec.Defines[rec.define].Input]
	ids, of := rowsOf(found, rec.define)
	if len(ids) == 0 {
		return array.MakeArrayOfNull(m.ctx.Alloc, kernel.ArrowType(rec.t), len(found))
	}
	at := make([]int32, len(found))
	for i := range at {
		at[i] = -1
	}
	for i, f := range of {
		at[f] = int32(i)
	}
	b := in.rows.Take(ids)
	defer b.Release()
	var fields []arrow.ArrayData
	for _, f := range rec.t.Fields {
		fields = append(fields, b.Cols[operators.ColumnIndex(in.cols, f.Name)].Data())
	}
	data := array.NewData(kernel.ArrowType(rec.t), len(ids), []*memory.Buffer{nil}, fields, 0, 0)
	defer data.Release()
	whole := array.MakeFromData(data)
	defer whole.Release()
	return kernel.Gather(m.ctx.Alloc, whole, at)
}

// items evaluates the items of matches and of attempts that ran out of time.
func (m *Match) items(b *operators.Batch, done, late []int32, fails map[int]operators.Failure, fail func(i int, code, reason string)) []arrow.Array {
	of := func(items []operators.Eval, sel []int32) []arrow.Array {
		sel = slices.DeleteFunc(slices.Clone(sel), func(i int32) bool { _, failed := fails[int(i)]; return failed })
		rows := &operators.Rows{Alloc: m.ctx.Alloc, Batch: b, Sel: sel}
		if len(sel) == b.Rows {
			rows.Sel = nil
		}
		out := make([]arrow.Array, len(items))
		for i, e := range items {
			out[i] = operators.Full(m.ctx.Alloc, rows.Eval(e), b.Rows)
		}
		for _, f := range rows.Failed {
			fail(f.Row, f.Code, f.Reason)
		}
		return out
	}
	if len(late) == 0 {
		return of(m.results.emit, done)
	}
	if len(done) == 0 {
		return of(m.results.timeout, late)
	}
	x, y := of(m.results.emit, done), of(m.results.timeout, late)
	at := make([]int32, b.Rows)
	for i := range at {
		at[i] = int32(i)
	}
	for _, i := range late {
		at[i] += int32(b.Rows)
	}
	out := make([]arrow.Array, len(x))
	for i := range out {
		out[i] = kernel.GatherAny(m.ctx.Alloc, []arrow.Array{x[i], y[i]}, at)
		x[i].Release()
		y[i].Release()
	}
	return out
}
