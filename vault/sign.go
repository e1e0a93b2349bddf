package vault

import (
	"context"
	"crypto"
	"crypto/rand"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// MaxBatch is how many digests SignBatch takes.
const MaxBatch = 100

// Signed is one signature of a batch, or why there is none.
type Signed struct {
	Signature []byte
	Err       error
}

// Sign signs digests with the key of an open certificate, as crypto.Signer describes. They are authorised and audited
// as one act. Each of several can fail on its own, and the second entry says how many were signed.
func (v *Vault) Sign(
	ctx context.Context, caller access.Caller, source certs.Source, digests [][]byte, opts crypto.SignerOpts,
) ([]Signed, error) {
	identity, err := source.Identity(ctx)
	if err != nil {
		return nil, err
	}
	var signed []Signed
	err = v.cfg.Audit.Do(ctx, caller, access.CertSign, identity.ID, func() (_ note.Note, err error) {
		if signed, err = signDigests(ctx, identity, digests, opts); err != nil {
			return note.Note{}, err
		}
		if len(signed) == 1 {
			return note.Note{}, signed[0].Err
		}
		good := 0
		for _, s := range signed {
			if s.Err == nil {
				good++
			}
		}
		return note.New("batch_signed", "%d of %d signed", good, len(digests)), nil
	})
	if err != nil {
		return nil, err
	}
	return signed, nil
}

func signDigests(
	ctx context.Context, identity *certs.Identity, digests [][]byte, opts crypto.SignerOpts,
) ([]Signed, error) {
	if len(digests) == 0 || len(digests) > MaxBatch {
		return nil, fault.New(fault.Invalid, "batch_size", "Send between 1 and %d digests at a time.", MaxBatch)
	}
	if opts == nil || opts.HashFunc() == 0 {
		return nil, errDigestLength()
	}
	signed := make([]Signed, len(digests))
	var right [][]byte
	for i, digest := range digests {
		if len(digest) == opts.HashFunc().Size() {
			right = append(right, digest)
			continue
		}
		signed[i].Err = errDigestLength()
	}
	signatures, errs := SignEach(ctx, identity.Signer, right, opts)
	next := 0
	for i := range signed {
		if signed[i].Err == nil {
			signed[i] = Signed{signatures[next], errs[next]}
			next++
		}
	}
	return signed, nil
}

func errDigestLength() error {
	return fault.New(fault.Invalid, "digest_length",
		"The digest does not have the length that its hash function produces.")
}

// contextSigner is a signer whose caller may give up.
type contextSigner interface {
	SignContext(ctx context.Context, digest []byte, opts crypto.SignerOpts) ([]byte, error)
}

// batchSigner is a signer that makes several signatures in one call. For each digest
// there is a signature or an error.
type batchSigner interface {
	SignBatch(ctx context.Context, digests [][]byte, opts crypto.SignerOpts) (signatures [][]byte, errs []error)
}

// SignEach signs every digest: in one call if the custody's signer can, otherwise one
// after the other. It stops when the caller has gone.
func SignEach(ctx context.Context, signer crypto.Signer, digests [][]byte, opts crypto.SignerOpts) ([][]byte, []error) {
	if batch, ok := signer.(batchSigner); ok && len(digests) > 1 {
		return batch.SignBatch(ctx, digests, opts)
	}
	signatures, errs := make([][]byte, len(digests)), make([]error, len(digests))
	for i, digest := range digests {
		if errs[i] = ctx.Err(); errs[i] != nil {
			errs[i] = fault.Wrap(errs[i], fault.Unavailable, "signature_cancelled",
				"The caller left before this was signed.")
			continue
		}
		if patient, ok := signer.(contextSigner); ok {
			signatures[i], errs[i] = patient.SignContext(ctx, digest, opts)
		} else {
			signatures[i], errs[i] = signer.Sign(rand.Reader, digest, opts)
		}
	}
	return signatures, errs
}
