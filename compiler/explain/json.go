package explain

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// jsonText writes a document in one way: members in the order of the document, two
// spaces, no escapes that JSON does not need, a line end.
func jsonText(doc any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(doc); err != nil {
		return "", fmt.Errorf("this is a bug in edyc: %w", err)
	}
	return b.String(), nil
}
