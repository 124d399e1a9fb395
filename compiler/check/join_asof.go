package check

import (
	"github.com/edynamic/edynamic/lang/ast"
)

func (ch *chain) asof(st *ast.JoinStage)     { ch.later("E0901", st, "joins") }
func (ch *chain) lookup(st *ast.LookupStage) { ch.later("E0902", st, "lookups") }
