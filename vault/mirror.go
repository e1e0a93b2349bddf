package vault

import (
	"context"
	"errors"
	"log/slog"

	"github.com/sealkeeper/sealkeeper/fault"
)

// Change names a record that was changed since custody mirrored it.
type Change struct {
	Kind  string  // organization, application or registration (with its steps and bundles)
	ID    string  // of the record, and of its mirror in custody
	Marks []int64 // what Copied takes back; the store's own
}

// Mirror names the records that custody mirrors, so that the database can
// be lost: nothing in them is secret. Certificates and requests are not among
// them, for custody has their documents anyway.
type Mirror interface {
	// Changed returns records whose copies are behind, of at most limit marks; a negative
	// limit is none. The database notes a change in the transaction that makes it.
	Changed(ctx context.Context, limit int) ([]Change, error)
	// RecordRows returns the record as text that depends on its content alone, or fault.NotFound.
	RecordRows(ctx context.Context, kind, id string) (string, error)
	// Copied takes back the marks of c; a later change has marks of its own.
	Copied(ctx context.Context, c Change) error
	// CustodyDocuments returns the ids of all documents that records outside of this
	// package name, copies included, and for people what each belongs to.
	CustodyDocuments(ctx context.Context) (map[string]string, error)
}

// The types of documents that mirror records.
var mirroredTypes = []string{"organization", "application", "registration"} // in the order they refer to each other

const (
	changesAtOnce = 500
	allChanges    = -1
)

// UpdateMirror brings the mirror of changed records up to date. The database
// comes first and the copy follows: a crash between the two leaves the mark, and
// the next call finishes. Of two processes that copy at once, the one that read
// the older record is refused by check-and-set and looks again.
func (v *Vault) UpdateMirror(ctx context.Context) error {
	if v.cfg.Mirror == nil {
		return nil
	}
	for {
		changes, err := v.cfg.Mirror.Changed(ctx, changesAtOnce)
		if err != nil || len(changes) == 0 {
			return err
		}
		for _, c := range changes {
			if err := v.mirrorChange(ctx, c); err != nil {
				return err
			}
		}
	}
}

func (v *Vault) mirrorChange(ctx context.Context, c Change) error {
	const tries = 5
	for try := 1; ; try++ {
		err := v.mirrorOnce(ctx, c)
		if err == nil {
			return v.cfg.Mirror.Copied(ctx, c)
		}
		if !errors.Is(err, fault.Conflict) || try == tries {
			return err
		}
	}
}

// mirrorOnce reads the document's version before the record, so that it cannot
// put an old record over a newer copy.
func (v *Vault) mirrorOnce(ctx context.Context, c Change) error {
	doc, version, err := v.cfg.Custody.Get(ctx, c.ID)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return err
	}
	rows, err := v.cfg.Mirror.RecordRows(ctx, c.Kind, c.ID)
	if errors.Is(err, fault.NotFound) {
		if doc["type"] == c.Kind {
			return v.cfg.Custody.Delete(ctx, c.ID)
		}
		return nil
	}
	if err != nil || doc["type"] == c.Kind && doc["rows"] == rows {
		return err
	}
	_, err = v.cfg.Custody.Put(ctx, c.ID, map[string]string{"type": c.Kind, "rows": rows}, version)
	return err
}

// MirrorBehind reports, as a fault.Unavailable error, that copies of records wait for custody.
func (v *Vault) MirrorBehind(ctx context.Context) error {
	if v.cfg.Mirror == nil {
		return nil
	}
	changes, err := v.cfg.Mirror.Changed(ctx, 1)
	if err != nil || len(changes) == 0 {
		return err
	}
	return fault.New(fault.Unavailable, "mirror_behind",
		"Changed records have not been copied to custody yet; that goes on by itself as soon as custody answers.")
}

// Durably makes a change that must be in custody too when it returns. It is
// refused while custody does not answer, so that nothing has changed then. If
// custody breaks off in the middle, the change stands and its copy follows.
func (v *Vault) Durably(ctx context.Context, change func() error) error {
	if err := v.cfg.Custody.Health(ctx); err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	if err := v.UpdateMirror(context.WithoutCancel(ctx)); err != nil {
		v.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "custody's copy of a record follows later",
			slog.String("error", err.Error()))
	}
	return nil
}
