// Package mirror tells which records have changed since custody copied them, and
// reads and restores such a copy.
package mirror

import (
	"context"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/tables"
	"github.com/sealkeeper/sealkeeper/vault"
)

// Store knows what custody has copies of.
type Store struct{ db *gorm.DB }

// New returns the store over an open database.
func New(db *gorm.DB) *Store { return &Store{db} }

// part is a table that belongs to a kind of record, and the column that has the record's id.
type part struct {
	table, column string
	where         string // in place of the column: which rows belong to the record of an id
}

// copied are the records that custody keeps a copy of, and the tables they are
// made of, the record's own first. Triggers on these tables note every change.
var copied = map[string][]part{
	vault.OrganizationDocument: {
		by("organizations", "id"), by("enrolments", "organization_id"), by("checklist_steps", "record"),
		by("bank_emails", "record"),
	},
	vault.ApplicationDocument: {by("applications", "id")},
	vault.RegistrationDocument: {
		by("registrations", "id"), by("checklist_steps", "record"), by("bank_emails", "record"),
		by("bundles", "registration_id"),
	},
	vault.IncidentDocument: {by("incidents", "id"), by("incident_uses", "incident_id")},
	"key_copy":             {by("key_copies", "id")},
	"bank_fact":            {by("bank_facts", "id")},
	"catalogue_file":       {{table: "catalogue_files", where: fileDocument + " = ? AND state = 'in_force'"}},
	vault.PolicyDocument:   {{table: "policy_settings"}},
}

// fileDocument is the id of the document that has the catalogue file in force of a bank. Custody takes no underscore,
// and no id of a bank has two hyphens in a row.
const fileDocument = "'catalogue-file-' || replace(bank, '_', '--')"

func by(table, column string) part { return part{table: table, column: column} }

// rows says which of the table belong to the record: of the policy, which is one
// record, those that are in force.
func (p part) rows(id string) (where string, args []any) {
	if p.where != "" {
		return p.where, []any{id}
	}
	if p.column == "" {
		return "version = (SELECT MAX(version) FROM policy_settings newer WHERE newer.name = policy_settings.name)", nil
	}
	return tables.Quoted(p.column) + " = ?", []any{id}
}

type changeRow struct {
	Seq  int64 `gorm:"primaryKey"`
	Kind string
	ID   string
}

func (changeRow) TableName() string { return "record_changes" }

// Changed implements vault.Mirror.
func (s *Store) Changed(ctx context.Context, after int64, limit int) ([]vault.Change, error) {
	return changesOf(ctx, s.db.Where("seq > ?", after).Order("seq").Limit(limit))
}

// changesOf reads changes, each record once.
func changesOf(ctx context.Context, query *gorm.DB) (changes []vault.Change, err error) {
	rows, err := sqldb.Find[changeRow](ctx, query)
	at := map[changeRow]int{} // thousands wait after a long outage of custody
	for _, r := range rows {
		record := changeRow{Kind: r.Kind, ID: r.ID}
		i, known := at[record]
		if !known {
			i = len(changes)
			at[record] = i
			changes = append(changes, vault.Change{Kind: r.Kind, ID: r.ID})
		}
		changes[i].Marks = append(changes[i].Marks, r.Seq)
	}
	return changes, sqldb.Wrap(err, "change")
}

// Waiting counts the changes that custody has no copy of yet, up to limit.
func (s *Store) Waiting(ctx context.Context, limit int) (n int64, err error) {
	err = s.db.WithContext(ctx).Raw("SELECT COUNT(*) FROM (SELECT 1 FROM record_changes LIMIT ?) AS waiting", limit).
		Scan(&n).Error
	return n, sqldb.Wrap(err, "change")
}

// Copied implements vault.Mirror.
func (s *Store) Copied(ctx context.Context, marks []int64) error {
	_, err := sqldb.Delete[changeRow](ctx, s.db.Where("seq IN ?", marks))
	return sqldb.Wrap(err, "change")
}

// ChangedWith implements vault.Mirror.
func (s *Store) ChangedWith(ctx context.Context, registrationID string, limit int) ([]vault.Change, error) {
	const of = "registrations JOIN applications ON applications.id = application_id WHERE registrations.id = ?"
	query := s.db.Where("kind IN ?", []string{vault.PolicyDocument, vault.IncidentDocument}).
		Or("kind = ? AND id = ?", vault.RegistrationDocument, registrationID).
		Or("kind = ? AND id = (SELECT application_id FROM "+of+")", vault.ApplicationDocument, registrationID).
		Or("kind = ? AND id = (SELECT organization_id FROM "+of+")", vault.OrganizationDocument, registrationID)
	// Incidents, of which there may be many, are last; of the other kinds, "registration" is the last word.
	return changesOf(ctx, query.Order("CASE kind WHEN 'incident' THEN 1 ELSE 0 END, kind DESC, seq").Limit(limit))
}
