package registrations

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/listing"
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
	NameKey        string // the name as it is sorted
	ArchivedAt     int64
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
		NameKey:        listing.SortKey(a.Name),
		ArchivedAt:     sqldb.Micros(a.ArchivedAt),
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
		ArchivedAt:     sqldb.FromMicros(r.ArchivedAt),
	}
}

// AddApplication implements registration.Parties.
func (s *Store) AddApplication(ctx context.Context, a registration.Application) error {
	row := toApplicationRow(a)
	return sqldb.Transaction(ctx, s.db, "application", func(tx *gorm.DB) error {
		if err := notArchived(tx, "organizations", a.OrganizationID); err != nil {
			return err
		}
		if err := sqldb.Create(ctx, tx, &row); err != nil {
			return err
		}
		return setApplicationWords(tx, a.ID)
	})
}

// UpdateApplication implements registration.Changes.
func (s *Store) UpdateApplication(
	ctx context.Context, a registration.Application, history []registration.HistoryEntry,
) error {
	row := toApplicationRow(a)
	return s.withHistory(ctx, history, "application", func(tx *gorm.DB) error {
		if err := updateAll(tx, &row, a.ID, "application"); err != nil {
			return err
		}
		return setApplicationWords(tx, a.ID)
	})
}

// ApplicationsNamed returns those with one of the names, whatever organization they are of.
func (s *Store) ApplicationsNamed(ctx context.Context, names []string) ([]registration.Application, error) {
	return with(ctx, s, "name IN ?", names, "application", applicationRow.application)
}

// FirstApplications implements registration.PartyLookup.
func (s *Store) FirstApplications(
	ctx context.Context, organizations []string, most int,
) ([]registration.Application, error) {
	var rows []applicationRow
	for part := range slices.Chunk(organizations, listing.DefaultLimit) { // databases bound how much is joined
		each := make([]string, len(part))
		args := make([]any, 0, 2*len(part))
		for i, id := range part {
			each[i] = "SELECT * FROM (SELECT * FROM applications WHERE organization_id = ? AND archived_at = 0 " +
				"ORDER BY name_key, id LIMIT ?) a"
			args = append(args, id, most)
		}
		var some []applicationRow
		err := s.db.WithContext(ctx).Raw(strings.Join(each, " UNION ALL "), args...).Scan(&some).Error
		if err != nil {
			return nil, sqldb.Wrap(err, "application")
		}
		rows = append(rows, some...)
	}
	return sqldb.Convert(rows, nil, "application", applicationRow.application)
}

// ApplicationByID implements registration.Lookup.
func (s *Store) ApplicationByID(ctx context.Context, id string) (registration.Application, error) {
	row, err := sqldb.First[applicationRow](ctx, s.db.Where("id = ?", id))
	return row.application(), sqldb.Wrap(err, "application")
}
