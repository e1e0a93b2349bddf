// Package bundles keeps the versions of what a registration uses at the bank.
package bundles

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/registration"
)

// Store keeps them in the database.
type Store struct{ db *gorm.DB }

// New returns the store over an open database.
func New(db *gorm.DB) *Store { return &Store{db} }

type bundleRow struct {
	ID             string `gorm:"primaryKey"`
	RegistrationID string
	Version        int
	State          string
	QWACID         string `gorm:"column:qwac_id"`
	QSealCID       string `gorm:"column:qsealc_id"`
	ClientID       string
	CredentialsRef string
	Credentials    string
	SecretEndsOn   string
	TestedAt       int64
	TestPassed     bool
	TestDetail     string
	TestCode       string
	TestArgs       string
	TrustAnchors   string
	NoClientAuth   string
	ActivatedBy    string
	ActivatedAt    int64
	TakenOutAt     int64
	CreatedBy      string
	CreatedAt      int64 `gorm:"autoCreateTime:false"`
}

func (bundleRow) TableName() string { return "bundles" }

func toBundleRow(b registration.Bundle) bundleRow {
	return bundleRow{
		ID:             b.ID,
		RegistrationID: b.RegistrationID,
		Version:        b.Version,
		State:          string(b.State),
		QWACID:         b.QWACID,
		QSealCID:       b.QSealCID,
		ClientID:       b.ClientID,
		CredentialsRef: b.CredentialsRef,
		Credentials:    sqldb.Values(b.Credentials),
		SecretEndsOn:   b.SecretEndsOn.String(),
		TestedAt:       sqldb.Micros(b.Test.At),
		TestPassed:     b.Test.Passed,
		TestDetail:     b.Test.Says.Text,
		TestCode:       b.Test.Says.Code,
		TestArgs:       sqldb.List(b.Test.Says.Args),
		TrustAnchors:   sqldb.List(b.TrustAnchors),
		NoClientAuth:   b.NoClientAuth,
		ActivatedBy:    b.ActivatedBy,
		ActivatedAt:    sqldb.Micros(b.ActivatedAt),
		TakenOutAt:     sqldb.Micros(b.TakenOutAt),
		CreatedBy:      b.CreatedBy,
		CreatedAt:      sqldb.Micros(b.CreatedAt),
	}
}

func (r bundleRow) bundle() registration.Bundle {
	ends, _ := calendar.Parse(r.SecretEndsOn) // toBundleRow wrote it; the zero day for none
	return registration.Bundle{
		ID:             r.ID,
		RegistrationID: r.RegistrationID,
		Version:        r.Version,
		State:          registration.BundleState(r.State),
		QWACID:         r.QWACID,
		QSealCID:       r.QSealCID,
		ClientID:       r.ClientID,
		CredentialsRef: r.CredentialsRef,
		Credentials:    sqldb.FromValues(r.Credentials),
		SecretEndsOn:   ends,
		Test: registration.TestResult{
			At:     sqldb.FromMicros(r.TestedAt),
			Passed: r.TestPassed,
			Says:   sqldb.Note(r.TestCode, r.TestArgs, r.TestDetail),
		},
		TrustAnchors: sqldb.FromList(r.TrustAnchors),
		NoClientAuth: r.NoClientAuth,
		ActivatedBy:  r.ActivatedBy,
		ActivatedAt:  sqldb.FromMicros(r.ActivatedAt),
		TakenOutAt:   sqldb.FromMicros(r.TakenOutAt),
		CreatedBy:    r.CreatedBy,
		CreatedAt:    sqldb.FromMicros(r.CreatedAt),
	}
}

// Bundles implements registration.Bundles.
func (s *Store) Bundles(ctx context.Context, registrationID string) ([]registration.Bundle, error) {
	rows, err := sqldb.Find[bundleRow](ctx, s.db.Where("registration_id = ?", registrationID).Order("version DESC"))
	return sqldb.Convert(rows, err, "bundle", bundleRow.bundle)
}

// activeAtOnce is how many registrations one query asks for: SQLite and PostgreSQL bound
// the values of a statement.
const activeAtOnce = 500

// ActiveBundles implements issuer.Active.
func (s *Store) ActiveBundles(ctx context.Context, registrationIDs []string) (map[string]issuer.Generation, error) {
	active := make(map[string]issuer.Generation, len(registrationIDs))
	type activeRow struct {
		registrationID string
		issuer.Generation
	}
	for ids := range slices.Chunk(registrationIDs, activeAtOnce) {
		query := s.db.WithContext(ctx).Table("bundles").
			Select("bundles.registration_id, bundles.id, COALESCE(qwac.revision, 0), COALESCE(qsealc.revision, 0)").
			Joins("LEFT JOIN certificates qwac ON qwac.id = bundles.qwac_id").
			Joins("LEFT JOIN certificates qsealc ON qsealc.id = bundles.qsealc_id").
			Where("bundles.registration_id IN ? AND bundles.state = 'active'", ids) // as the index says it
		rows, err := sqldb.Scan(query, "bundle", func(r *activeRow) []any {
			return []any{&r.registrationID, &r.BundleID, &r.QWACRevision, &r.QSealCRevision}
		})
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			active[r.registrationID] = r.Generation
		}
	}
	return active, nil
}

// CurrentBundles implements registration.Lookup.
func (s *Store) CurrentBundles(ctx context.Context, registrations ...string) (map[string][]registration.Bundle, error) {
	query := s.db.WithContext(ctx).Model(&bundleRow{}).
		Select("id", "registration_id", "version", "state", "qwac_id", "qsealc_id", "client_id", "credentials_ref",
			"credentials", "secret_ends_on",
			"tested_at", "test_passed", "test_detail", "test_code", "test_args", "trust_anchors",
			"no_client_auth",
			"activated_by", "activated_at",
			"created_by", "created_at").
		Where("state IN ?", []registration.BundleState{registration.Draft, registration.Active}).
		Order("registration_id, version DESC")
	if len(registrations) > 0 {
		query = query.Where("registration_id IN ?", registrations)
	}
	rows, err := sqldb.Scan(query, "bundle", func(r *bundleRow) []any {
		return []any{
			&r.ID,
			&r.RegistrationID,
			&r.Version,
			&r.State,
			&r.QWACID,
			&r.QSealCID,
			&r.ClientID,
			&r.CredentialsRef,
			&r.Credentials,
			&r.SecretEndsOn,
			&r.TestedAt,
			&r.TestPassed,
			&r.TestDetail,
			&r.TestCode,
			&r.TestArgs,
			&r.TrustAnchors,
			&r.NoClientAuth,
			&r.ActivatedBy,
			&r.ActivatedAt,
			&r.CreatedBy,
			&r.CreatedAt,
		}
	})
	if err != nil {
		return nil, err
	}
	current := make(map[string][]registration.Bundle, len(rows))
	for _, r := range rows {
		current[r.RegistrationID] = append(current[r.RegistrationID], r.bundle())
	}
	return current, nil
}
