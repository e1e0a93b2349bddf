package migrations

import (
	"context"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// cutAtOnce is how many entries are taken away in one transaction of SQLite, which holds up who writes: a block of the
// log's tree, so that a log never begins inside one, wherever this is interrupted.
const cutAtOnce = 1024

// AuditCut implements audit.Cutter. PostgreSQL lets go of whole partitions, which is no work however many entries they
// have; a log that is one table there stays.
func (s *Schema) AuditCut(ctx context.Context, to int64) (last int64, err error) {
	if !sqldb.Postgres(s.db) {
		return to, nil
	}
	db := s.db.WithContext(ctx)
	all, err := partitions(db)
	if err != nil {
		return 0, err
	}
	for _, p := range all {
		if p.To == 0 || p.To > to+1 {
			continue
		}
		var some bool
		if err := db.Raw("SELECT EXISTS (SELECT 1 FROM " + p.Name + ")").Scan(&some).Error; err != nil {
			return 0, sqldb.Unavailable(err)
		}
		if some {
			last = max(last, p.To-1)
		}
	}
	return last, nil
}

// CutAudit implements audit.Cutter.
func (s *Schema) CutAudit(ctx context.Context, seq int64) error {
	if !sqldb.Postgres(s.db) {
		return s.deleteAudit(ctx, seq)
	}
	all, err := partitions(s.db.WithContext(ctx))
	if err != nil {
		return err
	}
	for _, p := range all {
		if p.To == 0 || p.To > seq+1 {
			continue
		}
		away := []string{"ALTER TABLE " + auditTable + " DETACH PARTITION " + p.Name, "DROP TABLE " + p.Name}
		if p.First { // audit_end returns rows of its type, so it stays, empty
			away = []string{"DROP TRIGGER " + auditTrigger + " ON " + p.Name, "TRUNCATE " + p.Name, appendOnly(p.Name)}
		}
		err := s.soon(ctx, func(tx *gorm.DB) error { return each(tx, away...) })
		if err != nil {
			return err
		}
	}
	return nil
}

// deleteAudit takes entries away block by block, the oldest first. The trigger that refuses it is gone within the
// transaction alone, which nobody else sees, and back when it ends, however it does.
func (s *Schema) deleteAudit(ctx context.Context, seq int64) error {
	triggers, err := sqliteDialect.triggers()
	if err != nil {
		return err
	}
	const guard = "audit_entries_no_delete"
	for more := true; more; {
		err := sqldb.Transaction(ctx, s.db, "audit entry", func(tx *gorm.DB) error {
			if err := each(tx, "DROP TRIGGER "+guard); err != nil {
				return err
			}
			gone := tx.Exec("DELETE FROM audit_entries WHERE seq <= "+
				"MIN(?, (SELECT (MIN(seq) + ? - 1) / ? * ? FROM audit_entries))", seq, cutAtOnce, cutAtOnce, cutAtOnce)
			if gone.Error != nil {
				return gone.Error
			}
			more = gone.RowsAffected > 0
			return each(tx, triggers[guard])
		})
		if err != nil {
			return err
		}
	}
	return nil
}
