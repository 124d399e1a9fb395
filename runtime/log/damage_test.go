package log_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/edynamic/edynamic/runtime/log"
)

// TestDamage flips a bit of, cuts and takes away each file of a folder, as a killed
// process left it and as one that was opened again: what is read afterwards is what was
// written, or nothing is.
func TestDamage(t *testing.T) {
	for _, killed := range []bool{true, false} {
		dir := t.TempDir()
		whole := filepath.Join(dir, "whole")
		l := openIn(t, filepath.Join(dir, "data"), nil)
		check(t, l.Declare(log.Topic{Name: "bids", Partitions: 1}))
		payload := []byte(strings.Repeat("a long row of words, ", 20000))
		for i := range int64(40) {
			tx := commitOf(3*i, 3)
			tx.Appends[0].Payload = append(payload, fmt.Sprint(i)...)
			_, err := l.Commit(tx)
			check(t, err)
		}
		if killed {
			check(t, os.CopyFS(whole, os.DirFS(filepath.Join(dir, "data"))))
		}
		check(t, l.Close())
		if !killed { // opening puts the rows into tables
			check(t, openIn(t, filepath.Join(dir, "data"), nil).Close())
			check(t, os.CopyFS(whole, os.DirFS(filepath.Join(dir, "data"))))
		}
		want := "120 events, state 120"
		files, err := os.ReadDir(whole)
		check(t, err)
		for _, f := range files {
			for _, how := range []string{"flip", "cut", "delete"} {
				name := fmt.Sprintf("killed %v, %s of %s", killed, how, f.Name())
				damaged := filepath.Join(dir, how+f.Name())
				check(t, os.CopyFS(damaged, os.DirFS(whole)))
				if !damage(t, filepath.Join(damaged, f.Name()), how) {
					continue
				}
				switch got, err := contents(damaged); {
				case err != nil:
					t.Logf("%s: refused: %s", name, firstLine(err))
				case got == want:
					t.Logf("%s: the same rows", name)
				default:
					t.Errorf("%s: %s, want %s", name, got, want)
				}
			}
		}
	}
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line[:min(len(line), 150)]
}

// damage does something to a file; false when there is nothing to do it to.
func damage(t *testing.T, path, how string) bool {
	t.Helper()
	b, err := os.ReadFile(path)
	check(t, err)
	switch {
	case how == "delete":
		check(t, os.Remove(path))
		return true
	case len(b) == 0:
		return false
	case how == "flip":
		b[len(b)*2/5] ^= 0x10
	case how == "cut":
		b = b[:len(b)*3/5]
	}
	check(t, os.WriteFile(path, b, 0o600))
	return true
}

// contents opens a folder and reads and verifies everything, as a process of its own
// would.
func contents(dir string) (string, error) {
	fatal := make(chan error, 1)
	type read struct {
		text string
		err  error
	}
	done := make(chan read, 1)
	go func() {
		l, err := log.OpenPebble(dir, log.Disk{Fatal: func(reason string) {
			fatal <- errors.New(reason)
			select {} // the process is gone
		}})
		if err != nil {
			done <- read{"", err}
			return
		}
		v, err := log.Verify(l, "bids", 0)
		state, getErr := l.Get([]byte("next"))
		done <- read{fmt.Sprintf("%d events, state %s", v.Events, state), errors.Join(err, getErr, l.Close())}
	}()
	select {
	case err := <-fatal:
		return "", err
	case r := <-done:
		return r.text, r.err
	}
}
