package wasm

// Drop frees the instances of a function, which goes on with new ones.
func (f *Function) Drop() { f.drop() }

// Compiled is how many modules are held by the engine that counts no fuel, and how many
// of them somebody uses.
func Compiled() (held, used int) {
	e := plainEngine()
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.held), len(e.held) - len(e.idle)
}
