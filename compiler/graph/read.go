package graph

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/edynamic/edynamic/lang/source"
)

// Read reads an archive. The error says in one line what is wrong with it: that it is
// none, was cut off, was changed, or comes from another version.
func Read(r io.Reader) (*Graph, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxArchive+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxArchive {
		return nil, fmt.Errorf("the archive is larger than %d MiB", maxArchive>>20)
	}
	if !IsArchive(data) {
		return nil, errors.New("it is not an archive made by edyc build")
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, damaged("it is cut off or was changed (%w)", err)
	}
	entries, err := readEntries(z)
	if err != nil {
		return nil, err
	}
	m, err := readManifest(entries)
	if err != nil {
		return nil, err
	}
	g := &Graph{Compiler: m.Compiler}
	for _, f := range m.Files {
		text, ok := entries[f.Entry]
		if !ok {
			return nil, damaged("the source %s is missing", f.Name)
		}
		g.Files = append(g.Files, File{Name: f.Name, Source: source.New(f.Name, string(text))})
	}
	if len(g.Files) == 0 {
		return nil, damaged("it has no sources")
	}
	if g.Program, g.Plan, err = decodePlan(entries[planEntry], g.Files); err != nil {
		return nil, damaged("%s: %w", planEntry, err)
	}
	for _, m := range g.Program.Modules {
		if m.Data = entries[moduleEntry(m.Hash)]; hexSum(m.Data) != m.Hash {
			return nil, damaged("the module %s is missing or another one", m.Path)
		}
	}
	return g, nil
}

func readEntries(z *zip.Reader) (map[string][]byte, error) {
	if len(z.File) > maxEntries {
		return nil, fmt.Errorf("the archive has more than %d entries", maxEntries)
	}
	left := int64(maxArchive)
	entries := map[string][]byte{}
	for _, f := range z.File {
		if _, twice := entries[f.Name]; twice {
			return nil, damaged("it has two entries %q", f.Name)
		}
		data, err := readEntry(f, left)
		if err != nil {
			return nil, damaged("%s: %w", f.Name, err)
		}
		left -= int64(len(data))
		entries[f.Name] = data
	}
	return entries, nil
}

func readEntry(f *zip.File, limit int64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("it is larger than %d MiB", maxArchive>>20)
	}
	return data, errors.Join(err, r.Close())
}

// readManifest reads the manifest and checks every entry against it.
func readManifest(entries map[string][]byte) (*Manifest, error) {
	text, ok := entries[manifestEntry]
	if !ok {
		return nil, errors.New("it is not an archive made by edyc build: it has no " + manifestEntry)
	}
	// The format comes first: another one may have another manifest.
	var version struct {
		Format int `json:"format"`
	}
	if err := looseJSON(text, &version); err != nil {
		return nil, damaged("%s: %w", manifestEntry, err)
	}
	if version.Format != format {
		return nil, fmt.Errorf("the archive has format %d, and this edyc reads format %d; build it again from its sources", version.Format, format)
	}
	m := &Manifest{}
	if err := strictJSON(text, m); err != nil {
		return nil, damaged("%s: %w", manifestEntry, err)
	}
	want, err := m.hash()
	if err != nil {
		return nil, err
	}
	if m.Content != want {
		return nil, damaged("its content is %s, and its manifest says %s", want, m.Content)
	}
	for _, s := range m.Entries {
		data, ok := entries[s.Name]
		switch {
		case !ok:
			return nil, damaged("%s is missing", s.Name)
		case len(data) != s.Size || hexSum(data) != s.Hash:
			return nil, damaged("%s was changed", s.Name)
		}
	}
	if len(entries) != len(m.Entries)+1 {
		return nil, damaged("it has entries that its manifest does not list")
	}
	return m, nil
}
