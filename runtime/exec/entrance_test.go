package exec

import (
	"testing"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/wire"
)

// Rows that wait to enter a topic are known to come from their lane once a state has had them,
// whether it wrote their records together or, where there are few, one by one.
func TestEntranceOfSavedRows(t *testing.T) {
	topic := &topicNode{topic: &Topic{Name: "bids", Index: 5, Row: types.RecordOf(), Built: types.RecordOf()}}
	topic.lanes = []*lane{newLane(Lane{Name: "a.ndjson"}, 0), newLane(Lane{Name: "b.ndjson"}, 1)}
	e := &Engine{topics: map[string]*topicNode{"bids": topic}, topicAt: map[int]*topicNode{5: topic}}
	for _, n := range []int{1, fewRecords - 1, fewRecords, 3 * fewRecords} {
		from := &saved{topic: 5, partition: 1}
		var refs []operators.Ref
		for i := range n {
			from.positions, from.texts = append(from.positions, int64(i)), append(from.texts, "{}")
			from.origins = append(from.origins, (&Lane{Name: "b.ndjson"}).OriginOf(int64(10*i)))
			refs = append(refs, operators.Ref{From: from, Index: int32(i)})
		}
		var w wire.Writer
		if err := (refCodec{e}).Save(&w, refs); err != nil {
			t.Fatal(err)
		}
		r := wire.NewReader(w.Buf)
		b := &operators.Batch{Rows: n, Refs: refCodec{e}.Load(r)}
		if err := r.Err(); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			x, ok := entrance{topic, b}.Row(i)
			if !ok || x.Lane != &topic.lanes[1].spec || x.At != int64(10*i) {
				t.Errorf("%d records: record %d came from %v, %v", n, i, x, ok)
			}
			if at, is := topic.placeIn(topic.lanes[1], b, int32(i)); !is || at != int64(i) {
				t.Errorf("%d records: record %d has place %d, %v", n, i, at, is)
			}
		}
	}
}
