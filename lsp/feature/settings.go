package feature

import (
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/stdlib"
)

// topicSettings are the settings of a topic and what they are for.
var topicSettings = []sig.Setting{
	{Name: "key", Kind: sig.SettingWord, Doc: "The columns by which rows are partitioned; with `mode: upsert` those that identify a row."},
	{Name: "time", Kind: sig.SettingTime, Doc: "The column or expression that is the event time of a row."},
	{Name: "watermark", Kind: sig.SettingDuration, Values: []string{"complete"}, Doc: "How far the watermark trails the largest event time seen; `complete` waits for the end of the input."},
	{Name: "idle_after", Kind: sig.SettingDuration, Doc: "After how long without rows a partition no longer holds the watermark back."},
	{Name: "lateness", Kind: sig.SettingDuration, Doc: "How long after the watermark rows are still taken into their windows."},
	{Name: "late_to", Kind: sig.SettingWord, Doc: "The topic that takes rows which come too late."},
	{Name: "errors_to", Kind: sig.SettingWord, Doc: "The topic that takes records of rows which failed, of type ErrorRecord."},
	{Name: "partitions", Kind: sig.SettingInt, Min: 1, Max: 1 << 14, Doc: "How many partitions the topic has."},
	{Name: "retention", Kind: sig.SettingDuration, Values: []string{"forever"}, Doc: "How long rows are kept."},
	{Name: "compatibility", Kind: sig.SettingWord, Values: []string{"none", "backward", "forward", "full", "backward_transitive", "forward_transitive", "full_transitive"}, Doc: "Which changes of the schema are allowed."},
	{Name: "qos", Kind: sig.SettingWord, Values: []string{"at_most_once", "at_least_once", "exactly_once"}, Doc: "How often a row may arrive."},
	{Name: "mode", Kind: sig.SettingWord, Values: []string{"append", "upsert"}, Doc: "`append`: rows only come. `upsert`: a row replaces the one of its key."},
	{Name: "history", Kind: sig.SettingDuration, Values: []string{"forever"}, Doc: "How far back a lookup may look."},
	{Name: "bounded", Kind: sig.SettingBool, Doc: "The topic ends."},
	{Name: "max_ahead", Kind: sig.SettingDuration, Doc: "Rows whose time is further ahead of the watermark go to the error topic."},
}

// paramSettings are those of a param, tableSettings those of a table.
var (
	paramSettings = []sig.Setting{
		{Name: "min", Doc: "The smallest value that is accepted."},
		{Name: "max", Doc: "The largest value that is accepted."},
		{Name: "doc", Kind: sig.SettingText, Doc: "What the param is for, shown to those who set it."},
	}
	tableSettings = []sig.Setting{
		{Name: "retain", Kind: sig.SettingDuration, Doc: "How long rows are kept in the table."},
		{Name: "serve", Kind: sig.SettingBool, Doc: "Programs outside may ask the table."},
	}
)

// settingsOf is the block of settings of a declaration, nil for none, and which settings
// may stand in it.
func settingsOf(d ast.Decl) (*ast.Settings, func(*Program) []sig.Setting) {
	fixed := func(list []sig.Setting) func(*Program) []sig.Setting {
		return func(*Program) []sig.Setting { return list }
	}
	switch d := d.(type) {
	case *ast.TopicDecl:
		return d.Settings, fixed(topicSettings)
	case *ast.SourceDecl:
		return d.Settings, func(p *Program) []sig.Setting { return p.connectorSettings(d.Connector.String()) }
	case *ast.SinkDecl:
		return d.Settings, func(p *Program) []sig.Setting { return p.connectorSettings(d.Connector.String()) }
	case *ast.ParamDecl:
		return d.Settings, fixed(paramSettings)
	case *ast.StreamDecl:
		return d.With, fixed(tableSettings)
	}
	return nil, nil
}

func (p *Program) connectorSettings(name string) []sig.Setting {
	if c := p.env.Catalog.Connector(name); c != nil {
		return c.Settings
	}
	return nil
}

// rowFunction is a function that works with `over`, nil for none.
func rowFunction(name string) *sig.Function {
	return stdlib.LookupRowFunction(name)
}

func rowFunctions() []*sig.Function { return stdlib.RowFunctions() }
