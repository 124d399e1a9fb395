package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/exec"
)

type topicReprocessCmd struct {
	Errors string `arg:"" optional:"" default:"errors" help:"The topic of error records."`
	Into   string `required:"" placeholder:"TOPIC" help:"The topic that the rows are put back into."`
	File   string `required:"" placeholder:"FILE" help:"The program that is put right."`
	Code   string `placeholder:"CODE" help:"Only rows that failed of this cause."`
	Again  bool   `help:"Put the rows back although the same were put back before."`
	dataFlag
	replayFlags
}

// Help is shown under --help.
func (topicReprocessCmd) Help() string {
	return `Takes the rows of stored error records as they were read, and puts them back into their topic by a program that is put right; its next run processes them. Rows that fail again become error records again. Narrow with --code, --from and --to what is taken: a row that is taken twice among others is there twice. The same rows alone are noticed: nothing is put back, unless --again says so.

Example:
  edyc topic reprocess errors --into bids --file fixed.edy --code bad_value --data state`
}

// Run puts the rows back.
func (c *topicReprocessCmd) Run(a *app) error {
	l, err := c.open(a)
	if err != nil {
		return err
	}
	defer l.Close()
	g, err := a.planOfTopic(l, c.File, c.Into)
	if err != nil {
		return err
	}
	over, err := c.over(l)
	if err != nil {
		return err
	}
	failed := &failedRows{of: c.Errors}
	err = a.collected(over, c.Errors, func(out *exec.Collected) error { return failed.add(out, c.Code) })
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "edyc-reprocess-")
	if err != nil {
		return fmt.Errorf("cannot make a folder for the rows: %w", err)
	}
	defer os.RemoveAll(dir)
	recalled, err := failed.write(dir)
	if err != nil {
		return fmt.Errorf("cannot write the rows: %w", err)
	}
	from := rows{c.Into, filepath.Join(dir, "*.ndjson"), "reprocess " + dir, "reprocess/" + nameOfBytes(failed.text.Bytes()), recalled}
	return a.put(l, g, from, c.Again)
}

// failedRows are rows as they were read, with where that was.
type failedRows struct {
	of    string // the topic of error records
	text  bytes.Buffer
	files []*failedFile // by where the rows came from
}

// failedFile is the rows that came from one file or source.
type failedFile struct {
	text bytes.Buffer
	build.Recalled
}

// add takes the rows of error records: one that could not be read at all stands there as a
// text.
func (f *failedRows) add(out *exec.Collected, code string) error {
	at := map[string]int{}
	for i, c := range out.Type.Columns {
		at[c.Name] = i
	}
	row, hasRow := at["row"]
	why, hasCode := at["code"]
	from, hasOrigin := at["origin"]
	if !hasRow || !hasCode || !hasOrigin {
		return usage("%s holds no error records", out.Type.Topic)
	}
	for i, r := range out.Rows() {
		text, _ := r[row].(string)
		if code != "" && r[why] != code || text == "" || text == "null" {
			continue
		}
		var raw string
		if json.Unmarshal([]byte(text), &raw) == nil {
			text = raw
		}
		origin, _ := r[from].(string)
		f.row(text, origin, int64(i))
	}
	return nil
}

// row takes a row with its origin. One without is said to be from its error record, the
// number of which among those at hand is given.
func (f *failedRows) row(text, origin string, number int64) {
	f.text.WriteString(text + "\n")
	name, at, counted := cutOrigin(origin)
	if name == "" {
		name, at, counted = f.of, number, true
	}
	k := slices.IndexFunc(f.files, func(x *failedFile) bool { return x.Name == name && x.Counted == counted })
	if k < 0 {
		k = len(f.files)
		f.files = append(f.files, &failedFile{Recalled: build.Recalled{Name: name, Counted: counted}})
	}
	to := f.files[k]
	to.Starts, to.At = append(to.Starts, int64(to.text.Len())), append(to.At, at)
	to.text.WriteString(text + "\n")
}

// cutOrigin takes an origin apart: a file and a byte, or a source and a number. The name is
// empty where it is neither.
func cutOrigin(origin string) (name string, at int64, counted bool) {
	for _, sep := range []string{"@", "/0/"} {
		i := strings.LastIndex(origin, sep)
		if i <= 0 {
			continue
		}
		if n, err := strconv.ParseInt(origin[i+len(sep):], 10, 64); err == nil {
			return origin[:i], n, sep != "@"
		}
	}
	return "", 0, false
}

// write makes a file of the rows of each source, in the order in which these came up.
func (f *failedRows) write(dir string) (map[string]*build.Recalled, error) {
	recalled := map[string]*build.Recalled{}
	if len(f.files) == 0 {
		f.files = append(f.files, &failedFile{Recalled: build.Recalled{Name: f.of, Counted: true}})
	}
	for i, x := range f.files {
		path := filepath.Join(dir, fmt.Sprintf("%09d.ndjson", i))
		if err := os.WriteFile(path, x.text.Bytes(), 0o600); err != nil {
			return nil, err
		}
		recalled[path] = &x.Recalled
	}
	return recalled, nil
}
