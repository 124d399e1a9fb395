package wasm

import "encoding/binary"

// Instructions of the functions that stand in the place of others.
const (
	opBlock   = 0x02
	opLoop    = 0x03
	opIf      = 0x04
	opElse    = 0x05
	opEnd     = 0x0b
	opBrIf    = 0x0d
	opReturn  = 0x0f
	opCall    = 0x10
	opGet     = 0x20 // local.get
	opSet     = 0x21 // local.set
	opSize    = 0x3f // memory.size
	opI32     = 0x41 // i32.const
	opI64     = 0x42 // i64.const
	opLeU     = 0x4d // i32.le_u
	opGtU     = 0x4b // i32.gt_u
	opGtU64   = 0x56 // i64.gt_u
	opAdd     = 0x6a // i32.add
	opSub     = 0x6b // i32.sub
	opAdd64   = 0x7c // i64.add
	opShl64   = 0x86 // i64.shl
	opExtendU = 0xad // i64.extend_i32_u

	typeI32 = 0x7f
	noType  = 0x40
)

// The parameters of the functions: where to, what or where from, and how much.
const (
	paramTo   = 0
	paramFrom = 1
	paramSize = 2
)

// function is the body of the function that does what an instruction does, piece by
// piece.
func (x bulk) function() []byte {
	a := &assembler{x: x}
	a.out = append(a.out, 0) // no locals
	// What is short, or lies outside of memory, is done at once.
	a.op(opGet, paramSize).constant(pieceSize).op(opLeU)
	a.atOnce()
	to, from, memories := x.memories()
	a.outside(paramTo, to)
	a.atOnce()
	if memories > 1 {
		a.outside(paramFrom, from)
		a.atOnce()
	}
	if x.code == codeCopy && to == from { // from the end, where that would be overwritten
		a.op(opGet, paramTo).op(opGet, paramFrom).op(opGtU).op(opIf, noType)
		a.backwards()
		a.op(opReturn).op(opEnd)
	}
	a.forwards()
	a.op(opEnd)
	return a.out
}

// memories are those that the instruction writes and reads, and how many it touches.
func (x bulk) memories() (to, from uint32, n int) {
	switch x.code {
	case codeCopy:
		return x.first, x.second, 2
	case codeInit:
		return x.second, 0, 1
	}
	return x.first, 0, 1
}

// assembler writes the body of a function.
type assembler struct {
	x   bulk
	out []byte
}

func (a *assembler) op(code byte, immediates ...uint32) *assembler {
	a.out = append(a.out, code)
	for _, n := range immediates {
		a.out = binary.AppendUvarint(a.out, uint64(n))
	}
	return a
}

// constant pushes a number of 32 bits that is not below 0.
func (a *assembler) constant(n int64) *assembler {
	a.out = appendSigned(append(a.out, opI32), n)
	return a
}

// appendSigned appends a signed number as WebAssembly has it.
func appendSigned(out []byte, n int64) []byte {
	for {
		low := byte(n & 0x7f)
		n >>= 7
		if n == 0 && low&0x40 == 0 || n == -1 && low&0x40 != 0 {
			return append(out, low)
		}
		out = append(out, low|0x80)
	}
}

// bulk is the instruction itself.
func (a *assembler) bulk() *assembler {
	a.op(0xfc, a.x.code, a.x.first)
	if a.x.code != codeFill {
		a.out = binary.AppendUvarint(a.out, uint64(a.x.second))
	}
	return a
}

// atOnce does everything where what was pushed last is true, and returns.
func (a *assembler) atOnce() {
	a.op(opIf, noType).op(opGet, paramTo).op(opGet, paramFrom).op(opGet, paramSize).bulk().op(opReturn).op(opEnd)
}

// outside pushes whether what begins at a parameter ends outside of a memory.
func (a *assembler) outside(param, memory uint32) {
	a.op(opGet, param).op(opExtendU).op(opGet, paramSize).op(opExtendU).op(opAdd64)
	a.op(opSize, memory).op(opExtendU)
	a.out = appendSigned(append(a.out, opI64), 16)
	a.op(opShl64).op(opGtU64)
}

// change adds a piece to a parameter, or takes it away.
func (a *assembler) change(param uint32, by byte) *assembler {
	return a.op(opGet, param).constant(pieceSize).op(by).op(opSet, param)
}

// more goes on with the loop while more than a piece is left.
func (a *assembler) more() {
	a.op(opGet, paramSize).constant(pieceSize).op(opGtU).op(opBrIf, 0).op(opEnd)
}

func (a *assembler) forwards() {
	a.op(opLoop, noType)
	a.op(opGet, paramTo).op(opGet, paramFrom).constant(pieceSize).bulk()
	a.change(paramTo, opAdd).change(paramSize, opSub)
	if a.x.code != codeFill {
		a.change(paramFrom, opAdd)
	}
	a.more()
	a.op(opGet, paramTo).op(opGet, paramFrom).op(opGet, paramSize).bulk()
}

func (a *assembler) backwards() {
	a.op(opLoop, noType).change(paramSize, opSub)
	for _, p := range []uint32{paramTo, paramFrom} {
		a.op(opGet, p).op(opGet, paramSize).op(opAdd)
	}
	a.constant(pieceSize).bulk()
	a.more()
	a.op(opGet, paramTo).op(opGet, paramFrom).op(opGet, paramSize).bulk()
}
