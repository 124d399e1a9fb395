package ndjson

import "golang.org/x/sys/cpu"

// wideStops says that stopsWide may be called.
var wideStops = cpu.X86.HasAVX2 && cpu.X86.HasBMI1 && cpu.X86.HasPOPCNT

// stopsWide is findStops for blocks of 64 bytes while no more than room places were written: a block has
// up to 64, and up to 7 more are written behind them, which mean nothing.
func stopsWide(p *byte, blocks int, place int, out *int32, room int) (n, done int) {
	return stopsAVX2(p, blocks, place, out, room)
}

//go:noescape
func stopsAVX2(p *byte, blocks int, place int, out *int32, room int) (n, done int)
