package pbe

import "errors"

// ErrCostly means that a file asks for more key derivation than it is allowed.
var ErrCostly = errors.New("too much key derivation work")

const (
	// maxWork is about half a second of one core, in SHA-256 iterations. OpenSSL
	// asks for 2048, Java for 10,000, careful people for 600,000 of SHA-512.
	maxWork = 2_400_000
	// maxMemory is what one scrypt call may take, in bytes; OpenSSL asks for 16 MiB.
	maxMemory = 33 << 20
	// maxTotalMemory is what all of them may take for one file: the collector may
	// not have come round between two.
	maxTotalMemory = 50 << 20
)

// Budget bounds the key derivation one file may cause, over all its parts and
// all passphrases tried. The zero value is a full budget.
type Budget struct{ work, memory int }

func (b *Budget) spend(work int) error {
	if work < 0 || work > maxWork-b.work {
		return ErrCostly
	}
	b.work += work
	return nil
}

// weight is what one iteration costs against one of SHA-256.
func weight(hashSize int) int {
	if hashSize > 32 {
		return 3
	}
	return 1
}
