//go:build !linux

package file

import (
	"errors"
	"os"
)

// openDirect reports that nothing can be written past the machine's memory.
func openDirect(string) (*os.File, error) { return nil, errors.ErrUnsupported }
