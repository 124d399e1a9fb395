package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	lib "github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
)

// column is a column of a row group, and the page of it that is being read.
type column struct {
	pages    file.PageReader
	typ      arrow.DataType
	optional bool
	blank    bool // its values are of no matter: none is read
	hint     int  // bytes of text to expect, from the batch before

	left      int  // rows of the page
	levels    runs // which of them have a value, where optional
	inDict    bool // values are numbers in the dictionary
	indices   runs
	plain     []byte // values one behind the other
	number64s []uint64
	number32s []uint32
	texts     []byte // of the dictionary
	at        []span // of each of them
}

// span is where a text stands.
type span struct{ start, end uint32 }

// knows reports that columns of some encodings can be read.
func knows(encodings []lib.Encoding) bool {
	for _, e := range encodings {
		switch e {
		case lib.Encodings.Plain, lib.Encodings.PlainDict, lib.Encodings.RLEDict, lib.Encodings.RLE, lib.Encodings.BitPacked:
		default:
			return false
		}
	}
	return true
}

// more has rows of a page at hand.
func (c *column) more() error {
	for c.left == 0 {
		if err := c.next(); err != nil {
			return err
		}
		if err := c.open(c.pages.Page()); err != nil {
			return err
		}
	}
	return nil
}

// next asks for a page. The library panics where the header of one is damaged.
func (c *column) next() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the header of a page is damaged: %v", r)
		}
	}()
	if c.pages.Next() {
		return nil
	}
	if err := c.pages.Err(); err != nil {
		return err
	}
	return errShort
}

// open begins a page. Its memory is good until the next is asked for.
func (c *column) open(p file.Page) error {
	switch p := p.(type) {
	case *file.DictionaryPage:
		return c.dictionary(p)
	case *file.DataPageV1:
		levels, values, err := c.levelsV1(p)
		if err != nil {
			return err
		}
		return c.values(p, levels, values)
	case *file.DataPageV2:
		data, skip, size := p.Data(), int(p.RepetitionLevelByteLen()), int(p.DefinitionLevelByteLen())
		if skip < 0 || size < 0 || skip+size > len(data) {
			return errRuns
		}
		return c.values(p, data[skip:skip+size], data[skip+size:])
	}
	return nil // an index
}

// levelsV1 takes the levels off the front of a page, which their length stands before.
func (c *column) levelsV1(p *file.DataPageV1) (levels, values []byte, err error) {
	data := p.Data()
	switch {
	case !c.optional:
		return nil, data, nil
	case p.DefinitionLevelEncoding() == lib.Encodings.BitPacked:
		return c.oldLevels(p)
	case len(data) < 4:
		return nil, nil, errRuns
	}
	size := int(binary.LittleEndian.Uint32(data))
	if data = data[4:]; size > len(data) {
		return nil, nil, errRuns
	}
	return data[:size], data[size:], nil
}

// oldLevels makes a packed run of levels that stand the other way round, as they did in
// the first files.
func (c *column) oldLevels(p *file.DataPageV1) (levels, values []byte, err error) {
	data, size := p.Data(), (int(p.NumValues())+7)/8
	if size > len(data) {
		return nil, nil, errRuns
	}
	levels = binary.AppendUvarint(nil, uint64(size)<<1|1)
	for _, b := range data[:size] {
		levels = append(levels, bits.Reverse8(b))
	}
	return levels, data[size:], nil
}

// values has the values of a page at hand.
func (c *column) values(p file.Page, levels, values []byte) (err error) {
	if c.optional {
		if c.levels, err = newRuns(levels, 1); err != nil {
			return err
		}
	}
	c.left = int(p.NumValues())
	switch e := lib.Encoding(p.Encoding()); e {
	case lib.Encodings.Plain:
		c.inDict, c.plain = false, values
		return nil
	case lib.Encodings.PlainDict, lib.Encodings.RLEDict:
		c.inDict = true
		if len(values) == 0 { // all are null
			c.indices = runs{}
			return nil
		}
		c.indices, err = newRuns(values[1:], int(values[0]))
		return err
	default:
		return fmt.Errorf("a page is encoded as %s, which its column does not say", e)
	}
}

// dictionary copies the values of a dictionary.
func (c *column) dictionary(p *file.DictionaryPage) error {
	if e := lib.Encoding(p.Encoding()); e != lib.Encodings.Plain && e != lib.Encodings.PlainDict {
		return fmt.Errorf("a dictionary is encoded as %s", e)
	}
	data, n := p.Data(), int(p.NumValues())
	switch width(c.typ) {
	case arrow.Uint64SizeBytes:
		if n*arrow.Uint64SizeBytes > len(data) {
			return errDictionary
		}
		c.number64s = append(c.number64s[:0], arrow.Uint64Traits.CastFromBytes(data[:n*arrow.Uint64SizeBytes])...)
	case arrow.Uint32SizeBytes:
		if n*arrow.Uint32SizeBytes > len(data) {
			return errDictionary
		}
		c.number32s = append(c.number32s[:0], arrow.Uint32Traits.CastFromBytes(data[:n*arrow.Uint32SizeBytes])...)
	default:
		return c.textDictionary(data, n)
	}
	return nil
}

var errDictionary = errors.New("its dictionary has fewer values than it says")

func (c *column) textDictionary(data []byte, n int) error {
	c.texts, c.at = append(c.texts[:0], data...), slices.Grow(c.at[:0], min(n, len(data)/4))
	for at := 0; n > 0; n-- {
		if at+4 > len(data) {
			return errDictionary
		}
		size := int(binary.LittleEndian.Uint32(data[at:]))
		if at += 4; size > len(data)-at {
			return errDictionary
		}
		c.at = append(c.at, span{uint32(at), uint32(at + size)})
		at += size
	}
	return nil
}

// width is the bytes of a number of a type, 0 for text.
func width(t arrow.DataType) int {
	if fixed, ok := t.(arrow.FixedWidthDataType); ok {
		return fixed.Bytes()
	}
	return 0
}
