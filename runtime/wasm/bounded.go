package wasm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Wasmtime looks at the clock between instructions, and one that fills, copies or
// initialises memory may take as long as the memory is large. So a module is compiled
// with functions of the host's making in their place, which work through pieces of a
// mebibyte. What they do is the same: a part that lies outside of memory is a trap
// before anything is written, or ends the instance with what was written.

// boundedVersion stands in the names of the cache.
const boundedVersion = "1"

// pieceSize is what one instruction works on at once.
const pieceSize = 1 << 20

// Sections of a module.
const (
	sectionType     = 1
	sectionImport   = 2
	sectionFunction = 3
	sectionCode     = 10
)

var errUnknownCode = errors.New("it has instructions that are not supported")

// section is a part of a module as it stands there.
type section struct {
	id   byte
	data []byte
}

// bounded rewrites a module. Anything that is wrong with it is found by the compiler; an
// error is a part that cannot be read here.
func bounded(module []byte) ([]byte, error) {
	if len(module) < 8 {
		return module, nil
	}
	var sections []section
	for r := (&reader{data: module, at: 8}); r.at < len(module); {
		id := r.byte()
		data := r.bytes(r.number())
		if r.bad {
			return module, nil
		}
		sections = append(sections, section{id, data})
	}
	b := &bounding{places: map[bulk]uint32{}}
	for i := range sections {
		if err := b.look(&sections[i]); err != nil {
			return nil, err
		}
	}
	if len(b.made) == 0 {
		return module, nil
	}
	out := slices.Clone(module[:8])
	for _, s := range sections {
		s.data = b.extended(s)
		out = append(out, s.id)
		out = append(binary.AppendUvarint(out, uint64(len(s.data))), s.data...)
	}
	return out, nil
}

// bulk is an instruction with its immediates, in place of which a function is called.
type bulk struct{ code, first, second uint32 }

// The instructions behind the byte 0xfc.
const (
	codeInit = 8  // segment, memory
	codeCopy = 10 // to, from
	codeFill = 11 // memory
)

// bounding is a module that is rewritten.
type bounding struct {
	types    uint32 // how many there are
	funcs    uint32 // the same, imported ones among them
	imported uint32
	made     []bulk
	places   map[bulk]uint32
	code     []byte // the bodies of the module
}

// look reads a section, in the order in which they stand.
func (b *bounding) look(s *section) error {
	r := &reader{data: s.data}
	switch s.id {
	case sectionType:
		b.types = r.number()
	case sectionImport:
		for range r.number() {
			r.bytes(r.number())
			r.bytes(r.number())
			if err := b.lookImport(r); err != nil || r.bad {
				return err
			}
		}
	case sectionFunction:
		b.funcs = b.imported + r.number()
	case sectionCode:
		return b.rewrite(r)
	}
	return nil
}

func (b *bounding) lookImport(r *reader) error {
	switch kind := r.byte(); kind {
	case 0: // a function
		r.number()
		b.imported++
		b.funcs++
	case 1: // a table
		r.valueType()
		r.limits()
	case 2: // a memory
		r.limits()
	case 3: // a global
		r.valueType()
		r.byte()
	default:
		if !r.bad {
			return errUnknownCode
		}
	}
	return nil
}

// rewrite goes through the bodies of functions.
func (b *bounding) rewrite(r *reader) error {
	n := r.number()
	for range n {
		body := &reader{data: r.bytes(r.number())}
		if r.bad {
			return nil
		}
		out, err := b.body(body)
		if err != nil {
			return err
		}
		b.code = append(binary.AppendUvarint(b.code, uint64(len(out))), out...)
	}
	return nil
}

// body copies a body, with calls in place of what is bounded.
func (b *bounding) body(r *reader) ([]byte, error) {
	for range r.number() { // locals
		r.number()
		if r.valueType(); r.bad {
			break
		}
	}
	out := make([]byte, 0, len(r.data)+16)
	from := 0
	for r.at < len(r.data) && !r.bad {
		at := r.at
		found, err := r.instruction()
		if err != nil {
			return nil, fmt.Errorf("%w (at byte %d of a function)", err, at)
		}
		if found != nil && !r.bad {
			out = append(out, r.data[from:at]...)
			out = binary.AppendUvarint(append(out, opCall), uint64(b.place(*found)))
			from = r.at
		}
	}
	return append(out, r.data[from:]...), nil
}

// place is the number of the function for an instruction.
func (b *bounding) place(x bulk) uint32 {
	at, ok := b.places[x]
	if !ok {
		at = b.funcs + uint32(len(b.made))
		b.made, b.places[x] = append(b.made, x), at
	}
	return at
}

// extended is a section with what the functions need.
func (b *bounding) extended(s section) []byte {
	r := &reader{data: s.data}
	count := uint64(r.number())
	rest := s.data[r.at:]
	switch s.id {
	case sectionType: // one of three i32 and no results
		out := append(binary.AppendUvarint(nil, count+1), rest...)
		return append(out, 0x60, 3, typeI32, typeI32, typeI32, 0)
	case sectionFunction:
		out := append(binary.AppendUvarint(nil, count+uint64(len(b.made))), rest...)
		for range b.made {
			out = binary.AppendUvarint(out, uint64(b.types))
		}
		return out
	case sectionCode:
		out := append(binary.AppendUvarint(nil, count+uint64(len(b.made))), b.code...)
		for _, x := range b.made {
			body := x.function()
			out = append(binary.AppendUvarint(out, uint64(len(body))), body...)
		}
		return out
	}
	return s.data
}
