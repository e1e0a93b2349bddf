package consents

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// LeaseConsent implements consent.Leases. One statement decides who has it.
func (s *Store) LeaseConsent(ctx context.Context, id string, now, until time.Time) (consent.Consent, bool, error) {
	done := s.db.WithContext(ctx).Exec(`UPDATE consents
		SET abandoned = (lease_until > 0), lease_until = ?, fence = fence + 1
		WHERE id = ? AND lease_until <= ?`,
		sqldb.Micros(until), id, sqldb.Micros(now))
	if done.Error != nil {
		return consent.Consent{}, false, sqldb.Wrap(done.Error, "consent")
	}
	row, err := sqldb.First[consentRow](ctx, s.db.Where("id = ?", id))
	if err == nil && done.RowsAffected == 0 {
		return consent.Consent{}, false, fault.New(fault.Conflict, "consent_busy",
			"Somebody else is working on this consent; try again.")
	}
	return consentOf(row), row.Abandoned, sqldb.Wrap(err, "consent")
}

// SaveConsent implements consent.Leases.
func (s *Store) SaveConsent(ctx context.Context, c consent.Consent, release bool) error {
	query := s.db.Where("id = ? AND fence = ?", c.ID, c.Fence)
	kept := []any{
		"reason", "code_hash", "authorized_at", "renewed_at", "access_expires_at", "refresh_expires_at",
		"reauthenticate_by", "expires_at", "refresh_life", "refreshable", "refreshes_left", "refreshes",
		"in_doubt", "retry_at", "last_failure", "holds_tokens",
	}
	if release {
		kept = append(kept, "lease_until", "abandoned")
	}
	n, err := sqldb.Updates(ctx, query.Select("state", kept...), consentRowOf(c))
	return sqldb.ExpectOne(n, err, "consent")
}

// DueConsents implements consent.Leases.
func (s *Store) DueConsents(ctx context.Context, now time.Time, limit int) ([]consent.Consent, error) {
	at := sqldb.Micros(now)
	var due []consent.Consent
	for _, kind := range []struct {
		where string // an index each, and in its words: one query for all of them would read the table
		args  []any
	}{
		{"state = 'pending' AND answer_by <= ?", []any{at}},
		{"state = 'active' AND expires_at <= ?", []any{at}},
		{"state IN ('expired', 'revoked', 'broken') AND holds_tokens = true", nil},
	} {
		rows, err := sqldb.Find[consentRow](ctx, s.db.Where(kind.where, kind.args...).Limit(limit-len(due)))
		found, err := sqldb.Convert(rows, err, "consent", consentOf)
		if due = append(due, found...); err != nil || len(due) >= limit {
			return due, err
		}
	}
	return due, nil
}
