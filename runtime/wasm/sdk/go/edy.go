//go:build wasip1

package main

// Functions for edynamic in Go. Put this file beside yours, and build with
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -ldflags='-s -w' -o name.wasm .
//
// A text or bytes come as two parameters, at unsafe.Pointer and length uint32, and go
// back as a uint64 made by give.

import "unsafe"

func main() {}

// held keeps what the host was given from being collected.
var held = map[unsafe.Pointer][]byte{}

//go:wasmexport malloc
func malloc(size uint32) unsafe.Pointer {
	b := make([]byte, max(size, 1))
	at := unsafe.Pointer(unsafe.SliceData(b))
	held[at] = b
	return at
}

// bytesOf is what an argument of two parameters holds, until the function returns.
func bytesOf(at unsafe.Pointer, length uint32) []byte {
	return unsafe.Slice((*byte)(at), length)
}

// given keeps the last result until the next call.
var given []byte

// give is a text or bytes as a result.
func give(b []byte) uint64 {
	given = b
	return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(b))))<<32 | uint64(len(b))
}

// place is where the host looks for a reason.
var place struct{ at, length uint32 }

// reason keeps the text of the last failure.
var reason []byte

//go:wasmexport edy_error
func edyError() unsafe.Pointer { return unsafe.Pointer(&place) }

// fail fails the row with a reason; return anything afterwards.
func fail(text string) {
	reason = []byte(text)
	place.at = uint32(uintptr(unsafe.Pointer(unsafe.SliceData(reason))))
	place.length = uint32(len(reason))
}
