package file

import (
	"bytes"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Several outputs may go to standard output: lines stay whole, and none is lost.
func TestOutputsShareStdout(t *testing.T) {
	const outputs, batches, rows = 3, 40, 2000
	var out bytes.Buffer
	s := &System{Stdout: &out}
	var all sync.WaitGroup
	for range outputs {
		sink, err := s.Create(uri(t, "-?format=ndjson"), "", nColumn)
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			for n := range batches {
				values := make([]int64, rows)
				for i := range values {
					values[i] = int64(n*rows + i)
				}
				if err := sink.Write(batchOf(values...)); err != nil {
					t.Error(err)
				}
			}
			if err := sink.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	seen := make([]int, batches*rows)
	for line := range strings.Lines(out.String()) {
		text := strings.TrimSuffix(strings.TrimPrefix(line, `{"n":`), "}\n")
		n, err := strconv.Atoi(text)
		if err != nil || n >= len(seen) {
			t.Fatalf("%q is no line of an output", line)
		}
		seen[n]++
	}
	for n, times := range seen {
		if times != outputs {
			t.Fatalf("%d was written %d times", n, times)
		}
	}
}
