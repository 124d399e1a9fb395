package feature_test

import (
	"sync"
	"testing"

	"github.com/edynamic/edynamic/lsp/feature"
)

// TestAFileIsOneDocument: two requests that look at a stored file at the same moment see
// the same document, since what is known of it goes by the document.
func TestAFileIsOneDocument(t *testing.T) {
	env := newEnv()
	var both sync.WaitGroup
	both.Add(2)
	env.ReadFile = func(path string) (text, stamp string, err error) {
		if path == "/a.edy" {
			both.Done()
			both.Wait() // each has seen that nobody has read it yet
		}
		return "schema R { id: string }\n", "1", nil
	}
	env.Stamp = func(string) string { return "1" }
	snap := feature.NewSnapshot(env)
	var docs [2]*feature.Doc
	var readers sync.WaitGroup
	for i := range docs {
		readers.Go(func() { docs[i] = snap.Doc("/a.edy") })
	}
	readers.Wait()
	if docs[0] != docs[1] || snap.Doc("/a.edy") != docs[0] {
		t.Error("the file is two documents")
	}
	if later := snap.With("/b.edy", "", 1).Doc("/a.edy"); later != docs[0] {
		t.Error("a later snapshot has another document of a file that has not changed")
	}
}
