package csv

import "golang.org/x/sys/cpu"

// wide says that stopsWide may be called.
var wide = cpu.X86.HasAVX2 && cpu.X86.HasBMI1 && cpu.X86.HasPOPCNT

// stopsWide is findStops for blocks of 64 bytes.
func stopsWide(data []byte, delimiter byte, place int, out []int32) (n, done int, high bool) {
	room := len(out) - stopsSpare
	if room < 0 {
		return 0, 0, false
	}
	n, blocks, odd := stopsAVX2(&data[0], len(data)/64, delimiter, place, &out[0], room)
	return n, blocks * 64, odd != 0
}

// stopsAVX2 looks at blocks while no more than room places were written: a block has up to
// 64, and up to 7 more are written behind them, which mean nothing.
//
//go:noescape
func stopsAVX2(p *byte, blocks int, delimiter byte, place int, out *int32, room int) (n, done, odd int)

// loudWide is isLoud for 32 bytes and more.
func loudWide(b []byte, delimiter byte) bool { return loudAVX2(&b[0], len(b), delimiter) }

//go:noescape
func loudAVX2(p *byte, n int, delimiter byte) bool
