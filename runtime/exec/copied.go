package exec

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/format"
)

// copiedRecords is the provenance of records of a lane that were copied, so that they do
// not hold those that were read with them.
type copiedRecords struct {
	topic, lane int
	spec        *Lane
	positions   []int64
	records     format.CopiedRecords
}

// Copy implements operators.CopiedProvenance.
func (p *laneRecords) Copy(rows []int32) (own operators.Provenance, renumbered bool) {
	all, ok := p.records.(format.CopiedRecords)
	if !ok {
		stays := *p
		return &stays, false
	}
	c := &copiedRecords{topic: p.topic, lane: p.lane, spec: p.spec, positions: make([]int64, len(rows))}
	for i, r := range rows {
		c.positions[i] = p.place(int(r))
	}
	c.records = all.Copy(rows)
	return c, true
}

// Copy implements operators.CopiedProvenance: of fewer of the records.
func (c *copiedRecords) Copy(rows []int32) (own operators.Provenance, renumbered bool) {
	if len(rows) == len(c.positions) {
		return c, false
	}
	fewer := *c
	fewer.positions = make([]int64, len(rows))
	for i, r := range rows {
		fewer.positions[i] = c.positions[r]
	}
	fewer.records = c.records.Copy(rows)
	return &fewer, true
}

// Text is the record as it was read.
func (c *copiedRecords) Text(i int32) string { return c.records.Text(int(i)) }

// Origin is the file and byte.
func (c *copiedRecords) Origin(i int32) string { return recordOrigin(c.spec, c.records, int(i)) }

// Place is lane and position in the lane.
func (c *copiedRecords) Place(i int32) (topic, partition int, position int64) {
	return c.topic, c.lane, c.positions[i]
}

// Columns decodes records again.
func (c *copiedRecords) Columns(rows []int32, row *types.Type) ([]arrow.Array, error) {
	return c.records.Columns(rows, row)
}
