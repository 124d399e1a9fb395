package check

import (
	"errors"
	"path"
	"strconv"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/pattern"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/lang/types"
)

// topic checks a topic's declaration.
func (m *module) topic(d *ast.TopicDecl) *ir.Topic {
	if t, ok := m.topics[d.Name.Name]; ok {
		return t
	}
	t := &ir.Topic{Name: m.prefix + d.Name.Name, At: d.Name.Span, Partitions: 1, Settings: map[string]any{}, Type: &types.Stream{Broken: true}, Row: types.TUnknown}
	m.topics[d.Name.Name] = t
	m.c.within(d, func() {
		m.topicRowType(d, t)
		m.topicStream(t)
		m.topicSettingsOf(d, t)
		m.topicSource(d, t)
		m.upsertTopic(d, t)
		if d.From != nil {
			m.givesChanges(uriOption(d.From.Value, "format"), t, d.From.Span)
		}
		m.finishTopic(t)
	})
	m.c.prog.Topics = append(m.c.prog.Topics, t)
	return t
}

// topicRowType finds the row: declared, or inferred from the file (SEMANTICS 121).
func (m *module) topicRowType(d *ast.TopicDecl, t *ir.Topic) {
	switch {
	case d.Row != nil:
		t.Row = m.resolve(d.Row, nil)
		if k := t.Row.Kind; k != types.Record && k != types.Union && k != types.Unknown {
			m.c.report("E0204", d.Row.Pos(), "rows of a topic are records, and this is "+article(t.Row), "")
			t.Row = types.TUnknown
		}
	case d.From != nil:
		row, err := m.c.opts.Catalog.Infer(m.dir(), d.From.Value, settingPath(d.Settings, "time"))
		if err != nil {
			m.noRows(d, err)
			return
		}
		t.Row, t.Inferred = row, true
		if d.Export {
			m.c.warn("W0807", d.Name.Span, `the schema of "`+d.Name.Name+`" comes from data, and other files may use it`, "").
				Because("Other data could change it. `edyc explain` prints the schema to paste.")
		}
	default:
		m.c.report("E0228", d.Name.Span, `the topic "`+d.Name.Name+`" does not say what its rows are`, "").
			Fix(diag.Choose, "a schema", "topic "+d.Name.Name+": Row { ... }").
			Fix(diag.Choose, "take it from a file", "topic "+d.Name.Name+` from "data.ndjson"`)
	}
}

// noRows is a topic whose file does not tell what its rows are.
func (m *module) noRows(d *ast.TopicDecl, err error) {
	e := m.c.report("E0227", d.From.Span, "the rows of \""+d.Name.Name+"\" cannot be found out: "+err.Error(), "").
		Note("paths are relative to the folder of the .edy file")
	var misnamed interface{ Near() string }
	if errors.As(err, &misnamed) {
		file, options := d.From.Value, ""
		if at := strings.IndexByte(file, '?'); at >= 0 {
			file, options = file[:at], file[at:]
		}
		folder, _ := path.Split(file)
		text := strconv.Quote(folder + misnamed.Near() + options)
		e.Fix(diag.Maybe, "the other file", text, diag.Edit{Span: d.From.Span, Text: text})
		return
	}
	e.Fix(diag.Choose, "write the rows down", "topic "+d.Name.Name+": Row from "+d.From.Span.Text())
}

func (m *module) dir() string {
	if m.c.opts.Dir == nil {
		return ""
	}
	return m.c.opts.Dir(m.file.Source)
}

// settingPath is a setting's value as a dotted path, "" when it is none.
func settingPath(s *ast.Settings, name string) string {
	if s == nil {
		return ""
	}
	for _, item := range s.Items {
		if item.Name.Name == name {
			if p, ok := calleePath(item.Value); ok {
				return p.String()
			}
		}
	}
	return ""
}

// topicStream is the type of `from topic`, before its settings.
func (m *module) topicStream(t *ir.Topic) {
	if t.Row.Kind == types.Unknown {
		return
	}
	t.Type = &types.Stream{Topic: t.Name, Name: t.Row.Name, Columns: columnsOfRow(t.Row)}
}

// columnsOfRow are the columns of a stream of a topic's rows.
func columnsOfRow(row *types.Type) []types.Column {
	if row.Kind == types.Union {
		return []types.Column{{Name: types.UnionColumn, Type: row}}
	}
	columns := make([]types.Column, len(row.Fields))
	for i, f := range row.Fields {
		columns[i] = types.Column{Name: f.Name, Type: f.Type}
	}
	return columns
}

func (m *module) topicSettingsOf(d *ast.TopicDecl, t *ir.Topic) {
	if d.Settings == nil {
		if d.From != nil {
			t.Complete = true
		}
		return
	}
	seen := map[string]source.Span{}
	for _, s := range d.Settings.Items {
		if first, dup := seen[s.Name.Name]; dup {
			m.c.report("E0211", s.Name.Span, `"`+s.Name.Name+`" is set twice`, "").Label(first, "first")
			continue
		}
		seen[s.Name.Name] = s.Name.Span
		m.topicSetting(t, s)
	}
	if _, ok := seen["watermark"]; !ok && d.From != nil {
		t.Complete = true // rule 7: the short form waits for the end of the file
	}
}

func (m *module) topicSetting(t *ir.Topic, s *ast.Setting) {
	switch s.Name.Name {
	case "key":
		t.Key = m.topicKey(t, s.Value)
	case "time":
		m.topicTime(t, s)
	case "watermark":
		if n, ok := s.Value.(*ast.Name); ok && n.Name == "complete" {
			t.Complete = true
			return
		}
		t.Delay, _ = m.duration(s.Value, "watermark")
	case "idle_after":
		t.IdleAfter, _ = m.duration(s.Value, "idle_after")
	case "lateness":
		t.Lateness, _ = m.duration(s.Value, "lateness")
	case "late_to":
		t.LateTo = m.settingTopic(s.Value, t)
	case "errors_to":
		t.ErrorsTo = m.errorsTopicName(s.Value)
	case "partitions":
		m.topicPartitions(t, s)
	case "mode":
		m.topicMode(t, s)
	case "bounded":
		t.Bounded, _ = m.settingBool(s)
	case "max_ahead":
		t.MaxAhead, _ = m.duration(s.Value, "max_ahead")
	case "retention", "history":
		m.topicKept(t, s)
	case "compatibility", "qos":
		m.settingWord(s, topicSettings)
		t.Settings[s.Name.Name] = s.Value.Pos().Text()
	default:
		names := settingNames(topicSettings)
		m.c.suggest(m.c.report("E0209", s.Name.Span, `a topic has no setting "`+s.Name.Name+`"`, ""), s.Name, names).
			Note(listed("settings: ", names))
	}
}

// topicKept is how long rows are kept; of retention also how many bytes of them.
func (m *module) topicKept(t *ir.Topic, s *ast.Setting) {
	text := strings.TrimSpace(s.Value.Pos().Text())
	_, size := s.Value.(*ast.SizeLit)
	if n, ok := s.Value.(*ast.Name); !(ok && n.Name == "forever") && (!size || s.Name.Name == "history") {
		d, ok := m.duration(s.Value, s.Name.Name)
		if _, err := timefmt.ParseDuration(text); ok && err != nil {
			text = string(timefmt.AppendDuration(nil, d.Microseconds())) // it was worked out
		}
	}
	t.Settings[s.Name.Name] = text
}

func (m *module) topicScope(t *ir.Topic) *scope {
	s := m.scope(t.Type)
	s.alias = strings.TrimPrefix(t.Name, m.prefix)
	return s
}

func (m *module) topicKey(t *ir.Topic, e ast.Expr) []string {
	exprs := []ast.Expr{e}
	if l, ok := e.(*ast.ListExpr); ok {
		exprs = l.Items
	}
	var key []string
	for _, e := range exprs {
		x := m.topicScope(t).expr(e, nil)
		if isUnknown(x) {
			continue
		}
		if !x.Type().IsKey() {
			m.c.report("E0318", e.Pos(), article(x.Type())+" cannot be a key", x.Type().String())
			continue
		}
		key = append(key, pathOf(x))
	}
	return key
}

func (m *module) topicTime(t *ir.Topic, s *ast.Setting) {
	x := m.topicScope(t).expr(s.Value, types.TTimestamp)
	switch k := x.Type().Kind; k {
	case types.Unknown:
	case types.Timestamp:
		t.Time = x
	default:
		d := m.c.report("E0301", s.Value.Pos(), "the time of a row is a timestamp, and this is "+article(x.Type()), "")
		timeFix(d, x)
	}
}

func (m *module) topicPartitions(t *ir.Topic, s *ast.Setting) {
	n, ok := m.constInt(s.Value)
	if !ok || n < 1 || n > maxPartitions {
		m.c.report("E0317", s.Value.Pos(), "partitions is a whole number from 1 to "+strconv.Itoa(maxPartitions), "")
		return
	}
	t.Partitions = int(n)
}

func (m *module) topicMode(t *ir.Topic, s *ast.Setting) {
	if word, ok := m.settingWord(s, topicSettings); ok && word == "upsert" {
		t.Upsert = true
	}
}

// upsertTopic checks that an upsert topic says which rows replace each other.
func (m *module) upsertTopic(d *ast.TopicDecl, t *ir.Topic) {
	if !t.Upsert || t.Row.Kind == types.Unknown {
		return
	}
	t.Free = t.Time != nil && !t.Complete && !hasSetting(d.Settings, "watermark")
	switch {
	case !hasSetting(d.Settings, "key"):
		m.c.report("E0352", t.At, `the topic "`+d.Name.Name+`" does not say which of its rows replace each other`, "").
			Because("With `mode: upsert` a row replaces the earlier one of the same key.").
			Fix(diag.Choose, "name its key", "key: "+orDots(firstField(t.Row)))
		t.Upsert = false
	case t.Row.Kind == types.Union:
		m.c.report("E0352", t.At, `rows of a union have no columns that could be the key of the topic "`+d.Name.Name+`"`, "").
			Fix(diag.Choose, "keep the state of each key", "view ... from "+d.Name.Name+" key ... { state ... }")
		t.Upsert = false
	}
	for _, k := range t.Key {
		if t.Upsert && strings.Contains(k, ".") {
			m.c.report("E0352", t.At, `the key of an upsert topic is made of columns, and "`+k+`" is a part of one`, "")
			t.Upsert = false
		}
	}
}

func firstField(row *types.Type) string {
	if row.Kind != types.Record || len(row.Fields) == 0 {
		return ""
	}
	return row.Fields[0].Name
}

func (m *module) settingBool(s *ast.Setting) (bool, bool) {
	if b, ok := s.Value.(*ast.BoolLit); ok {
		return b.Value, true
	}
	m.c.report("E0301", s.Value.Pos(), `"`+s.Name.Name+`" is true or false`, "")
	return false, false
}

// settingWord checks that a setting is one of the words that it takes.
func (m *module) settingWord(s *ast.Setting, list []sig.Setting) (string, bool) {
	words := settingWords(list, s.Name.Name)
	if n, ok := s.Value.(*ast.Name); ok {
		if indexOf(words, n.Name) >= 0 {
			return n.Name, true
		}
		d := m.c.report("E0209", n.Span, `"`+s.Name.Name+`" cannot be "`+n.Name+`"`, "")
		m.c.suggest(d, n.Ident, words).Note(listed("it is one of: ", words))
		return "", false
	}
	m.c.report("E0209", s.Value.Pos(), `"`+s.Name.Name+`" is a word`, "").Note(listed("it is one of: ", words))
	return "", false
}

var notInNames = pattern.Of(`[^A-Za-z0-9_]`)

// notATopic reports a value where a topic must be named. A file is written by a sink.
func (m *module) notATopic(e ast.Expr) {
	d := m.c.report("E0201", e.Pos(), "this is not the name of a topic", "")
	file, ok := e.(*ast.StringLit)
	if !ok {
		return
	}
	name := notInNames().ReplaceAllString(strings.Split(path.Base(file.Value), ".")[0], "_")
	if name == "" || name[0] < 'A' {
		name = "rows_" + name
	}
	sink := "sink " + name + "_out from " + name + " to " + e.Pos().Text()
	end := source.Span{File: m.file.Source, Start: len(m.file.Source.Text), End: len(m.file.Source.Text)}
	d.Fix(diag.Choose, "name a topic, and write that to the file", name+", and below: "+sink,
		diag.Edit{Span: e.Pos(), Text: name}, diag.Edit{Span: end, Text: "\n" + sink + "\n"})
}

// settingTopic resolves the topic a setting names, "" after a report.
func (m *module) settingTopic(e ast.Expr, from *ir.Topic) string {
	p, ok := calleePath(e)
	if !ok {
		m.notATopic(e)
		return ""
	}
	if p.String() == dropName {
		return dropName
	}
	if t := m.targetTopic(p, from.Type); t != nil {
		return t.Name
	}
	return ""
}

// errorsTopicName resolves errors_to, which must take ErrorRecords.
func (m *module) errorsTopicName(e ast.Expr) string {
	p, ok := calleePath(e)
	if !ok {
		m.notATopic(e)
		return ""
	}
	t := m.targetTopic(p, errorStream(p.String()))
	if t == nil {
		return ""
	}
	if !types.Equal(t.Row, ErrorRecord) {
		m.c.report("E0319", e.Pos(), `"`+t.Name+`" does not take error records`, "").Label(t.At, "declared here").
			Fix(diag.Choose, "rows of errors", "topic "+t.Name+": ErrorRecord")
	}
	return t.Name
}

func errorStream(topic string) *types.Stream {
	st := &types.Stream{Topic: topic, Name: ErrorRecord.Name}
	for _, f := range ErrorRecord.Fields {
		st.Columns = append(st.Columns, types.Column{Name: f.Name, Type: f.Type})
	}
	return st
}

// topicSource is the file of the short form.
func (m *module) topicSource(d *ast.TopicDecl, t *ir.Topic) {
	if d.From == nil {
		return
	}
	s := &ir.Source{Name: t.Name, At: d.From.Span, Connector: "file", Topic: t.Name, URI: d.From.Value, Dir: m.dir(), Settings: map[string]any{}}
	m.readsAgain(s, t, d.From.Span)
	m.c.prog.Sources = append(m.c.prog.Sources, s)
}

// finishTopic gives the stream's type what the settings said.
func (m *module) finishTopic(t *ir.Topic) {
	st := t.Type
	t.Bounded = t.Bounded || m.boundedSources(t)
	if t.Complete && !t.Bounded && t.Time != nil {
		m.c.warn("W0811", t.At, `windows over "`+t.Name+`" close only when its input ends`, "").
			Because("`watermark: complete` waits for the end of input, and nothing says that this input ends.").
			Fix(diag.Choose, "wait for rows up to 10 seconds out of order", "watermark: 10s").
			Fix(diag.Choose, "the input does end", "bounded: true")
	}
	st.Key, st.Bounded, st.Lateness, st.LateTo, st.ErrorsTo = t.Key, t.Bounded, t.Lateness, t.LateTo, t.ErrorsTo
	if t.Upsert {
		st.Kind = types.Changes
	}
	if t.Time != nil {
		st.Time, st.TimeOf, st.Delay, st.Complete = types.EventTime, pathOf(t.Time), t.Delay, t.Complete
	}
}

// boundedSources: every declared source of the topic ends by itself.
func (m *module) boundedSources(t *ir.Topic) bool {
	name := strings.TrimPrefix(t.Name, m.prefix)
	if d, ok := m.decls[name].(*ast.TopicDecl); ok && d.From != nil {
		return uriOption(d.From.Value, "follow") != "true" && uriOption(d.From.Value, "reload") == "" && d.From.Value != "-"
	}
	any := false
	for _, d := range m.order {
		s, ok := d.(*ast.SourceDecl)
		if ok {
			m.c.use(d)
		}
		if !ok || s.Into.String() != name {
			continue
		}
		any = true
		c := m.c.opts.Catalog.Connector(s.Connector.String())
		if c == nil || !sourceEnds(c, s.Settings) {
			return false
		}
	}
	return any
}

func sourceEnds(c *sig.Connector, s *ast.Settings) bool {
	if c.EndsWith != "" && hasSetting(s, c.EndsWith) {
		return true
	}
	return c.Bounded && !isTrue(s, "follow") && !hasSetting(s, "reload")
}

func isTrue(s *ast.Settings, name string) bool {
	if s == nil {
		return false
	}
	for _, item := range s.Items {
		if b, ok := item.Value.(*ast.BoolLit); ok && item.Name.Name == name {
			return b.Value
		}
	}
	return false
}

// topicDecl is the declaration of a topic of the program by its name there.
func (m *module) topicDecl(name string) *ast.TopicDecl {
	for _, other := range m.c.modules {
		if strings.HasPrefix(name, other.prefix) {
			if d, ok := other.decls[strings.TrimPrefix(name, other.prefix)].(*ast.TopicDecl); ok {
				return d
			}
		}
	}
	return nil
}

// sourceRow is the row type of a topic by name, nil when it is not known.
func (m *module) sourceRow(name string) *types.Type {
	for _, t := range m.c.prog.Topics {
		if t.Name == name {
			return t.Row
		}
	}
	for _, other := range m.c.modules {
		if t, ok := other.topics[strings.TrimPrefix(name, other.prefix)]; ok && t != nil {
			return t.Row
		}
	}
	return nil
}

// declareExtraTopics adds the topics given in the options.
func (c *checker) declareExtraTopics() {
	for _, t := range c.opts.Topics {
		if _, taken := c.root.topics[t.Name]; taken {
			continue
		}
		c.root.topics[t.Name] = t
		c.prog.Topics = append(c.prog.Topics, t)
	}
}
