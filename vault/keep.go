package vault

import (
	"context"
	"crypto"
	"encoding/pem"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault/internal/inprocess"
)

// keepable refuses, before anything is written, a choice of KeyStored that cannot be.
func keepable(uploads []keyed, files Files) error {
	switch {
	case files.KeyMode == "" || files.KeyMode == KeyHeld:
		return nil
	case files.KeyMode != KeyStored:
		return fault.New(fault.Invalid, "key_mode_unknown", "The key mode is %q, which is usual, or %q.", KeyHeld,
			KeyStored)
	case len(uploads) != 1:
		return fault.New(fault.Invalid, "keep_one_certificate",
			"A private key is stored to be handed out by a choice of its own; upload that certificate alone.")
	case uploads[0].keyID != "" && (uploads[0].shares == nil || uploads[0].shares.KeyMode != KeyStored):
		return fault.New(fault.Conflict, "key_held",
			"The private key of this certificate is in custody already and never comes out; a key to be handed out "+
				"must be another one.")
	}
	return reasonGiven(files.KeepReason)
}

func reasonGiven(reason string) error {
	if n := len([]rune(strings.TrimSpace(reason))); n == 0 || n > note.MaxReason {
		return fault.New(fault.Invalid, "reason_missing", "Give a reason, of at most %d characters; it is recorded.",
			note.MaxReason)
	}
	return nil
}

// keepKey puts a key where its mode says.
func (v *Vault) keepKey(ctx context.Context, r Record, key *certs.PrivateKey) error {
	if r.KeyMode == KeyStored {
		return v.cfg.Custody.KeepKey(ctx, r.ID, key)
	}
	return v.cfg.Custody.ImportKey(ctx, r.ID, key)
}

func (v *Vault) destroyKey(ctx context.Context, r Record) error {
	if r.KeyMode == KeyStored {
		return v.cfg.Custody.DropKey(ctx, r.KeyID)
	}
	return v.cfg.Custody.DestroyKey(ctx, r.KeyID)
}

// signer opens the key of a record. A stored one signs in this process.
func (v *Vault) signer(ctx context.Context, r Record) (crypto.Signer, error) {
	if r.KeyMode != KeyStored {
		return v.cfg.Custody.Signer(ctx, r.KeyID, r.Leaf.X509.PublicKey)
	}
	key, err := v.keptKey(ctx, r)
	if err != nil {
		return nil, err
	}
	return inprocess.Signer(key.Signer()), nil
}

func (v *Vault) keptKey(ctx context.Context, r Record) (*certs.PrivateKey, error) {
	key, err := v.cfg.Custody.KeptKey(ctx, r.KeyID)
	if err != nil {
		return nil, err
	}
	if key.SPKISHA256() != r.Leaf.SPKISHA256 {
		return nil, fault.New(fault.Conflict, "custody_key_mismatch",
			"The key %q in custody does not belong to this certificate.", r.KeyID)
	}
	return key, nil
}

// Released is a private key on its way out. Whoever has it wipes it.
type Released struct {
	Record   Record
	KeyPEM   secret.Text // PKCS#8
	ChainPEM string
}

// ReleaseKey hands out the private key of a certificate whose key is stored for
// that, to a workload that needs the file. Where live takes two people, both have agreed
// to it first. Each time is authorised and audited.
func (v *Vault) ReleaseKey(ctx context.Context, caller access.Caller, id string) (Released, error) {
	var released Released
	err := v.cfg.Audit.Do(ctx, caller, access.KeyRelease, id, func() (_ note.Note, err error) {
		released, err = v.release(ctx, id)
		return note.New("key_handed_out", "the private key was handed out"), err
	})
	if err != nil {
		released.KeyPEM.Wipe()
		return Released{}, err
	}
	return released, nil
}

func (v *Vault) release(ctx context.Context, id string) (Released, error) {
	r, err := v.cfg.Records.CertificateByID(ctx, id)
	if err == nil {
		err = usable(r)
	}
	if err != nil {
		return Released{}, err
	}
	if r.KeyMode != KeyStored {
		return Released{}, fault.New(fault.Conflict, "key_held",
			"The private key of %q never leaves custody; have custody sign, or upload a certificate with another key "+
				"and choose that it is stored.", r.Name)
	}
	// A certificate belongs to no environment, so what is agreed for live is agreed for all.
	if r.Kept.ApprovedBy == "" && v.cfg.Approvals.Required(ctx, environment.Live) {
		return Released{}, storedNotApproved(r)
	}
	key, err := v.keptKey(ctx, r)
	if err != nil {
		return Released{}, err
	}
	der, err := key.PKCS8()
	if err != nil {
		return Released{}, fault.Wrap(err, fault.Internal, "key_not_exportable",
			"The private key cannot be written; the log has the reason.")
	}
	defer clear(der)
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	defer clear(text)
	return Released{Record: r, KeyPEM: secret.NewText(text), ChainPEM: r.ChainPEM()}, nil
}
