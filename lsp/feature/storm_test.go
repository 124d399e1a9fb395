package feature_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/edynamic/edynamic/lsp/feature"
	"github.com/edynamic/edynamic/lsp/protocol"
)

// TestStormOfEdits types at random places for a long time, asks what an editor asks
// after each key, and looks at whether memory stays what it was.
func TestStormOfEdits(t *testing.T) {
	data, err := os.ReadFile("../../examples/cooling/cooling.edy")
	if err != nil {
		t.Fatal(err)
	}
	const seed = 5
	rnd := rand.New(rand.NewPCG(seed, seed))
	path, _ := filepath.Abs("storm.edy")
	snap := feature.NewSnapshot(newEnv())
	text := string(data)
	storm := func(edits int) uint64 {
		for i := range edits {
			at := rnd.IntN(len(text))
			switch {
			case rnd.IntN(8) == 0:
				text = string(data)
			case rnd.IntN(2) == 0:
				text = text[:at] + string("ab1 |>({\n"[rnd.IntN(9)]) + text[at:]
			default:
				text = text[:at] + text[min(len(text), at+1+rnd.IntN(4)):]
			}
			at = min(at, len(text))
			snap = snap.With(path, text, int32(i))
			pos := protocol.UTF8.Position(snap.Doc(path).File, at)
			snap.Diagnostics(path)
			snap.Complete(path, pos)
			snap.Hover(context.Background(), path, pos)
			snap.Definition(path, pos)
			snap.Actions(path, protocol.UTF8.Range(snap.Doc(path).File, at, at), nil)
			snap.Tokens(path, nil)
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	first := storm(150)
	second := storm(450)
	if second > first+first/2 {
		t.Errorf("the heap has grown from %d to %d bytes (seed %d)", first, second, seed)
	}
}
