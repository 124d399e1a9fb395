package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// A changed module is put in place while the program waits for input, and so is a
// changed program; one with a mistake leaves the running version where it is.
func TestWatch(t *testing.T) {
	folder(t, "p.edy", addEdy, "add.wat", addWat)
	p := start(t, "run", "p.edy", "--watch", "--input", "pairs=-", "--output", "sums=sums.ndjson")
	send := func(text string) {
		t.Helper()
		if _, err := io.WriteString(p.stdin, text); err != nil {
			t.Fatal(err)
		}
	}
	rewrite := func(name, text string) {
		t.Helper()
		time.Sleep(20 * time.Millisecond) // another time of change, also where clocks are coarse
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	send(pairs)
	waitFor(t, "sums.ndjson", 2)
	rewrite("add.wat", strings.Replace(addWat, "i64.add", "i64.mul", 1))
	lines := 2
	until(t, func() bool { // versions are put in place between two batches
		send(`{"a":5,"b":6,"at":"2026-01-01T11:00:00Z"}` + "\n")
		lines++
		waitFor(t, "sums.ndjson", lines)
		return strings.HasSuffix(read(t, "sums.ndjson"), `{"sum":30}`+"\n")
	})
	rewrite("p.edy", strings.Replace(addEdy, "add(a, b)", "add(a, c)", 1))
	time.Sleep(3 * lookEvery)
	rewrite("p.edy", strings.Replace(addEdy, "add(a, b)", "add(a, b) + 1", 1))
	until(t, func() bool {
		send(`{"a":5,"b":6,"at":"2026-01-01T12:00:00Z"}` + "\n")
		lines++
		waitFor(t, "sums.ndjson", lines)
		return strings.HasSuffix(read(t, "sums.ndjson"), `{"sum":31}`+"\n")
	})
	if err := p.stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, p.err.String())
	}
	for _, want := range []string{"watch: add.wat (sha256 ", "in place after ", " rows of pairs\n", "watch: p.edy in place after ", "E0202", "the version before goes on"} {
		if !strings.Contains(p.err.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, p.err.String())
		}
	}
}

// until repeats something until it holds.
func until(t *testing.T, holds func() bool) {
	t.Helper()
	for range 400 {
		if holds() {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatal("it never held")
}

// In a run that is kept a module takes over as well, and when the process is killed after
// that the next one goes on with it: every row comes once, of one version.
func TestWatchAndData(t *testing.T) {
	folder(t, "p.edy", addEdy, "add.wat", addWat)
	args := []string{"run", "p.edy", "--watch", "--data", "kept", "--checkpoint-every", "20ms", "--input", "pairs=-", "--output", "sums=sums.ndjson"}
	const part = ".sums.ndjson.part" // what is written until the run ends
	p := start(t, args...)
	lines := 0
	send := func() {
		t.Helper()
		lines++
		if _, err := fmt.Fprintf(p.stdin, `{"a":%d,"b":1000,"at":"2026-01-01T10:00:00Z"}`+"\n", lines); err != nil {
			t.Fatal(err)
		}
	}
	for range 5 {
		send()
	}
	waitFor(t, part, lines)
	if err := os.WriteFile("add.wat", []byte(strings.Replace(addWat, "i64.add", "i64.mul", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool {
		send()
		waitFor(t, part, lines)
		return strings.HasSuffix(read(t, part), fmt.Sprintf("{\"sum\":%d}\n", lines*1000))
	})
	first := lines // with the module that came
	for range 50 {
		send()
	}
	waitFor(t, part, lines)
	if !strings.Contains(p.err.String(), "watch: add.wat (sha256 ") {
		t.Errorf("the place is not said:\n%s", p.err.String())
	}
	time.Sleep(time.Second) // what came from a pipe and was not written down yet, nobody sends again
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = p.Wait()
	p = start(t, args...)
	if err := p.stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, p.err.String())
	}
	got := strings.Split(strings.TrimSpace(read(t, "sums.ndjson")), "\n")
	if len(got) != lines {
		t.Fatalf("%d rows came out of %d", len(got), lines)
	}
	for i, line := range got {
		n := i + 1
		sum, product := fmt.Sprintf(`{"sum":%d}`, n+1000), fmt.Sprintf(`{"sum":%d}`, n*1000)
		if line != product && (n >= first || line != sum) {
			t.Errorf("row %d is %s", n, line)
		}
	}
}
