//go:build wasip1

// Command geofence is a module with one function: whether a place lies in a fence, a
// polygon in WKB of longitudes and latitudes.
package main

import (
	"encoding/binary"
	"math"
	"unsafe"
)

//go:wasmexport inside
func inside(lat, lon float64, at unsafe.Pointer, length uint32) int32 {
	fence := bytesOf(at, length)
	if len(fence) < 9 || fence[0] != 1 || binary.LittleEndian.Uint32(fence[1:]) != 3 {
		fail("the fence is not a polygon")
		return 0
	}
	in := int32(0)
	rest := fence[9:]
	for range binary.LittleEndian.Uint32(fence[5:]) {
		if len(rest) < 4 || int(binary.LittleEndian.Uint32(rest)) > (len(rest)-4)/16 {
			fail("the fence is cut off")
			return 0
		}
		points := int(binary.LittleEndian.Uint32(rest))
		ring := rest[4 : 4+16*points]
		for i := 0; i+1 < points; i++ {
			x1, y1 := number(ring, 2*i), number(ring, 2*i+1)
			x2, y2 := number(ring, 2*i+2), number(ring, 2*i+3)
			if (y1 > lat) != (y2 > lat) && lon < (x2-x1)*(lat-y1)/(y2-y1)+x1 {
				in = 1 - in
			}
		}
		rest = rest[4+16*points:]
	}
	return in
}

func number(ring []byte, i int) float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(ring[8*i:]))
}
