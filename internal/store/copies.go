package store

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/tables"
	"github.com/sealkeeper/sealkeeper/vault"
)

// part is a table that belongs to a kind of record, and the column that has the record's id.
type part struct{ table, column string }

// copied are the records that custody keeps a copy of, and the tables they are
// made of, the record's own first. Triggers on these tables note every change.
var copied = map[string][]part{
	"organization": {{"organizations", "id"}, {"enrolments", "organization_id"},
		{"checklist_steps", "record"}, {"bank_letters", "record"}},
	"application": {{"applications", "id"}},
	"registration": {{"registrations", "id"}, {"checklist_steps", "record"}, {"bank_letters", "record"},
		{"bundles", "registration_id"}},
}

// references are the columns that hold the id of a document in custody, and what the document is.
var references = map[part]string{
	{"bundles", "credentials_ref"}: "The client secret of a bundle",
}

// CustodyDocuments implements vault.Copies.
func (d *DB) CustodyDocuments(ctx context.Context) (map[string]string, error) {
	named := map[part]string{}
	maps.Copy(named, references)
	for kind, parts := range copied {
		named[parts[0]] = "The " + kind
	}
	ids := map[string]string{}
	for p, what := range named {
		var column []string
		query := "SELECT " + tables.Quoted(p.column) + " FROM " + tables.Quoted(p.table) + " WHERE " + tables.Quoted(p.column) + " <> ''"
		if err := d.gorm.WithContext(ctx).Raw(query).Scan(&column).Error; err != nil {
			return nil, sqldb.Unavailable(err)
		}
		for _, id := range column {
			ids[id] = what
		}
	}
	consents, err := gorm.G[consentRow](d.gorm).Select("id").Where("holds_tokens").Find(ctx)
	for _, c := range consents {
		ids[c.ID] = "A customer's consent"
	}
	return ids, sqldb.Wrap(err, "consent")
}

type changeRow struct {
	Seq  int64 `gorm:"primaryKey"`
	Kind string
	ID   string
}

func (changeRow) TableName() string { return "record_changes" }

// Changed implements vault.Copies.
func (d *DB) Changed(ctx context.Context, limit int) ([]vault.Change, error) {
	rows, err := gorm.G[changeRow](d.gorm).Order("seq").Limit(limit).Find(ctx)
	if err != nil {
		return nil, sqldb.Wrap(err, "change")
	}
	var changes []vault.Change
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
	return changes, nil
}

// Copied implements vault.Copies.
func (d *DB) Copied(ctx context.Context, c vault.Change) error {
	_, err := gorm.G[changeRow](d.gorm).Where("seq IN ?", c.Marks).Delete(ctx)
	return sqldb.Wrap(err, "change")
}

// RecordRows implements vault.Copies. The parts are read in one transaction.
func (d *DB) RecordRows(ctx context.Context, kind, id string) (string, error) {
	parts, ok := copied[kind]
	if !ok {
		return "", fault.New(fault.Invalid, "record_kind", "Custody keeps no copies of %q.", kind)
	}
	record := map[string][]tables.Row{}
	err := sqldb.Snapshot(ctx, d.gorm, func(tx *gorm.DB) error {
		for _, p := range parts {
			record[p.table] = []tables.Row{}
			err := tables.Read(ctx, tx, p.table, tables.Quoted(p.column)+" = ?", func(row tables.Row) error {
				record[p.table] = append(record[p.table], row)
				return nil
			}, id)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	if len(record[parts[0].table]) == 0 {
		return "", fault.New(fault.NotFound, "not_found", "There is no such %s.", kind)
	}
	return encodeRecord(record)
}

// encodeRecord writes rows in an order that depends on nothing but themselves,
// so that two copies of the same record are the same text.
func encodeRecord(record map[string][]tables.Row) (string, error) {
	texts := map[string][]json.RawMessage{}
	for table, rows := range record {
		lines := make([]string, len(rows))
		for i, row := range rows {
			text, err := json.Marshal(row)
			if err != nil {
				return "", fault.Wrap(err, fault.Internal, "record_copy", "A record cannot be copied.")
			}
			lines[i] = string(text)
		}
		slices.Sort(lines)
		texts[table] = []json.RawMessage{}
		for _, line := range lines {
			texts[table] = append(texts[table], json.RawMessage(line))
		}
	}
	text, err := json.Marshal(texts)
	if err != nil {
		return "", fault.Wrap(err, fault.Internal, "record_copy", "A record cannot be copied.")
	}
	return string(text), nil
}

// RestoreRows implements vault.Restorer: the record as a whole, or nothing of it.
func (d *DB) RestoreRows(ctx context.Context, kind, id, rows string, dryRun bool) (bool, error) {
	parts, ok := copied[kind]
	var record map[string][]json.RawMessage
	if err := json.Unmarshal([]byte(rows), &record); err != nil || !ok {
		return false, fault.Wrap(err, fault.Invalid, "copy_unreadable",
			"The copy of a record cannot be read; it was altered or was written by a newer program.")
	}
	for table := range record {
		if !slices.ContainsFunc(parts, func(p part) bool { return p.table == table }) {
			return false, fault.New(fault.Invalid, "copy_unreadable",
				"The copy of a %s holds rows of %q; it was altered or was written by a newer program.", kind, table)
		}
	}
	there := false
	err := tables.Read(ctx, d.gorm, parts[0].table, tables.Quoted(parts[0].column)+" = ?", func(tables.Row) error {
		there = true
		return nil
	}, id)
	if err != nil || there || dryRun {
		return !there, err
	}
	return true, sqldb.Wrap(d.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		for _, p := range parts {
			if err := insertAll(ctx, tx, p.table, record[p.table]); err != nil {
				return err
			}
		}
		return nil
	}), kind)
}

func insertAll(ctx context.Context, tx *gorm.DB, table string, rows []json.RawMessage) error {
	if len(rows) == 0 {
		return nil
	}
	known, err := tables.Columns(ctx, tx, table)
	if err != nil {
		return err
	}
	for _, text := range rows {
		row, err := tables.Decode(text)
		if err != nil {
			return err
		}
		if err := tables.Insert(ctx, tx, table, known, row); err != nil {
			return err
		}
	}
	return nil
}
