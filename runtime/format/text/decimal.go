package text

import (
	"math/big"

	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/edynamic/edynamic/lang/types"
)

// Rescaled is a decimal of another scale as one of a type, and "" or why that cannot hold
// it. v is changed.
func Rescaled(v *big.Int, scale int, t *types.Type) (decimal128.Num, string) {
	base := big.NewInt(10)
	if d := t.Scale - scale; d >= 0 {
		v.Mul(v, new(big.Int).Exp(base, big.NewInt(int64(d)), nil))
	} else {
		rest := new(big.Int)
		v.QuoRem(v, new(big.Int).Exp(base, big.NewInt(int64(-d)), nil), rest)
		if rest.Sign() != 0 {
			return decimal128.Num{}, unfit(t, NotWhole)
		}
	}
	if new(big.Int).Abs(v).Cmp(new(big.Int).Exp(base, big.NewInt(int64(t.Precision)), nil)) >= 0 {
		return decimal128.Num{}, unfit(t, TooLarge)
	}
	return decimal128.FromBigInt(v), ""
}
