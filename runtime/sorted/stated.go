package sorted

import (
	"errors"
	"fmt"

	"github.com/edynamic/edynamic/vm/wire"
)

// stated is what is written down of a run.
type stated struct {
	name string
	size int64
	sum  uint32
}

// listForm is the version of a list.
const listForm = 1

// list writes down of which files layers are, with what is gone.
func list(layers []layer) []byte {
	var w wire.Writer
	w.Uint(listForm)
	w.Uint(uint64(len(layers)))
	for _, l := range layers {
		w.Uint(uint64(len(l.gone)))
		for _, p := range l.gone {
			w.Bytes(p)
		}
		w.Bool(l.run != nil)
		if l.run != nil {
			w.String(l.run.name)
			w.Uint(uint64(l.run.size))
			w.Uint(uint64(l.run.sum))
		}
	}
	return w.Buf
}

// listed is a layer as it was written down.
type listed struct {
	gone prefixes
	some bool // there is a run
	run  stated
}

func parse(list []byte) (out []listed, err error) {
	r := wire.NewReader(list)
	if form := r.Uint(); form != listForm && !r.Failed() {
		return nil, fmt.Errorf("a list of files of state has form %d, and this edyc knows %d", form, listForm)
	}
	for range r.Len() {
		var l listed
		for range r.Len() {
			l.gone = append(l.gone, append([]byte(nil), r.Bytes()...))
		}
		if l.some = r.Bool(); l.some {
			l.run = stated{r.String(), int64(r.Uint()), uint32(r.Uint())}
		}
		out = append(out, l)
	}
	if err := r.Err(); err != nil {
		return nil, fmt.Errorf("a list of files of state cannot be read: %w", err)
	}
	return out, nil
}

// Open is the set that was written down in a folder. A file that is not what it was is a
// *Damage, but for its blocks: those are looked at when they are read.
func Open(dir *Dir, list []byte) (*Set, error) {
	all, err := parse(list)
	if err != nil {
		return nil, err
	}
	s := New(dir)
	for _, l := range all {
		next := layer{gone: l.gone}
		if l.some {
			if next.run, err = dir.open(l.run); err != nil {
				for _, opened := range s.layers {
					if opened.run != nil {
						opened.run.keep.Store(true)
					}
				}
				return nil, errors.Join(err, giveBack(s.layers))
			}
		}
		s.layers = append(s.layers, next)
	}
	s.stated = refer(s.layers)
	return s, nil
}

// Plan is a set as it will be when somebody has written it down.
type Plan struct {
	set    *Set
	layers []layer
	gone   [][]byte
	runs   []*Run
}

// Plan puts the keys of batches, the oldest first, on top, after what begins with one of
// some prefixes is gone. Nobody sees that before Done; one of Done and Drop must be called.
func (s *Set) Plan(gone [][]byte, batches ...*Batch) (*Plan, error) {
	p := &Plan{set: s, gone: gone}
	for _, b := range batches {
		runs, err := b.finish()
		if err != nil {
			return nil, errors.Join(err, p.Drop())
		}
		p.runs = append(p.runs, runs...)
	}
	s.mu.Lock()
	p.layers = refer(plus(s.layers, gone, p.runs))
	s.mu.Unlock()
	if err := s.dir.sync(); err != nil {
		return nil, errors.Join(err, p.Drop())
	}
	return p, nil
}

// List is what must be written down, nil for an empty set.
func (p *Plan) List() []byte {
	if len(p.layers) == 0 {
		return nil
	}
	return list(p.layers)
}

// Done tells that it is written down: files that it does not speak of are not needed any
// more.
func (p *Plan) Done() error {
	s := p.set
	s.mu.Lock()
	before := s.stated
	s.stated = p.layers
	s.mu.Unlock()
	return errors.Join(giveBack(before), s.add(p.gone, p.runs))
}

// Drop gives it up, and its new files.
func (p *Plan) Drop() error {
	err := giveBack(p.layers)
	for _, r := range p.runs {
		err = errors.Join(err, r.release())
	}
	return err
}

// Check finds out whether all files are there that a set was written down with, and have
// their lengths, without changing anything.
func Check(dir *Dir, list []byte) error {
	all, err := parse(list)
	if err != nil {
		return err
	}
	for _, l := range all {
		if !l.some {
			continue
		}
		path := dir.fs.PathJoin(dir.path, l.run.name)
		info, err := dir.fs.Stat(path)
		if err != nil {
			return err
		}
		if info.Size() != l.run.size {
			return &Damage{path, fmt.Sprintf("it has %d bytes instead of %d", info.Size(), l.run.size)}
		}
	}
	return nil
}
