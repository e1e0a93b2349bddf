package registrations

import (
	"context"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/registration"
)

// The kinds of the words by which organizations and applications are found.
const (
	organizationWords = "organization"
	applicationWords  = "application"
)

// partyOrders are the orders of registration.Organizations and registration.Applications.
var partyOrders = map[string]sqldb.Order{
	"name":        {Columns: []string{"name_key", "id"}},
	"created_at":  {Columns: []string{"created_at", "id"}},
	"-created_at": {Columns: []string{"created_at", "id"}, Descending: true},
}

func partyValue(column, nameKey string, createdAt int64, id string) any {
	switch column {
	case "name_key":
		return nameKey
	case "created_at":
		return createdAt
	}
	return id
}

func (r organizationRow) orderValue(column string) any {
	return partyValue(column, r.NameKey, r.CreatedAt, r.ID)
}

func (r applicationRow) orderValue(column string) any {
	return partyValue(column, r.NameKey, r.CreatedAt, r.ID)
}

// OrganizationPage implements registration.Parties.
func (s *Store) OrganizationPage(
	ctx context.Context, reach access.Reach, q listing.Query,
) (listing.Page[registration.Organization], error) {
	query, err := s.listedOrganizations(ctx, reach, q)
	if err != nil {
		return listing.Page[registration.Organization]{}, sqldb.Wrap(err, "organization")
	}
	page, err := sqldb.Page(query, q, partyOrders[q.Sort], "organization", organizationRow.orderValue)
	return listing.Map(page, organizationRow.organization), err
}

// listedOrganizations selects what a query is about.
func (s *Store) listedOrganizations(ctx context.Context, reach access.Reach, q listing.Query) (*gorm.DB, error) {
	query, err := sqldb.Within(s.db.WithContext(ctx).Table("organizations"), reach, sqldb.Organizations,
		"organizations.id")
	if err != nil {
		return nil, err
	}
	return sqldb.Matching(keptOrArchived(query, "organizations", q), "organizations", organizationWords, q)
}

// ApplicationPage implements registration.Parties.
func (s *Store) ApplicationPage(
	ctx context.Context, reach access.Reach, q listing.Query,
) (listing.Page[registration.Application], error) {
	query, err := s.listedApplications(ctx, reach, q)
	if err != nil {
		return listing.Page[registration.Application]{}, sqldb.Wrap(err, "application")
	}
	page, err := sqldb.Page(query, q, partyOrders[q.Sort], "application", applicationRow.orderValue)
	return listing.Map(page, applicationRow.application), err
}

// listedApplications selects what a query is about.
func (s *Store) listedApplications(ctx context.Context, reach access.Reach, q listing.Query) (*gorm.DB, error) {
	query, err := sqldb.Within(s.db.WithContext(ctx).Table("applications"), reach, sqldb.Applications,
		"applications.id")
	if err != nil {
		return nil, err
	}
	if organization := q.Filters[registration.FilterOrganization]; organization != "" {
		query = query.Where("organization_id = ?", organization)
	}
	return sqldb.Matching(keptOrArchived(query, "applications", q), "applications", applicationWords, q)
}

// keptOrArchived narrows a list of a table to what is not archived, or to what is. The conditions are those of the
// indexes.
func keptOrArchived(query *gorm.DB, table string, q listing.Query) *gorm.DB {
	if q.Filters[registration.FilterArchived] == "true" {
		return query.Where(table + ".archived_at > 0")
	}
	return query.Where(table + ".archived_at = 0")
}

// setOrganizationWords makes the words of an organization those by which it is found, and its name the one that it is
// sorted by: rows from custody's copy and from before have neither.
func setOrganizationWords(tx *gorm.DB, id string) error {
	var o struct{ LegalName, OrganizationIdentifier string }
	found := tx.Table("organizations").Select("legal_name, organization_identifier").Where("id = ?", id).Scan(&o)
	if found.Error != nil || found.RowsAffected == 0 {
		return found.Error
	}
	if err := setNameKey(tx, "organizations", id, o.LegalName); err != nil {
		return err
	}
	return sqldb.SetWords(tx, organizationWords, id, id, o.LegalName, o.OrganizationIdentifier)
}

// setApplicationWords is setOrganizationWords for an application.
func setApplicationWords(tx *gorm.DB, id string) error {
	var a struct{ Name, OrganizationID string }
	found := tx.Table("applications").Select("name, organization_id").Where("id = ?", id).Scan(&a)
	if found.Error != nil || found.RowsAffected == 0 {
		return found.Error
	}
	if err := setNameKey(tx, "applications", id, a.Name); err != nil {
		return err
	}
	return sqldb.SetWords(tx, applicationWords, id, id, a.Name)
}

// setNameKey changes nothing where it is right already, so that the change is not noted again for ever.
func setNameKey(tx *gorm.DB, table, id, name string) error {
	key := listing.SortKey(name)
	return tx.Table(table).Where("id = ? AND name_key <> ?", id, key).Update("name_key", key).Error
}
