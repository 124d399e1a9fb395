package wasm

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"strings"
)

// systemFunctions are the functions of WASI preview 1 that are there. Each reaches
// what the capabilities name: without `clock` the time stands still at 2000, without
// `random` the numbers are always the same, without `log` what is written is dropped,
// and of files there are those that are named, and no others. There are no arguments
// and no environment.
var systemFunctions = map[string]struct {
	params string
	run    func(s *sysCall) int32
}{
	"args_sizes_get":      {"ii", (*sysCall).noStrings},
	"args_get":            {"ii", (*sysCall).nothing},
	"environ_sizes_get":   {"ii", (*sysCall).noStrings},
	"environ_get":         {"ii", (*sysCall).nothing},
	"clock_res_get":       {"ii", func(s *sysCall) int32 { return s.put64(s.i(1), 1000) }},
	"clock_time_get":      {"ili", (*sysCall).time},
	"random_get":          {"ii", (*sysCall).randomBytes},
	"sched_yield":         {"", (*sysCall).nothing},
	"poll_oneoff":         {"iiii", (*sysCall).poll},
	"fd_write":            {"iiii", (*sysCall).write},
	"fd_read":             {"iiii", func(s *sysCall) int32 { return s.read(s.i(3), -1) }},
	"fd_pread":            {"iiili", func(s *sysCall) int32 { return s.read(s.i(4), s.l(3)) }},
	"fd_seek":             {"ilii", (*sysCall).seek},
	"fd_tell":             {"ii", (*sysCall).tell},
	"fd_close":            {"i", (*sysCall).closeFile},
	"fd_fdstat_get":       {"ii", (*sysCall).fileState},
	"fd_fdstat_set_flags": {"ii", (*sysCall).nothing},
	"fd_filestat_get":     {"ii", (*sysCall).fileStat},
	"fd_prestat_get":      {"ii", (*sysCall).folder},
	"fd_prestat_dir_name": {"iii", (*sysCall).folderName},
	"path_open":           {"iiiiillii", (*sysCall).open},
	"path_filestat_get":   {"iiiii", (*sysCall).pathStat},
}

// The files that are always there: the standard ones, and the folder of those granted.
const (
	stdout     = 1
	stderr     = 2
	folderFile = 3
	firstFile  = 4
)

// maxOpen bounds the open files of an instance.
const maxOpen = 64

// Kinds of files.
const (
	kindDevice = 2
	kindFolder = 3
	kindFile   = 4
)

func (s *sysCall) i(k int) uint32 { return uint32(s.args[k].I32()) }
func (s *sysCall) l(k int) int64  { return s.args[k].I64() }

// at is a piece of the memory; nil when it lies outside.
func (s *sysCall) at(from, n uint32) []byte {
	if uint64(from)+uint64(n) > uint64(len(s.memory)) {
		return nil
	}
	return s.memory[from : from+n : from+n]
}

func (s *sysCall) put32(at, v uint32) int32 {
	b := s.at(at, 4)
	if b == nil {
		return fault
	}
	binary.LittleEndian.PutUint32(b, v)
	return success
}

func (s *sysCall) put64(at uint32, v uint64) int32 {
	b := s.at(at, 8)
	if b == nil {
		return fault
	}
	binary.LittleEndian.PutUint64(b, v)
	return success
}

func (s *sysCall) nothing() int32 { return success }

func (s *sysCall) noStrings() int32 {
	return max(s.put32(s.i(0), 0), s.put32(s.i(1), 0))
}

// stopped is the time where the clock is not granted. The runtime of Go does not start
// at 0.
const stopped = 946_684_800_000_000_000

func (s *sysCall) time() int32 {
	now := uint64(stopped)
	if s.f.decl.Limits.Clock && s.f.now != nil {
		now = uint64(s.f.now().UnixNano())
	}
	return s.put64(s.i(2), now)
}

func (s *sysCall) randomBytes() int32 {
	b := s.at(s.i(0), s.i(1))
	if b == nil {
		return fault
	}
	for len(b) > 0 {
		part := b[:min(len(b), maxTransfer)]
		if s.f.decl.Limits.Random {
			_, _ = rand.Read(part) // never fails
		} else {
			_, _ = s.random.Read(part) // never fails
		}
		if b = b[len(part):]; len(b) > 0 && s.late() {
			return late
		}
	}
	return success
}

// poll answers that everything that is waited for has happened.
func (s *sysCall) poll() int32 {
	const subscription, event = 48, 32
	n := min(s.i(2), 1000)
	in, out := s.at(s.i(0), n*subscription), s.at(s.i(1), n*event)
	if in == nil || out == nil {
		return fault
	}
	for k := range int(n) {
		e := out[k*event : (k+1)*event]
		clear(e)
		copy(e[:8], in[k*subscription:]) // what it is known by
		e[10] = in[k*subscription+8]     // what was waited for
	}
	return s.put32(s.i(3), n)
}

// maxTransfer bounds what one call reads or writes, so that a row that makes many of them
// is stopped in time. Who wants more calls again.
const maxTransfer = 64 << 10

// pieces are the parts of memory that a read or write is about, the first of them where
// they are more than one call transfers.
func (s *sysCall) pieces(at, n uint32) ([][]byte, bool) {
	if n > 1024 {
		return nil, false
	}
	list := s.at(at, 8*n)
	if list == nil {
		return nil, false
	}
	var out [][]byte
	room := maxTransfer
	for ; len(list) > 0; list = list[8:] {
		piece := s.at(binary.LittleEndian.Uint32(list), binary.LittleEndian.Uint32(list[4:]))
		if piece == nil {
			return nil, false
		}
		piece = piece[:min(len(piece), room)]
		room -= len(piece)
		out = append(out, piece)
	}
	return out, true
}

func (s *sysCall) write() int32 {
	if fd := s.i(0); fd != stdout && fd != stderr {
		return badFile
	}
	pieces, ok := s.pieces(s.i(1), s.i(2))
	if !ok {
		return fault
	}
	n := 0
	for _, p := range pieces {
		n += len(p)
		if s.f.decl.Limits.Log && s.f.log != nil {
			s.logged(p)
		}
	}
	return s.put32(s.i(3), uint32(n))
}

// Bounds of what one instance logs.
const (
	maxLogLine  = 4 << 10
	maxLogLines = 10_000
)

// logged hands on the lines that text ends.
func (g *guest) logged(text []byte) {
	for len(text) > 0 && g.lines < maxLogLines {
		end := bytes.IndexByte(text, '\n')
		part, rest := text, []byte(nil)
		if end >= 0 {
			part, rest = text[:end], text[end+1:]
		}
		g.line = append(g.line, part[:min(len(part), maxLogLine-len(g.line))]...)
		if text = rest; end < 0 {
			return
		}
		g.f.log(g.f.decl.Name, strings.ToValidUTF8(string(g.line), "\uFFFD"))
		g.line = g.line[:0]
		g.lines++
	}
}
