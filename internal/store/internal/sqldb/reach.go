package sqldb

import (
	"database/sql"
	"encoding/json"
	"strings"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/access"
)

// Divided is a kind of things that are divided by organization or institution.
type Divided []ownership

// ownership is one way in which things belong to an organization or institution: where they are found, by which
// condition, and what their ids are.
type ownership struct{ id, from, where string }

const (
	ofOrganization = "organization_id IN (@organizations)"
	atInstitution  = "institution_id IN (@institutions)"
	registered     = "applications a JOIN registrations r ON r.application_id = a.id"
	requested      = "organizations o JOIN csrs x ON x.organization_identifier = o.organization_identifier"
	certified      = "organizations o JOIN certificates c ON c.organization_identifier = o.organization_identifier"
)

// The kinds.
var (
	Organizations = Divided{{"o.id", "organizations o", "o.id IN (@organizations)"}}
	Applications  = Divided{{"a.id", "applications a", "a." + ofOrganization}}
	Registrations = Divided{
		{"r.id", registered, "a." + ofOrganization},
		{"r.id", "registrations r", "r." + atInstitution},
	}
	Certificates = Divided{{"c.id", certified, "o.id IN (@organizations)"}}
	CSRs         = Divided{{"x.id", requested, "o.id IN (@organizations)"}}
	Keys         = Divided{{"c.key_id", certified, "o.id IN (@organizations)"}}
	// Enrolments are those of which something was noted.
	Enrolments = Divided{
		{"e.id", "enrolments e", "e." + ofOrganization},
		{"e.id", "enrolments e", "e.group_id || '.' || e.environment IN (@banks)"},
	}
	// Things are what other records are about.
	Things = concat(Organizations, Applications, Registrations, Certificates, Enrolments,
		Registrations.with("consents", "registration_id"), Registrations.with("payments", "registration_id"),
		Certificates.with("incidents", "certificate_id"))
)

func concat(kinds ...Divided) (all Divided) {
	for _, d := range kinds {
		all = append(all, d...)
	}
	return all
}

// with are the rows of another table that name a thing of the kind.
func (d Divided) with(table, column string) (all Divided) {
	for _, b := range d {
		all = append(all, ownership{"x.id", b.from + " JOIN " + table + " x ON x." + column + " = " + b.id, b.where})
	}
	return all
}

// all selects the ids of those in reach, some of them twice; of one thing alone if it is named.
func (d Divided) all(and string) string {
	parts := make([]string, len(d))
	for i, b := range d {
		parts[i] = "SELECT " + b.id + " AS reached_id FROM " + b.from + " WHERE " + b.where
		if and != "" {
			parts[i] += " AND " + b.id + " = " + and
		}
	}
	return strings.Join(parts, " UNION ALL ")
}

// Within narrows a query to the rows whose column names a thing of the kind that lies in the reach. Few things are
// looked up by it, and what has them sorted; where there are many, the list is walked in its order and soon has a page:
// as in Matching, SQLite has to be told.
func Within(query *gorm.DB, reach access.Reach, kind Divided, column string) (*gorm.DB, error) {
	if reach.IsWhole() {
		return query, nil
	}
	fresh := func() *gorm.DB { return query.Session(&gorm.Session{NewDB: true}) }
	things := func(and string) *gorm.DB {
		return fresh().Raw(kind.all(and), sql.Named("organizations", elements(fresh(), reach.Organizations)),
			sql.Named("institutions", elements(fresh(), reach.Institutions)),
			sql.Named("banks", elements(fresh(), reach.Banks)))
	}
	query = query.Set(narrowed, true)
	there, err := Count(fresh().Table("(?) AS reached", things("")))
	if err != nil {
		return nil, err
	}
	if there.Over {
		return query.Where("EXISTS (?)", things(column)), nil
	}
	return query.Where(column+" IN (?)", things("")), nil
}

// narrowed is the setting of a query of Within that does not lead to everything.
const narrowed = "sealkeeper:narrowed"

// elements selects texts, as one parameter of the statement however many there are.
func elements(db *gorm.DB, texts []string) *gorm.DB {
	if texts == nil {
		texts = []string{}
	}
	list, _ := json.Marshal(texts) // strings
	if Postgres(db) {
		return db.Raw("SELECT jsonb_array_elements_text(CAST(? AS jsonb))", string(list))
	}
	return db.Raw("SELECT value FROM json_each(?)", string(list))
}
