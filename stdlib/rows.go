package stdlib

import "github.com/edynamic/edynamic/lang/sig"

const groupRows = "functions of rows"

// RowFunctions documents the functions that compare a row with its neighbours. They
// stand before `over (...)` only, where aggregates may stand too; the checker types
// them and a stage computes them, so that they have no kernel.
func RowFunctions() []*sig.Function {
	return []*sig.Function{
		rowFunction("lag", "a null in that row is given as it is", "lag<T>(x: T, n: const long = 1, default: T? = null) -> T?",
			"The value of x at the n-th row before this one, of the same key and in the order of `over`. With a frame, as in "+
				"`lag(x) over (per k last 10m)`, that row must lie in it. The default stands where there is no such row."),
		rowFunction("lead", "a null in that row is given as it is", "lead<T>(x: T, n: const long = 1, default: T? = null) -> T?",
			"The value of x at the n-th row after this one. The row waits until that one has come, and with a frame, as in "+
				"`lead(x) over (per k next 10m)`, no longer than that."),
		rowFunction("row_number", "", "row_number() -> long",
			"The number of the row among those of its key, from 1, in the order of `over`."),
		rowFunction("rank", "", "rank() -> long",
			"The number of the row among those of its key, where rows of equal order share the number of the first: 1, 1, 3."),
		rowFunction("dense_rank", "", "dense_rank() -> long",
			"The number of the row's place in the order among those of its key, where rows of equal order share one: 1, 1, 2."),
	}
}

func rowFunction(name, nulls, text, doc string) *sig.Function {
	return &sig.Function{Name: name, Group: groupRows, Overloads: []sig.Signature{{Name: name, Text: text}}, Doc: doc, Nulls: nulls}
}

// LookupRowFunction finds one of them, nil when there is none of that name.
func LookupRowFunction(name string) *sig.Function {
	for _, f := range RowFunctions() {
		if f.Name == name {
			return f
		}
	}
	return nil
}
