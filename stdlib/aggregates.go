package stdlib

import (
	"sync"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// The headings aggregates stand under.
const (
	groupAggregate  = "aggregates"
	groupStatistics = "statistics"
	groupCollecting = "collecting aggregates"
)

// aggOverload is one signature of an aggregate with the aggregator that computes it.
type aggOverload struct {
	text   string
	new    kernel.NewAggregator
	refine func(args []*types.Type) *types.Type
}

// defineAggregate makes an aggregate of its documentation and its overloads.
func defineAggregate(a sig.Aggregate, overloads ...aggOverload) *Aggregate {
	agg := &Aggregate{Aggregate: a, New: make([]kernel.NewAggregator, len(overloads))}
	agg.Overloads = make([]sig.Signature, len(overloads))
	for i, o := range overloads {
		agg.Overloads[i] = sig.MustParse(o.text)
		agg.Overloads[i].Refine = o.refine
		agg.New[i] = o.new
	}
	return agg
}

// aggExamples makes examples of threes: the expression, the values of x, the result.
func aggExamples(threes ...string) []sig.Example {
	out := make([]sig.Example, 0, len(threes)/3)
	for i := 0; i+2 < len(threes); i += 3 {
		out = append(out, sig.Example{Expr: threes[i], Rows: threes[i+1], Result: threes[i+2]})
	}
	return out
}

// Aggregates lists the built-in aggregates by name.
func Aggregates() []*Aggregate { return aggregates() }

// LookupAggregate finds an aggregate, nil when there is none of that name.
func LookupAggregate(name string) *Aggregate { return aggregatesByName()[name] }

var aggregatesByName = sync.OnceValue(func() map[string]*Aggregate {
	byName := map[string]*Aggregate{}
	for _, a := range aggregates() {
		byName[a.Name] = a
	}
	return byName
})

var aggregates = sync.OnceValue(func() []*Aggregate {
	return []*Aggregate{
		aggAll(),
		aggAny(),
		aggApproxCountDistinct(),
		aggApproxQuantile(),
		aggArgMax(),
		aggArgMin(),
		aggAvg(),
		aggBitAnd(),
		aggBitOr(),
		aggBitXor(),
		aggCollect(),
		aggCollectDistinct(),
		aggCorr(),
		aggCount(),
		aggCountDistinct(),
		aggCountIf(),
		aggCovarPop(),
		aggCovarSamp(),
		aggEntropy(),
		aggFirst(),
		aggGeometricMean(),
		aggKurtosis(),
		aggLast(),
		aggMax(),
		aggMedian(),
		aggMin(),
		aggMode(),
		aggQuantile(),
		aggQuantileDisc(),
		aggRegrIntercept(),
		aggRegrR2(),
		aggRegrSlope(),
		aggSkewness(),
		aggStddev(),
		aggStddevPop(),
		aggStddevSamp(),
		aggStringAgg(),
		aggSum(),
		aggVarPop(),
		aggVarSamp(),
		aggVariance(),
		aggWeightedAvg(),
	}
})
