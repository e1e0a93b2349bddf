package registrations

import (
	"context"
	"encoding/json"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/registration"
)

type enrolmentRow struct {
	ID              string `gorm:"primaryKey"`
	OrganizationID  string
	GroupID         string
	Environment     string
	PortalAccount   string
	CustomerName    string
	AgreementNumber string
	AgreementEndsOn string
	UpdatedAt       int64 `gorm:"autoUpdateTime:false"`
}

func (enrolmentRow) TableName() string { return "enrolments" }

// UpdateEnrolment implements registration.Changes.
func (s *Store) UpdateEnrolment(
	ctx context.Context, e registration.Enrolment, history []registration.HistoryEntry,
) error {
	row := enrolmentRow{
		ID:              e.ID,
		OrganizationID:  e.OrganizationID,
		GroupID:         e.GroupID,
		Environment:     string(e.Environment),
		PortalAccount:   e.PortalAccount,
		CustomerName:    e.CustomerName,
		AgreementNumber: e.AgreementNumber,
		AgreementEndsOn: e.AgreementEndsOn.String(),
		UpdatedAt:       sqldb.Micros(e.UpdatedAt),
	}
	return s.withHistory(ctx, history, "enrolment", func(tx *gorm.DB) error {
		return sqldb.Create(ctx, tx.Clauses(clause.OnConflict{UpdateAll: true}), &row)
	})
}

func (r enrolmentRow) enrolment() registration.Enrolment {
	ends, _ := calendar.Parse(r.AgreementEndsOn) // UpdateEnrolment wrote it; the zero day for none
	return registration.Enrolment{
		ID:              r.ID,
		OrganizationID:  r.OrganizationID,
		GroupID:         r.GroupID,
		Environment:     environment.Name(r.Environment),
		PortalAccount:   r.PortalAccount,
		CustomerName:    r.CustomerName,
		AgreementNumber: r.AgreementNumber,
		AgreementEndsOn: ends,
		UpdatedAt:       sqldb.FromMicros(r.UpdatedAt),
	}
}

// enrolled selects whether an organization has registrations in the reach: the first is enough, so that it does not
// matter how many there are. Archived ones are left out.
func (s *Store) enrolled(ctx context.Context, reach access.Reach, where string) (*gorm.DB, error) {
	query := s.db.WithContext(ctx).Table("applications CROSS JOIN registrations").Select("1").
		Where("applications.organization_id = organizations.id AND registrations.application_id = applications.id").
		Where("registrations.archived_at = 0" + where)
	return sqldb.Within(query, reach, sqldb.Registrations, "registrations.id")
}

// OrganizationsEnrolled implements registration.Enrollees.
func (s *Store) OrganizationsEnrolled(
	ctx context.Context, reach access.Reach, after string, most int,
) (ids []string, err error) {
	enrolled, err := s.enrolled(ctx, reach, "")
	if err != nil {
		return nil, sqldb.Wrap(err, "organization")
	}
	err = s.db.WithContext(ctx).Table("organizations").Where("id > ? AND EXISTS (?)", after, enrolled).Order("id").
		Limit(most).Pluck("id", &ids).Error
	return ids, sqldb.Wrap(err, "organization")
}

// CountEnrolled implements registration.Enrollees.
func (s *Store) CountEnrolled(
	ctx context.Context, reach access.Reach, banks map[string]string,
) (listing.Count, error) {
	enrolled, err := s.enrolled(ctx, reach, " AND registrations.institution_id = banks.key")
	if err != nil {
		return listing.Count{}, sqldb.Wrap(err, "enrolment")
	}
	of, _ := json.Marshal(banks) // strings
	each := "json_each(?) AS banks"
	if sqldb.Postgres(s.db) {
		each = "jsonb_each_text(CAST(? AS jsonb)) AS banks"
	}
	pairs := s.db.WithContext(ctx).Table("organizations").Joins("CROSS JOIN "+each, string(of)).
		Where("EXISTS (?)", enrolled).Distinct("organizations.id", "banks.value")
	return sqldb.Count(s.db.WithContext(ctx).Table("(?) AS enrolled", pairs))
}
