package registrations

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/internal/environment"
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
		UpdatedAt:       sqldb.Micros(e.UpdatedAt),
	}
	return s.withHistory(ctx, history, "enrolment", func(tx *gorm.DB) error {
		return sqldb.Create(ctx, tx.Clauses(clause.OnConflict{UpdateAll: true}), &row)
	})
}

func (r enrolmentRow) enrolment() registration.Enrolment {
	return registration.Enrolment{
		ID:              r.ID,
		OrganizationID:  r.OrganizationID,
		GroupID:         r.GroupID,
		Environment:     environment.Name(r.Environment),
		PortalAccount:   r.PortalAccount,
		CustomerName:    r.CustomerName,
		AgreementNumber: r.AgreementNumber,
		UpdatedAt:       sqldb.FromMicros(r.UpdatedAt),
	}
}
