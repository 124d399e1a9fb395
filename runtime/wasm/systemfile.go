package wasm

import (
	"encoding/binary"
	"strings"
)

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

// maxPath bounds the length of a path.
const maxPath = 4096

// named is the granted file at a path in memory.
func (s *sysCall) named(at, n uint32) ([]byte, int32) {
	path := s.at(at, n)
	switch {
	case path == nil:
		return nil, fault
	case n > maxPath:
		return nil, tooLong
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
