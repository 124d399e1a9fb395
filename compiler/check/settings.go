package check

import (
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/sig"
)

// The settings of declarations, in the order in which they are best written. The checker
// takes names and words from these lists, and whoever explains a program their
// documentation; those of connectors and formats are in the catalog.

// maxPartitions bounds the partitions of a topic.
const maxPartitions = 1 << 14

// topicSettings are the settings a topic may have.
var topicSettings = []sig.Setting{
	{Name: "key", Kind: sig.SettingWord, Doc: "The columns by which rows are partitioned; with `mode: upsert` those that identify a row."},
	{Name: "time", Kind: sig.SettingTime, Doc: "The column or expression that is the event time of a row."},
	{Name: "watermark", Kind: sig.SettingDuration, Values: []string{"complete"}, Doc: "How far the watermark trails the largest event time seen; `complete` waits for the end of the input."},
	{Name: "idle_after", Kind: sig.SettingDuration, Doc: "After how long without rows a partition no longer holds the watermark back."},
	{Name: "lateness", Kind: sig.SettingDuration, Doc: "How long after the watermark rows are still taken into their windows."},
	{Name: "late_to", Kind: sig.SettingWord, Doc: "The topic that takes rows which come too late."},
	{Name: "errors_to", Kind: sig.SettingWord, Doc: "The topic that takes records of rows which failed, of type ErrorRecord."},
	{Name: "partitions", Kind: sig.SettingInt, Min: 1, Max: maxPartitions, Doc: "How many partitions the topic has."},
	{Name: "retention", Kind: sig.SettingDuration, Values: []string{"forever"}, Doc: "How long rows are kept."},
	{Name: "compatibility", Kind: sig.SettingWord, Values: []string{"none", "backward", "forward", "full", "backward_transitive", "forward_transitive", "full_transitive"},
		Doc: "Which changes of the schema are allowed."},
	{Name: "qos", Kind: sig.SettingWord, Values: []string{"at_most_once", "at_least_once", "exactly_once"}, Doc: "How often a row may arrive."},
	{Name: "mode", Kind: sig.SettingWord, Values: []string{"append", "upsert"}, Doc: "`append`: rows only come. `upsert`: a row replaces the one of its key."},
	{Name: "history", Kind: sig.SettingDuration, Values: []string{"forever"}, Doc: "How far back a lookup may look."},
	{Name: "bounded", Kind: sig.SettingBool, Doc: "The topic ends."},
	{Name: "max_ahead", Kind: sig.SettingDuration, Doc: "Rows whose time is further ahead of the watermark go to the error topic."},
}

// paramSettings are the settings a param may have.
var paramSettings = []sig.Setting{
	{Name: "min", Doc: "The smallest value that is accepted."},
	{Name: "max", Doc: "The largest value that is accepted."},
	{Name: "doc", Kind: sig.SettingText, Doc: "What the param is for, shown to those who set it."},
}

// tableSettings are the settings a table may have.
var tableSettings = []sig.Setting{
	{Name: "retain", Kind: sig.SettingDuration, Values: []string{"forever"}, Doc: "How long rows are kept in the table."},
	{Name: "serve", Kind: sig.SettingBool, Doc: "Programs outside may ask the table."},
}

// Annotations are those of fields that mean something; any other is carried along.
var Annotations = []sig.Setting{
	{Name: "pii", Doc: "The field is personal."},
	{Name: "unit", Kind: sig.SettingText, Doc: "The unit that the values are in."},
	{Name: annotationWas, Kind: sig.SettingText, Doc: "What the field was called before, so that older data can be read."},
}

const annotationWas = "was"

// SettingsOf are the settings that may stand in the block of a declaration; nil for one
// that has none, or whose settings are those of a connector.
func SettingsOf(d ast.Decl) []sig.Setting {
	switch d := d.(type) {
	case *ast.TopicDecl:
		return topicSettings
	case *ast.ParamDecl:
		return paramSettings
	case *ast.StreamDecl:
		if d.Table {
			return tableSettings
		}
	case *ast.FnDecl:
		if d.Wasm != nil {
			return wasmSettings
		}
	case *ast.SchemaDecl, *ast.EnumDecl, *ast.SourceDecl, *ast.SinkDecl, *ast.ViewDecl, *ast.CommandDecl, *ast.RouteDecl, *ast.PipeDecl,
		*ast.ConstDecl, *ast.SecretDecl, *ast.ScheduleDecl, *ast.PolicyDecl, *ast.GrantDecl, *ast.TestDecl, *ast.BadDecl:
	}
	return nil
}

// settingNames are the names of settings.
func settingNames(list []sig.Setting) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = s.Name
	}
	return out
}

// settingWords are the words that a setting takes.
func settingWords(list []sig.Setting, name string) []string {
	for _, s := range list {
		if s.Name == name {
			return s.Values
		}
	}
	return nil
}
