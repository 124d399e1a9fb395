package wasm

import (
	"slices"
	"sync"

	"github.com/bytecodealliance/wasmtime-go/v44"
)

// maxIdle is how many modules are kept that nobody uses: what was just checked is run
// next, and a version that was replaced may come back.
const maxIdle = 16

// source is a module to compile.
type source struct {
	hash string
	data []byte
	own  bool // it is the host's, and is taken as it is
}

// modules are the compiled modules of an engine, by hash.
type modules struct {
	mu   *sync.Mutex
	held map[string]*held
	idle []string // those without users, the one longest without them first
}

// held is a module and how many use it.
type held struct {
	module *wasmtime.Module
	users  int
}

func newModules() modules { return modules{mu: &sync.Mutex{}, held: map[string]*held{}} }

// take gives a compiled module: from memory, from the cache on disk, or from the
// compiler. It is given back by its hash.
func (e *engine) take(s source) (*wasmtime.Module, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	h := e.held[s.hash]
	if h == nil {
		m, err := e.cached(s)
		if err != nil {
			return nil, err
		}
		h = &held{module: m}
		e.held[s.hash] = h
	}
	if h.users == 0 {
		e.idle = slices.DeleteFunc(e.idle, func(hash string) bool { return hash == s.hash })
	}
	h.users++
	return h.module, nil
}

// give says that one user of a module is done with it. The modules that were last used
// stay; others are freed.
func (e *engine) give(hash string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	h := e.held[hash]
	if h.users--; h.users > 0 {
		return
	}
	if e.idle = append(e.idle, hash); len(e.idle) > maxIdle {
		e.held[e.idle[0]].module.Close()
		delete(e.held, e.idle[0])
		e.idle = e.idle[1:]
	}
}

// recent keeps the values that were put last, by a name.
type recent[T any] struct {
	mu     sync.Mutex
	size   int
	values map[string]T
	order  []string
}

func newRecent[T any](size int) *recent[T] { return &recent[T]{size: size, values: map[string]T{}} }

func (r *recent[T]) get(name string) (T, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.values[name]
	return v, ok
}

func (r *recent[T]) put(name string, v T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.values[name]; !known {
		r.order = append(r.order, name)
	}
	r.values[name] = v
	if len(r.order) > r.size {
		delete(r.values, r.order[0])
		r.order = r.order[1:]
	}
}
