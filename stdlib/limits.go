package stdlib

import (
	"errors"
	"fmt"
)

// What one value may grow to: a limit that no honest program meets, so that a
// mistaken argument fails its row and not the process.
const (
	maxText     = 16 << 20
	maxElements = 4 << 20
)

var (
	errTextTooLong  = errors.New("the text would be longer than 16 MiB")
	errArrayTooLong = errors.New("the array would have more than 4194304 elements")
)

func errOutside(typ string) error { return fmt.Errorf("the result is outside the range of %s", typ) }
