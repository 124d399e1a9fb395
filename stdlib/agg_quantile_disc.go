package stdlib

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
)

func aggQuantileDisc() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "quantile_disc",
			Group: groupStatistics,
			Doc:   "The smallest value that at least a fraction q of the values does not exceed. It is one of the values, of any ordered type.",
			Nulls: "nulls are skipped; without rows the result is null",
			Examples: aggExamples(
				"quantile_disc(x, 0.5)", "[10, 20, 30, 40]", "20",
			),
		},
		EmptyNull: true,
		Retracts:  true,
		Growing:   "quantile_disc keeps the count of every different value; approx_quantile does not",
	},
		aggOverload{text: "quantile_disc<T: ordered>(x: T, q: const double) -> T", new: newQuantileDisc})
}

func newQuantileDisc(_ []*types.Type, consts []any, result *types.Type) kernel.Aggregator {
	q, _ := consts[1].(float64)
	return fold.Bags(func(b *fold.Results[fold.Bag]) arrow.Array {
		return fold.DecodeOne(b.Alloc, result, len(b.Groups), func(i int) []byte {
			s := b.State(i)
			if s.Len() == 0 || !isFraction(q, i, b.Fail) {
				return nil
			}
			return []byte(s.At(max(int64(math.Ceil(q*float64(s.Len())))-1, 0)))
		})
	})
}
