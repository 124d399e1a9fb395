package check

import (
	"fmt"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// source checks `source s from file into t { ... }`.
func (m *module) source(d *ast.SourceDecl) {
	c := m.connector(d.Connector, true)
	in, decl, ok := m.lookup(d.Into)
	topic, isTopic := decl.(*ast.TopicDecl)
	if !ok || !isTopic {
		rep := m.c.report("E0201", d.Into.Span, `there is no topic "`+d.Into.String()+`" to write into`, "")
		m.c.suggest(rep, d.Into.Parts[len(d.Into.Parts)-1], m.topicNames())
		return
	}
	t := in.topic(topic)
	if c == nil || !c.Available {
		return
	}
	s := &ir.Source{Name: m.prefix + d.Name.Name, At: d.Name.Span, Connector: c.Name, Topic: t.Name, Dir: m.dir()}
	s.Settings = m.settings(d.Settings, c.Settings, "the connector "+c.Name)
	if c.Setting("path") != nil {
		s.URI = m.pathSetting(d, c, d.Settings, s.Settings)
	}
	m.madeRows(d, c, t)
	at := d.Into.Span
	if f, ok := s.Settings["format"].(ir.SettingCall); ok {
		m.givesChanges(f.Name, t, at)
	} else {
		m.givesChanges(uriOption(s.URI, "format"), t, at)
	}
	m.readsAgain(s, t, at)
	m.c.prog.Sources = append(m.c.prog.Sources, s)
}

// givesChanges is E0343: a format whose records are changes, into a topic of rows that
// stay.
func (m *module) givesChanges(name string, t *ir.Topic, at source.Span) {
	f := m.c.opts.Catalog.Format(name)
	if f == nil || !f.Changes || t.Upsert {
		return
	}
	row := t.Row.Name
	if row == "" {
		row = "..."
	}
	m.c.report("E0343", at, "the format "+name+` gives changes of rows, but the topic "`+t.Name+`" can only append`, "").
		Label(t.At, `declared without "mode: upsert"`).
		Fix(diag.Choose, "a row replaces the one of its key", "topic "+t.Name+": "+row+" { key: ... mode: upsert }")
}

// readsAgain is E0343 for a file that is read again, into a topic of rows that stay:
// they would come twice.
func (m *module) readsAgain(s *ir.Source, t *ir.Topic, at source.Span) {
	_, given := s.Settings["reload"]
	if !given && uriOption(s.URI, "reload") == "" || t.Upsert {
		return
	}
	m.c.report("E0343", at, `a file that is read again replaces rows, but the topic "`+t.Name+`" can only append`, "").
		Label(t.At, `declared without "mode: upsert"`).
		Fix(diag.Choose, "a row replaces the one of its key", "topic "+t.Name+" ... { key: ... mode: upsert }").
		Fix(diag.Choose, "read what is added to the file", "follow: true   (in place of reload)")
}

// uriOption is what the options of a path say of a name, "" for nothing.
func uriOption(uri, name string) string {
	_, options, _ := strings.Cut(uri, "?")
	for option := range strings.SplitSeq(options, "&") {
		if value, ok := strings.CutPrefix(option, name+"="); ok {
			return value
		}
	}
	return ""
}

// pathSetting is the file of a source or sink. A block without one, or with one that is
// no text, has been reported already.
func (m *module) pathSetting(d ast.Decl, c *sig.Connector, block *ast.Settings, settings map[string]any) string {
	p, given := settings["path"].(string)
	p = strings.TrimPrefix(p, "file://")
	if p == "" && (block == nil || given) {
		m.c.report("E0229", d.DeclHead().Name.Span, `"`+d.DeclHead().Name.Name+`" does not say which file`, "").
			Fix(diag.Maybe, "name it", `{ path: "data.ndjson" }`)
	}
	return p
}

// sink checks `sink s from x to ...`.
func (m *module) sink(d *ast.SinkDecl) {
	rel, in, _ := m.rel(ast.RelRef{At: d.From.At, Path: d.From})
	name := rel.Topic
	if name == "" {
		name = rel.Stream
	}
	if d.File != nil {
		m.fileFormat(d.File)
		m.c.prog.Sinks = append(m.c.prog.Sinks, &ir.Sink{Name: m.prefix + d.Name.Name, At: d.Name.Span, Connector: "file", From: name, URI: d.File.Value, Dir: m.dir(), Settings: map[string]any{}})
		return
	}
	c := m.connector(d.Connector, false)
	if c == nil || !c.Available {
		return
	}
	s := &ir.Sink{Name: m.prefix + d.Name.Name, At: d.Name.Span, Connector: c.Name, From: name, Dir: m.dir()}
	s.Settings = m.settings(d.Settings, c.Settings, "the connector "+c.Name)
	s.URI = m.pathSetting(d, c, d.Settings, s.Settings)
	if in.Kind == types.Changes && !c.Changes {
		m.c.report("E0311", d.From.Span, `"`+d.From.String()+`" changes rows it has already sent, but "`+c.Name+`" can only append`, "")
	}
	m.c.prog.Sinks = append(m.c.prog.Sinks, s)
}

// connector finds a connector and says plainly when this version lacks it.
func (m *module) connector(p ast.Path, source bool) *sig.Connector {
	c := m.c.opts.Catalog.Connector(p.String())
	if c == nil {
		rep := m.c.report("E0214", p.Span, `there is no connector "`+p.String()+`"`, "")
		if len(p.Parts) > 1 { // out.csv
			text := `"` + p.Span.Text() + `"`
			rep.Fix(diag.Apply, "the name of a file stands in quotes", text, diag.Edit{Span: p.Span, Text: text})
			return nil
		}
		m.c.suggest(rep, p.Parts[len(p.Parts)-1], m.c.opts.Catalog.ConnectorNames())
		rep.Note(listed("connectors: ", m.c.opts.Catalog.ConnectorNames()))
		return nil
	}
	if !c.Available {
		m.c.report("E0915", p.Span, `the connector "`+c.Name+`" is not in this version`, "").
			Because("The declaration is read and formatted; this version has the connectors `file` and `nexmark`.")
		return c
	}
	if source && !c.Source || !source && !c.Sink {
		what := "read from"
		if !source {
			what = "written to"
		}
		m.c.report("E0214", p.Span, `"`+c.Name+`" cannot be `+what, "")
		return nil
	}
	return c
}

// settings checks a settings block against what a connector or format takes.
func (m *module) settings(block *ast.Settings, known []sig.Setting, owner string) map[string]any {
	out := map[string]any{}
	if block == nil {
		return out
	}
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = k.Name
	}
	for _, s := range block.Items {
		i := indexOf(names, s.Name.Name)
		if i < 0 {
			rep := m.c.report("E0209", s.Name.Span, owner+` has no setting "`+s.Name.Name+`"`, "")
			m.c.suggest(rep, s.Name, names).Note(listed("settings: ", names))
			continue
		}
		if known[i].Later {
			m.c.report("E0915", s.Name.Span, owner+` cannot follow the setting "`+s.Name.Name+`" yet`, "").
				Because("This version refuses it rather than ignore it.")
			continue
		}
		if v, ok := m.settingValue(s.Value, known[i]); ok {
			out[s.Name.Name] = v
		}
	}
	for _, k := range known {
		if k.Required && !hasSetting(block, k.Name) {
			m.c.report("E0229", block.Span, owner+` needs the setting "`+k.Name+`"`, "").Note(k.Name + ": " + k.Doc)
		}
	}
	return out
}

// settingValue evaluates a setting; ok is false after a report.
func (m *module) settingValue(e ast.Expr, k sig.Setting) (any, bool) {
	switch k.Kind {
	case sig.SettingText:
		return m.settingText(e, k.Name)
	case sig.SettingBool:
		if b, ok := e.(*ast.BoolLit); ok {
			return b.Value, true
		}
		m.wrongSetting(e, k, "true or false")
	case sig.SettingInt:
		n, ok := m.constInt(e)
		switch {
		case !ok:
			m.wrongSetting(e, k, "a whole number")
		case k.Max != 0 && (n < k.Min || n > k.Max):
			m.wrongSetting(e, k, fmt.Sprintf("a whole number from %d to %d", k.Min, k.Max))
		default:
			return n, true
		}
	case sig.SettingSize:
		if n, ok := m.constInt(e); ok {
			return n, true
		}
		m.wrongSetting(e, k, "a size such as 16MiB")
	case sig.SettingDuration:
		return m.duration(e, `"`+k.Name+`"`)
	case sig.SettingWord:
		if n, ok := e.(*ast.Name); ok {
			if len(k.Values) == 0 || indexOf(k.Values, n.Name) >= 0 {
				return ir.SettingWord(n.Name), true
			}
		}
		if lit, ok := e.(*ast.StringLit); ok && len(k.Values) == 0 {
			return ir.SettingWord(lit.Value), true
		}
		m.wrongSetting(e, k, "one of: "+strings.Join(k.Values, ", "))
	case sig.SettingList:
		v, ok := m.constValue(e, types.ArrayOf(types.TString))
		return v, ok
	case sig.SettingFormat:
		return m.formatSetting(e)
	case sig.SettingRecord:
		v, ok := m.constValue(e, types.MapOf(types.TString))
		return v, ok
	case sig.SettingCall:
		return m.callSetting(e, k)
	case sig.SettingTime:
		v, ok := m.constValue(e, types.TTimestamp)
		at, isTime := v.(int64)
		return ir.SettingTime(at), ok && isTime
	case sig.SettingGroup:
		return m.groupSetting(e, k)
	}
	return nil, false
}

// groupSetting is { name: value, ... } of settings that belong together.
func (m *module) groupSetting(e ast.Expr, k sig.Setting) (any, bool) {
	rec, ok := e.(*ast.RecordExpr)
	if !ok {
		m.wrongSetting(e, k, "of the form { "+k.Group[0].Name+": value }")
		return nil, false
	}
	block := &ast.Settings{At: rec.At}
	for _, f := range rec.Fields {
		value := f.Value
		if value == nil { // { name } is short for { name: name }
			value = &ast.Name{Ident: f.Name}
		}
		block.Items = append(block.Items, &ast.Setting{At: f.At, Name: f.Name, Value: value})
	}
	return m.settings(block, k.Group, `"`+k.Name+`"`), true
}

func (m *module) wrongSetting(e ast.Expr, k sig.Setting, what string) {
	m.c.report("E0209", e.Pos(), `"`+k.Name+`" is `+what, "").Note(k.Name + ": " + k.Doc)
}

// settingText is a text or a bare word, possibly from a secret.
func (m *module) settingText(e ast.Expr, name string) (any, bool) {
	if n, ok := e.(*ast.Name); ok {
		if _, _, declared := m.lookup(ast.Path{At: n.At, Parts: []ast.Ident{n.Ident}}); !declared {
			return n.Name, true
		}
		if in, d, found := m.lookup(ast.Path{At: n.At, Parts: []ast.Ident{n.Ident}}); found {
			if s, isSecret := d.(*ast.SecretDecl); isSecret {
				in.secret(s)
				return ir.SettingSecret{Store: s.Store.Name, Key: s.Key.Value}, true
			}
		}
	}
	if f, ok := e.(*ast.FieldExpr); ok { // data.csv
		text := `"` + f.Span.Text() + `"`
		m.c.report("E0301", f.Span, `"`+name+`" is a text, and texts stand in quotes`, "").
			Fix(diag.Apply, "quote it", text, diag.Edit{Span: f.Span, Text: text})
		return nil, false
	}
	v, ok := m.constValue(e, types.TString)
	text, isText := v.(string)
	if ok && isText {
		return text, true
	}
	return nil, false
}

// formatSetting is `json` or `csv(header: false)`.
func (m *module) formatSetting(e ast.Expr) (any, bool) {
	call := ir.SettingCall{Args: map[string]any{}}
	var at ast.Node = e
	var args []ast.Arg
	switch e := e.(type) {
	case *ast.Name:
		call.Name = e.Name
	case *ast.CallExpr:
		p, _ := calleePath(e.Fn)
		call.Name, args, at = p.String(), e.Args, e.Fn
	}
	f := m.c.opts.Catalog.Format(call.Name)
	if f == nil {
		rep := m.c.report("E0214", at.Pos(), `there is no format "`+call.Name+`"`, "")
		m.c.suggest(rep, ast.Ident{At: ast.At{Span: at.Pos()}, Name: call.Name}, m.c.opts.Catalog.FormatNames())
		rep.Note(listed("formats: ", m.c.opts.Catalog.FormatNames()))
		return nil, false
	}
	block := &ast.Settings{At: ast.At{Span: e.Pos()}}
	for _, a := range args {
		if a.Name == nil {
			m.c.report("E0219", a.Span, "options of a format have names", "")
			continue
		}
		block.Items = append(block.Items, &ast.Setting{At: a.At, Name: *a.Name, Value: a.Value})
	}
	call.Args = m.settings(block, f.Settings, "the format "+f.Name)
	return call, true
}

// callSetting keeps word(name: value, ...) for the connector.
func (m *module) callSetting(e ast.Expr, k sig.Setting) (any, bool) {
	c, ok := e.(*ast.CallExpr)
	if !ok {
		if n, isName := e.(*ast.Name); isName {
			return ir.SettingCall{Name: n.Name, Args: map[string]any{}}, true
		}
		m.wrongSetting(e, k, "of the form name(option: value)")
		return nil, false
	}
	p, _ := calleePath(c.Fn)
	call := ir.SettingCall{Name: p.String(), Args: map[string]any{}}
	for _, a := range c.Args {
		if a.Name == nil {
			continue
		}
		x := m.scope(nil).expr(a.Value, nil)
		if v, ok := m.c.evalConst(x); ok {
			call.Args[a.Name.Name] = v
		}
	}
	return call, true
}
