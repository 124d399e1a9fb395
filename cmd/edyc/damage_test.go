package main

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// growing is a program whose input does not end, so that its outputs grow.
const growing = `schema Bid { auction: long, price: double, at: timestamp }
topic bids: Bid { time: at watermark: 5s key: auction partitions: 2 }
topic lasts: Bid { key: auction mode: upsert }
stream high = from bids |> where price > 20.0
stream some = from bids |> where price > 60.0 |> into lasts
stream totals = from bids |> window tumbling 1m |> aggregate n = count(), total = sum(price) by auction
sink o1 from high to "high.ndjson"
sink o2 from totals to "totals.csv"
sink o3 from high to "high.arrow"
`

// TestDamagedRuns kills runs, and flips a bit of, cuts and takes away each file that they
// have left: what goes on from there says what is wrong, or ends with the right outputs.
func TestDamagedRuns(t *testing.T) {
	for _, c := range []struct {
		name, program string
		outputs       []string
	}{
		{"inputs that end", chaosProgram, []string{"totals.ndjson", "visits.csv", "tops.parquet", "errors.ndjson"}},
		{"inputs that go on", growing, []string{"high.ndjson", "totals.csv", "high.arrow"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder(t, "p.edy", c.program, "bids.ndjson", chaosBids(rand.New(rand.NewPCG(5, 1)), 40000))
			args := []string{"run", "p.edy", "--data", "d", "--checkpoint-every", "10ms", "--batch", "200"}
			if c.program == growing {
				edyc("topic", "put", "bids", "bids.ndjson", "--data", "d", "--file", "p.edy").expect(t, 0)
			}
			here, err := os.Getwd()
			if err != nil {
				t.Fatal(err)
			}
			right := t.TempDir()
			copyFolder(t, here, right)
			t.Chdir(right)
			edyc(args...).expect(t, 0)
			want := map[string]string{}
			for _, name := range c.outputs {
				want[name] = read(t, name)
			}
			t.Chdir(here)
			killHalfway(t, args)
			left := files(t, here)
			refused, same := 0, 0
			for _, name := range left {
				for _, how := range []string{"flip", "cut", "delete"} {
					what := how + " " + name
					there := t.TempDir()
					copyFolder(t, here, there)
					if !harm(t, filepath.Join(there, name), how) {
						continue
					}
					t.Chdir(there)
					p := start(t, args...)
					if err := p.Wait(); err != nil {
						refused++
						if code := p.ProcessState.ExitCode(); code != 1 || !strings.Contains(p.err.String(), "edyc: ") || strings.Contains(p.err.String(), "goroutine ") {
							t.Errorf("%s: exit %d: %s", what, code, p.err.String())
						}
						t.Logf("%s: %s", what, lastLine(p.err.String()))
						continue
					}
					same++
					for _, out := range c.outputs {
						if got := read(t, out); got != want[out] {
							t.Errorf("%s: %s has %d bytes instead of %d\n%s", what, out, len(got), len(want[out]), p.err.String())
						}
					}
				}
			}
			t.Chdir(here)
			t.Logf("%d files: %d times it was refused, %d times the outputs were right", len(left), refused, same)
			if refused == 0 || same == 0 {
				t.Error("one of the two never came")
			}
		})
	}
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for _, line := range lines {
		if strings.HasPrefix(line, "edyc: ") {
			return line[:min(len(line), 160)]
		}
	}
	return lines[len(lines)-1]
}

// killHalfway kills a run that has written some of its outputs.
func killHalfway(t *testing.T, args []string) {
	t.Helper()
	p := start(t, args...)
	for range 2000 {
		if parts, _ := filepath.Glob(".*.part*"); len(parts) > 0 && anyBytes(parts) {
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	time.Sleep(60 * time.Millisecond)
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err == nil {
		t.Fatal("it had ended before it was killed")
	}
}

func anyBytes(paths []string) bool {
	for _, p := range paths {
		if info, err := os.Stat(p); err == nil && info.Size() > 4096 {
			return true
		}
	}
	return false
}

// files are those that a run has left in a folder, but for what went in, and outputs that
// were shown: those are their readers'.
func files(t *testing.T, dir string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if strings.HasPrefix(name, "d/") || strings.HasPrefix(name, ".") {
			out = append(out, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// copyFolder copies the files of a folder.
func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		}
		if !d.Type().IsRegular() {
			return nil // the socket of what was killed
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), b, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// harm damages a file; false where there is nothing to damage.
func harm(t *testing.T, path, how string) bool {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case how == "delete":
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		return true
	case len(b) == 0:
		return false
	case how == "flip":
		b[len(b)/3] ^= 0x04
	case how == "cut":
		b = b[:len(b)/2]
	default:
		t.Fatal(fmt.Sprint("no way to ", how))
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return true
}
