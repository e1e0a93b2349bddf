package registrations

import (
	"context"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/registration"
)

type applicationRow struct {
	ID             string `gorm:"primaryKey"`
	OrganizationID string
	Name           string
	RedirectURIs   string `gorm:"column:redirect_uris"`
	ClientURI      string `gorm:"column:client_uri"`
	TermsURI       string `gorm:"column:terms_uri"`
	CreatedAt      int64  `gorm:"autoCreateTime:false"`
}

func (applicationRow) TableName() string { return "applications" }

func toApplicationRow(a registration.Application) applicationRow {
	return applicationRow{
		ID:             a.ID,
		OrganizationID: a.OrganizationID,
		Name:           a.Name,
		RedirectURIs:   sqldb.List(a.RedirectURIs),
		ClientURI:      a.ClientURI,
		TermsURI:       a.TermsURI,
		CreatedAt:      sqldb.Micros(a.CreatedAt),
	}
}

func (r applicationRow) application() registration.Application {
	return registration.Application{
		ID:             r.ID,
		OrganizationID: r.OrganizationID,
		Name:           r.Name,
		RedirectURIs:   sqldb.FromList(r.RedirectURIs),
		ClientURI:      r.ClientURI,
		TermsURI:       r.TermsURI,
		CreatedAt:      sqldb.FromMicros(r.CreatedAt),
	}
}

// AddApplication implements registration.Parties.
func (s *Store) AddApplication(ctx context.Context, a registration.Application) error {
	row := toApplicationRow(a)
	return sqldb.Wrap(sqldb.Create(ctx, s.db, &row), "application")
}

// UpdateApplication implements registration.Changes.
func (s *Store) UpdateApplication(
	ctx context.Context, a registration.Application, history []registration.HistoryEntry,
) error {
	row := toApplicationRow(a)
	return s.withHistory(ctx, history, "application", func(tx *gorm.DB) error {
		return updateAll(tx, &row, a.ID, "application")
	})
}

// Applications implements registration.Parties.
func (s *Store) Applications(ctx context.Context) ([]registration.Application, error) {
	rows, err := sqldb.Find[applicationRow](ctx, s.db.Order("name, id"))
	return sqldb.Convert(rows, err, "application", applicationRow.application)
}

// ApplicationByID implements registration.Lookup.
func (s *Store) ApplicationByID(ctx context.Context, id string) (registration.Application, error) {
	row, err := sqldb.First[applicationRow](ctx, s.db.Where("id = ?", id))
	return row.application(), sqldb.Wrap(err, "application")
}
