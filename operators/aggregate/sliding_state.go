package aggregate

import (
	"cmp"
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/wire"
)

func (s *sliding) held() int64 { return int64(s.waiting.Len()) }

func (s *sliding) release() {
	if s.waiting != nil {
		s.waiting.Release()
		s.rows.Release()
	}
}

// save writes the rows of the windows, or where keys can be on a shelf puts them there; what the
// aggregators know follows from the rows.
func (s *sliding) save(w *wire.Writer) error {
	if err := s.waiting.Save(w); err != nil {
		return err
	}
	if w.Bool(s.apart != nil); s.apart != nil {
		return s.apart.put()
	}
	var ids []kept.ID
	for _, key := range s.keys.Save(w) {
		for _, l := range s.byKey[key].rows {
			ids = append(ids, l.id)
		}
	}
	return s.rows.Save(w, ids)
}

// load reads the rows of windows and works through them as if they had just come.
func (s *sliding) load(r *wire.Reader, mine operators.Mine) {
	s.waiting.Load(r, func(_ int, b *operators.Batch) []int32 { return s.a.mineOf(b, mine) })
	if r.Bool() {
		if err := s.apart.resume(mine); err != nil {
			r.Fail(err)
		}
		return
	}
	group.New(s.a.byTypes[:len(s.a.spec.Find.Per)]).Load(r)
	rows := kept.New(s.a.Ctx)
	defer rows.Release()
	ids := rows.Load(r)
	if len(ids) == 0 || r.Err() != nil {
		return
	}
	all := rows.Take(ids)
	defer all.Release()
	mineRows := s.a.mineOf(all, mine)
	slices.SortStableFunc(mineRows, func(x, y int32) int { return cmp.Compare(all.Time[x], all.Time[y]) })
	b := operators.Gather(s.a.Alloc, all, mineRows)
	defer b.Release()
	if err := s.slide(b, nowhere{}); err != nil {
		r.Fail(err)
	}
}

// nowhere takes what has left already.
type nowhere struct{ operators.Output }

// Emit implements operators.Output.
func (nowhere) Emit(_ int, b *operators.Batch) { b.Release() }

// Fail implements operators.Output.
func (nowhere) Fail(*operators.Batch, []operators.Failure) {}

// FailGroup implements operators.Output.
func (nowhere) FailGroup(int64, string, string, string) {}
