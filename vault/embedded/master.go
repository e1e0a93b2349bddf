package embedded

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/crypto/argon2"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/secretfile"
	"github.com/sealkeeper/sealkeeper/secret"
)

const (
	masterKeyBytes      = 32
	masterFileLimit     = 4096
	minPassphraseLength = 12
)

// MasterKey opens the keyset of one database. It is either a key or a
// passphrase from which one is derived. It prints as "[redacted]".
type MasterKey struct {
	key        secret.Text
	passphrase secret.Text
}

// Format implements fmt.Formatter for every verb: fmt would otherwise print
// the fields, past their own redaction, because they are not exported.
func (MasterKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, secret.Redacted) }

// MasterKeyText reads a master key from text, as it comes from an environment
// variable: 32 random bytes in base64.
func MasterKeyText(text secret.Text) (MasterKey, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text.Reveal()))
	if err != nil || len(key) != masterKeyBytes {
		return MasterKey{}, fault.New(fault.Invalid, "master_key_form",
			"The master key must be %d random bytes in base64; `head -c %d /dev/urandom | base64` makes one.",
			masterKeyBytes, masterKeyBytes)
	}
	return MasterKey{key: secret.NewText(key)}, nil
}

// MasterKeyFile reads a master key from a file, which nobody else may read.
func MasterKeyFile(path string) (MasterKey, error) {
	file, err := os.Open(path) // #nosec G304 -- the operator names the file
	if err != nil {
		return MasterKey{}, fault.Wrap(err, fault.Invalid, "master_key_file", "The master key file %s cannot be read.",
			path)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return MasterKey{}, fault.Wrap(err, fault.Invalid, "master_key_file", "The master key file %s cannot be read.",
			path)
	}
	if secretfile.Exposed(info) {
		return MasterKey{}, fault.New(fault.Invalid, "master_key_file_mode",
			"Other users can read the master key file %s (mode %04o); run `chmod 600 %s`.", path, info.Mode().Perm(),
			path)
	}
	text, err := io.ReadAll(io.LimitReader(file, masterFileLimit))
	if err != nil {
		return MasterKey{}, fault.Wrap(err, fault.Invalid, "master_key_file", "The master key file %s cannot be read.",
			path)
	}
	defer clear(text)
	return MasterKeyText(secret.NewText(text))
}

// Passphrase makes a master key of a passphrase of at least 12 characters.
func Passphrase(passphrase secret.Text) (MasterKey, error) {
	if len(passphrase.Bytes()) < minPassphraseLength {
		return MasterKey{}, fault.New(fault.Invalid, "master_passphrase_short",
			"The master passphrase must have at least %d characters.", minPassphraseLength)
	}
	return MasterKey{passphrase: passphrase}, nil
}

// NewMasterKeyFile writes a new master key to path with mode 0600. It refuses
// with Conflict when the file exists.
func NewMasterKeyFile(path string) error {
	key := make([]byte, masterKeyBytes)
	defer clear(key)
	// never fails: crypto/rand ends the program instead
	_, _ = rand.Read(key)
	// #nosec G304 -- the operator names the file
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fault.Wrap(err, fault.Conflict, "master_key_exists",
			"The master key file %s exists already and is not replaced.", path)
	}
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "master_key_file", "The master key file %s cannot be created.", path)
	}
	_, err = fmt.Fprintln(file, base64.StdEncoding.EncodeToString(key))
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fault.Wrap(err, fault.Internal, "master_key_file", "The master key file %s cannot be written.", path)
	}
	return nil
}

// derivation is how a key was derived from a passphrase; it is stored beside
// the sealed keyset. Memory is in KiB.
type derivation struct {
	Salt    []byte `json:"salt"`
	Time    uint32 `json:"time"`
	Memory  uint32 `json:"memory"`
	Threads uint8  `json:"threads"`
}

// newDerivation returns the parameters for a new keyset. They are above the
// second recommended choice of RFC 9106 section 4 in memory times passes,
// because opening happens once per start.
func newDerivation() *derivation {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt)
	return &derivation{Salt: salt, Time: 3, Memory: 64 << 10, Threads: 4}
}

// acceptable bounds what an altered row can make this process spend.
func (d *derivation) acceptable() bool {
	return len(d.Salt) >= 16 && d.Time >= 1 && d.Time <= 16 && d.Memory >= 8<<10 && d.Memory <= 1<<20 &&
		d.Threads >= 1 && d.Threads <= 16
}

// newDerivation returns nil for a master key that is a key already.
func (m MasterKey) newDerivation() *derivation {
	if m.passphrase.Empty() {
		return nil
	}
	return newDerivation()
}

// bytes returns the 32 bytes that seal the keyset; the caller wipes them.
func (m MasterKey) bytes(how *derivation) ([]byte, error) {
	switch {
	case how == nil && !m.key.Empty():
		return append([]byte(nil), m.key.Bytes()...), nil
	case how == nil:
		return nil, fault.New(fault.Invalid, "master_key_kind",
			"This database was set up with a master key; give the key file or variable and not a passphrase.")
	case m.passphrase.Empty():
		return nil, fault.New(fault.Invalid, "master_key_kind",
			"This database was set up with a passphrase; give the passphrase and not a master key.")
	case !how.acceptable():
		return nil, fault.New(fault.Internal, "custody_altered",
			"The keyset's derivation parameters were altered in the database; restore the database from a backup.")
	}
	return argon2.IDKey(m.passphrase.Bytes(), how.Salt, how.Time, how.Memory, how.Threads, masterKeyBytes), nil
}
