package avro

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	lib "github.com/hamba/avro/v2"
)

// cursor reads Avro's binary encoding. After a failure everything reads as zero.
type cursor struct {
	data []byte
	pos  int
	err  error
}

var errShort = errors.New("the block ends inside a record")

func (c *cursor) take(n int) []byte {
	if c.err != nil || n < 0 || n > len(c.data)-c.pos {
		if c.err == nil {
			c.err = errShort
		}
		return nil
	}
	c.pos += n
	return c.data[c.pos-n : c.pos]
}

func (c *cursor) long() int64 {
	if c.err != nil {
		return 0
	}
	v, n := binary.Varint(c.data[c.pos:])
	if n <= 0 {
		c.err = errShort
		return 0
	}
	c.pos += n
	return v
}

func (c *cursor) bytes() []byte {
	n := c.long()
	if n < 0 || n > math.MaxInt32 {
		if c.err == nil {
			c.err = errShort
		}
		return nil
	}
	return c.take(int(n))
}

// items calls f for each item of an array or map.
func (c *cursor) items(f func() bool) bool {
	for {
		n := c.long()
		if n < 0 {
			n = -n
			c.long()
		}
		if c.err != nil {
			return false
		}
		if n == 0 {
			return true
		}
		for ; n > 0; n-- {
			before := c.pos
			if !f() || c.err != nil {
				return false
			}
			// Items without bytes (nulls, empty records) could be counted without end.
			if c.pos == before && n > maxEmpty {
				c.err = errShort
				return false
			}
		}
	}
}

const maxEmpty = 1 << 20

// skip reads over a value.
func (c *cursor) skip(s lib.Schema) bool {
	switch s := resolved(s).(type) {
	case *lib.NullSchema:
	case *lib.PrimitiveSchema:
		c.skipPrimitive(s.Type())
	case *lib.FixedSchema:
		c.take(s.Size())
	case *lib.EnumSchema:
		c.long()
	case *lib.ArraySchema:
		return c.items(func() bool { return c.skip(s.Items()) })
	case *lib.MapSchema:
		return c.items(func() bool { c.bytes(); return c.skip(s.Values()) })
	case *lib.RecordSchema:
		for _, f := range s.Fields() {
			if !c.skip(f.Type()) {
				return false
			}
		}
	case *lib.UnionSchema:
		if branch := c.branch(s); branch != nil {
			return c.skip(branch)
		}
	}
	return c.err == nil
}

func (c *cursor) skipPrimitive(t lib.Type) {
	switch t {
	case lib.Boolean:
		c.take(1)
	case lib.Int, lib.Long:
		c.long()
	case lib.Float:
		c.take(4)
	case lib.Double:
		c.take(8)
	case lib.String, lib.Bytes:
		c.bytes()
	default:
		c.err = fmt.Errorf("a value of the type %s", t)
	}
}

// branch reads which branch of a union follows; nil after a failure.
func (c *cursor) branch(u *lib.UnionSchema) lib.Schema {
	i := c.long()
	if c.err == nil && (i < 0 || i >= int64(len(u.Types()))) {
		c.err = fmt.Errorf("a union has no branch %d", i)
	}
	if c.err != nil {
		return nil
	}
	return u.Types()[i]
}
