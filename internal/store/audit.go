package store

import (
	"context"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
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

func (r auditRow) entry() audit.Entry {
	return audit.Entry{Seq: r.Seq, At: fromMicros(r.At), CallerID: r.CallerID, CallerName: r.CallerName, Action: access.Action(r.Action),
		Object: r.Object, Outcome: audit.Outcome(r.Outcome), Detail: r.Detail, PrevHash: r.PrevHash, Hash: r.Hash}
}

// AppendAudit implements audit.Store.
func (d *DB) AppendAudit(ctx context.Context, next func(newest audit.Entry) audit.Entry) error {
	return d.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		// SQLite transactions are immediate, so they are one after the other
		// already. On PostgreSQL the lock admits one appender and every reader.
		if d.postgres() {
			if err := tx.Exec("LOCK TABLE audit_entries IN SHARE ROW EXCLUSIVE MODE").Error; err != nil {
				return err
			}
		}
		var newest []auditRow
		if err := tx.Order("seq DESC").Limit(1).Find(&newest).Error; err != nil {
			return err
		}
		var before audit.Entry
		if len(newest) == 1 {
			before = newest[0].entry()
		}
		e := next(before)
		return tx.Create(&auditRow{Seq: e.Seq, At: micros(e.At), CallerID: e.CallerID, CallerName: e.CallerName, Action: string(e.Action),
			Object: e.Object, Outcome: string(e.Outcome), Detail: e.Detail, PrevHash: e.PrevHash, Hash: e.Hash}).Error
	})
}

// AuditEntries implements audit.Store.
func (d *DB) AuditEntries(ctx context.Context, after int64, limit int) ([]audit.Entry, error) {
	return auditEntries(d.gorm.WithContext(ctx).Where("seq > ?", after).Order("seq").Limit(limit))
}

// LatestAudit implements audit.Store.
func (d *DB) LatestAudit(ctx context.Context, limit int) ([]audit.Entry, error) {
	return auditEntries(d.gorm.WithContext(ctx).Order("seq DESC").Limit(limit))
}

func auditEntries(query *gorm.DB) ([]audit.Entry, error) {
	var rows []auditRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, wrap(err, "audit entry")
	}
	entries := make([]audit.Entry, len(rows))
	for i, r := range rows {
		entries[i] = r.entry()
	}
	return entries, nil
}
