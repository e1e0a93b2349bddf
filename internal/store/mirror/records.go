package mirror

import (
	"context"
	"encoding/json"
	"slices"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/tables"
)

// RecordRows implements vault.Mirror. The parts are read in one transaction.
func (s *Store) RecordRows(ctx context.Context, kind, id string) (string, error) {
	parts, ok := copied[kind]
	if !ok {
		return "", fault.New(fault.Invalid, "record_kind", "Custody keeps no copies of %q.", kind)
	}
	record := map[string][]tables.Row{}
	err := sqldb.Snapshot(ctx, s.db, func(tx *gorm.DB) error {
		for _, p := range parts {
			record[p.table] = []tables.Row{}
			where, args := p.rows(id)
			err := tables.Read(ctx, tx, p.table, where, func(row tables.Row) error {
				record[p.table] = append(record[p.table], row)
				return nil
			}, args...)
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
func (s *Store) RestoreRows(ctx context.Context, kind, id, rows string, dryRun bool) (bool, error) {
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
	where, args := parts[0].rows(id)
	err := tables.Read(ctx, s.db, parts[0].table, where, func(tables.Row) error {
		there = true
		return nil
	}, args...)
	if err != nil || there || dryRun {
		return !there, err
	}
	return true, sqldb.Transaction(ctx, s.db, kind, func(tx *gorm.DB) error {
		for _, p := range parts {
			if err := insertAll(ctx, tx, p.table, record[p.table]); err != nil {
				return err
			}
		}
		return nil
	})
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
