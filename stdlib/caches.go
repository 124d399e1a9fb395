package stdlib

import (
	"sync"
)

// cache keeps what was made of constant texts, such as a compiled regular
// expression: a batch may be one row, and making it costs more than using it.
// What it holds never changes a result. When full it starts anew, which bounds it.
type cache[V any] struct {
	mu   sync.RWMutex
	made map[string]result[V]
	make func(string) (V, error)
}

type result[V any] struct {
	value V
	err   error
}

const cacheLimit = 512

func newCache[V any](make func(string) (V, error)) *cache[V] { return &cache[V]{make: make} }

func (c *cache[V]) get(text string) (V, error) {
	c.mu.RLock()
	r, ok := c.made[text]
	c.mu.RUnlock()
	if ok {
		return r.value, r.err
	}
	text = string([]byte(text)) // the argument lies in a batch that will be freed
	r.value, r.err = c.make(text)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made == nil || len(c.made) >= cacheLimit {
		c.made = make(map[string]result[V], 16)
	}
	c.made[text] = r
	return r.value, r.err
}

// reader reads a text argument through a cache: the function returned gives what
// was made of a row's text, or fails the row and gives false.
func (c *cache[V]) reader(read func(int) string, fail func(int, string)) func(row int) (V, bool) {
	var last string
	var r result[V]
	known := false
	return func(row int) (V, bool) {
		if text := read(row); !known || text != last {
			known, last = true, text
			r.value, r.err = c.get(text)
		}
		if r.err != nil {
			fail(row, r.err.Error())
			return r.value, false
		}
		return r.value, true
	}
}
