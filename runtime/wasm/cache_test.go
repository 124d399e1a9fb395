package wasm

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// A module is compiled once for a machine.
func TestCache(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(CacheVariable, dir)
	m, err := Inspect([]byte(`(module (func (export "cached") (result i64) (i64.const 42)))`))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // from the compiler, and from the disk
		if _, err := plainEngine().cached(source{hash: m.Hash, data: m.Data}); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, m.Hash+"-"+wasmtimeVersion+"-*.cwasm"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%d files of the module: %v", len(files), err)
	}
	if err := os.WriteFile(files[0], []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := plainEngine().cached(source{hash: m.Hash, data: m.Data}); err != nil {
		t.Errorf("with a damaged file: %v", err)
	}
}

// What was cut off or changed is never run.
func TestDamagedCode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "code.cwasm")
	code := []byte("compiled code")
	if err := writeCode(path, code); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := readCode(path); err != nil || !bytes.Equal(back, code) {
		t.Fatalf("%q %v", back, err)
	}
	for i := range whole {
		changed := bytes.Clone(whole)
		changed[i]++
		for _, damaged := range [][]byte{whole[:i], changed} {
			if err := os.WriteFile(path, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := readCode(path); err == nil {
				t.Fatalf("damage at byte %d is not seen", i)
			}
		}
	}
}
