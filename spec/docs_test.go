package spec_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/format/formats"
	"github.com/edynamic/edynamic/stdlib"
)

// TestGeneratedDocs keeps the pages that are made from the library and the formats
// current. `make generate` writes them.
func TestGeneratedDocs(t *testing.T) {
	for path, text := range map[string]string{
		"../docs/functions.md": functionsPage(),
		"../docs/formats.md":   formatsPage(),
	} {
		if *update {
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		have, err := os.ReadFile(path)
		if err != nil || string(have) != text {
			t.Errorf("%s is out of date: run make generate", path)
		}
	}
}

func functionsPage() string {
	var b strings.Builder
	b.WriteString("# Functions and aggregates\n\nMade from the library by `make generate`; `edyc doc NAME` prints the same. Every example is executed by a test.\n")
	group := ""
	for _, f := range stdlib.Functions() {
		if f.Group != group {
			group = f.Group
			fmt.Fprintf(&b, "\n## %s\n", strings.ToUpper(group[:1])+group[1:])
		}
		functionEntry(&b, &f.Function)
	}
	b.WriteString("\n## Aggregates\n")
	for _, a := range stdlib.Aggregates() {
		functionEntry(&b, &a.Function)
	}
	return b.String()
}

func functionEntry(b *strings.Builder, f *sig.Function) {
	fmt.Fprintf(b, "\n### %s\n\n```\n", f.Name)
	for _, o := range f.Overloads {
		b.WriteString(o.Text + "\n")
	}
	fmt.Fprintf(b, "```\n\n%s\n", strings.TrimSpace(f.Doc))
	if f.Nulls != "" {
		fmt.Fprintf(b, "\nNulls: %s\n", f.Nulls)
	}
	if f.Failure != "" {
		fmt.Fprintf(b, "\nFails: %s\n", strings.TrimPrefix(f.Failure, "fails "))
	}
	if len(f.Examples) == 0 {
		return
	}
	b.WriteString("\n| example | result |\n|---|---|\n")
	for _, e := range f.Examples {
		expr := e.Expr
		if e.Rows != "" {
			expr += " over " + e.Rows
		}
		fmt.Fprintf(b, "| `%s` | `%s` |\n", pipeSafe(expr), pipeSafe(e.Result))
	}
}

func pipeSafe(s string) string { return strings.ReplaceAll(s, "|", "\\|") }

func formatsPage() string {
	var b strings.Builder
	b.WriteString("# Connectors and formats\n\nMade from the connectors and formats themselves by `make generate`. Settings stand in a declaration, as in `format: csv(header: false)`, or in a path, as in `data.csv?header=false`; those in a path win.\n")
	for _, c := range build.Connectors() {
		fmt.Fprintf(&b, "\n## The connector `%s`\n\n%s\n\n", c.Name, c.Doc)
		settingsTable(&b, c.Settings)
		for _, row := range c.Rows {
			fmt.Fprintf(&b, "\n%s: `%s`\n", row.Name, types.RecordText(row.Fields))
		}
	}
	for _, f := range formats.All() {
		fmt.Fprintf(&b, "\n## `%s`\n\n", f.Name)
		if len(f.Extensions) > 0 {
			fmt.Fprintf(&b, "Files: %s\n\n", strings.Join(f.Extensions, ", "))
		}
		fmt.Fprintf(&b, "%s\n\n", strings.TrimSpace(f.Doc))
		settingsTable(&b, f.Settings)
	}
	return b.String()
}

func settingsTable(b *strings.Builder, settings []sig.Setting) {
	if len(settings) == 0 {
		return
	}
	b.WriteString("| setting | values | meaning |\n|---|---|---|\n")
	for _, s := range settings {
		values := map[sig.SettingKind]string{
			sig.SettingText: "text", sig.SettingBool: "true, false", sig.SettingInt: "whole number", sig.SettingSize: "size",
			sig.SettingDuration: "duration", sig.SettingWord: strings.Join(s.Values, ", "), sig.SettingList: "list", sig.SettingFormat: "format",
			sig.SettingRecord: "record", sig.SettingCall: "name(...)",
			sig.SettingTime: "timestamp", sig.SettingGroup: groupText(s.Group),
		}[s.Kind]
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", s.Name, pipeSafe(values), pipeSafe(s.Doc))
	}
}

// groupText shows the members of a group of settings.
func groupText(group []sig.Setting) string {
	names := make([]string, len(group))
	for i, s := range group {
		names[i] = s.Name
	}
	return "{ " + strings.Join(names, ", ") + " }"
}
