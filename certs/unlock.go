package certs

import (
	"context"
	"errors"
	"fmt"

	"github.com/sealkeeper/sealkeeper/certs/internal/pbe"
	"github.com/sealkeeper/sealkeeper/certs/internal/pkcs12"
)

// budgetUnits is what one upload may cost, in blocks of SHA-256: docs/certificates.md says what that is in seconds.
// The largest files people have, which Firefox and pk12util make, take 4 to 11 million.
const budgetUnits = 24_000_000

// Budget bounds what reading files may cost, over all of them and all passphrases that are tried. It is for one
// goroutine.
type Budget = pbe.Budget

// NewBudget returns what one upload may cost. It ends with ctx: when its client leaves, and at its deadline.
func NewBudget(ctx context.Context) *Budget { return pbe.NewBudget(ctx, budgetUnits) }

// unlock tries the passphrases on something encrypted. what names it in a
// sentence: "this PKCS#12".
func (r *reader) unlock(what string, open func(p pbe.Passphrase) error) error {
	var err, confirmed error
	tried := 0
	for i, candidate := range r.passphrases.try {
		next := open(candidate.Passphrase)
		if pbe.IsOver(next) && tried > 0 && !candidate.given {
			break // all that were given have been tried
		}
		err = next
		if err == nil {
			r.passphrases.first(i)
			return nil
		}
		if !errors.Is(err, pbe.ErrPassphrase) {
			break
		}
		if errors.Is(err, pkcs12.ErrInside) {
			confirmed = err
		}
		tried++
	}
	switch {
	case confirmed != nil && errors.Is(err, pbe.ErrPassphrase):
		return confirmed
	case errors.Is(err, pbe.ErrPassphrase):
		return r.notOpened(what, err)
	case pbe.IsOver(err):
		return tooCostly(what, tried, err)
	case errors.Is(err, pbe.ErrUnsupported):
		return newError(CodeUnsupportedFormat, err,
			"%s is encrypted in a way that is not supported; export it with AES-256.", what)
	}
	return err
}

// notOpened says what is known of why no passphrase was the right one.
func (r *reader) notOpened(what string, cause error) error {
	switch {
	case !r.passphrases.given():
		return newError(CodePassphraseNeeded, cause, "%s needs its passphrase.", what)
	case r.passphrases.more:
		return newError(CodeManyPassphrases, cause,
			"the first %d passphrases do not open %s, and no more than that are tried; give the right one alone.",
			maxPassphrases, what)
	case r.passphrases.odd == "bom":
		return inCase(newError(CodePassphraseWrong, cause,
			"the passphrase does not open %s; it was given with a byte order mark, which was left out: save the file "+
				"as plain UTF-8, or type the passphrase.", what), "bom")
	case r.passphrases.odd == "not_utf8":
		return inCase(newError(CodePassphraseWrong, cause,
			"the passphrase does not open %s; it was given in other bytes than UTF-8, and was taken for Windows-1252: "+
				"save the file as UTF-8, or type the passphrase.", what), "not_utf8")
	}
	return newError(CodePassphraseWrong, cause, "the passphrase does not open %s.", what)
}

// tooCostly says whether the file asks for too much, or what was tried before has taken it.
func tooCostly(what string, tried int, cause error) error {
	switch {
	case errors.Is(cause, pbe.ErrEnded):
		return inCase(newError(CodeTooCostly, cause,
			"opening %s took too long; try again when less is going on, with the right passphrase alone.", what),
			"time")
	case errors.Is(cause, pbe.ErrSpent) && tried > 0:
		return inCase(newError(CodeTooCostly, cause,
			"trying more than %s on %s takes more key derivation work than is accepted; give the right passphrase "+
				"alone.", counted(tried, "passphrase"), what), "passphrases")
	case errors.Is(cause, pbe.ErrSpent):
		return inCase(newError(CodeTooCostly, cause,
			"what was read before it has taken all the key derivation work that is accepted, and none is left "+
				"for %s; give it alone.", what), "files")
	}
	return newError(CodeTooCostly, cause,
		"%s asks for more key derivation work than is accepted; export it with 600,000 iterations or fewer, and not "+
			"with scrypt of more than 16 MiB.", what)
}

func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
