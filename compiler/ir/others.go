package ir

// Others are the inputs of an operator besides the rows of its stage.
func Others(op Operator) []*Pipeline {
	switch op := op.(type) {
	case *Union:
		return op.With
	case *Match:
		var out []*Pipeline
		for _, in := range op.With {
			out = append(out, in.Pipeline)
		}
		return out
	case *Join:
		return []*Pipeline{op.Right}
	case *Asof:
		return []*Pipeline{op.Right}
	case *Lookup:
		return []*Pipeline{op.Right}
	default:
		return nil
	}
}
