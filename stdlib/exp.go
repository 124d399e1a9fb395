package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
)

func fnExp() *Function {
	return define(sig.Function{
		Name: "exp", Group: groupMaths,
		Doc: "Raises e to a power.",
		Examples: examples(
			`exp(0)`, `1e0`,
			`exp(1)`, `2.718281828459045e0`,
		),
	}, toDouble("exp", math.Exp))
}
