package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is the command as a process of its own.
type process struct {
	*exec.Cmd
	stdin    io.WriteCloser
	out, err said
}

// said is what a process has printed so far.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func start(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(os.Args[0], args...)}
	p.Env = append(os.Environ(), asEdyc+"=1")
	p.Stdout, p.Stderr = &p.out, &p.err
	var err error
	if p.stdin, err = p.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if p.ProcessState == nil {
			_ = p.Process.Kill()
			_ = p.Wait()
		}
	})
	return p
}

// interrupt presses Ctrl-C and waits for the end.
func (p *process) interrupt(t *testing.T) result {
	t.Helper()
	if err := p.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- p.Wait() }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatalf("it did not end\n%s", p.err.String())
	}
	return result{p.ProcessState.ExitCode(), p.out.String(), p.err.String()}
}

// waitFor waits until a file holds as many lines as expected.
func waitFor(t *testing.T, name string, lines int) {
	t.Helper()
	for range 400 {
		if text, err := os.ReadFile(name); err == nil && bytes.Count(text, []byte("\n")) >= lines {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatalf("%s never had %d lines", name, lines)
}

// Ctrl-C while standard input is silent: the rows that came are written, and those in
// windows that had not closed are counted.
func TestInterruptWhileInputIsSilent(t *testing.T) {
	folder(t, "p.edy", bidProgram)
	p := start(t, "run", "p.edy", "--input", "bids=-", "--output", "big=big.ndjson", "--output", "hourly=hourly.ndjson")
	if _, err := io.WriteString(p.stdin, fourBids); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "big.ndjson", 3)
	r := p.interrupt(t)
	r.expect(t, 0,
		"bids: 4 rows read\n", "big: 3 rows written to big.ndjson\n",
		"hourly: 2 rows written to hourly.ndjson\n", // 10:00 to 11:00 had closed
		"interrupted: 1 row in windows that had not closed\n",
		"watermark: stood at 2026-01-01T11:02:00Z, held back by bids, since 20")
	if text := read(t, "big.ndjson"); text != threeBig {
		t.Errorf("big.ndjson: %q", text)
	}
}

func TestInterruptWhileAFileIsFollowed(t *testing.T) {
	folder(t, "p.edy", bidProgram, "bids.ndjson", fourBids)
	p := start(t, "run", "p.edy", "--input", "bids=bids.ndjson?follow=true", "--output", "big=big.ndjson")
	waitFor(t, "big.ndjson", 3)
	grow, err := os.OpenFile("bids.ndjson", os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintln(grow, strings.Split(threeBig, "\n")[0]); err != nil {
		t.Fatal(err)
	}
	if err := grow.Close(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "big.ndjson", 4)
	p.interrupt(t).expect(t, 0, "bids: 5 rows read\n", "big: 4 rows written to big.ndjson\n", "interrupted: 0 rows in windows that had not closed\n")
}

// Two inputs that go on, of which one falls silent: the run says which, where it stands
// and how far the other one is. No window of both has closed.
func TestInterruptNamesTheSourceThatHoldsBack(t *testing.T) {
	const row = `{"k":"x","at":"2026-01-01T00:%02d:00Z"}` + "\n"
	folder(t, "p.edy", `module p
schema R { k: string  at: timestamp }
topic quick: R from "quick.ndjson?follow=true" { time: at  watermark: 5s }
topic slow: R from "slow.ndjson?follow=true" { time: at  watermark: 5s }
stream rows = from quick |> union slow
stream minutes = from rows |> window tumbling 1m |> aggregate n = count() by k
`, "quick.ndjson", fmt.Sprintf(row+row+row, 0, 10, 25), "slow.ndjson", fmt.Sprintf(row, 0))
	p := start(t, "run", "p.edy", "--output", "rows=rows.ndjson", "--output", "minutes=minutes.ndjson")
	waitFor(t, "rows.ndjson", 2) // those of the first minute; what follows waits for slow
	p.interrupt(t).expect(t, 0,
		"quick: 3 rows read\n", "slow: 1 row read\n",
		"minutes: 0 rows written to minutes.ndjson\n",
		"watermark: stood at 2025-12-31T23:59:55Z, held back by slow, since 20", "; the furthest is 25m0s ahead\n")
}
