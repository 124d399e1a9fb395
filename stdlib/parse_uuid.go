package stdlib

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnParseUUID() *Function {
	return define(sig.Function{
		Name: "parse_uuid", Group: groupConvert,
		Doc:     "Reads a UUID in the form 8-4-4-4-12, in any case.",
		Failure: "The text is not a UUID.",
		Examples: examples(
			`string(parse_uuid("F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6")!)`, `"f81d4fae-7dec-11d0-a765-00a0c91e6bf6"`,
			`parse_uuid("f81d4fae")`, `error: "f81d4fae" is not a UUID`,
		),
	}, overload{text: "parse_uuid(s: string) -> uuid!", kernel: kernel.MapTextErr1(func(dst []byte, s string) ([]byte, error) {
		id, err := uuid.Parse(s)
		if len(s) != 36 || err != nil {
			return nil, fmt.Errorf("%q is not a UUID", s)
		}
		return append(dst, id[:]...), nil
	})})
}
