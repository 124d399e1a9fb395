package chunk

import (
	"bytes"
	"strings"
	"testing"
)

// TestPool reads lines of many chunks and holds some of them: their text stays as
// it was, and memory that nobody holds is used again.
func TestPool(t *testing.T) {
	line := strings.Repeat("x", 999)
	text := strings.Repeat(line+"\n", 5000)
	w := Window{In: strings.NewReader(text), Pool: &Pool{}}
	type kept struct {
		text   []byte
		memory *Memory
	}
	var all []kept
	memories := map[*Memory]bool{}
	lines := 0
	for {
		start, end, _, ok := w.Line()
		if ok {
			lines++
			memories[w.Memory] = true
			if lines%1000 == 1 {
				w.Memory.Hold()
				all = append(all, kept{w.Chunk[start:end], w.Memory})
			}
			continue
		}
		if w.EOF {
			break
		}
		if err := w.Fill(); err != nil {
			t.Fatal(err)
		}
	}
	if lines != 5000 {
		t.Errorf("%d lines", lines)
	}
	for _, k := range all {
		if !bytes.Equal(k.text, []byte(line)) {
			t.Errorf("a line that was held is now %q", k.text[:20])
		}
		k.memory.Free()
	}
	w.Release()
	if len(memories) > 8 {
		t.Errorf("%d chunks for 10 windows of text, and 5 held", len(memories))
	}
}
