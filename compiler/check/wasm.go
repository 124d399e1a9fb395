package check

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
)

// What a function in WASM may use when its declaration says nothing.
const (
	defaultWasmMemory  = 16 << 20
	defaultWasmFuel    = 10_000_000
	defaultWasmTimeout = time.Second
)

// The bounds of what a declaration may ask for.
const (
	maxWasmMemory  = 4 << 30
	maxWasmTimeout = time.Minute
)

// wasmSettings are the settings of a function in WASM.
var wasmSettings = []sig.Setting{
	{Name: "memory", Kind: sig.SettingSize, Doc: "the most that the module's memory may grow to, as 16MiB"},
	{Name: "fuel", Kind: sig.SettingInt, Min: 1, Max: 1 << 53, Doc: "how many instructions a row may take"},
	{Name: "timeout", Kind: sig.SettingDuration, Doc: "how long a row may take, as 5ms"},
	{Name: "deterministic", Kind: sig.SettingBool, Doc: "the same arguments give the same result on every machine"},
	{Name: capabilitiesSetting, Kind: sig.SettingList, Doc: `what it may reach: [clock, random, log, read_file("path")]`},
}

const capabilitiesSetting = "capabilities"

// wasmFn checks a function whose body is in a module; false after a report.
func (m *module) wasmFn(d *ast.FnDecl) bool {
	before := m.c.errorCount()
	if d.Kind == ast.FnAggregate && d.Fallible {
		m.c.report("E0408", d.Name.Span, `an aggregate is not declared to fail`, "").
			Because("A group that fails goes to the error topic, like one whose sum overflows.")
	}
	if len(d.TypeParams) > 0 {
		m.c.report("E0404", d.TypeParams[0].Span, "a function in WASM has no type parameters", "").
			Because("A module is compiled for fixed types.")
	}
	f := &ir.WasmFunc{Name: m.prefix + d.Name.Name, At: d.Name.Span, Fallible: d.Fallible, Kind: ir.WasmScalar}
	var params []*types.Type
	for _, p := range d.Params {
		t := m.resolve(p.Type, nil)
		f.Params = append(f.Params, types.Field{Name: p.Name.Name, Type: t})
		params = append(params, t)
		if p.Default != nil {
			m.scope(nil).coerced(p.Default, t, `the default of "`+p.Name.Name+`"`)
		}
	}
	f.Result = m.resolve(d.Result, nil)
	f.Limits = m.wasmLimits(d)
	if m.c.errorCount() > before {
		return false
	}
	mod := m.wasmModule(d.Wasm)
	if mod == nil {
		return false
	}
	f.Module = mod.Hash
	if misfit := wasmFit(mod, f, d, params); misfit != nil {
		m.wasmMisfit(d, mod, misfit, declaredAs(d.Name.Name, params, f.Result))
		return false
	}
	if !m.wasmGranted(d, mod, &f.Limits) {
		return false
	}
	m.wasm[d] = f
	m.c.prog.Functions = append(m.c.prog.Functions, f)
	return true
}

// wasmFit finds the exports for a declaration.
func wasmFit(mod *sig.Module, f *ir.WasmFunc, d *ast.FnDecl, params []*types.Type) *sig.Misfit {
	f.Export = d.Wasm.Export.Value
	switch d.Kind {
	case ast.FnAggregate:
		f.Kind = ir.WasmAggregate
		var misfit *sig.Misfit
		f.Retracts, misfit = mod.FitAggregate(f.Export, params, f.Result)
		return misfit
	case ast.FnTable:
		f.Kind = ir.WasmTable
		fit, misfit := mod.FitTable(f.Export, params, f.Result)
		f.Result = types.ArrayOf(f.Result)
		f.Export, f.Batch = fit.Export, fit.Batch
		return misfit
	}
	fit, misfit := mod.Fit(f.Export, params, f.Result)
	f.Export, f.Batch = fit.Export, fit.Batch
	return misfit
}

// aggregateNamed is an aggregate of the library or of the program, nil for none.
func (s *scope) aggregateNamed(path ast.Path) *sig.Aggregate {
	if agg := s.m.c.opts.Catalog.Aggregate(path.String()); agg != nil {
		return agg
	}
	in, d, ok := s.m.lookup(path)
	fn, isFn := d.(*ast.FnDecl)
	if !ok || !isFn || fn.Kind != ast.FnAggregate {
		return nil
	}
	return s.aggregateOf(in, fn)
}

// aggregateOf is an aggregate of the program as those of the library are described,
// nil when its declaration is broken.
func (s *scope) aggregateOf(in *module, d *ast.FnDecl) *sig.Aggregate {
	s.m.c.within(d, func() { in.fn(d) })
	f := in.wasm[d]
	if f == nil {
		return nil
	}
	return f.Aggregate()
}

// ownAggregate is a call of an aggregate of the program.
func (s *scope) ownAggregate(in *module, d *ast.FnDecl, e *ast.CallExpr) ir.Expr {
	agg := s.aggregateOf(in, d)
	if agg == nil {
		return unknown(e.Span)
	}
	return s.aggregateCall(agg, e)
}

// wasmMisfit says that a module does not carry out a declaration: what it exports, and
// what is asked for.
func (m *module) wasmMisfit(d *ast.FnDecl, mod *sig.Module, misfit *sig.Misfit, declared string) {
	file, named := `"`+d.Wasm.Module.Value+`"`, `"fn `+d.Name.Name+`"`
	message := file + ` exports "` + misfit.Have + `", which does not fit ` + named
	if misfit.Have == "" {
		message = file + " does not fit " + named + ": " + misfit.Why
	}
	rep := m.c.report("E0404", d.Wasm.Export.Span, message, "").Label(d.Name.Span, declared)
	if misfit.Want != "" {
		rep.Note("the declaration asks for: " + misfit.Want)
	}
	if misfit.Have != "" && misfit.Why != "" {
		rep.Because(sentence(misfit.Why))
	}
	if misfit.Have == "" {
		if names := mod.Functions(); len(names) > 0 {
			rep.Note(listed("functions: ", names))
			if near, ok := diag.Closest(d.Wasm.Export.Value, names); ok {
				rep.Fix(diag.Maybe, "the function of nearly that name", strconv.Quote(near), diag.Edit{Span: d.Wasm.Export.Span, Text: strconv.Quote(near)})
			}
		}
	}
}

// sentence is text as a sentence of its own.
func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] + "." }

func declaredAs(name string, params []*types.Type, result *types.Type) string {
	var list []string
	for _, p := range params {
		list = append(list, p.String())
	}
	return name + "(" + strings.Join(list, ", ") + ") -> " + result.String()
}

// wasmModule reads a module, and adds it to the program once.
func (m *module) wasmModule(b *ast.WasmBody) *sig.Module {
	dir := m.dir()
	data, err := m.c.opts.Catalog.ReadModule(dir, b.Module.Value)
	var mod *sig.Module
	if err == nil {
		mod, err = m.c.opts.Catalog.Module(data)
	}
	if err != nil {
		m.c.report("E0405", b.Module.Span, `"`+b.Module.Value+`" cannot be used: `+err.Error(), "")
		return nil
	}
	same := func(w *ir.WasmModule) bool { return w.Hash == mod.Hash }
	if !slices.ContainsFunc(m.c.prog.Modules, same) {
		m.c.prog.Modules = append(m.c.prog.Modules, &ir.WasmModule{Path: b.Module.Value, Dir: dir, Hash: mod.Hash, Data: mod.Data})
	}
	return mod
}

// wasmLimits reads the settings of a function.
func (m *module) wasmLimits(d *ast.FnDecl) ir.WasmLimits {
	l := ir.WasmLimits{Memory: defaultWasmMemory, Timeout: defaultWasmTimeout}
	block := d.Wasm.Settings
	if block == nil {
		return l
	}
	plain := &ast.Settings{At: block.At}
	for _, s := range block.Items {
		if s.Name.Name == capabilitiesSetting {
			m.wasmCapabilities(s, &l)
			continue
		}
		plain.Items = append(plain.Items, s)
	}
	values := m.settings(plain, wasmSettings, "a function in WASM")
	for _, s := range plain.Items {
		switch v := values[s.Name.Name].(type) {
		case bool:
			l.Deterministic = v
		case time.Duration:
			if l.Timeout = v; v <= 0 || v > maxWasmTimeout {
				m.c.report("E0209", s.Value.Pos(), `"timeout" is from 1us to `+maxWasmTimeout.String(), "")
			}
		case int64:
			if s.Name.Name == "fuel" {
				l.Fuel = v
			} else if l.Memory = v; v < 64<<10 || v > maxWasmMemory {
				m.c.report("E0209", s.Value.Pos(), `"memory" is from 64KiB to 4GiB`, "")
			}
		}
	}
	if l.Deterministic && l.Fuel == 0 {
		l.Fuel = defaultWasmFuel
	}
	m.wasmDeterministic(block, &l)
	return l
}

// wasmDeterministic refuses capabilities whose answers differ from run to run.
func (m *module) wasmDeterministic(block *ast.Settings, l *ir.WasmLimits) {
	if !l.Deterministic || !l.Clock && !l.Random && len(l.Files) == 0 {
		return
	}
	for _, s := range block.Items {
		if s.Name.Name == capabilitiesSetting {
			m.c.report("E0407", s.Value.Pos(), "a deterministic function cannot reach the clock, random numbers or files", "").
				Because("They are not the same on another run, so its results would not be either.").
				Fix(diag.Choose, "say that results may differ", "deterministic: false").
				Fix(diag.Choose, "give it nothing but its arguments", "capabilities: []")
		}
	}
}

// wasmCapabilities reads [clock, random, log, read_file("path")].
func (m *module) wasmCapabilities(s *ast.Setting, l *ir.WasmLimits) {
	wrong := func(e ast.Expr) {
		m.c.report("E0209", e.Pos(), `a capability is clock, random, log or read_file("path")`, "")
	}
	list, ok := s.Value.(*ast.ListExpr)
	if !ok {
		wrong(s.Value)
		return
	}
	for _, item := range list.Items {
		switch item := item.(type) {
		case *ast.Name:
			switch item.Name {
			case "clock":
				l.Clock = true
			case "random":
				l.Random = true
			case "log":
				l.Log = true
			default:
				wrong(item)
			}
		case *ast.CallExpr:
			path, ok := fileOf(item)
			if !ok {
				wrong(item)
				continue
			}
			l.Files = append(l.Files, ir.WasmFile{Path: path, Dir: m.dir()})
		default:
			wrong(item)
		}
	}
}

// fileOf is the path of read_file("path").
func fileOf(e *ast.CallExpr) (string, bool) {
	name, ok := calleePath(e.Fn)
	if !ok || name.String() != "read_file" || len(e.Args) != 1 || e.Args[0].Name != nil {
		return "", false
	}
	text, ok := e.Args[0].Value.(*ast.StringLit)
	if !ok {
		return "", false
	}
	return text.Value, true
}

// wasmGranted checks what the module asks for against what the declaration grants.
func (m *module) wasmGranted(d *ast.FnDecl, mod *sig.Module, l *ir.WasmLimits) bool {
	for _, i := range mod.Imports {
		if !i.Granted() {
			m.c.report("E0406", d.Wasm.Module.Span, `"`+d.Wasm.Module.Value+`" imports "`+i.From+"."+i.Name+`", which nothing grants`, "").
				Because("A module gets the functions of WASI, which reach what the capabilities name, and nothing else.")
			return false
		}
	}
	if mod.Memory > l.Memory {
		m.c.report("E0406", d.Wasm.Module.Span, `"`+d.Wasm.Module.Value+`" starts with `+sizeText(mod.Memory)+" of memory, and may have "+sizeText(l.Memory), "").
			Fix(diag.Choose, "allow it", "memory: "+sizeText(mod.Memory))
		return false
	}
	return true
}

// sizeText writes a size as the language does, in the largest unit that loses nothing.
func sizeText(n int64) string {
	for _, unit := range []struct {
		size int64
		name string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= unit.size && n%unit.size == 0 {
			return strconv.FormatInt(n/unit.size, 10) + unit.name
		}
	}
	return strconv.FormatInt(n, 10) + "B"
}

// wasmCall is a call of a function in WASM.
func (m *module) wasmCall(d *ast.FnDecl, e *ast.CallExpr, params map[string]ir.Expr) ir.Expr {
	f := m.wasm[d]
	x := &ir.Call{Base: ir.Base{T: f.Result, At: e.Span}, Name: f.Name, Overload: ir.Declared, Fallible: d.Fallible}
	for _, p := range f.Params {
		x.Args = append(x.Args, params[p.Name])
	}
	return x
}
