package aggregate

import (
	"fmt"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/paned"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// Pick is a stage that shows some of the rows of each group and window, where the
// windows of a changes stream depend on the rows around them: it finds them as an
// aggregate does, and shows rows instead of what they come to.
type Pick struct {
	Stage string     // the stage's word, for errors
	Find  *ir.Window // whose windows are found
	// Lateness is how long after its end a window is settled.
	Lateness time.Duration
	Input    *ir.Replaced
	By       []ir.Expr // the groups
	Order    []ir.Expr // what decides among the rows of a group
	// Code writes the values of Order, so that smaller bytes come first; nil without any.
	Code func(order []kernel.Vector) keycode.Appender
	// Choose are the rows of a group that are shown, out of all of them in their order, those
	// of equal order by time.
	Choose func(rows []*Candidate) []Place
	// Rank is the column that the place makes, "" for none.
	Rank string
	// ByGroup: a result is known by its group, not by the key of its row.
	ByGroup bool
}

// Candidate is a row that may be shown.
type Candidate struct {
	Order string // smaller ones come first
	row   kept.ID
	id    string // what it is told apart by
	group string
	t     int64
	seq   int64 // among those of one time
	// code is the row itself, once it has been shown.
	code  string
	coded bool
}

// Place is a row that is shown, and its rank.
type Place struct {
	*Candidate
	Rank int64
}

// NewPick makes the operator for the columns of its input and output edges.
func NewPick(p *Pick, in, out []types.Column, env *operators.Env) (*Aggregate, error) {
	spec := &ir.Aggregate{Windowed: true, Find: p.Find, Emit: p.Find.Emit, EmitEvery: p.Find.EmitEvery, Lateness: p.Lateness, Input: p.Input}
	a := &Aggregate{spec: spec, out: out}
	for _, name := range p.Find.Per {
		at := operators.ColumnIndex(in, name)
		if at < 0 {
			return nil, fmt.Errorf("%s: there is no column %q", p.Stage, name)
		}
		spec.By = append(spec.By, ir.Item{Name: name, Expr: &ir.Column{Base: ir.Base{T: in[at].Type}, Name: name}})
		a.byCols = append(a.byCols, in[at])
	}
	for _, e := range p.By {
		spec.By = append(spec.By, ir.Item{Expr: e})
	}
	exprs := make([]ir.Expr, len(spec.By))
	for i, b := range spec.By {
		exprs[i] = b.Expr
		a.byTypes = append(a.byTypes, b.Expr.Type())
	}
	var err error
	if a.by, err = env.Exprs(exprs, in); err != nil {
		return nil, err
	}
	picks := &picks{spec: p, candidates: map[kept.ID]*Candidate{}}
	if picks.order, err = env.Exprs(p.Order, in); err != nil {
		return nil, err
	}
	edges := paned.Spec{Stage: p.Stage, Windowed: true, Lateness: p.Lateness, In: in, Made: picks.made(in), Out: out}
	if a.Windows, err = paned.NewWindows(edges, a.newState); err != nil {
		return nil, err
	}
	f := newRefined(a, in)
	f.picks, a.finds = picks, f
	return a, nil
}

// NewPlace shows every row in each of its windows (ir.Place).
func NewPlace(spec *ir.Place, in, out []types.Column, env *operators.Env) (*Aggregate, error) {
	return NewPick(&Pick{Stage: "window", Find: spec.Find, Lateness: spec.Lateness, Input: spec.Input, Choose: all}, in, out, env)
}

func all(rows []*Candidate) []Place {
	places := make([]Place, len(rows))
	for i, r := range rows {
		places[i].Candidate = r
	}
	return places
}

// made are the columns of the results: those of a row, but for the bounds that it does
// not have yet, the rank, and the bounds.
func (p *picks) made(in []types.Column) []types.Column {
	var cols []types.Column
	for i, c := range in {
		if c.Name == types.WindowStart || c.Name == types.WindowEnd {
			continue
		}
		p.columns, p.types = append(p.columns, i), append(p.types, c.Type)
		cols = append(cols, c)
	}
	p.input = cols
	if p.spec.Rank != "" {
		cols = append(cols[:len(cols):len(cols)], types.Column{Name: p.spec.Rank, Type: types.TLong})
		p.types = append(p.types, types.TLong)
	}
	return append(cols[:len(cols):len(cols)],
		types.Column{Name: types.WindowStart, Type: types.TTimestamp, Hidden: true},
		types.Column{Name: types.WindowEnd, Type: types.TTimestamp, Hidden: true})
}

// decode makes the columns of rows that are shown.
func (p *picks) decode(f *refined, rows []*seen) []arrow.Array {
	return keycode.Decode(f.a.Alloc, p.types, len(rows), func(i int) []byte { return rows[i].items })
}
