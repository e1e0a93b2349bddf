package store

import (
	"context"
	"encoding/json"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/registration"
)

type organizationRow struct {
	ID                     string `gorm:"primaryKey"`
	LegalName              string
	Country                string
	OrganizationIdentifier string
	NCA                    string `gorm:"column:nca"`
	ContactEmail           string
	Contacts               string
	CreatedAt              int64 `gorm:"autoCreateTime:false"`
}

func (organizationRow) TableName() string { return "organizations" }

func toOrganizationRow(o registration.Organization) organizationRow {
	contacts, _ := json.Marshal(append([]registration.Contact{}, o.Contacts...)) // strings always marshal
	return organizationRow{
		ID:                     o.ID,
		LegalName:              o.LegalName,
		Country:                o.Country,
		OrganizationIdentifier: o.OrganizationIdentifier,
		NCA:                    o.NCA,
		ContactEmail:           o.ContactEmail,
		Contacts:               string(contacts),
		CreatedAt:              sqldb.Micros(o.CreatedAt),
	}
}

func (r organizationRow) organization() registration.Organization {
	o := registration.Organization{
		ID:                     r.ID,
		LegalName:              r.LegalName,
		Country:                r.Country,
		OrganizationIdentifier: r.OrganizationIdentifier,
		NCA:                    r.NCA,
		ContactEmail:           r.ContactEmail,
		CreatedAt:              sqldb.FromMicros(r.CreatedAt),
	}
	_ = json.Unmarshal([]byte(r.Contacts), &o.Contacts) // toOrganizationRow wrote it
	if len(o.Contacts) == 0 {
		o.Contacts = nil
	}
	return o
}

// AddOrganization implements registration.Parties.
func (d *DB) AddOrganization(ctx context.Context, o registration.Organization) error {
	row := toOrganizationRow(o)
	return sqldb.Wrap(gorm.G[organizationRow](d.gorm).Create(ctx, &row), "organization")
}

// UpdateOrganization implements registration.Changes.
func (d *DB) UpdateOrganization(
	ctx context.Context, o registration.Organization, history []registration.HistoryEntry,
) error {
	row := toOrganizationRow(o)
	return d.withHistory(ctx, history, "organization", func(tx *gorm.DB) error {
		return updateAll(tx, &row, o.ID, "organization")
	})
}

// Organizations implements registration.Parties.
func (d *DB) Organizations(ctx context.Context) ([]registration.Organization, error) {
	rows, err := gorm.G[organizationRow](d.gorm).Order("legal_name, id").Find(ctx)
	return sqldb.Convert(rows, err, "organization", organizationRow.organization)
}

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
func (d *DB) AddApplication(ctx context.Context, a registration.Application) error {
	row := toApplicationRow(a)
	return sqldb.Wrap(gorm.G[applicationRow](d.gorm).Create(ctx, &row), "application")
}

// UpdateApplication implements registration.Changes.
func (d *DB) UpdateApplication(
	ctx context.Context, a registration.Application, history []registration.HistoryEntry,
) error {
	row := toApplicationRow(a)
	return d.withHistory(ctx, history, "application", func(tx *gorm.DB) error {
		return updateAll(tx, &row, a.ID, "application")
	})
}

// Applications implements registration.Parties.
func (d *DB) Applications(ctx context.Context) ([]registration.Application, error) {
	rows, err := gorm.G[applicationRow](d.gorm).Order("name, id").Find(ctx)
	return sqldb.Convert(rows, err, "application", applicationRow.application)
}

// ApplicationByID implements registration.Lookup.
func (d *DB) ApplicationByID(ctx context.Context, id string) (registration.Application, error) {
	row, err := gorm.G[applicationRow](d.gorm).Where("id = ?", id).First(ctx)
	return row.application(), sqldb.Wrap(err, "application")
}

type registrationRow struct {
	ID            string `gorm:"primaryKey"`
	ApplicationID string
	InstitutionID string
	CreatedAt     int64 `gorm:"autoCreateTime:false"`
}

func (registrationRow) TableName() string { return "registrations" }

// AddRegistration implements registration.Registrations.
func (d *DB) AddRegistration(ctx context.Context, r registration.Registration) error {
	err := gorm.G[registrationRow](d.gorm).Create(ctx, &registrationRow{
		ID:            r.ID,
		ApplicationID: r.ApplicationID,
		InstitutionID: r.InstitutionID,
		CreatedAt:     sqldb.Micros(r.CreatedAt),
	})
	return sqldb.Wrap(err, "registration")
}

func (r registrationRow) registration() registration.Registration {
	return registration.Registration{
		ID:            r.ID,
		ApplicationID: r.ApplicationID,
		InstitutionID: r.InstitutionID,
		CreatedAt:     sqldb.FromMicros(r.CreatedAt),
	}
}

// Registrations implements registration.Registrations.
func (d *DB) Registrations(ctx context.Context) ([]registration.Registration, error) {
	query := d.gorm.WithContext(ctx).Model(&registrationRow{}).Select("id", "application_id", "institution_id",
		"created_at").Order("created_at, id")
	rows, err := sqldb.Scan(query, "registration", func(r *registrationRow) []any {
		return []any{&r.ID, &r.ApplicationID, &r.InstitutionID, &r.CreatedAt}
	})
	return sqldb.Convert(rows, err, "registration", registrationRow.registration)
}

// RegistrationByID implements registration.Lookup.
func (d *DB) RegistrationByID(ctx context.Context, id string) (registration.Registration, error) {
	row, err := gorm.G[registrationRow](d.gorm).Where("id = ?", id).First(ctx)
	return row.registration(), sqldb.Wrap(err, "registration")
}
