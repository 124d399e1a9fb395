package graph

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/avro"
)

// The entries of an archive.
const (
	manifestEntry  = "manifest.json"
	planEntry      = "plan.json"
	sourceMapEntry = "sourcemap.json"
	schemaPrefix   = "schemas/"
	schemaSuffix   = ".avsc"
	sourcePrefix   = "src/"
	modulePrefix   = "wasm/"
	moduleSuffix   = ".wasm"
)

// Extension is how the names of archives end.
const Extension = ".edyg"

// format is the version of the archive's layout.
const format = 1

// Limits of what is read.
const (
	maxArchive = 256 << 20
	maxEntries = 10_000
)

// Manifest says what an archive holds.
type Manifest struct {
	Format   int     `json:"format"`
	Compiler string  `json:"compiler"`
	Module   string  `json:"module,omitempty"`
	Content  string  `json:"content"` // the SHA-256 of the manifest without this line
	Files    []Named `json:"files"`   // the sources, the program's own first
	Entries  []Sum   `json:"entries"` // all entries but the manifest, sorted
}

// Named is a source and the entry that holds it.
type Named struct {
	Name  string `json:"name"`
	Entry string `json:"entry"`
}

// Sum is an entry with its length and its SHA-256.
type Sum struct {
	Name string `json:"name"`
	Size int    `json:"size"`
	Hash string `json:"sha256"`
}

// Archive is a graph as the entries of an archive.
type Archive struct {
	Manifest Manifest
	entries  []entry // sorted by name, the manifest first
}

type entry struct {
	name string
	data []byte
}

// Pack makes the archive of a graph.
func Pack(g *Graph) (*Archive, error) {
	text, err := PlanJSON(g)
	if err != nil {
		return nil, err
	}
	places, err := sourceMap(g)
	if err != nil {
		return nil, err
	}
	a := &Archive{Manifest: Manifest{Format: format, Compiler: g.Compiler, Module: g.Program.Module}}
	entries := []entry{{planEntry, text}, {sourceMapEntry, places}}
	schemas, err := schemaEntries(g)
	if err != nil {
		return nil, err
	}
	entries = append(entries, schemas...)
	for _, m := range g.Program.Modules {
		entries = append(entries, entry{moduleEntry(m.Hash), m.Data})
	}
	for _, f := range g.Files {
		name := entryName(f.Name)
		for slices.ContainsFunc(entries, func(e entry) bool { return e.name == name }) {
			name += "_"
		}
		entries = append(entries, entry{name, []byte(f.Source.Text)})
		a.Manifest.Files = append(a.Manifest.Files, Named{f.Name, name})
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	for _, e := range entries {
		a.Manifest.Entries = append(a.Manifest.Entries, Sum{e.name, len(e.data), hexSum(e.data)})
	}
	if a.Manifest.Content, err = a.Manifest.hash(); err != nil {
		return nil, err
	}
	head, err := canonicalJSON(a.Manifest)
	if err != nil {
		return nil, err
	}
	a.entries = append([]entry{{manifestEntry, head}}, entries...)
	return a, nil
}

// moduleEntry is where a module stands in the archive.
func moduleEntry(hash string) string { return modulePrefix + hash + moduleSuffix }

func hexSum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// hash is the content hash. The manifest has the hashes of all entries, so its own
// covers everything.
func (m Manifest) hash() (string, error) {
	m.Content = ""
	text, err := canonicalJSON(m)
	return "sha256:" + hexSum(text), err
}

// schemaEntries are the Avro schemas of the topics.
func schemaEntries(g *Graph) ([]entry, error) {
	var out []entry
	for _, t := range g.Program.Topics {
		text, err := avro.Export(t.Row, avro.Options{Name: t.Name, Namespace: g.Program.Module})
		if err != nil {
			return nil, fmt.Errorf("the rows of the topic %s: %w", t.Name, err)
		}
		out = append(out, entry{schemaPrefix + url.PathEscape(t.Name) + schemaSuffix, text})
	}
	return out, nil
}

// sourceMap says for each node where it stands in the sources.
func sourceMap(g *Graph) ([]byte, error) {
	file := map[any]string{}
	for _, f := range g.Files {
		file[f.Source] = f.Name
	}
	places := map[string]any{}
	for _, n := range g.Plan.Nodes {
		if n.At.Known() {
			places[n.Name] = place(n, file[n.At.File])
		}
	}
	return canonicalJSON(places)
}

func place(n *plan.Node, file string) map[string]any {
	from, to := n.At.Position(), n.At.File.Position(n.At.End)
	return map[string]any{"file": file, "line": from.Line, "column": from.Column, "end_line": to.Line, "end_column": to.Column}
}

// WriteTo writes the archive as a zip file. Entries are stored and not compressed,
// so that the bytes do not depend on the version of a compressor.
func (a *Archive) WriteTo(w io.Writer) (int64, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range a.entries {
		f, err := z.CreateHeader(&zip.FileHeader{Name: e.name, Method: zip.Store, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			return 0, err
		}
		if _, err := f.Write(e.data); err != nil {
			return 0, err
		}
	}
	if err := z.Close(); err != nil {
		return 0, err
	}
	return b.WriteTo(w)
}

// Write writes a graph as an archive.
func Write(w io.Writer, g *Graph) error {
	a, err := Pack(g)
	if err != nil {
		return err
	}
	_, err = a.WriteTo(w)
	return err
}

// IsArchive reports whether a file that begins so is meant to be an archive.
func IsArchive(head []byte) bool { return bytes.HasPrefix(head, []byte("PK\x03\x04")) }

// errDamaged is what Read says of an archive whose parts do not fit together.
var errDamaged = errors.New("the archive is damaged")

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %w", errDamaged, fmt.Errorf(format, args...))
}
