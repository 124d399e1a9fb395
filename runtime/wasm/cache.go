package wasm

import (
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"runtime"

	"github.com/bytecodealliance/wasmtime-go/v44"
)

// wasmtimeVersion stands in the names of the cache: compiled code is of one version.
const wasmtimeVersion = "44.0.0"

// CacheVariable names the folder of compiled modules; "off" keeps none.
const CacheVariable = "EDYC_WASM_CACHE"

// cacheDir is the folder of compiled modules, "" for none.
func cacheDir() string {
	switch dir := os.Getenv(CacheVariable); dir {
	case "off":
		return ""
	case "":
	default:
		return dir
	}
	base, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(base, "edyc", "wasm")
}

// build compiles a module, whose instructions for large pieces of memory are bounded.
func (e *engine) build(s source) (*wasmtime.Module, error) {
	if s.own {
		return wasmtime.NewModule(e.Engine, s.data)
	}
	rewritten, err := bounded(s.data)
	if err == nil {
		return wasmtime.NewModule(e.Engine, rewritten)
	}
	if _, invalid := wasmtime.NewModule(e.Engine, s.data); invalid != nil {
		return nil, invalid
	}
	return nil, err
}

// cached compiles a module, or reads what an earlier process compiled. The cache is
// only ever a saving: whatever is wrong with it, the module is compiled.
func (e *engine) cached(s source) (*wasmtime.Module, error) {
	dir := cacheDir()
	if dir == "" {
		return e.build(s)
	}
	name := s.hash + "-" + wasmtimeVersion + "-" + boundedVersion + "-" + runtime.GOOS + "-" + runtime.GOARCH
	if e.fuel {
		name += "-fuel"
	}
	path := filepath.Join(dir, name+".cwasm")
	if code, err := readCode(path); err == nil {
		if m, err := wasmtime.NewModuleDeserialize(e.Engine, code); err == nil {
			return m, nil
		}
	}
	m, err := e.build(s)
	if err != nil {
		return nil, err
	}
	if code, err := m.Serialize(); err == nil {
		_ = writeCode(path, code) // the next process compiles again
	}
	return m, nil
}

// readCode reads compiled code, which stands behind its SHA-256: Wasmtime trusts what
// it is given, and a file that was cut off must not reach it.
func readCode(path string) ([]byte, error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(file) < sha256.Size {
		return nil, errors.New("cut off")
	}
	code := file[sha256.Size:]
	if sha256.Sum256(code) != [sha256.Size]byte(file[:sha256.Size]) {
		return nil, errors.New("changed")
	}
	return code, nil
}

// writeCode writes the file whole or not at all, so that processes can share a cache.
func writeCode(path string, code []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".compiled-*")
	if err != nil {
		return err
	}
	sum := sha256.Sum256(code)
	_, err = f.Write(append(sum[:], code...))
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
