package file

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/edynamic/edynamic/runtime/room"
)

// TestLargeFiles writes files that become large in pieces of any size, syncs them at any
// byte, and goes on with them: at each sync, and when they are closed, they have the bytes
// that were written.
func TestLargeFiles(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for _, past := range []bool{true, false} {
		path := filepath.Join(t.TempDir(), "out")
		var want []byte
		for range 3 {
			f, err := (machine{&room.Waiter{}}).OpenAt(path, int64(len(want)))
			if err != nil {
				t.Fatal(err)
			}
			for end := len(want) + directFrom + r.IntN(3*directBytes); len(want) < end; {
				piece := make([]byte, 1+r.IntN([]int{10, 70_000, block, 3 * directBytes}[r.IntN(4)]))
				for i := range piece {
					piece[i] = byte(r.Uint32())
				}
				if n, err := f.Write(piece); err != nil || n != len(piece) {
					t.Fatalf("%d bytes of %d written: %v", n, len(piece), err)
				}
				want = append(want, piece...)
				if d := f.(*patientFile).direct; d != nil && !past && d.past != d.file {
					if err := errors.Join(d.settle(), d.past.Close()); err != nil {
						t.Fatal(err)
					}
					d.past = d.file // as on a disk that does not take it
				}
				if r.IntN(20) == 0 {
					if err := f.Sync(); err != nil {
						t.Fatal(err)
					}
					isFile(t, path, want)
				}
			}
			t.Logf("past memory: %v", f.(*patientFile).direct != nil)
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			isFile(t, path, want)
			want = want[:len(want)-r.IntN(10_000)] // the rest does not count
		}
	}
}

func isFile(t *testing.T, path string, want []byte) {
	t.Helper()
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want) {
		t.Fatalf("the file has %d bytes, want %d, or others", len(have), len(want))
	}
}

// TestLargeFileFails: what a disk refuses behind the caller's back is told by the next sync.
func TestLargeFileFails(t *testing.T) {
	f, err := (machine{&room.Waiter{}}).OpenAt(filepath.Join(t.TempDir(), "out"), 0)
	if err != nil {
		t.Fatal(err)
	}
	piece := make([]byte, directFrom)
	if _, err := f.Write(piece); err != nil {
		t.Fatal(err)
	}
	d := f.(*patientFile).direct
	if d == nil {
		t.Skip("nothing is written past memory here")
	}
	if err := d.past.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = f.Write(piece)
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		t.Error("a write that failed was not told of")
	}
	_ = f.Close()
}
