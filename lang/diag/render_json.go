package diag

import (
	"encoding/json"
	"io"

	"github.com/edynamic/edynamic/lang/source"
)

// The JSON form. Field names are part of the command line's contract.
type (
	jsonDiagnostic struct {
		Code     Code       `json:"code"`
		Severity string     `json:"severity"`
		Message  string     `json:"message"`
		Spans    []jsonSpan `json:"spans"`
		Notes    []string   `json:"notes"`
		Why      string     `json:"why"`
		Fixes    []jsonFix  `json:"fixes"`
	}
	jsonSpan struct {
		File    string       `json:"file"`
		Start   jsonPosition `json:"start"`
		End     jsonPosition `json:"end"`
		Text    string       `json:"text"`
		Primary bool         `json:"primary"`
	}
	// jsonPosition counts lines and columns from 1, columns in code points;
	// offset is in bytes from 0.
	jsonPosition struct {
		Line   int `json:"line"`
		Column int `json:"column"`
		Offset int `json:"offset"`
	}
	jsonFix struct {
		Title      string     `json:"title"`
		Preview    string     `json:"preview"`
		Confidence string     `json:"confidence"`
		Edits      []jsonEdit `json:"edits"`
	}
	jsonEdit struct {
		File  string       `json:"file"`
		Start jsonPosition `json:"start"`
		End   jsonPosition `json:"end"`
		Text  string       `json:"text"`
	}
)

// renderJSON writes one array; lists that are empty are [], never null.
func renderJSON(w io.Writer, items []*Diagnostic) error {
	out := make([]jsonDiagnostic, len(items))
	for i, d := range items {
		out[i] = toJSON(d)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

func toJSON(d *Diagnostic) jsonDiagnostic {
	out := jsonDiagnostic{
		Code:     d.Code,
		Severity: d.Severity.String(),
		Message:  d.Message,
		Spans:    []jsonSpan{},
		Notes:    append([]string{}, d.Notes...),
		Why:      d.Why,
		Fixes:    []jsonFix{},
	}
	for i, label := range d.Labels {
		if !label.Span.Known() {
			continue
		}
		start, end := jsonEnds(label.Span)
		out.Spans = append(out.Spans, jsonSpan{
			File: label.Span.File.Name, Start: start, End: end, Text: label.Text, Primary: isPrimary(d, i),
		})
	}
	for _, fix := range d.Fixes {
		f := jsonFix{Title: fix.Title, Preview: fix.Preview, Confidence: fix.Confidence.String(), Edits: []jsonEdit{}}
		for _, edit := range fix.Edits {
			if !edit.Span.Known() {
				continue
			}
			start, end := jsonEnds(edit.Span)
			f.Edits = append(f.Edits, jsonEdit{File: edit.Span.File.Name, Start: start, End: end, Text: edit.Text})
		}
		out.Fixes = append(out.Fixes, f)
	}
	return out
}

func jsonEnds(s source.Span) (start, end jsonPosition) {
	at := func(offset int) jsonPosition {
		p := s.File.Position(offset)
		return jsonPosition{Line: p.Line, Column: p.Column, Offset: offset}
	}
	return at(s.Start), at(s.End)
}
