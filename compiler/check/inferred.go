package check

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
)

// InferredTopic is a topic over data whose schema was found out, as `edyc query`
// makes one for each file: bounded, without time, and complete only at its end.
func InferredTopic(name string, row *types.Type) *ir.Topic {
	t := &ir.Topic{Name: name, Row: row, Inferred: true, Bounded: true, Complete: true, Partitions: 1}
	t.Type = &types.Stream{Topic: name, Bounded: true, Columns: columnsOfRow(row)}
	return t
}
