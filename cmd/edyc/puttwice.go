package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/edynamic/edynamic/runtime/connector"
	"github.com/edynamic/edynamic/runtime/log"
)

// Rows that are put into a topic are named by the bytes they are read from, so that the
// same rows are noticed when they are put once more: a command that was sent again because
// nobody knew whether it had come through changes nothing.

// putOnce is what is remembered of rows that were put.
type putOnce struct {
	At   time.Time
	Rows int64
}

// putKey is where that is kept.
func putKey(topic, name string) []byte { return []byte("put/" + topic + "\x00" + name) }

// putBefore finds rows that were put before, nil for none.
func putBefore(l log.Log, topic, name string) (*putOnce, error) {
	b, err := l.Get(putKey(topic, name))
	if err != nil || b == nil {
		return nil, err
	}
	var p putOnce
	if err := json.Unmarshal(b, &p); err != nil {
		return nil, fmt.Errorf("what was put into %s cannot be read: %w", topic, err)
	}
	return &p, nil
}

// sayPut tells that nothing was done.
func (a *app) sayPut(topic string, p *putOnce) {
	fmt.Fprintf(a.stderr, "%s: nothing put: the same bytes, %s, were put on %s; --again puts them once more\n",
		topic, counted(p.Rows, "row"), p.At.UTC().Format("2006-01-02T15:04:05Z"))
}

// nameOfInput names the bytes of an input. Standard input is kept in a file meanwhile,
// which is the standard input from then on; done removes it.
func (a *app) nameOfInput(input string) (name string, done func(), err error) {
	uri, err := connector.ParseURI(input)
	if err != nil {
		return "", nil, err
	}
	sum := sha256.New()
	if isStdout(input) {
		done, err = a.keepInput(sum)
		return hex.EncodeToString(sum.Sum(nil)), done, err
	}
	paths, err := a.system().Paths(uri, "")
	if err != nil {
		return "", nil, err
	}
	for _, path := range paths {
		if err := hashFile(sum, path); err != nil {
			return "", nil, &connector.Error{Verb: "read", Path: path, Err: err}
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), func() {}, nil
}

// hashFile adds the bytes of a file, and how many they are.
func hashFile(sum io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	n, err := io.Copy(sum, f)
	fmt.Fprintf(sum, "\n%d\n", n)
	return err
}

// keepInput copies standard input to a file that stands for it.
func (a *app) keepInput(sum io.Writer) (done func(), err error) {
	f, err := os.CreateTemp("", "edyc-put-")
	if err != nil {
		return nil, fmt.Errorf("cannot make a file for the rows: %w", err)
	}
	done = func() {
		f.Close()
		os.Remove(f.Name())
	}
	_, err = io.Copy(io.MultiWriter(f, sum), a.stdin)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		done()
		return nil, fmt.Errorf("cannot keep standard input: %w", err)
	}
	a.system().Stdin = f
	return done, nil
}
