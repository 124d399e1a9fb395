// Package file is the connector of files and of standard input and output: paths
// and globs, with gzip and zstd, read to their end or followed as they grow.
//
// It must never keep a whole input in memory but where a format needs random
// access to something that has none.
package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/connector"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/formats"
	"github.com/edynamic/edynamic/runtime/room"
)

// Connector describes the settings for the checker and the documentation.
var Connector = sig.Connector{
	Name: "file", Source: true, Sink: true, Changes: true, Bounded: true, Available: true,
	Doc: "Files on this machine, and standard input and output as -. Compressed files (.gz, .zst) are read and written as such.",
	Settings: []sig.Setting{
		{Name: "path", Kind: sig.SettingText, Required: true, Doc: "The file; for a source also a glob such as data/*.ndjson, whose files are read as lanes in the order of their paths; folders and hidden files are left out. Relative paths start at the folder of the declaring file. - is standard input or output."},
		{Name: "format", Kind: sig.SettingFormat, Doc: "The format and its settings; by default the one of the path's extension, of the ending before a last star (data/*.ndjson*), or the one all files of a glob have."},
		{Name: "follow", Kind: sig.SettingBool, Doc: "Source: wait for more at the end of the file instead of ending."},
		{Name: "poll", Kind: sig.SettingDuration, Doc: "Source: how often a followed file is looked at; 200ms by default."},
		{Name: "reload", Kind: sig.SettingDuration, Doc: "Source of a topic with mode: upsert: read the file again this often. Rows that have changed replace others, rows that are no longer there are deleted; a file that cannot be read to its end leaves the table as it was."},
		{Name: "compression", Kind: sig.SettingWord, Values: []string{"none", "gzip", "zstd"}, Doc: "By default that of the path's extension; when reading also that of the first bytes."},
		{Name: "changes", Kind: sig.SettingWord, Values: []string{"log", "final"}, Doc: "Sink of a changes stream: log (default) writes every change with $op, final the rows that remain at the end."},
	},
}

// System is what the connector uses of the machine. Standard input can be read
// once; a System remembers what the inference of a schema has read of it.
type System struct {
	Stdin  io.Reader
	Stdout io.Writer
	Clock  clock.Clock
	// Disk takes the outputs that outlive their process; nil is the machine's.
	Disk Disk
	// Room waits for room on a full disk that they are written to; nil tells nobody.
	Room *room.Waiter

	mu     sync.Mutex
	sample []byte // of standard input
	used   bool   // standard input was opened

	printing sync.Mutex // of standard output
}

// ReadFile reads a small file whole, one that a program names beside its data. The
// error says why in a few words, without the path.
func (s *System) ReadFile(dir, path string, limit int64) ([]byte, error) {
	path = filepath.FromSlash(path)
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, reason(err)
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, reason(err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("it is larger than %d MiB", limit>>20)
	}
	return data, nil
}

// place is a URI whose settings are sorted out.
type place struct {
	uri         connector.URI
	path        string // with the folder it is relative to
	format      format.Format
	options     format.Options // of the format
	compression string         // "" where the first bytes may tell
	follow      bool
	poll        string
	reload      time.Duration // 0 for a file that is read once
	verb        string
}

func (p *place) fail(err error) error {
	return &connector.Error{Verb: p.verb, Path: p.uri.Path, Err: reason(err)}
}

// resolve finds the format and checks the settings.
func resolve(uri connector.URI, dir, verb string) (*place, error) {
	u := uri.With(nil)
	p := &place{uri: u, path: u.Path, verb: verb}
	if u.Path != "-" && !filepath.IsAbs(u.Path) {
		p.path = filepath.Join(dir, u.Path)
	}
	name, named := u.Take("format")
	if err := p.findFormat(name, named); err != nil {
		return nil, p.fail(err)
	}
	own := format.Options{}
	for _, s := range Connector.Settings {
		// The format's own setting of a name comes first: Parquet compresses itself.
		if p.format.Has(s.Name) {
			continue
		}
		if v, ok := u.Take(s.Name); ok {
			own[s.Name] = v
		}
	}
	if err := own.Check(sig.Format{Name: "file", Settings: Connector.Settings}); err != nil {
		return nil, p.fail(err)
	}
	p.compression, p.follow, p.poll = own.Text("compression", p.compression), own.Bool("follow", false), own.Text("poll", "200ms")
	p.reload, _ = time.ParseDuration(own.Text("reload", "0s"))
	p.options = u.Options
	if err := p.knownSettings(); err != nil {
		return nil, p.fail(err)
	}
	if err := p.options.Check(p.format.Format); err != nil {
		return nil, p.fail(err)
	}
	return p, nil
}

// knownSettings refuses a setting that neither the format nor files in general have.
func (p *place) knownSettings() error {
	var general, all []string
	for _, s := range Connector.Settings[1:] { // all but the path
		general = append(general, s.Name)
	}
	for _, s := range p.format.Settings {
		all = append(all, s.Name)
	}
	names := strings.Join(all, ", ")
	all = append(all, general...)
	for _, name := range slices.Sorted(maps.Keys(p.options)) {
		if p.format.Has(name) {
			continue
		}
		hint := ""
		if near, ok := diag.Closest(name, all); ok {
			hint = fmt.Sprintf("; did you mean %q?", near)
		}
		return fmt.Errorf("there is no setting %q%s (%s has %s; any file has %s)", name, hint, p.format.Name, names, strings.Join(general, ", "))
	}
	return nil
}

var compressions = map[string]string{".gz": "gzip", ".zst": "zstd"}

func (p *place) findFormat(name string, named bool) error {
	own, compression, ok := byName(p.uri.Path)
	p.compression = compression
	if !named && p.uri.Path == "-" {
		name, named = "ndjson", true
	}
	if named {
		if p.format, ok = formats.ByName(name); !ok {
			return fmt.Errorf("there is no format %q; the formats are %s", name, strings.Join(formats.Names(), ", "))
		}
		return nil
	}
	if ok {
		p.format = own
		return nil
	}
	if p.verb == "read" && p.isGlob() {
		var err error
		p.format, err = p.byGlob()
		return err
	}
	info, err := os.Stat(p.path)
	if err == nil && info.IsDir() {
		return errors.New("it is a directory")
	}
	if p.verb == "read" && errors.Is(err, fs.ErrNotExist) {
		// Where another file may have been meant, its extension is only misspelt, too.
		if absent := Absent(p.path); errors.As(absent, new(*misnamed)) {
			return absent
		}
	}
	return errors.New("its extension does not tell the format; " + addFormat())
}

// paths are the files that a path or glob names, in order.
func (p *place) paths() ([]string, error) {
	if !p.isGlob() {
		return []string{p.path}, nil
	}
	return p.matches()
}

// name is a path as messages and origins show it: relative where the URI is.
func (p *place) name(path, dir string) string {
	if !filepath.IsAbs(p.uri.Path) {
		if rel, err := filepath.Rel(dir, path); err == nil {
			return rel
		}
	}
	return path
}

// readable opens and closes a file to say early what is wrong with it.
func readable(path string) error {
	f, err := open(path)
	if err != nil {
		return err
	}
	return f.Close()
}

func open(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("it is a directory")
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// reason says in a few words what an operation on a file has failed of, without
// the path, which the message around it shows.
func reason(err error) error {
	var path *fs.PathError
	isPath := errors.As(err, &path)
	switch {
	case err == nil, err == io.EOF, errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, fs.ErrNotExist) && isPath:
		return Absent(path.Path)
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no such file")
	case errors.Is(err, fs.ErrPermission):
		return errors.New("permission denied")
	case errors.Is(err, gzip.ErrHeader):
		return errors.New("it is not compressed with gzip")
	case errors.Is(err, zstd.ErrMagicMismatch):
		return errors.New("it is not compressed with zstd")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it is cut off")
	case errors.Is(err, syscall.EISDIR):
		return errors.New("it is a directory")
	}
	if isPath {
		return path.Err
	}
	return err
}
