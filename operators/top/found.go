package top

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/aggregate"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// NewFound makes top over a changes stream in windows that depend on the rows around
// them (ir.Top.Find): the first rows of each of them as it is now, each under its key.
// Ties at the cut go by time, in which such windows hold their rows.
func NewFound(spec *ir.Top, in, out []types.Column, env *operators.Env) (operators.Operator, error) {
	exprs := make([]ir.Expr, len(spec.By))
	for i, o := range spec.By {
		exprs[i] = o.Expr
	}
	return aggregate.NewPick(&aggregate.Pick{
		Stage: "top", Find: spec.Find, Lateness: spec.Lateness, Input: spec.Input, By: spec.Per, Order: exprs, Rank: spec.Rank,
		Code:   func(by []kernel.Vector) keycode.Appender { return orderCode(spec.By, by) },
		Choose: func(rows []*aggregate.Candidate) []aggregate.Place { return first(rows, int(spec.N), spec.Ties) },
	}, in, out, env)
}

// first are the first n of rows in their order, with those that tie with the last of them
// where ties are kept.
func first(rows []*aggregate.Candidate, n int, ties bool) []aggregate.Place {
	n = min(n, len(rows))
	for ties && n > 0 && n < len(rows) && rows[n].Order == rows[n-1].Order {
		n++
	}
	places := make([]aggregate.Place, n)
	for i, r := range rows[:n] {
		rank := int64(i + 1)
		if ties && i > 0 && rows[i-1].Order == r.Order {
			rank = places[i-1].Rank
		}
		places[i] = aggregate.Place{Candidate: r, Rank: rank}
	}
	return places
}
