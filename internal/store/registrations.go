package store

import (
	"context"
	"encoding/json"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/registration"
)

type organizationRow struct {
	ID                     string `gorm:"primaryKey"`
	LegalName              string
	Country                string
	OrganizationIdentifier string
	ContactEmail           string
	CreatedAt              int64 `gorm:"autoCreateTime:false"`
}

func (organizationRow) TableName() string { return "organizations" }

// AddOrganization implements registration.Parties.
func (d *DB) AddOrganization(ctx context.Context, o registration.Organization) error {
	err := gorm.G[organizationRow](d.gorm).Create(ctx, &organizationRow{ID: o.ID, LegalName: o.LegalName, Country: o.Country,
		OrganizationIdentifier: o.OrganizationIdentifier, ContactEmail: o.ContactEmail, CreatedAt: micros(o.CreatedAt)})
	return wrap(err, "organization")
}

// Organizations implements registration.Parties.
func (d *DB) Organizations(ctx context.Context) ([]registration.Organization, error) {
	rows, err := gorm.G[organizationRow](d.gorm).Order("legal_name, id").Find(ctx)
	return convert(rows, err, "organization", func(r organizationRow) registration.Organization {
		return registration.Organization{ID: r.ID, LegalName: r.LegalName, Country: r.Country,
			OrganizationIdentifier: r.OrganizationIdentifier, ContactEmail: r.ContactEmail, CreatedAt: fromMicros(r.CreatedAt)}
	})
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

// AddApplication implements registration.Parties.
func (d *DB) AddApplication(ctx context.Context, a registration.Application) error {
	err := gorm.G[applicationRow](d.gorm).Create(ctx, &applicationRow{ID: a.ID, OrganizationID: a.OrganizationID, Name: a.Name,
		RedirectURIs: list(a.RedirectURIs), ClientURI: a.ClientURI, TermsURI: a.TermsURI, CreatedAt: micros(a.CreatedAt)})
	return wrap(err, "application")
}

// Applications implements registration.Parties.
func (d *DB) Applications(ctx context.Context) ([]registration.Application, error) {
	rows, err := gorm.G[applicationRow](d.gorm).Order("name, id").Find(ctx)
	return convert(rows, err, "application", func(r applicationRow) registration.Application {
		return registration.Application{ID: r.ID, OrganizationID: r.OrganizationID, Name: r.Name, RedirectURIs: fromList(r.RedirectURIs),
			ClientURI: r.ClientURI, TermsURI: r.TermsURI, CreatedAt: fromMicros(r.CreatedAt)}
	})
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
	err := gorm.G[registrationRow](d.gorm).Create(ctx, &registrationRow{ID: r.ID, ApplicationID: r.ApplicationID,
		InstitutionID: r.InstitutionID, CreatedAt: micros(r.CreatedAt)})
	return wrap(err, "registration")
}

// Registrations implements registration.Registrations.
func (d *DB) Registrations(ctx context.Context) ([]registration.Registration, error) {
	rows, err := gorm.G[registrationRow](d.gorm).Order("created_at, id").Find(ctx)
	return convert(rows, err, "registration", func(r registrationRow) registration.Registration {
		return registration.Registration{ID: r.ID, ApplicationID: r.ApplicationID, InstitutionID: r.InstitutionID, CreatedAt: fromMicros(r.CreatedAt)}
	})
}

type stepRow struct {
	RegistrationID string `gorm:"primaryKey"`
	Step           string `gorm:"primaryKey"`
	State          string
	Note           string
	ChangedBy      string
	ChangedAt      int64
}

func (stepRow) TableName() string { return "registration_steps" }

// SetStep implements registration.Registrations.
func (d *DB) SetStep(ctx context.Context, registrationID string, s registration.StepRecord) error {
	row := stepRow{RegistrationID: registrationID, Step: s.Step, State: string(s.State), Note: s.Note, ChangedBy: s.ChangedBy, ChangedAt: micros(s.ChangedAt)}
	err := gorm.G[stepRow](d.gorm, clause.OnConflict{UpdateAll: true}).Create(ctx, &row)
	return wrap(err, "step")
}

// Steps implements registration.Registrations.
func (d *DB) Steps(ctx context.Context, registrationID string) ([]registration.StepRecord, error) {
	rows, err := gorm.G[stepRow](d.gorm).Where("registration_id = ?", registrationID).Find(ctx)
	return convert(rows, err, "step", func(r stepRow) registration.StepRecord {
		return registration.StepRecord{Step: r.Step, State: registration.StepState(r.State), Note: r.Note, ChangedBy: r.ChangedBy, ChangedAt: fromMicros(r.ChangedAt)}
	})
}

// convert turns rows into domain objects.
func convert[R, D any](rows []R, err error, what string, domain func(R) D) ([]D, error) {
	if err != nil {
		return nil, wrap(err, what)
	}
	objects := make([]D, len(rows))
	for i, r := range rows {
		objects[i] = domain(r)
	}
	return objects, nil
}

// list stores strings as a JSON array.
func list(values []string) string {
	text, _ := json.Marshal(append([]string{}, values...)) // strings always marshal
	return string(text)
}

func fromList(text string) []string {
	var values []string
	_ = json.Unmarshal([]byte(text), &values) // list wrote it
	return values
}
