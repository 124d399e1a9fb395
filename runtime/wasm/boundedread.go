package wasm

// reader reads a module in binary form. What is cut off makes it bad, and the compiler
// says why.
type reader struct {
	data []byte
	at   int
	bad  bool
}

func (r *reader) byte() byte {
	if r.at >= len(r.data) {
		r.bad = true
		return 0
	}
	r.at++
	return r.data[r.at-1]
}

// number is an unsigned number of 32 bits at most.
func (r *reader) number() uint32 {
	n := r.long()
	if n > 1<<32-1 {
		r.bad = true
	}
	return uint32(n)
}

func (r *reader) long() uint64 {
	n := uint64(0)
	for shift := 0; shift < 64; shift += 7 {
		b := r.byte()
		n |= uint64(b&0x7f) << shift
		if b&0x80 == 0 {
			return n
		}
	}
	r.bad = true
	return 0
}

func (r *reader) bytes(n uint32) []byte {
	if uint64(n) > uint64(len(r.data)-r.at) {
		r.bad, r.at = true, len(r.data)
		return nil
	}
	r.at += int(n)
	return r.data[r.at-int(n) : r.at]
}

// valueType skips a type; those of references may name another.
func (r *reader) valueType() {
	if b := r.byte(); b == 0x63 || b == 0x64 {
		r.long()
	}
}

// limits skips the size of a table or a memory.
func (r *reader) limits() {
	flags := r.byte()
	r.long()
	if flags&1 != 0 {
		r.long()
	}
	if flags&8 != 0 { // the size of pages
		r.number()
	}
}

// address skips where in a memory an instruction reads or writes.
func (r *reader) address() {
	if align := r.number(); align&0x40 != 0 {
		r.number() // of which memory
	}
	r.long()
}

// instruction reads one, and returns it when it is to be bounded.
func (r *reader) instruction() (*bulk, error) {
	switch op := r.byte(); {
	case op == opBlock, op == opLoop, op == opIf:
		r.blockType()
	case op <= 0x01, op == opElse, op == opEnd, op == opReturn, op == 0x1a, op == 0x1b, op >= 0x45 && op <= 0xc4, op == 0xd1:
	case op == 0x0c, op == opBrIf, op == opCall, op == 0x12, op >= 0x20 && op <= 0x26, op == 0x3f, op == 0x40, op == 0xd2:
		r.number()
	case op == 0x0e: // br_table
		for range r.number() {
			if r.number(); r.bad {
				break
			}
		}
		r.number()
	case op == 0x11, op == 0x13: // call_indirect
		r.number()
		r.number()
	case op == 0x1c: // select
		for range r.number() {
			if r.valueType(); r.bad {
				break
			}
		}
	case op >= 0x28 && op <= 0x3e:
		r.address()
	case op == opI32, op == opI64, op == 0xd0:
		r.long()
	case op == 0x43:
		r.bytes(4)
	case op == 0x44:
		r.bytes(8)
	case op == 0xfc:
		return r.prefixed()
	case op == 0xfd:
		return nil, r.vector()
	default:
		return nil, errUnknownCode
	}
	return nil, nil
}

// blockType is a type, or the number of one.
func (r *reader) blockType() {
	if r.at < len(r.data) && (r.data[r.at] == 0x63 || r.data[r.at] == 0x64) {
		r.valueType()
		return
	}
	r.long()
}

// prefixed reads an instruction behind 0xfc.
func (r *reader) prefixed() (*bulk, error) {
	switch code := r.number(); {
	case code < codeInit, code >= 19 && code <= 22: // conversions, and numbers of 128 bits
	case code == codeFill:
		return &bulk{code: code, first: r.number()}, nil
	case code == codeInit, code == codeCopy:
		return &bulk{code, r.number(), r.number()}, nil
	case code == 12, code == 14: // of tables, which are small
		r.number()
		r.number()
	case code == 9, code == 13, code >= 15 && code <= 17:
		r.number()
	default:
		return nil, errUnknownCode
	}
	return nil, nil
}

// vector reads an instruction behind 0xfd.
func (r *reader) vector() error {
	switch code := r.number(); {
	case code <= 11, code == 92, code == 93:
		r.address()
	case code == 12, code == 13: // a constant, a shuffle
		r.bytes(16)
	case code >= 21 && code <= 34: // of a lane
		r.byte()
	case code >= 84 && code <= 91:
		r.address()
		r.byte()
	case code > 0x1ff:
		return errUnknownCode
	}
	return nil
}
