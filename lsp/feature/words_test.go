package feature

import (
	"fmt"
	"testing"

	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
)

// TestWords: what is offered as the beginning of a stage or a declaration is one to the
// grammar.
func TestWords(t *testing.T) {
	for _, c := range []struct {
		words          []string
		before, denial string
	}{
		{stageWords, "stream s = from t |> ", "there is no stage %q"},
		{declarationWords, "", "%q declares nothing"},
	} {
		for _, word := range append([]string{"nonsense"}, c.words...) {
			_, diags := syntax.Parse(source.New("words.edy", c.before+word+" x\n"))
			denied := false
			for _, d := range diags.Items {
				denied = denied || d.Message == fmt.Sprintf(c.denial, word)
			}
			if denied != (word == "nonsense") {
				t.Errorf("%q after %q: %v", word, c.before, denied)
			}
		}
	}
}
