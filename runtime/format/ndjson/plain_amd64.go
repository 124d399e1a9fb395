package ndjson

import "golang.org/x/sys/cpu"

// wide says that plainWide may be called.
var wide = cpu.X86.HasAVX2

// plainWide counts the plain bytes from p on, of n that are there, 32 at a time: it
// stops at the first that is not plain, or where less than 32 are left.
func plainWide(p *byte, n int) int { return plainAVX2(p, n) }

//go:noescape
func plainAVX2(p *byte, n int) int
