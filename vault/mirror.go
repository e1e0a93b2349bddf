package vault

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/sealkeeper/sealkeeper/fault"
)

// Change names a record that was changed since it was last mirrored in custody.
type Change struct {
	Kind  string  // one of mirroredTypes
	ID    string  // of the record, and of its mirror in custody
	Marks []int64 // the numbers of its changes that were read, ascending
}

// The types of the documents that mirror a registration, with its steps and bundles, what it belongs to, and incidents.
const (
	OrganizationDocument = "organization"
	ApplicationDocument  = "application"
	RegistrationDocument = "registration"
	IncidentDocument     = "incident"
)

// Mirror names the records that are mirrored in custody, so that the database can be
// lost. Nothing in them is secret. Certificates and CSRs are not among them, because
// custody has their documents anyway.
type Mirror interface {
	// Changed returns records whose mirror is behind, by the next changes after a number, at most limit. The database
	// notes a change in the same transaction.
	Changed(ctx context.Context, after int64, limit int) ([]Change, error)
	// RecordRows returns the record as text that depends on its content alone, or fault.NotFound.
	RecordRows(ctx context.Context, kind, id string) (string, error)
	// Copied forgets changes by their numbers, and no others: one with a lower number may be committed later.
	Copied(ctx context.Context, marks []int64) error
	// ChangedWith returns those of a registration, which is first, of what it belongs to, and of what would be wanting
	// if it were restored alone: the policy and incidents.
	ChangedWith(ctx context.Context, registrationID string, limit int) ([]Change, error)
}

// PolicyDocument is the type and the id of the document that mirrors the policy in force.
const PolicyDocument = "policy"

// The types of documents that mirror records, in the order they refer to each other.
// The policy is first: what is restored after it is under it.
var mirroredTypes = []string{
	PolicyDocument, OrganizationDocument, ApplicationDocument, RegistrationDocument,
	IncidentDocument, "key_copy", "bank_fact", "catalogue_file",
}

// How many changes are read at a time; and with a registration at most, those of all incidents among them.
const (
	changesAtOnce = 500
	changesWith   = 10_000
)

// UpdateMirror mirrors changed records in custody. The database comes first and the mirror follows: a crash between the
// two leaves the mark, and the next call finishes. If two processes mirror a record at once, check-and-set refuses the
// one that read the older record, and it reads again. A record that custody does not take keeps no other from being
// mirrored.
func (v *Vault) UpdateMirror(ctx context.Context) error {
	if v.cfg.Mirror == nil {
		return nil
	}
	var refused error
	for after := int64(0); ; {
		changes, err := v.cfg.Mirror.Changed(ctx, after, changesAtOnce)
		if err != nil || len(changes) == 0 {
			return errors.Join(refused, err)
		}
		err = v.mirrorAll(ctx, changes)
		if errors.Is(err, fault.Unavailable) || ctx.Err() != nil {
			return err
		}
		if refused == nil { // they are looked at again in the next run
			refused = err
		}
		for _, c := range changes {
			after = max(after, slices.Max(c.Marks))
		}
	}
}

// mirrorAll mirrors records until custody does not answer, and has the changes of those forgotten that it has.
func (v *Vault) mirrorAll(ctx context.Context, changes []Change) error {
	var copied []int64
	var failed []error
	for _, c := range changes {
		err := v.mirrorChange(ctx, c)
		if err == nil {
			copied = append(copied, c.Marks...)
			continue
		}
		failed = append(failed, fmt.Errorf("%s %s: %w", c.Kind, c.ID, err))
		if errors.Is(err, fault.Unavailable) || ctx.Err() != nil {
			break
		}
	}
	if len(copied) > 0 {
		failed = append(failed, v.cfg.Mirror.Copied(context.WithoutCancel(ctx), copied))
	}
	return errors.Join(failed...)
}

func (v *Vault) mirrorChange(ctx context.Context, c Change) error {
	const tries = 5
	for try := 1; ; try++ {
		err := v.mirrorOnce(ctx, c)
		if err == nil || !errors.Is(err, fault.Conflict) || try == tries {
			return err
		}
	}
}

// mirrorOnce reads the document's version before the record, so that an old record
// cannot replace a newer mirror.
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

// RestorePolicy writes the policy as it was mirrored in custody, and reports whether
// there was one. A policy that the database has stays as it is.
func (v *Vault) RestorePolicy(ctx context.Context, into Restorer) (bool, error) {
	doc, _, err := v.cfg.Custody.Get(ctx, PolicyDocument)
	if errors.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_, err = into.RestoreRows(ctx, PolicyDocument, PolicyDocument, doc["rows"], false)
	return true, err
}

// Durably makes a change of a registration that must be mirrored in custody when it returns. It refuses while custody
// does not answer, and then nothing has changed. If custody fails half way, the change stands and its mirror follows.
// It does not wait for the mirrors of others' records, of which there may be many after custody was away.
func (v *Vault) Durably(ctx context.Context, registrationID string, change func() error) error {
	if err := v.cfg.Custody.Health(ctx); err != nil {
		return err
	}
	if err := change(); err != nil || v.cfg.Mirror == nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	changes, err := v.cfg.Mirror.ChangedWith(ctx, registrationID, changesWith)
	if err == nil {
		err = v.mirrorAll(ctx, changes)
	}
	if err != nil {
		v.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "custody's copy of a record follows later",
			slog.String("error", err.Error()))
	}
	return nil
}
