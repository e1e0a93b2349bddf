package consents

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/registration"
)

const (
	// endingsMost keeps one busy day from hiding everything else there is to do.
	endingsMost = 100
	// worthSaying is how long a consent must last for its end to be news: those
	// that last half an hour end all day long.
	worthSaying = 48 * time.Hour
)

// Expiries implements registration.Consents: the consents whose end is near.
func (s *Store) Expiries(
	ctx context.Context, reach access.Reach, until time.Time,
) ([]registration.Expiry, error) {
	query, err := sqldb.Within(s.db.WithContext(ctx), reach, sqldb.Registrations, "consents.registration_id")
	if err != nil {
		return nil, err
	}
	rows, err := sqldb.Find[consentRow](ctx, query.
		Where("state = ? AND expires_at < ? AND expires_at - authorized_at > ?",
			string(consent.Active), sqldb.Micros(until), worthSaying.Microseconds()).
		Order("expires_at, id").Limit(endingsMost))
	return sqldb.Convert(rows, err, "consent", func(r consentRow) registration.Expiry {
		name := r.InstitutionID
		if r.Customer != "" {
			name = r.Customer + " (" + name + ")"
		}
		return registration.Expiry{
			ID:            r.ID,
			Name:          name,
			InstitutionID: r.InstitutionID,
			At:            sqldb.FromMicros(r.ExpiresAt),
		}
	})
}

// UnusedRefreshTokens implements registration.Consents.
func (s *Store) UnusedRefreshTokens(ctx context.Context, since time.Time) ([]string, error) {
	var institutions []string
	err := s.db.WithContext(ctx).Model(&consentRow{}).
		Where("NOT refreshable AND refresh_expires_at > 0 AND authorized_at >= ?", sqldb.Micros(since)).
		Distinct().Order("institution_id").Pluck("institution_id", &institutions).Error
	return institutions, err
}
