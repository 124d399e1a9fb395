package file

import (
	"os"
	"syscall"
)

// openDirect opens a file to be written past the machine's memory.
func openDirect(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|syscall.O_DIRECT, 0)
}
