package store

import (
	"context"
	"database/sql"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

type auditRow struct {
	Seq        int64 `gorm:"primaryKey;autoIncrement:false"`
	At         int64
	CallerID   string
	CallerName string
	Action     string
	Object     string
	Outcome    string
	Detail     string
	PrevHash   string
	Hash       string
}

func (auditRow) TableName() string { return "audit_entries" }

func auditRowOf(e audit.Entry) auditRow {
	return auditRow{
		Seq:        e.Seq,
		At:         sqldb.Micros(e.At),
		CallerID:   e.CallerID,
		CallerName: e.CallerName,
		Action:     string(e.Action),
		Object:     e.Object,
		Outcome:    string(e.Outcome),
		Detail:     e.Detail,
		PrevHash:   e.PrevHash,
		Hash:       e.Hash,
	}
}

func (r auditRow) entry() audit.Entry {
	return audit.Entry{
		Seq:        r.Seq,
		At:         sqldb.FromMicros(r.At),
		CallerID:   r.CallerID,
		CallerName: r.CallerName,
		Action:     access.Action(r.Action),
		Object:     r.Object,
		Outcome:    audit.Outcome(r.Outcome),
		Detail:     r.Detail,
		PrevHash:   r.PrevHash,
		Hash:       r.Hash,
	}
}

// auditLock names the advisory lock that PostgreSQL's appenders take in turn: one
// at a time and in no one else's way. A lock of the table would also wait for VACUUM
// and ANALYZE, and make them wait. The number is "sealaudt" in ASCII; every program
// that appends to this log must use it.
const auditLock = 0x7365616c61756474

// auditPatience is how long an appender waits for the one before it, in
// PostgreSQL's words. SQLite's _busy_timeout is the same.
const auditPatience = "5s"

// AppendAudit implements audit.Store.
func (d *DB) AppendAudit(ctx context.Context, next func(newest audit.Entry) []audit.Entry) error {
	// Whoever comes after the lock must see what was written before it, so each
	// statement reads what is committed, whatever the database's default.
	isolation := &sql.TxOptions{Isolation: sql.LevelReadCommitted}
	return d.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := d.lockAudit(tx); err != nil {
			return err
		}
		var newest []auditRow
		if err := tx.Order("seq DESC").Limit(1).Find(&newest).Error; err != nil {
			return err
		}
		var before audit.Entry
		if len(newest) == 1 {
			before = newest[0].entry()
		}
		var rows []auditRow
		for _, e := range next(before) {
			rows = append(rows, auditRowOf(e))
		}
		return tx.Create(&rows).Error
	}, isolation)
}

// lockAudit makes the transaction the only one that appends, until it ends.
// SQLite's transactions are immediate, so they are one after the other already.
func (d *DB) lockAudit(tx *gorm.DB) error {
	if !sqldb.Postgres(d.gorm) {
		return nil
	}
	if err := tx.Exec("SET LOCAL lock_timeout = '" + auditPatience + "'").Error; err != nil {
		return err
	}
	return tx.Exec("SELECT pg_advisory_xact_lock(?)", int64(auditLock)).Error
}

// AuditEntries implements audit.Store.
func (d *DB) AuditEntries(ctx context.Context, from int64, limit int) ([]audit.Entry, error) {
	return auditEntries(d.gorm.WithContext(ctx).Where("seq >= ?", from).Order("seq").Limit(limit))
}

// LatestAudit implements audit.Store.
func (d *DB) LatestAudit(ctx context.Context, limit int) ([]audit.Entry, error) {
	return auditEntries(d.gorm.WithContext(ctx).Order("seq DESC").Limit(limit))
}

func auditEntries(query *gorm.DB) ([]audit.Entry, error) {
	var rows []auditRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, sqldb.Wrap(err, "audit entry")
	}
	entries := make([]audit.Entry, len(rows))
	for i, r := range rows {
		entries[i] = r.entry()
	}
	return entries, nil
}
