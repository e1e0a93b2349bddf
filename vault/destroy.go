package vault

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Confirmation is what a person types to destroy the certificate: the first
// eight hex digits of its SHA-256. Names look alike; these are on its page and nowhere else.
func (r Record) Confirmation() string { return r.Leaf.SHA256[:8] }

// Destroy destroys a retired certificate with its key. The key stays if another
// certificate has it too. Refused while an active or draft bundle names it, and
// unless confirmation is the certificate's Confirmation. done is false when a second
// person has to agree first. What was recorded of the certificate stays, for audits.
func (v *Vault) Destroy(ctx context.Context, caller access.Caller, id, confirmation string) (done bool, err error) {
	if err := v.cfg.Audit.Permit(ctx, caller, access.CertDestroy, id); err != nil {
		return false, err
	}
	r, err := v.Get(ctx, caller, id)
	if err != nil {
		return false, err
	}
	return v.requestChange(ctx, caller, v.destroying(), id, r.Retired.Reason,
		map[string]string{"confirmation": strings.ToLower(strings.TrimSpace(confirmation))})
}

// destruction carries out access.CertDestroy.
type destruction struct{ v *Vault }

// Describe implements approval.Handler.
func (h destruction) Describe(ctx context.Context, r approval.Request) ([]approval.Change, string, error) {
	d, err := h.v.describe(ctx, r.Object)
	if err != nil {
		return nil, "", err
	}
	if err := destroyable(d, r.Payload["confirmation"]); err != nil {
		return nil, "", err
	}
	shared, err := h.v.cfg.Uses.KeyShared(ctx, d.record)
	if err != nil {
		return nil, "", err
	}
	changes := []approval.Change{{
		Field:       "state",
		Before:      string(Retired),
		After:       string(Destroyed),
		Code:        "change.certificate_destroyed",
		Consequence: "Nobody can use it again, and it cannot be uploaded again; its records stay.",
	}}
	key, which := h.v.keyDestroyed(d.record), "alone"
	if shared {
		key, which = approval.Change{
			Field:       "key",
			Before:      string(d.record.KeyMode),
			After:       string(d.record.KeyMode),
			Code:        "change.certificate_key_stays",
			Consequence: "Its private key stays, because another certificate uses it too.",
		}, "shared"
	}
	return append(append(changes, key), d.lost()...), d.fingerprint(which), nil
}

// keyDestroyed says where copies of a destroyed key remain, which depends on where it was kept.
func (v *Vault) keyDestroyed(r Record) approval.Change {
	c := approval.Change{
		Field:  "key",
		Before: string(r.KeyMode),
		After:  string(Destroyed),
		Code:   "change.certificate_key_destroyed",
		Consequence: "Its private key is destroyed in Vault for good. Snapshots of Vault from before hold it still, " +
			"and so do backups made while custody was embedded, sealed.",
	}
	if v.cfg.Custody.Mode() == "embedded" {
		c.Code = "change.certificate_key_destroyed_embedded"
		c.Consequence = "Its private key is deleted from the database for good. Backups made before hold it still, " +
			"sealed under the master key of then."
	}
	return c
}

func destroyable(d recordUses, confirmation string) error {
	switch {
	case ending(d.record.State):
		return usable(d.record)
	case d.record.State != Retired:
		return fault.New(fault.Conflict, "not_retired", "Only a retired certificate can be destroyed; retire %q first.",
			d.record.Name)
	case confirmation != d.record.Confirmation():
		return fault.New(fault.Invalid, "confirmation_wrong",
			"To destroy this certificate, type the first eight characters of its SHA-256 fingerprint.")
	}
	return d.unnamed(useActive, useDraft)
}

// Apply implements approval.Handler.
func (h destruction) Apply(ctx context.Context, by access.Caller, r approval.Request) error {
	return h.v.cfg.Audit.Do(ctx, by, access.CertDestroy, r.Object, func() (note.Note, error) {
		detail, err := h.v.destroy(ctx, by, r.Object)
		return r.Recorded(detail), err
	})
}

// Applied implements approval.Witness.
func (h destruction) Applied(ctx context.Context, r approval.Request) (bool, error) {
	record, err := h.v.cfg.Records.CertificateByID(ctx, r.Object)
	return ending(record.State), err
}

// destroy records the intent, which is the point of no return, and finishes it.
// If custody fails half way Reconcile goes on.
func (v *Vault) destroy(ctx context.Context, by access.Caller, id string) (note.Note, error) {
	r, err := v.cfg.Records.CertificateByID(ctx, id)
	if err != nil {
		return note.Note{}, err
	}
	if r.State == Destroyed {
		return destroyed(r), nil
	}
	if r.State != Destroying {
		if err := v.cfg.Custody.Health(ctx); err != nil {
			return note.Note{}, err
		}
		r.Destroyed = Destruction{By: by.ID, At: v.cfg.Now()}
		if err := v.cfg.Lifecycle.BeginDestroy(ctx, r); err != nil {
			return note.Note{}, err
		}
		r.State = Destroying
	}
	if err := v.finishDestroy(ctx, r); err != nil {
		v.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "a destruction was begun and is finished later",
			slog.String("id", id), slog.Any("error", err))
		return note.New("destruction_begun", "SHA-256 %s, begun; finished when custody answers", r.Leaf.SHA256), nil
	}
	return destroyed(r), nil
}

func destroyed(r Record) note.Note { return note.New("fingerprint", "SHA-256 %s", r.Leaf.SHA256) }

// finishDestroy takes everything out of custody. Each step may be repeated.
// The document says first what is going on, so that a database rebuilt from custody
// half way does not think that the certificate can be used.
func (v *Vault) finishDestroy(ctx context.Context, r Record) error {
	if err := v.mirrorRecord(ctx, r.ID); err != nil && !errors.Is(err, fault.NotFound) {
		return err
	}
	shared, err := v.cfg.Uses.KeyShared(ctx, r)
	if err != nil {
		return err
	}
	if !shared {
		if err := v.destroyKey(ctx, r); err != nil {
			return err
		}
	}
	if err := v.cfg.Custody.Delete(ctx, r.ID); err != nil {
		return err
	}
	err = v.cfg.Lifecycle.FinishDestroy(ctx, r.ID)
	if now, look := v.cfg.Records.CertificateByID(ctx, r.ID); errors.Is(err, fault.Conflict) && look == nil &&
		now.State == Destroyed {
		return nil // another replica was faster
	}
	return err
}
