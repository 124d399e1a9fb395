package stdlib

import (
	"fmt"

	"golang.org/x/text/unicode/norm"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnNormalize() *Function {
	return define(sig.Function{
		Name: "normalize", Group: groupText,
		Doc:     "Brings a text to a Unicode normal form: NFC, NFD, NFKC or NFKD. Texts that look the same are then equal.",
		Failure: "The form is not one of the four.",
		Examples: examples(
			`normalize("A\u{30A}bo") == "Åbo"`, `true`,
			`length(normalize("Åbo", "NFD"))`, `4`,
			`normalize("ﬁn", "NFKC")`, `"fin"`,
			`normalize("a", "nfx")`, `error: "nfx" is not a normal form; there are NFC, NFD, NFKC and NFKD`,
		),
	}, overload{text: `normalize(s: string, form: string = "NFC") -> string`, kernel: kernel.MapTextErr2(normalizeText)})
}

func normalizeText(dst []byte, s, form string) ([]byte, error) {
	switch form {
	case "NFC":
		return norm.NFC.AppendString(dst, s), nil
	case "NFD":
		return norm.NFD.AppendString(dst, s), nil
	case "NFKC":
		return norm.NFKC.AppendString(dst, s), nil
	case "NFKD":
		return norm.NFKD.AppendString(dst, s), nil
	}
	return nil, fmt.Errorf("%q is not a normal form; there are NFC, NFD, NFKC and NFKD", form)
}
