package registrations

import (
	"context"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/registration"
)

// wordsOf is the kind of the words by which registrations are found.
const wordsOf = "registration"

// registrationOrders are the orders of registration.Listed.
var registrationOrders = map[string]sqldb.Order{
	"created_at":  {Columns: []string{"created_at", "id"}},
	"-created_at": {Columns: []string{"created_at", "id"}, Descending: true},
}

func (r registrationRow) orderValue(column string) any {
	if column == "created_at" {
		return r.CreatedAt
	}
	return r.ID
}

// RegistrationPage implements registration.Registrations.
func (s *Store) RegistrationPage(
	ctx context.Context, reach access.Reach, q listing.Query, among []string,
) (listing.Page[registration.Registration], error) {
	query, err := s.listed(ctx, reach, q, among)
	if err != nil {
		return listing.Page[registration.Registration]{}, sqldb.Wrap(err, "registration")
	}
	query = query.Select("registrations.id, application_id, institution_id, created_at, archived_at")
	page, err := sqldb.Page(query, q, registrationOrders[q.Sort], "registration", registrationRow.orderValue)
	return listing.Map(page, registrationRow.registration), err
}

// CountRegistrations implements registration.Registrations.
func (s *Store) CountRegistrations(
	ctx context.Context, reach access.Reach, q listing.Query, among []string,
) (listing.Count, error) {
	query, err := s.listed(ctx, reach, q, among)
	if err != nil {
		return listing.Count{}, sqldb.Wrap(err, "registration")
	}
	return sqldb.Count(query)
}

// listed selects what a query is about.
func (s *Store) listed(
	ctx context.Context, reach access.Reach, q listing.Query, among []string,
) (*gorm.DB, error) {
	query, err := sqldb.Within(s.db.WithContext(ctx).Table("registrations"), reach, sqldb.Registrations,
		"registrations.id")
	if err != nil {
		return nil, err
	}
	query = keptOrArchived(query, "registrations", q)
	if ways, found := s.waysOf(reach, q, among); found {
		return sqldb.Either(query, ways), nil
	}
	if institution := q.Filters[registration.FilterInstitution]; institution != "" {
		query = query.Where("institution_id = ?", institution)
	}
	if application := q.Filters[registration.FilterApplication]; application != "" {
		query = query.Where("application_id = ?", application)
	}
	if organization := q.Filters[registration.FilterOrganization]; organization != "" {
		query = query.Where("application_id IN (?)",
			s.db.Table("applications").Select("id").Where("organization_id = ?", organization))
	}
	if certificate := q.Filters[registration.FilterCertificate]; certificate != "" {
		query = query.Where("registrations.id IN (?)", s.db.Table("bundles").Select("registration_id").
			Where("(qwac_id = ? OR qsealc_id = ?) AND state IN ?", certificate, certificate,
				[]registration.BundleState{registration.Active, registration.Draft}))
	}
	if task := q.Filters[registration.FilterTask]; task != "" {
		query = query.Where("registrations.id IN (?)",
			s.db.Table("registration_tasks").Select("registration_id").Where("kind = ?", task))
	}
	if among != nil { // half of them or more: not worth an index
		query = query.Where(sqldb.NotByIndex(s.db, "institution_id")+" IN ?", among)
	}
	return sqldb.Matching(query, "registrations", wordsOf, q)
}

// waysOf are SQLite's to the registrations of an organization, or at some institutions, where nothing else narrows the
// list.
func (s *Store) waysOf(reach access.Reach, q listing.Query, among []string) (ways sqldb.Ways, found bool) {
	organization, others := q.Filters[registration.FilterOrganization], q.Search+q.Filters[registration.FilterArchived]
	for _, name := range []string{
		registration.FilterInstitution, registration.FilterApplication, registration.FilterCertificate,
		registration.FilterTask,
	} {
		others += q.Filters[name]
	}
	if sqldb.Postgres(s.db) || !reach.IsWhole() || others != "" || (organization == "") == (among == nil) {
		return ways, false
	}
	if organization == "" {
		matched := s.db.Table("registrations").Select("id AS matched_id").
			Where("archived_at = 0 AND institution_id IN ?", among)
		return sqldb.Ways{
			Counted: func(query *gorm.DB) *gorm.DB { return query.Where("institution_id IN ?", among) },
			Few:     func(query *gorm.DB) *gorm.DB { return sqldb.LookedUp(query, "registrations", matched) },
			Many:    func(query *gorm.DB) *gorm.DB { return query.Where("+institution_id IN ?", among) },
		}, true
	}
	const joined, of = "applications CROSS JOIN registrations",
		"applications.id = registrations.application_id AND organization_id = ?"
	matched := s.db.Table(joined).Select("registrations.id AS matched_id").
		Where("registrations.archived_at = 0 AND "+of, organization)
	return sqldb.Ways{
		Counted: func(query *gorm.DB) *gorm.DB { return query.Table(joined).Where(of, organization) },
		Few:     func(query *gorm.DB) *gorm.DB { return sqldb.LookedUp(query, "registrations", matched) },
		Many: func(query *gorm.DB) *gorm.DB {
			return query.Where("EXISTS (SELECT 1 FROM applications WHERE "+of+")", organization)
		},
	}, true
}

// indexedAtOnce bounds a transaction.
const indexedAtOnce = 200

// IndexRegistrations brings the words up to date by which registrations are found, and returns for how many: those
// that changed, or whose application or organization did. It works in pages, beside everything else.
func (s *Store) IndexRegistrations(ctx context.Context) (int, error) {
	indexed := 0
	for {
		n, err := s.indexPage(ctx)
		if indexed += n; err != nil || n == 0 {
			return indexed, err
		}
	}
}

// searchChange is a record whose words are behind.
type searchChange struct{ Kind, ID string }

func (searchChange) TableName() string { return "search_changes" }

func (s *Store) indexPage(ctx context.Context) (int, error) {
	var changes []searchChange
	if err := s.db.WithContext(ctx).Limit(indexedAtOnce).Find(&changes).Error; err != nil || len(changes) == 0 {
		return 0, sqldb.Wrap(err, "registration")
	}
	err := sqldb.Transaction(ctx, s.db, "registration", func(tx *gorm.DB) error {
		for _, c := range changes {
			// First: a change made meanwhile is noted again.
			if err := tx.Where("kind = ? AND id = ?", c.Kind, c.ID).Delete(&searchChange{}).Error; err != nil {
				return err
			}
			if err := follow(tx, c); err != nil {
				return err
			}
		}
		return nil
	})
	return len(changes), err
}

// follow writes a registration's words, or notes the registrations whose words are behind.
func follow(tx *gorm.DB, c searchChange) error {
	const note = "INSERT INTO search_changes (kind, id) SELECT 'registration', registrations.id FROM registrations "
	switch c.Kind {
	case applicationWords:
		if err := setApplicationWords(tx, c.ID); err != nil {
			return err
		}
		return tx.Exec(note+"WHERE application_id = ? ON CONFLICT DO NOTHING", c.ID).Error
	case organizationWords:
		if err := setOrganizationWords(tx, c.ID); err != nil {
			return err
		}
		return tx.Exec(note+"JOIN applications ON applications.id = application_id "+
			"WHERE organization_id = ? ON CONFLICT DO NOTHING", c.ID).Error
	case "registration":
		texts, err := searchTexts(tx, c.ID)
		if err != nil {
			return err
		}
		return sqldb.SetWords(tx, wordsOf, c.ID, texts...)
	case sqldb.KeyCopyWords: // taken over from the audit log
		var holder string
		if err := tx.Table("key_copies").Where("id = ?", c.ID).Pluck("holder", &holder).Error; err != nil {
			return err
		}
		return sqldb.SetWords(tx, sqldb.KeyCopyWords, c.ID, holder)
	}
	return nil
}

// searchTexts are what a registration is found by; nothing for one that is not there any more.
func searchTexts(tx *gorm.DB, id string) ([]string, error) {
	var r struct{ Institution, Application, Organization, Identifier string }
	found := tx.Table("registrations").
		Select("registrations.institution_id AS institution, applications.name AS application, "+
			"organizations.legal_name AS organization, organizations.organization_identifier AS identifier").
		Joins("JOIN applications ON applications.id = registrations.application_id").
		Joins("JOIN organizations ON organizations.id = applications.organization_id").
		Where("registrations.id = ?", id).Scan(&r)
	if found.Error != nil || found.RowsAffected == 0 {
		return nil, found.Error
	}
	var clients []string
	err := tx.Table("bundles").Where("registration_id = ? AND state IN ? AND client_id <> ''", id,
		[]registration.BundleState{registration.Active, registration.Draft}).Pluck("client_id", &clients).Error
	return append(clients, id, r.Institution, r.Application, r.Organization, r.Identifier), err
}
