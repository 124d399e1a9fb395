package feature

import (
	"maps"
	"path/filepath"
	"slices"
	"sync"

	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
)

// Snapshot is everything an editor has open, at one moment. It never changes; an edit
// makes another, which shares what the edit left alone.
type Snapshot struct {
	env   *Env
	open  map[string]*Doc
	store *store
	known []string // the files of the workspace's folders
	trial bool     // it is only looked at, and nothing of it is kept
	data  int      // how often data that programs read has changed

	mu       sync.Mutex
	programs map[string]*onceProgram
	stored   map[string]*Doc // looked at in this snapshot
	named    struct {        // modules, found when they are first asked for
		once  sync.Once
		paths map[string]string
	}
}

type onceProgram struct {
	once sync.Once
	p    *Program
}

// store keeps what later snapshots take over: files read from disk and the last checked
// program of each file.
type store struct {
	mu       sync.Mutex
	docs     map[string]*Doc
	programs map[string]*Program
}

// NewSnapshot is the first one, with nothing open.
func NewSnapshot(env *Env) *Snapshot {
	return &Snapshot{
		env: env, open: map[string]*Doc{}, programs: map[string]*onceProgram{}, stored: map[string]*Doc{},
		store: &store{docs: map[string]*Doc{}, programs: map[string]*Program{}},
	}
}

func (s *Snapshot) next() *Snapshot {
	return &Snapshot{
		env: s.env, open: s.open, store: s.store, known: s.known, data: s.data,
		programs: map[string]*onceProgram{}, stored: map[string]*Doc{},
	}
}

// With is the snapshot with a file opened or changed.
func (s *Snapshot) With(path, text string, version int32) *Snapshot {
	n := s.next()
	n.open = maps.Clone(s.open)
	d := newDoc(path, text, s.Doc(path))
	d.Version, d.Open = version, true
	n.open[path] = d
	return n
}

// Without is the snapshot with a file closed: what is stored counts again.
func (s *Snapshot) Without(path string) *Snapshot {
	n := s.next()
	n.open = maps.Clone(s.open)
	delete(n.open, path)
	return n
}

// Known is the snapshot with other files in the workspace's folders. It looks at stored
// files anew.
func (s *Snapshot) Known(paths []string) *Snapshot {
	n := s.next()
	n.known = slices.Sorted(slices.Values(paths))
	return n
}

// Otherwise is the snapshot after data has changed from which programs take their schemas,
// or functions: they are checked anew.
func (s *Snapshot) Otherwise() *Snapshot {
	n := s.next()
	n.data++
	return n
}

// Files are the files of the workspace's folders and all that are open.
func (s *Snapshot) Files() []string {
	all := slices.Clone(s.known)
	for path := range s.open {
		all = append(all, path)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Listed are the files of the workspace's folders.
func (s *Snapshot) Listed() []string { return slices.Clone(s.known) }

// Open are the paths of open files.
func (s *Snapshot) Open() []string { return slices.Sorted(maps.Keys(s.open)) }

// Doc is a file, open or stored; nil for one that cannot be read.
func (s *Snapshot) Doc(path string) *Doc {
	if d, ok := s.open[path]; ok {
		return d
	}
	s.mu.Lock()
	d, looked := s.stored[path]
	s.mu.Unlock()
	if looked || s.env.ReadFile == nil {
		return d
	}
	d = s.store.read(s.env, path)
	s.mu.Lock()
	defer s.mu.Unlock()
	if first, looked := s.stored[path]; looked { // a file is one document in a snapshot, whoever looked
		return first
	}
	s.stored[path] = d
	return d
}

func (st *store) read(env *Env, path string) *Doc {
	st.mu.Lock()
	old := st.docs[path]
	st.mu.Unlock()
	if old != nil && env.Stamp != nil && env.Stamp(path) == old.stamp {
		return old
	}
	text, stamp, err := env.ReadFile(path)
	if err != nil {
		return nil
	}
	d := newDoc(path, text, old)
	d.stamp = stamp
	st.mu.Lock()
	defer st.mu.Unlock()
	if meanwhile := st.docs[path]; meanwhile != nil && meanwhile != old && meanwhile.stamp == stamp {
		return meanwhile
	}
	st.docs[path] = d
	return d
}

// Program is a file checked with everything it imports; nil when it cannot be read.
func (s *Snapshot) Program(path string) *Program {
	s.mu.Lock()
	o := s.programs[path]
	if o == nil {
		o = &onceProgram{}
		s.programs[path] = o
	}
	s.mu.Unlock()
	o.once.Do(func() { o.p = s.check(path) })
	return o.p
}

func (s *Snapshot) check(path string) *Program {
	root := s.Doc(path)
	if root == nil {
		return nil
	}
	s.store.mu.Lock()
	before := s.store.programs[path]
	s.store.mu.Unlock()
	if before != nil && before.of(s) {
		return before
	}
	p := newProgram(s, root, before)
	if s.trial {
		return p
	}
	s.store.mu.Lock()
	s.store.programs[path] = p
	s.store.mu.Unlock()
	return p
}

// Program is a checked file. It belongs to no snapshot: a later one whose files are the
// same has it too.
type Program struct {
	Root    *Doc
	Result  *check.Result
	docs    map[string]*Doc // all that were read
	imports []importOf
	env     *Env
	ix      index
	rowsMu  sync.Mutex
	rows    map[string]*Rows // samples by stream
	data    int              // that of the snapshot it was checked in
}

func newProgram(s *Snapshot, root *Doc, before *Program) *Program {
	p := &Program{Root: root, docs: map[string]*Doc{root.Path: root}, env: s.env, data: s.data}
	opts := check.Options{
		Catalog: s.env.Catalog, Import: p.importer(s),
		Dir: func(f *source.File) string { return filepath.Dir(f.Name) },
	}
	if before != nil && before.data == s.data {
		opts.Before = before.Result
	}
	p.Result = check.Check(root.Tree, opts)
	return p
}

// of reports that a snapshot has the same files, and the data they read.
func (p *Program) of(s *Snapshot) bool {
	if p.data != s.data {
		return false
	}
	for path, d := range p.docs {
		if s.Doc(path) != d {
			return false
		}
	}
	for _, i := range p.imports {
		if path, d := s.imported(i.from, i.decl); path != i.path || d != p.docs[path] {
			return false
		}
	}
	return true
}

// place is where a span stands: the file, and the offsets in it.
func (p *Program) place(span source.Span) (d *Doc, start, end int, ok bool) {
	if start, end, ok = p.Root.place(span); ok {
		return p.Root, start, end, true
	}
	for _, d := range p.docs {
		if start, end, ok = d.place(span); ok {
			return d, start, end, true
		}
	}
	return nil, 0, 0, false
}

// instead is a file's program with another text in place of one part, checked for this
// once; nil where that cannot be.
func (s *Snapshot) instead(doc *Doc, part *syntax.Part, text string) *Program {
	whole := doc.text()
	changed := newDoc(doc.Path, whole[:part.Start]+text+whole[part.Start+len(part.File.Text):], doc)
	s.store.mu.Lock()
	before := s.store.programs[doc.Path]
	s.store.mu.Unlock()
	return newProgram(s, changed, before)
}
