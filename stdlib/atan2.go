package stdlib

import (
	"math"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnAtan2() *Function {
	return define(sig.Function{
		Name: "atan2", Group: groupMaths,
		Doc: "Gives the angle in radians, between -pi and pi, of the direction from the origin to (x, y).",
		Examples: examples(
			`degrees(atan2(1, 1))`, `45e0`,
			`degrees(atan2(1, -1))`, `135e0`,
			`degrees(atan2(-1, 0))`, `-90e0`,
		),
	}, overload{text: "atan2<Y: number, X: number>(y: Y, x: X) -> double", kernel: kernel.MapDoubles2(math.Atan2)})
}
