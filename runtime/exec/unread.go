package exec

import (
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/format"
)

// fillBlank reads the columns of a batch that were left blank, unless all of its rows are
// recorded as they were read: else the record of the topic has them from the columns.
func (t *topicNode) fillBlank(b *operators.Batch, rows *format.Rows) {
	if !rows.Blank || b.Len() == 0 || b.Sel == nil && t.recordsWhole() && rows.Beside != nil {
		return
	}
	all := make([]int32, b.Rows)
	for i := range all {
		all[i] = int32(i)
	}
	cols, err := rows.Records.Columns(all, t.topic.Built)
	if err != nil {
		t.e.fail(err)
		return
	}
	releaseCols(b.Cols)
	copy(b.Cols, cols)
}

// recordsWhole reports that batches of a lane are recorded as they were read: rows are not
// merged with others, and all are in one partition.
func (t *topicNode) recordsWhole() bool {
	return t.topic.Record != nil && t.merge == nil && len(t.lanes) == 1 && len(t.topic.Key) == 0
}
