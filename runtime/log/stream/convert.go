package stream

import (
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/log/event"
)

// convert reads the columns of stored rows as those that are wanted, by the rules of
// schema resolution.
func (r *reader) convert(rows *event.Rows, e *log.Entry) ([]arrow.Array, error) {
	had, err := r.Type(e.Schema)
	if err != nil {
		return nil, err
	}
	if types.Equal(had, r.Row) && slices.Equal(rows.Names, names(r.columns)) {
		return rows.Cols, nil
	}
	cols, err := event.Read(rows, had, r.Row)
	if err != nil {
		return nil, fmt.Errorf("topic %s, rows of version %d of its schema: %w", r.Topic, e.Schema, err)
	}
	return cols, nil
}

func names(columns []types.Column) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = c.Name
	}
	return out
}
