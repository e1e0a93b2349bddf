package vault

import (
	"context"
	"errors"
	"log/slog"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/fault"
)

// resolution is what became of an interrupted import.
type resolution string

const (
	finished resolution = "finished"
	removed  resolution = "removed"
)

// Resolved counts what Reconcile did.
type Resolved struct{ Finished, Removed, Waiting int }

// Reconcile finishes or removes imports that a crash or an outage left
// pending for longer than the grace period. It touches only what a recorded
// intent names, so it never deletes a key that Sealkeeper did not create. While
// custody is down everything stays as it is, and it is an error.
func (v *Vault) Reconcile(ctx context.Context) (Resolved, error) {
	pending, err := v.cfg.Records.Certificates(ctx, Pending)
	if err != nil {
		return Resolved{}, err
	}
	var done Resolved
	var errs []error
	for _, r := range pending {
		if v.cfg.Now().Sub(r.CreatedAt) < v.cfg.Grace {
			done.Waiting++
			continue
		}
		outcome, err := v.resolve(ctx, r)
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
	return done, errors.Join(errs...)
}

func (v *Vault) resolve(ctx context.Context, r Record) (resolution, error) {
	caller := access.SystemCaller("reconciler")
	if err := v.cfg.Audit.Authorize(ctx, caller, access.CustodyResolve, r.ID); err != nil {
		return "", err
	}
	outcome, err := v.settle(ctx, r.ID)
	if err == nil {
		v.cfg.Logger.LogAttrs(ctx, slog.LevelInfo, "interrupted import resolved", slog.String("certificate", r.ID), slog.String("outcome", string(outcome)))
	}
	return outcome, v.cfg.Audit.Finish(ctx, caller, access.CustodyResolve, r.ID, string(outcome), err)
}

// settle decides by the document, which store writes last.
func (v *Vault) settle(ctx context.Context, id string) (resolution, error) {
	_, _, err := v.cfg.Custody.Get(ctx, id)
	if err == nil {
		return finished, v.cfg.Intents.FinishImport(ctx, id)
	}
	if !errors.Is(err, fault.NotFound) {
		return "", err
	}
	if err := v.cfg.Custody.DestroyKey(ctx, id); err != nil {
		return "", err
	}
	return removed, v.cfg.Intents.AbandonImport(ctx, id)
}
