package explain

import (
	"strings"
	"unicode"

	"github.com/edynamic/edynamic/lang/types"
)

// schemaWidth is the length up to which a nested record stays on one line.
const schemaWidth = 80

// SchemaText writes a row type as the declarations a program would have.
func SchemaText(name string, t *types.Type) string {
	if t.Kind != types.Union {
		return "schema " + nameText(name) + " {\n" + fieldsText(t.Fields, "  ") + "}\n"
	}
	names := make([]string, len(t.Branches))
	text := ""
	for i, b := range t.Branches {
		names[i] = nameText(b.Name)
		text += SchemaText(b.Name, b)
	}
	return text + "schema " + nameText(name) + " = " + strings.Join(names, " or ") + "\n"
}

func fieldsText(fields []types.Field, indent string) string {
	var b strings.Builder
	for _, f := range fields {
		line := indent + nameText(f.Name) + ": "
		if f.Type.Kind == types.Record && f.Type.Name == "" && len(line)+len(f.Type.String()) > schemaWidth {
			b.WriteString(line + "{\n" + fieldsText(f.Type.Fields, indent+"  ") + indent + "}")
			if f.Type.Nullable {
				b.WriteByte('?')
			}
		} else {
			b.WriteString(line + typeText(f.Type))
		}
		if f.HasDef {
			b.WriteString(" = " + valueText(f.Default, f.Type))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// typeText is a type that can be pasted: field names are quoted where they must be.
func typeText(t *types.Type) string {
	if t.Kind != types.Record && t.Kind != types.Array && t.Kind != types.Map {
		return t.String()
	}
	text := t.Name
	switch {
	case t.Kind == types.Array:
		text = "array<" + typeText(t.Elem) + ">"
	case t.Kind == types.Map:
		text = "map<string, " + typeText(t.Elem) + ">"
	case text == "":
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = nameText(f.Name) + ": " + typeText(f.Type)
		}
		text = "{ " + strings.Join(parts, "  ") + " }"
	}
	if t.Nullable {
		text += "?"
	}
	return text
}

// SchemaName makes the name of an inferred schema from its topic's: quake_feed gives
// QuakeFeed.
func SchemaName(topic string) string {
	var b strings.Builder
	up := true
	for _, r := range topic {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			up = true
			continue
		}
		if up {
			r = unicode.ToUpper(r)
		}
		b.WriteRune(r)
		up = false
	}
	name := b.String()
	if name == "" || unicode.IsDigit(rune(name[0])) {
		return "Row" + name
	}
	return name
}
