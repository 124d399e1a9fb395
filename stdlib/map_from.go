package stdlib

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnMapFrom() *Function {
	return define(sig.Function{
		Name: "map_from", Group: groupMap,
		Doc:     "Makes a map of an array of keys and an array of values. Where a key is repeated, the last value counts.",
		Failure: "The arrays have different lengths.",
		Examples: examples(
			`keys(map_from(["a", "b"], [1, 2]))`, `["a", "b"]`,
			`values(map_from(["a", "b", "a"], [1, 2, 3]))`, `[3, 2]`,
			`map_from(["a"], [1, 2])`, `error: 1 keys and 2 values do not pair up`,
		),
	}, overload{text: "map_from<V>(keys: array<string>, values: array<V>) -> map<V>", kernel: func(c *kernel.Call) arrow.Array {
		keys, values := kernel.ReadLists(c.Args[0]), kernel.ReadLists(c.Args[1])
		key := kernel.Reader[string](keys.Elems)
		m := newMapEntries(c)
		c.Each(func(i int) {
			lo, hi := keys.Range(i)
			first, end := values.Range(i)
			if hi-lo != end-first {
				c.Fail(i, fmt.Sprintf("%d keys and %d values do not pair up", hi-lo, end-first))
				return
			}
			for p := lo; p < hi; p++ {
				m.put(key(p), int32(p), int32(first+p-lo))
			}
			m.end(i)
		})
		return m.finish(keys.Elems.Arr, values.Elems.Arr)
	}})
}

// mapEntries collects the entries of maps row by row, each key once, as positions
// in arrays of keys and of values.
type mapEntries struct {
	c            *kernel.Call
	lists        *kernel.ListColumn
	seen         map[string]int
	keys, values []int32
	start        int
}

func newMapEntries(c *kernel.Call) *mapEntries {
	return &mapEntries{c: c, lists: kernel.NewListColumn(c), seen: map[string]int{}}
}

// put adds an entry, or gives a key that is there another value.
func (m *mapEntries) put(key string, keyAt, valueAt int32) {
	if at, ok := m.seen[key]; ok {
		m.values[at] = valueAt
		return
	}
	m.seen[key] = len(m.keys)
	m.keys = append(m.keys, keyAt)
	m.values = append(m.values, valueAt)
}

// end finishes the map of a row.
func (m *mapEntries) end(row int) {
	if !m.lists.Set(row, len(m.keys)-m.start) {
		m.keys, m.values = m.keys[:m.start], m.values[:m.start]
	}
	m.start = len(m.keys)
	clear(m.seen)
}

func (m *mapEntries) finish(keys, values arrow.Array) arrow.Array {
	return m.lists.FinishMap(kernel.Gather(m.c.Alloc, keys, m.keys), kernel.Gather(m.c.Alloc, values, m.values))
}
