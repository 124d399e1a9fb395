package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

func aggStringAgg() *Aggregate {
	return defineAggregate(sig.Aggregate{
		Function: sig.Function{
			Name:  "string_agg",
			Group: groupCollecting,
			Doc:   "The texts one after the other, in the order of the rows, with a separator between them.",
			Nulls: "nulls are skipped; without rows the result is null",
			Examples: aggExamples(
				"string_agg(x, \"; \")", "[\"b\", null, \"a\"]", "\"b; a\"",
				"string_agg(x)", "[\"b\", \"a\"]", "\"b,a\"",
			),
		},
		EmptyNull: true,
		Retracts:  true,
		Growing:   "string_agg keeps all texts of a group",
	},
		aggOverload{text: `string_agg(x: string, sep: const string = ",") -> string`, new: newStringAgg})
}

func newStringAgg(_ []*types.Type, consts []any, result *types.Type) kernel.Aggregator {
	sep, _ := consts[1].(string)
	var text []byte
	return fold.Sequences(func(b *fold.Results[fold.Sequence]) arrow.Array {
		return fold.Column(b, result, func(_ int, s *fold.Sequence) ([]byte, bool) {
			text = text[:0]
			first := true
			s.Each(func(code []byte) {
				if !first {
					text = append(text, sep...)
				}
				first = false
				text = append(text, keycode.Text(code)...)
			})
			return text, s.Len() > 0
		})
	})
}
