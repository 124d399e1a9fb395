package latest

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/aggregate"
)

// NewFound makes latest over a changes stream in windows that depend on the rows around
// them (ir.Latest.Find): per key the row with the largest time in each of them as it is now.
func NewFound(spec *ir.Latest, in, out []types.Column, env *operators.Env) (operators.Operator, error) {
	return aggregate.NewPick(&aggregate.Pick{
		Stage: "latest", Find: spec.Find, Lateness: spec.Lateness, Input: spec.Input, By: spec.By, ByGroup: true,
		Choose: func(rows []*aggregate.Candidate) []aggregate.Place {
			return []aggregate.Place{{Candidate: rows[len(rows)-1]}}
		},
	}, in, out, env)
}
