package mirror

import (
	"cmp"
	"context"
	"slices"

	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/tables"
	"github.com/sealkeeper/sealkeeper/vault"
)

// reference is a column that has the ids of what is in custody: in which rows, and what they are.
type reference struct {
	part
	where, what string
	name        string // a column that completes what; empty: none
	key         string // the column that tells rows apart; empty: id
	pending     bool
}

// namings are all columns that name documents, keys and stored keys. Their tables have an id each.
var namings = map[vault.Held][]reference{
	vault.HeldDocument: {
		{part: by("organizations", "id"), what: "The organization"},
		{part: by("applications", "id"), what: "The application"},
		{part: by("registrations", "id"), what: "The registration"},
		{
			part:  by("bundles", "credentials_ref"),
			where: "credentials_ref <> ''",
			what:  "The client secret of a bundle",
		},
		{part: by("consents", "id"), where: "holds_tokens", what: "A customer's consent"},
		{part: by("incidents", "id"), what: "The incident with the certificate ", name: "certificate_name"},
		{part: by("key_copies", "id"), what: "The copy of a key with ", name: "holder"},
		{part: by("bank_facts", "id"), what: "The fact of a bank ", name: "key"},
		{
			part:  by("catalogue_files", fileDocument),
			where: "state = 'in_force'",
			what:  "The catalogue file ",
			name:  "name",
			key:   "bank",
		},
		{part: by("certificates", "id"), where: lasting, what: "The certificate ", name: "name"},
		{part: by("csrs", "id"), where: "state = 'open'", what: "The CSR ", name: "name"},
		{part: by("certificates", "id"), where: passing, pending: true},
		{part: by("csrs", "id"), where: "state = 'pending'", pending: true},
		{part: by("record_changes", "id"), pending: true},
	},
	vault.HeldKey: {
		{
			part:  by("certificates", "key_id"),
			where: lasting + " AND key_mode = 'held'",
			what:  "The certificate ",
			name:  "name",
		},
		{part: by("csrs", "id"), where: "state = 'open'", what: "The CSR ", name: "name"},
		{part: by("certificates", "key_id"), where: passing, pending: true},
		{part: by("csrs", "id"), where: "state = 'pending'", pending: true},
	},
	vault.HeldExportable: {
		{
			part:  by("certificates", "key_id"),
			where: lasting + " AND key_mode = 'exportable'",
			what:  "The certificate ",
			name:  "name",
		},
		{part: by("certificates", "key_id"), where: passing, pending: true},
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

func (n reference) rowKey() string { return cmp.Or(n.key, "id") }

type namedRow struct{ ID, Named, Name string }

func (n reference) fields() string {
	fields := n.rowKey() + " AS id, " + n.column + " AS named"
	if n.name != "" {
		fields += ", " + tables.Quoted(n.name) + " AS name"
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
			err := s.db.WithContext(ctx).Table(n.table).Select(n.fields()).Where(n.where).
				Where(n.rowKey()+" > ?", after).Order(n.rowKey()).Limit(page).Scan(&rows).Error
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
