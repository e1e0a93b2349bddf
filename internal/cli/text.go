package cli

import (
	"fmt"
	"os"
)

// Counted says a number and what it counts: "1 key", "2 keys".
func Counted[N int | int64](n N, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// WriteFile writes a file that only its owner can read, whole or not at all.
func WriteFile(path string, data []byte) error {
	temporary := path + ".new"
	if err := os.WriteFile(temporary, data, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}
