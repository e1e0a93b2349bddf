package config

import (
	"bytes"
	"os"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
)

// SecretFile reads a secret that a file holds, without the line end after it.
func SecretFile(path string) (secret.Text, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return secret.Text{}, fault.Wrap(err, fault.Invalid, "secret_file", "The file %s cannot be read.", path)
	}
	defer clear(data)
	return secret.NewText(bytes.TrimSpace(data)), nil
}
