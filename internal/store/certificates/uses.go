package certificates

import (
	"context"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
)

// CertificateUses implements vault.Uses. The states are in the order of the alphabet.
func (s *Store) CertificateUses(
	ctx context.Context, reach access.Reach, id string, limit int,
) (found vault.Mentions, err error) {
	query, err := s.naming(ctx, reach, id)
	if err != nil {
		return found, err
	}
	tallied := query.Session(&gorm.Session{}).
		Select("registrations.institution_id, bundles.state, count(*) AS n, sum(bundles.version) AS versions").
		Group("registrations.institution_id, bundles.state").Order("registrations.institution_id, bundles.state")
	if err := tallied.Scan(&found.Tally).Error; err != nil {
		return found, sqldb.Wrap(err, "bundle")
	}
	if limit == 0 {
		return found, nil
	}
	found.First, err = uses(query.Session(&gorm.Session{}).
		Order("bundles.state, registrations.institution_id, bundles.registration_id, bundles.version").Limit(limit))
	return found, err
}

// CurrentUses implements vault.Uses.
func (s *Store) CurrentUses(
	ctx context.Context, reach access.Reach, id string, limit int,
) ([]vault.Use, error) {
	query, err := s.naming(ctx, reach, id)
	if err != nil {
		return nil, err
	}
	return uses(query.
		Where("bundles.state IN ?", []registration.BundleState{registration.Active, registration.Draft}).Limit(limit))
}

// naming selects the bundles that name a certificate, of registrations in the reach.
func (s *Store) naming(ctx context.Context, reach access.Reach, id string) (*gorm.DB, error) {
	query := s.db.WithContext(ctx).Table("bundles").
		Select("bundles.registration_id, registrations.institution_id, bundles.state, bundles.version").
		Joins("JOIN registrations ON registrations.id = bundles.registration_id").
		Where("bundles.qwac_id = ? OR bundles.qsealc_id = ?", id, id)
	return sqldb.Within(query, reach, sqldb.Registrations, "bundles.registration_id")
}

func uses(query *gorm.DB) ([]vault.Use, error) {
	var rows []struct {
		RegistrationID, InstitutionID, State string
		Version                              int
	}
	if err := query.Scan(&rows).Error; err != nil {
		return nil, sqldb.Wrap(err, "bundle")
	}
	uses := make([]vault.Use, len(rows))
	for i, r := range rows {
		uses[i] = vault.Use{
			RegistrationID: r.RegistrationID,
			InstitutionID:  r.InstitutionID,
			Version:        r.Version,
			State:          r.State,
		}
	}
	return uses, nil
}

// KeyShared implements vault.Uses.
func (s *Store) KeyShared(ctx context.Context, r vault.Record) (bool, error) {
	n, err := sqldb.CountRows[certificateRow](ctx, s.db.
		Where("key_id = ? AND id <> ? AND state IN ?", r.KeyID, r.ID, needingKey))
	return n > 0, sqldb.Wrap(err, "certificate")
}
