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
	switch {
	case b == nil:
		return fault
	case s.f.decl.Limits.Random:
		_, _ = rand.Read(b) // never fails
	default:
		_, _ = s.random.Read(b) // never fails
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

// pieces are the parts of memory that a read or write is about.
func (s *sysCall) pieces(at, n uint32) ([][]byte, bool) {
	if n > 1024 {
		return nil, false
	}
	list := s.at(at, 8*n)
	if list == nil {
		return nil, false
	}
	var out [][]byte
	for ; len(list) > 0; list = list[8:] {
		piece := s.at(binary.LittleEndian.Uint32(list), binary.LittleEndian.Uint32(list[4:]))
		if piece == nil {
			return nil, false
		}
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

// read reads from where the file stands, or from offset when that is not below 0.
func (s *sysCall) read(count uint32, offset int64) int32 {
	file := s.files[int32(s.i(0))]
	pieces, ok := s.pieces(s.i(1), s.i(2))
	switch {
	case s.i(0) == 0 && ok:
		return s.put32(count, 0) // standard input is empty
	case file == nil:
		return badFile
	case !ok:
		return fault
	}
	at := file.at
	if offset >= 0 {
		at = offset
	}
	n := 0
	for _, p := range pieces {
		if at < int64(len(file.data)) {
			k := copy(p, file.data[at:])
			at, n = at+int64(k), n+k
		}
	}
	if offset < 0 {
		file.at = at
	}
	return s.put32(count, uint32(n))
}

func (s *sysCall) seek() int32 {
	file := s.files[int32(s.i(0))]
	if file == nil {
		return badFile
	}
	from := map[uint32]int64{0: 0, 1: file.at, 2: int64(len(file.data))}
	base, ok := from[s.i(2)]
	if !ok || s.l(1) < -base || s.l(1) > 1<<40 {
		return wrong
	}
	file.at = base + s.l(1)
	return s.put64(s.i(3), uint64(file.at))
}

func (s *sysCall) tell() int32 {
	file := s.files[int32(s.i(0))]
	if file == nil {
		return badFile
	}
	return s.put64(s.i(1), uint64(file.at))
}

func (s *sysCall) closeFile() int32 {
	if s.files[int32(s.i(0))] == nil {
		return badFile
	}
	delete(s.files, int32(s.i(0)))
	return success
}

// kindOf is the kind and the size of an open file.
func (s *sysCall) kindOf(fd uint32) (kind byte, size int, ok bool) {
	if file := s.files[int32(fd)]; file != nil {
		return kindFile, len(file.data), true
	}
	if fd == folderFile && len(s.f.files) > 0 {
		return kindFolder, 0, true
	}
	return kindDevice, 0, fd <= stderr
}

func (s *sysCall) fileState() int32 {
	kind, _, ok := s.kindOf(s.i(0))
	b := s.at(s.i(1), 24)
	switch {
	case !ok:
		return badFile
	case b == nil:
		return fault
	}
	clear(b)
	b[0] = kind
	const readSeekTell, openInside = 1<<1 | 1<<2 | 1<<5 | 1<<21, 1<<13 | 1<<18
	binary.LittleEndian.PutUint64(b[8:], readSeekTell|openInside|1<<6)
	binary.LittleEndian.PutUint64(b[16:], readSeekTell)
	return success
}

func (s *sysCall) fileStat() int32 {
	kind, size, ok := s.kindOf(s.i(0))
	if !ok {
		return badFile
	}
	return s.putStat(s.i(1), kind, size)
}

func (s *sysCall) putStat(at uint32, kind byte, size int) int32 {
	b := s.at(at, 64)
	if b == nil {
		return fault
	}
	clear(b)
	b[16] = kind
	b[24] = 1
	binary.LittleEndian.PutUint64(b[32:], uint64(size))
	return success
}

// folder says that the files are in a folder named /.
func (s *sysCall) folder() int32 {
	if s.i(0) != folderFile || len(s.f.files) == 0 {
		return badFile
	}
	b := s.at(s.i(1), 8)
	if b == nil {
		return fault
	}
	clear(b)
	b[4] = 1
	return success
}

func (s *sysCall) folderName() int32 {
	b := s.at(s.i(1), min(s.i(2), 1))
	switch {
	case s.i(0) != folderFile || len(s.f.files) == 0:
		return badFile
	case len(b) == 0:
		return fault
	}
	b[0] = '/'
	return success
}

// named is the granted file at a path in memory.
func (s *sysCall) named(at, n uint32) ([]byte, int32) {
	path := s.at(at, n)
	if path == nil {
		return nil, fault
	}
	name := strings.TrimPrefix(strings.TrimPrefix(string(path), "/"), "./")
	for granted, data := range s.f.files {
		if strings.TrimPrefix(strings.TrimPrefix(granted, "/"), "./") == name {
			return data, success
		}
	}
	return nil, notThere
}

func (s *sysCall) open() int32 {
	data, errno := s.named(s.i(2), s.i(3))
	switch {
	case s.i(0) != folderFile || len(s.f.files) == 0:
		return badFile
	case errno != success:
		return errno
	case len(s.files) >= maxOpen:
		return tooMany
	}
	fd := int32(firstFile)
	for s.files[fd] != nil {
		fd++
	}
	s.files[fd] = &openFile{data: data}
	return s.put32(s.i(8), uint32(fd))
}

func (s *sysCall) pathStat() int32 {
	data, errno := s.named(s.i(2), s.i(3))
	switch {
	case s.i(0) != folderFile || len(s.f.files) == 0:
		return badFile
	case errno != success:
		return errno
	}
	return s.putStat(s.i(4), kindFile, len(data))
}
