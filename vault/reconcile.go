package vault

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// resolution is the outcome of something interrupted.
type resolution string

const (
	finished resolution = "finished"
	removed  resolution = "removed"
)

// staleAtOnce bounds how many copies one call of Reconcile rewrites; the next has the others.
const staleAtOnce = 500

// Resolved counts what Reconcile did.
type Resolved struct{ Finished, Removed, Waiting int }

// Reconcile finishes or removes imports and CSRs that a crash or an outage left
// pending for longer than the grace period, finishes destructions, and rewrites
// custody's copies of changed certificates. It touches only what a recorded intent
// names, so it never deletes a key that Sealkeeper did not create. While custody is
// down, it changes nothing and returns an error.
func (v *Vault) Reconcile(ctx context.Context) (Resolved, error) {
	pending, err := v.pending(ctx)
	if err != nil {
		return Resolved{}, err
	}
	stale, err := v.cfg.CertificateMirror.StaleCertificates(ctx, staleAtOnce)
	if err != nil {
		return Resolved{}, err
	}
	// An outage is checked once, instead of being recorded for every intent.
	if err := v.cfg.Custody.Health(ctx); err != nil && len(pending)+len(stale) > 0 {
		return Resolved{Waiting: len(pending)}, err
	}
	var done Resolved
	var errs []error
	for _, p := range pending {
		if v.cfg.Now().Sub(p.since) < v.cfg.Grace {
			done.Waiting++
			continue
		}
		outcome, err := v.resolve(ctx, p)
		switch {
		case err != nil:
			done.Waiting++
			errs = append(errs, err)
		case outcome == finished:
			done.Finished++
		default:
			done.Removed++
		}
	}
	for _, r := range stale {
		errs = append(errs, v.mirrorRecord(ctx, r.ID))
	}
	return done, errors.Join(errs...)
}

// intent is something that was about to be created in custody, or destroyed there.
type intent struct {
	id     string
	since  time.Time
	settle func(ctx context.Context) (resolution, error)
}

func (v *Vault) pending(ctx context.Context) ([]intent, error) {
	records, err := v.cfg.Records.Certificates(ctx, Pending, Destroying)
	if err != nil {
		return nil, err
	}
	requests, err := v.cfg.Requests.PendingCSRs(ctx)
	if err != nil {
		return nil, err
	}
	var all []intent
	for _, r := range records {
		if r.State == Destroying {
			all = append(all, intent{r.ID, r.Destroyed.At, func(ctx context.Context) (resolution, error) {
				return finished, v.finishDestroy(ctx, r)
			}})
			continue
		}
		all = append(all, v.importIntent(r))
	}
	for _, r := range requests {
		all = append(all, intent{r.ID, r.CreatedAt, func(ctx context.Context) (resolution, error) {
			return v.settleCSR(ctx, r)
		}})
	}
	return all, nil
}

func (v *Vault) importIntent(r Record) intent {
	return intent{r.ID, r.CreatedAt, func(ctx context.Context) (resolution, error) { return v.settle(ctx, r) }}
}

func (v *Vault) resolve(ctx context.Context, p intent) (resolution, error) {
	var outcome resolution
	caller := access.SystemCaller("reconciler")
	err := v.cfg.Audit.Do(ctx, caller, access.CustodyResolve, p.id, func() (_ note.Note, err error) {
		if outcome, err = p.settle(ctx); err == nil {
			v.cfg.Logger.LogAttrs(ctx, slog.LevelInfo, "interrupted write to custody resolved",
				slog.String("id", p.id), slog.String("outcome", string(outcome)))
		}
		return note.New("write_"+string(outcome), "%s", outcome), err
	})
	return outcome, err
}

// settle decides by the document, which store writes last.
func (v *Vault) settle(ctx context.Context, r Record) (resolution, error) {
	doc, _, err := v.cfg.Custody.Get(ctx, r.ID)
	switch {
	case err == nil && doc["type"] == typeCSR:
		// The key was requested here and waits for its certificate: it stays.
		return removed, v.cfg.Intents.AbandonImport(ctx, r.ID)
	case err == nil:
		return finished, v.cfg.Intents.FinishImport(ctx, r.ID)
	case !errors.Is(err, fault.NotFound):
		return "", err
	}
	if r.KeyID == r.ID { // else the key is another certificate's
		if err := v.destroyKey(ctx, r); err != nil {
			return "", err
		}
	}
	return removed, v.cfg.Intents.AbandonImport(ctx, r.ID)
}
