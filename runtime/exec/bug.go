package exec

import (
	"fmt"
	"os"
)

// DebugEnv, when set, adds the stack to errors that are ours.
const DebugEnv = "EDYC_DEBUG"

// Bug is an error of the engine itself: an invariant is broken, and neither the
// program nor its surroundings are to blame.
type Bug struct {
	Text  string
	Stack string // where it happened, when known
}

func (b *Bug) Error() string {
	s := "this is a bug in edyc, please report it: " + b.Text
	if b.Stack != "" && os.Getenv(DebugEnv) != "" {
		return s + "\n" + b.Stack
	}
	if b.Stack != "" {
		return s + " (set " + DebugEnv + "=1 for details)"
	}
	return s
}

func bugf(format string, args ...any) error { return &Bug{Text: fmt.Sprintf(format, args...)} }

// bugAt is a recovered panic.
func bugAt(r any, stack []byte) error { return &Bug{Text: fmt.Sprint(r), Stack: string(stack)} }
