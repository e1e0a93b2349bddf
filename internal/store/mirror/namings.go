package mirror

import (
	"context"
	"slices"

	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/vault"
)

// reference is a column that has the ids of what is in custody: in which rows, and what they are.
type reference struct {
	part
	where, what string
	name        string // a column that completes what; empty: none
	pending     bool
}

// namings are all columns that name documents, keys and stored keys. Their tables have an id each.
var namings = map[vault.Held][]reference{
	vault.HeldDocument: {
		{part: part{"organizations", "id"}, what: "The organization"},
		{part: part{"applications", "id"}, what: "The application"},
		{part: part{"registrations", "id"}, what: "The registration"},
		{
			part:  part{"bundles", "credentials_ref"},
			where: "credentials_ref <> ''",
			what:  "The client secret of a bundle",
		},
		{part: part{"consents", "id"}, where: "holds_tokens", what: "A customer's consent"},
		{part: part{"certificates", "id"}, where: lasting, what: "The certificate ", name: "name"},
		{part: part{"csrs", "id"}, where: "state = 'open'", what: "The CSR ", name: "name"},
		{part: part{"certificates", "id"}, where: passing, pending: true},
		{part: part{"csrs", "id"}, where: "state = 'pending'", pending: true},
		{part: part{"record_changes", "id"}, pending: true},
	},
	vault.HeldKey: {
		{
			part:  part{"certificates", "key_id"},
			where: lasting + " AND key_mode = 'held'",
			what:  "The certificate ",
			name:  "name",
		},
		{part: part{"csrs", "id"}, where: "state = 'open'", what: "The CSR ", name: "name"},
		{part: part{"certificates", "key_id"}, where: passing, pending: true},
		{part: part{"csrs", "id"}, where: "state = 'pending'", pending: true},
	},
	vault.HeldExportable: {
		{
			part:  part{"certificates", "key_id"},
			where: lasting + " AND key_mode = 'exportable'",
			what:  "The certificate ",
			name:  "name",
		},
		{part: part{"certificates", "key_id"}, where: passing, pending: true},
	},
}

const (
	lasting = "state IN ('stored', 'retired')"
	passing = "state IN ('pending', 'destroying')"
)

// policyNaming is the record that has many rows and one document.
var policyNaming = vault.Naming{ID: vault.PolicyDocument, What: "The policy"}

// page is how many rows are read at once.
const page = 1000

type namedRow struct{ ID, Named, Name string }

func (n reference) fields() string {
	fields := "id, " + n.column + " AS named"
	if n.name != "" {
		fields += ", " + n.name + " AS name"
	}
	return fields
}

func (n reference) of(r namedRow) vault.Naming {
	return vault.Naming{ID: r.Named, What: n.what + r.Name, Pending: n.pending}
}

// Naming implements vault.Namings. What is pending has the last word.
func (s *Store) Naming(ctx context.Context, held vault.Held, ids []string) (map[string]vault.Naming, error) {
	found := map[string]vault.Naming{}
	if held == vault.HeldDocument && slices.Contains(ids, vault.PolicyDocument) {
		found[vault.PolicyDocument] = policyNaming
	}
	for _, n := range namings[held] {
		var rows []namedRow
		err := s.db.WithContext(ctx).Table(n.table).Select(n.fields()).Where(n.where).
			Where(n.column+" IN ?", ids).Scan(&rows).Error
		if err != nil {
			return nil, sqldb.Wrap(err, "record")
		}
		for _, r := range rows {
			found[r.Named] = n.of(r)
		}
	}
	return found, nil
}

// EachNaming implements vault.Namings, by the primary key of each table.
func (s *Store) EachNaming(ctx context.Context, held vault.Held, visit func([]vault.Naming) error) error {
	if held == vault.HeldDocument {
		var settings int64
		if err := s.db.WithContext(ctx).Table("policy_settings").Limit(1).Count(&settings).Error; err != nil {
			return sqldb.Wrap(err, "record")
		}
		if settings > 0 {
			if err := visit([]vault.Naming{policyNaming}); err != nil {
				return err
			}
		}
	}
	for _, n := range namings[held] {
		if n.pending {
			continue
		}
		for after := ""; ; {
			var rows []namedRow
			err := s.db.WithContext(ctx).Table(n.table).Select(n.fields()).Where(n.where).Where("id > ?", after).
				Order("id").Limit(page).Scan(&rows).Error
			if err != nil {
				return sqldb.Wrap(err, "record")
			}
			found := make([]vault.Naming, len(rows))
			for i, r := range rows {
				found[i] = n.of(r)
			}
			if err := visit(found); err != nil {
				return err
			}
			if len(rows) < page {
				break
			}
			after = rows[len(rows)-1].ID
		}
	}
	return nil
}
