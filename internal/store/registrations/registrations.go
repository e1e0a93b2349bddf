// Package registrations keeps organizations, their applications and where these are
// registered, with all that is noted on the way: enrolments, steps, evidence, e-mails, history.
package registrations

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/registration"
)

// Store keeps them in the database.
type Store struct{ db *gorm.DB }

// New returns the store over an open database.
func New(db *gorm.DB) *Store { return &Store{db} }

type registrationRow struct {
	ID            string `gorm:"primaryKey"`
	ApplicationID string
	InstitutionID string
	CreatedAt     int64 `gorm:"autoCreateTime:false"`
	ArchivedAt    int64
}

func (registrationRow) TableName() string { return "registrations" }

// AddRegistration implements registration.Registrations.
func (s *Store) AddRegistration(ctx context.Context, r registration.Registration) error {
	return sqldb.Transaction(ctx, s.db, "registration", func(tx *gorm.DB) error {
		if err := notArchived(tx, "applications", r.ApplicationID); err != nil {
			return err
		}
		return sqldb.Create(ctx, tx, &registrationRow{
			ID:            r.ID,
			ApplicationID: r.ApplicationID,
			InstitutionID: r.InstitutionID,
			CreatedAt:     sqldb.Micros(r.CreatedAt),
			ArchivedAt:    sqldb.Micros(r.ArchivedAt),
		})
	})
}

func (r registrationRow) registration() registration.Registration {
	return registration.Registration{
		ID:            r.ID,
		ApplicationID: r.ApplicationID,
		InstitutionID: r.InstitutionID,
		CreatedAt:     sqldb.FromMicros(r.CreatedAt),
		ArchivedAt:    sqldb.FromMicros(r.ArchivedAt),
	}
}

// Registrations returns all of them, for tests.
func (s *Store) Registrations(ctx context.Context) ([]registration.Registration, error) {
	query := s.db.WithContext(ctx).Model(&registrationRow{}).
		Select("id", "application_id", "institution_id", "created_at").Order("created_at, id")
	rows, err := sqldb.Scan(query, "registration", func(r *registrationRow) []any {
		return []any{&r.ID, &r.ApplicationID, &r.InstitutionID, &r.CreatedAt}
	})
	return sqldb.Convert(rows, err, "registration", registrationRow.registration)
}

// RegistrationByID implements registration.Lookup.
func (s *Store) RegistrationByID(ctx context.Context, id string) (registration.Registration, error) {
	row, err := sqldb.First[registrationRow](ctx, s.db.Where("id = ?", id))
	return row.registration(), sqldb.Wrap(err, "registration")
}

// RegistrationsByID implements registration.Selected.
func (s *Store) RegistrationsByID(ctx context.Context, ids []string) ([]registration.Registration, error) {
	return byID(ctx, s, ids, "registration", registrationRow.registration)
}

// ApplicationsByID implements registration.Selected.
func (s *Store) ApplicationsByID(ctx context.Context, ids []string) ([]registration.Application, error) {
	return byID(ctx, s, ids, "application", applicationRow.application)
}

// OrganizationsByID implements registration.Selected.
func (s *Store) OrganizationsByID(ctx context.Context, ids []string) ([]registration.Organization, error) {
	return byID(ctx, s, ids, "organization", organizationRow.organization)
}

// EnrolmentsByID implements registration.Selected.
func (s *Store) EnrolmentsByID(ctx context.Context, ids []string) ([]registration.Enrolment, error) {
	return byID(ctx, s, ids, "enrolment", enrolmentRow.enrolment)
}

// byID reads the rows with the ids, in the order of ids as text.
func byID[R, D any](ctx context.Context, s *Store, ids []string, what string, domain func(R) D) ([]D, error) {
	return with(ctx, s, "id IN ?", ids, what, domain)
}

// askedAtOnce bounds the parameters of a statement.
const askedAtOnce = 500

// with reads the rows that have one of the values, by their ids.
func with[R, D any](
	ctx context.Context, s *Store, where string, values []string, what string, domain func(R) D,
) ([]D, error) {
	var found []D
	for part := range slices.Chunk(values, askedAtOnce) {
		rows, err := sqldb.Find[R](ctx, s.db.Where(where, part).Order("id"))
		some, err := sqldb.Convert(rows, err, what, domain)
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	return found, nil
}

// updateAll writes every column of the row with the id; NotFound when there is none.
func updateAll(tx *gorm.DB, row any, id, what string) error {
	result := tx.Model(row).Select("*").Omit("id", "created_at", "archived_at").Where("id = ?", id).Updates(row)
	if result.Error == nil && result.RowsAffected == 0 {
		return sqldb.Wrap(gorm.ErrRecordNotFound, what)
	}
	return result.Error
}

// UsedInstitutions implements bankfiles.Registrations.
func (s *Store) UsedInstitutions(ctx context.Context, ids []string) (used []string, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	err = s.db.WithContext(ctx).Table("registrations").Distinct("institution_id").Where("institution_id IN ?", ids).
		Order("institution_id").Pluck("institution_id", &used).Error
	return used, sqldb.Wrap(err, "registration")
}
