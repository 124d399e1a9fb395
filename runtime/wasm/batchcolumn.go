package wasm

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// columnReader takes the columns of a batch out of its body, one after the other. It
// accepts nothing that would not be a well-formed array of the type: offsets ascend and
// end inside, texts are UTF-8, and every value is one of the type.
type columnReader struct {
	alloc                memory.Allocator
	body                 *memory.Buffer
	batch                flat
	nodes, nodeCount     int
	buffers, bufferCount int
}

// node is how many elements the next column says it has.
func (r *columnReader) node() (int, error) {
	if r.nodeCount == 0 {
		return 0, fmt.Errorf("%w: a column is missing", errDamagedBatch)
	}
	n := r.batch.i64(r.nodes)
	r.nodes, r.nodeCount = r.nodes+16, r.nodeCount-1
	if n < 0 || n > maxBatchRows {
		return 0, fmt.Errorf("%w: a column has %d elements", errDamagedBatch, n)
	}
	return int(n), nil
}

// buffer is the next buffer, of at least size bytes; nil for an empty one.
func (r *columnReader) buffer(size int) (*memory.Buffer, error) {
	if r.bufferCount == 0 {
		return nil, fmt.Errorf("%w: a buffer is missing", errDamagedBatch)
	}
	at, n := r.batch.i64(r.buffers), r.batch.i64(r.buffers+8)
	r.buffers, r.bufferCount = r.buffers+16, r.bufferCount-1
	if at < 0 || n < 0 || at%8 != 0 || at > int64(r.body.Len()) || n > int64(r.body.Len())-at {
		return nil, fmt.Errorf("%w: a buffer lies outside", errDamagedBatch)
	}
	if n < int64(size) {
		return nil, fmt.Errorf("%w: a buffer is too short", errDamagedBatch)
	}
	if n == 0 {
		return nil, nil
	}
	return memory.SliceBuffer(r.body, int(at), int(n)), nil
}

// column is the next column with rows elements.
func (r *columnReader) column(field flat, t *types.Type, rows int) (arrow.ArrayData, error) {
	if !field.there() {
		return nil, errDamagedBatch
	}
	if k, ok := narrowFor(field, t); ok {
		return r.narrowColumn(k, t, rows)
	}
	as := carrier(field, t)
	data, err := r.columnAs(field, as, rows)
	if err != nil || as == t {
		return data, err
	}
	return fromCarrier(r.alloc, data, as, t)
}

// columnAs is the same for a column whose values are carried as they are.
func (r *columnReader) columnAs(field flat, t *types.Type, rows int) (arrow.ArrayData, error) {
	if err := checkField(field, t); err != nil {
		return nil, err
	}
	c, err := r.open(t, rows)
	if err != nil {
		return nil, err
	}
	defer c.release()
	c.large = isLarge(field)
	if err := c.values(field); err != nil {
		return nil, err
	}
	return c.data(), nil
}

// open begins the next column, with the bitmap of its values.
func (r *columnReader) open(t *types.Type, rows int) (*readColumn, error) {
	n, err := r.node()
	if err != nil {
		return nil, err
	}
	if n != rows {
		return nil, fmt.Errorf("%d values came back for %d rows", n, rows)
	}
	c := &readColumn{r: r, t: t, n: n}
	if err := c.validity(); err != nil {
		c.release()
		return nil, err
	}
	return c, nil
}

// data is the column that was read.
func (c *readColumn) data() arrow.ArrayData {
	nulls := 0
	if c.buffers[0] != nil {
		nulls = c.n - bitutil.CountSetBits(c.buffers[0].Bytes(), 0, c.n)
	}
	return array.NewData(kernel.ArrowType(c.t), c.n, c.buffers, c.children, nulls, 0)
}

// readColumn is a column that is read.
type readColumn struct {
	r        *columnReader
	t        *types.Type
	n        int
	large    bool // offsets have 64 bits
	buffers  []*memory.Buffer
	children []arrow.ArrayData
}

func (c *readColumn) release() {
	for _, b := range c.buffers {
		if b != nil {
			b.Release()
		}
	}
	for _, d := range c.children {
		d.Release()
	}
}

// validity takes the bitmap of values, which is missing where there are no nulls.
func (c *readColumn) validity() error {
	b, err := c.r.buffer(0)
	if err != nil {
		return err
	}
	if b != nil && b.Len() < int(bitutil.BytesForBits(int64(c.n))) {
		b.Release()
		return fmt.Errorf("%w: a bitmap is too short", errDamagedBatch)
	}
	c.buffers = []*memory.Buffer{b}
	return nil
}

// fixed takes the values of a type of fixed width.
func (c *readColumn) fixed(size int) error {
	b, err := c.r.buffer(size)
	if err != nil {
		return err
	}
	c.buffers = append(c.buffers, b)
	return nil
}

func (c *readColumn) valid(i int) bool {
	return c.buffers[0] == nil || bitutil.BitIsSet(c.buffers[0].Bytes(), i)
}

func (c *readColumn) values(field flat) error {
	switch c.t.Kind {
	case types.Boolean:
		return c.fixed(int(bitutil.BytesForBits(int64(c.n))))
	case types.Int, types.Float, types.Date:
		return c.fixed(4 * c.n)
	case types.Long, types.Double, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration:
		return c.fixed(8 * c.n)
	case types.Period:
		return c.fixed(16 * c.n)
	case types.UUID:
		return c.fixed(16 * c.n)
	case types.Fixed:
		return c.fixed(c.t.Size * c.n)
	case types.Enum:
		return c.symbols()
	case types.Decimal:
		return c.decimals()
	case types.String, types.JSON, types.Bytes, types.Geography:
		return c.texts()
	case types.Array, types.Map:
		return c.list(field)
	case types.Record:
		return c.record(field)
	case types.Union:
		return c.union(field)
	case types.Unknown, types.Null, types.Func, types.Var:
	}
	return fmt.Errorf("%s cannot come back", c.t)
}

func (c *readColumn) symbols() error {
	if err := c.fixed(4 * c.n); err != nil {
		return err
	}
	for i := range c.n {
		if n := binary.LittleEndian.Uint32(c.buffers[1].Bytes()[4*i:]); c.valid(i) && n >= uint32(len(c.t.Symbols)) {
			return fmt.Errorf("%d came back, and %s has %d symbols", int32(n), c.t, len(c.t.Symbols))
		}
	}
	return nil
}

func (c *readColumn) decimals() error {
	if err := c.fixed(16 * c.n); err != nil {
		return err
	}
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(c.t.Precision)), nil)
	most := decimal128.FromBigInt(limit.Sub(limit, big.NewInt(1)))
	for i := range c.n {
		at := c.buffers[1].Bytes()[16*i:]
		v := decimal128.New(int64(binary.LittleEndian.Uint64(at[8:])), binary.LittleEndian.Uint64(at))
		if c.valid(i) && (v.Greater(most) || v.Less(most.Negate())) {
			return fmt.Errorf("a number came back that has more than %d digits", c.t.Precision)
		}
	}
	return nil
}

// ends takes the offsets of n elements, and says where the last ends.
func (c *readColumn) ends() (last int, err error) {
	if c.large {
		return c.largeEnds()
	}
	size := 4 * (c.n + 1)
	if c.n == 0 {
		size = 0
	}
	if err := c.fixed(size); err != nil || c.n == 0 {
		return 0, err
	}
	b := c.buffers[1].Bytes()
	for i := range c.n + 1 {
		next := int(int32(binary.LittleEndian.Uint32(b[4*i:])))
		if next < last {
			return 0, fmt.Errorf("%w: its offsets do not ascend", errDamagedBatch)
		}
		last = next
	}
	return last, nil
}

// largeEnds is ends of offsets of 64 bits, which become such of 32.
func (c *readColumn) largeEnds() (last int, err error) {
	size := 8 * (c.n + 1)
	if c.n == 0 {
		size = 0
	}
	if err := c.fixed(size); err != nil || c.n == 0 {
		return 0, err
	}
	wide := c.buffers[1]
	defer wide.Release()
	narrow := memory.NewResizableBuffer(c.r.alloc)
	narrow.Resize(4 * (c.n + 1))
	c.buffers[1] = narrow
	for i := range c.n + 1 {
		next := binary.LittleEndian.Uint64(wide.Bytes()[8*i:])
		if next > math.MaxInt32 || int(next) < last {
			return 0, fmt.Errorf("%w: its offsets do not ascend", errDamagedBatch)
		}
		last = int(next)
		binary.LittleEndian.PutUint32(narrow.Bytes()[4*i:], uint32(last))
	}
	return last, nil
}

func (c *readColumn) texts() error {
	last, err := c.ends()
	if err != nil {
		return err
	}
	if err := c.fixed(last); err != nil || c.n == 0 {
		return err
	}
	if c.t.Kind != types.String && c.t.Kind != types.JSON {
		return nil
	}
	offsets := c.buffers[1].Bytes()
	at := func(i int) int { return int(binary.LittleEndian.Uint32(offsets[4*i:])) }
	var data []byte
	if c.buffers[2] != nil {
		data = c.buffers[2].Bytes()
	}
	whole := utf8.Valid(data[at(0):last])
	for i := range c.n {
		from, to := at(i), at(i+1)
		switch {
		case !c.valid(i), whole && c.t.Kind == types.String && (from == last || utf8.RuneStart(data[from])) && (to == last || utf8.RuneStart(data[to])):
		default:
			if reason := unfit(c.t, data[from:to]); reason != "" {
				return fmt.Errorf("it %s", reason)
			}
		}
	}
	return nil
}
