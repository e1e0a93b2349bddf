package registrations

import (
	"context"
	"encoding/json"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/dora"
	"github.com/sealkeeper/sealkeeper/internal/listing"
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
	CreatedAt              int64  `gorm:"autoCreateTime:false"`
	NameKey                string // the name as it is sorted
	ArchivedAt             int64
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
		NameKey:                listing.SortKey(o.LegalName),
		ArchivedAt:             sqldb.Micros(o.ArchivedAt),
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
		ArchivedAt:             sqldb.FromMicros(r.ArchivedAt),
	}
	_ = json.Unmarshal([]byte(r.Contacts), &o.Contacts) // toOrganizationRow wrote it
	if len(o.Contacts) == 0 {
		o.Contacts = nil
	}
	return o
}

// AddOrganization implements registration.Parties.
func (s *Store) AddOrganization(ctx context.Context, o registration.Organization) error {
	row := toOrganizationRow(o)
	return sqldb.Transaction(ctx, s.db, "organization", func(tx *gorm.DB) error {
		if err := sqldb.Create(ctx, tx, &row); err != nil {
			return err
		}
		return setOrganizationWords(tx, o.ID)
	})
}

// UpdateOrganization implements registration.Changes.
func (s *Store) UpdateOrganization(
	ctx context.Context, o registration.Organization, history []registration.HistoryEntry,
) error {
	row := toOrganizationRow(o)
	return s.withHistory(ctx, history, "organization", func(tx *gorm.DB) error {
		if err := updateAll(tx, &row, o.ID, "organization"); err != nil {
			return err
		}
		return setOrganizationWords(tx, o.ID)
	})
}

// OrganizationsByIdentifier returns those with the numbers that certificates have of them.
func (s *Store) OrganizationsByIdentifier(
	ctx context.Context, identifiers []string,
) ([]registration.Organization, error) {
	return with(ctx, s, "organization_identifier IN ?", identifiers, "organization", organizationRow.organization)
}

// EveryOrganization implements dora.Store.
func (s *Store) EveryOrganization(ctx context.Context, limit int) ([]registration.Organization, error) {
	rows, err := sqldb.Find[organizationRow](ctx, s.db.Where("archived_at = 0").Order("id").Limit(limit))
	return sqldb.Convert(rows, err, "organization", organizationRow.organization)
}

// BanksUsed implements dora.Store.
func (s *Store) BanksUsed(ctx context.Context, limit int) (used []dora.Use, err error) {
	err = s.db.WithContext(ctx).Raw(`SELECT DISTINCT applications.organization_id, registrations.institution_id
		FROM registrations JOIN applications ON applications.id = registrations.application_id
		WHERE registrations.archived_at = 0
		ORDER BY applications.organization_id, registrations.institution_id LIMIT ?`, limit).Scan(&used).Error
	return used, sqldb.Wrap(err, "registration")
}
