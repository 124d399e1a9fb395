package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/load"
)

// replay runs both programs over the recorded rows and prints the rows that differ.
func (c *diffCmd) replay(a *app, old, next *load.Program) error {
	if c.Data == "" {
		return usage("--replay needs the recorded rows: --data DIR")
	}
	l, _, err := a.readLog(c.Data)
	if err != nil {
		return err
	}
	defer l.Close()
	over, err := c.over(l)
	if err != nil {
		return err
	}
	over.Run = pipelineName(next)
	names := map[string]bool{}
	for _, p := range []*load.Program{old, next} {
		for _, s := range p.Result.Program.Sinks {
			names[s.From] = true
		}
	}
	if len(names) == 0 {
		for _, name := range append(finalStreams(old), finalStreams(next)...) {
			names[name] = true
		}
	}
	if len(names) == 0 {
		return usage("neither program has a stream to compare")
	}
	differ := false
	for _, name := range slices.Sorted(maps.Keys(names)) {
		before, err := a.rowsOf(old, name, over)
		if err != nil {
			return err
		}
		after, err := a.rowsOf(next, name, over)
		if err != nil {
			return err
		}
		differ = a.printDifference(name, before, after) || differ
	}
	if differ {
		return failed()
	}
	return nil
}

// rowsOf are the rows of a stream as lines, none where the program does not have it.
func (a *app) rowsOf(p *load.Program, name string, over *build.Replay) ([]string, error) {
	if knownNames(p.Result.Program, nil, map[string][]string{name: nil}) != nil {
		return nil, nil
	}
	dir, err := os.MkdirTemp("", "edyc-diff-")
	if err != nil {
		return nil, fmt.Errorf("cannot make a folder for the rows to compare: %w", err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "rows.ndjson")
	opt := build.Options{Outputs: map[string][]string{name: {path}}, System: a.system()}
	if _, err := a.replayed(p, []string{name}, opt, over); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the rows to compare: %w", err)
	}
	if len(text) == 0 {
		return nil, nil
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"), nil
}

// printDifference prints the rows that only one side has, and reports whether there are
// any. Rows that stand in another order only are the same.
func (a *app) printDifference(name string, before, after []string) bool {
	count := map[string]int{}
	for _, line := range after {
		count[line]++
	}
	var gone []string
	for _, line := range before {
		if count[line]--; count[line] < 0 {
			count[line] = 0
			gone = append(gone, line)
		}
	}
	var added []string
	for _, line := range slices.Backward(after) {
		if count[line] > 0 {
			count[line]--
			added = append(added, line)
		}
	}
	slices.Reverse(added)
	if len(gone)+len(added) == 0 {
		fmt.Fprintf(a.stdout, "%s: the same %s\n", name, counted(int64(len(before)), "row"))
		return false
	}
	fmt.Fprintf(a.stdout, "%s: %s only in the old, %s only in the new\n", name, counted(int64(len(gone)), "row"), counted(int64(len(added)), "row"))
	for _, line := range gone {
		fmt.Fprintf(a.stdout, "- %s\n", line)
	}
	for _, line := range added {
		fmt.Fprintf(a.stdout, "+ %s\n", line)
	}
	return true
}
