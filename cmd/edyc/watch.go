package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/load"
	"github.com/edynamic/edynamic/runtime/wasm"
)

// lookEvery is how often files are looked at under --watch.
const lookEvery = 200 * time.Millisecond

// watcher gives a running job the versions of its program that come to the disk.
type watcher struct {
	a      *app
	path   string
	sets   map[string]string
	wanted []string
	plan   planner // of a version

	modules map[string]string // hashes of the modules in use, by path
	seen    map[string]stamp  // of all files of the program
}

// planner makes the plan of a program that gives the wanted streams.
type planner func(prog *ir.Program, wanted []string) (*plan.Graph, error)

// stamp tells two versions of a file apart.
type stamp struct {
	at   time.Time
	size int64
}

// look remembers the files of a program as they are.
func (w *watcher) look(p *load.Program) {
	w.seen, w.modules = map[string]stamp{}, map[string]string{}
	for _, f := range p.Files {
		w.seen[f.Source.Name] = fileStamp(f.Source.Name)
	}
	w.seen[w.path] = fileStamp(w.path)
	for _, m := range p.Result.Program.Modules {
		path := modulePath(m)
		w.seen[path], w.modules[path] = fileStamp(path), m.Hash
	}
}

func modulePath(m *ir.WasmModule) string {
	if filepath.IsAbs(m.Path) {
		return m.Path
	}
	return filepath.Join(m.Dir, filepath.FromSlash(m.Path))
}

func fileStamp(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	return stamp{info.ModTime(), info.Size()}
}

// changed reports a file that is another than before. One that is gone is being written.
func (w *watcher) changed() bool {
	changed := false
	for path, before := range w.seen {
		now := fileStamp(path)
		if now == (stamp{}) {
			return false
		}
		changed = changed || now != before
	}
	return changed
}

// watch looks at the files until the run ends. A version is taken once it has stood
// still for one look.
func (w *watcher) watch(ctx context.Context, job *build.Job) {
	still := map[string]stamp{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(lookEvery):
		}
		if !w.changed() {
			continue
		}
		now := map[string]stamp{}
		settled := true
		for path := range w.seen {
			now[path] = fileStamp(path)
			settled = settled && now[path] == still[path]
		}
		if still = now; settled {
			w.take(job)
		}
	}
}

// take reads the program anew and gives it to the job. What does not check, or cannot go
// on, leaves the running version where it is.
func (w *watcher) take(job *build.Job) {
	before := w.modules
	for path := range w.seen { // whatever comes of it, it is looked at once
		w.seen[path] = fileStamp(path)
	}
	p, err := w.a.load(w.path, w.sets)
	if err != nil {
		w.say("%v; the version before goes on", err)
		return
	}
	if p.Diags.HasErrors() {
		_ = w.a.report(errorsOf(p.Diags))
		w.say("the version before goes on")
		return
	}
	g, err := w.plan(p.Result.Program, w.wanted)
	if err != nil {
		w.say("%v; the version before goes on", err)
		return
	}
	w.look(p)
	what := w.difference(before)
	err = job.Replace(g, func(read []exec.TopicSummary, err error) {
		if err != nil {
			w.say("%s cannot be put in place: %v", what, err)
			return
		}
		w.say("%s in place after %s", what, positions(read))
	})
	if err != nil {
		w.say("%s cannot take over: %v; the version before goes on until the run is started again", what, err)
	}
}

// difference says what is new: modules with the beginnings of their hashes, or the
// program.
func (w *watcher) difference(before map[string]string) string {
	var parts []string
	for path, hash := range w.modules {
		if old, ok := before[path]; ok && old != hash {
			parts = append(parts, fmt.Sprintf("%s (sha256 %s in place of %s)", path, hash[:12], old[:12]))
		}
	}
	if len(parts) == 0 {
		return w.path
	}
	return strings.Join(parts, ", ")
}

// positions says how far each topic had been read.
func positions(read []exec.TopicSummary) string {
	var parts []string
	for _, t := range read {
		parts = append(parts, fmt.Sprintf("%d rows of %s", t.Rows, t.Name))
	}
	return strings.Join(parts, ", ")
}

func (w *watcher) say(format string, args ...any) {
	fmt.Fprintf(w.a.stderr, "watch: "+format+"\n", args...)
}

// wasmLog prints what functions in WASM log, a line at a time.
func (a *app) wasmLog() wasm.Log {
	var mu sync.Mutex
	return func(function, line string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(a.stderr, "%s: %s\n", function, line)
	}
}
