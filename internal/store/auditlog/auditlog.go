// Package auditlog keeps the entries of the audit log, one after the other.
package auditlog

import (
	"context"
	"database/sql"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// Store keeps them in the database.
type Store struct{ db *gorm.DB }

// New returns the store over an open database.
func New(db *gorm.DB) *Store { return &Store{db} }

type entryRow struct {
	Seq        int64 `gorm:"primaryKey;autoIncrement:false"`
	At         int64
	CallerID   string
	CallerName string
	Action     string
	Object     string
	Outcome    string
	Code       string
	Args       string
	Detail     string
	Origin     string
	PrevHash   string
	Hash       string
}

func (entryRow) TableName() string { return "audit_entries" }

func rowOf(e audit.Entry) entryRow {
	return entryRow{
		Seq:        e.Seq,
		At:         sqldb.Micros(e.At),
		CallerID:   e.CallerID,
		CallerName: e.CallerName,
		Action:     string(e.Action),
		Object:     e.Object,
		Outcome:    string(e.Outcome),
		Code:       e.Code,
		Args:       sqldb.List(e.Args),
		Detail:     e.Detail,
		Origin:     e.Origin,
		PrevHash:   e.PrevHash,
		Hash:       e.Hash,
	}
}

func (r entryRow) entry() audit.Entry {
	return audit.Entry{
		Seq:        r.Seq,
		At:         sqldb.FromMicros(r.At),
		CallerID:   r.CallerID,
		CallerName: r.CallerName,
		Action:     access.Action(r.Action),
		Object:     r.Object,
		Outcome:    audit.Outcome(r.Outcome),
		Code:       r.Code,
		Args:       r.args(),
		Detail:     r.Detail,
		Origin:     r.Origin,
		PrevHash:   r.PrevHash,
		Hash:       r.Hash,
	}
}

// args are the values, which the entry's hash covers. A text that was not written here is one
// value itself, so that the hash does not fit: not another spelling of the same values, and
// not something unreadable beside an entry that has none.
func (r entryRow) args() []string {
	args := sqldb.Note(r.Code, r.Args, r.Detail).Args
	if sqldb.List(args) != r.Args {
		return []string{r.Args}
	}
	return args
}

// lockNumber names the advisory lock that PostgreSQL's appenders take in turn: one
// at a time and in no one else's way. A lock of the table would also wait for VACUUM
// and ANALYZE, and make them wait. The number is "sealaudt" in ASCII; every program
// that appends to this log must use it.
const lockNumber = 0x7365616c61756474

// patience is how long an appender waits for the one before it, in
// PostgreSQL's words. SQLite's _busy_timeout is the same.
const patience = "5s"

// AppendAudit implements audit.Store.
func (s *Store) AppendAudit(ctx context.Context, next func(newest audit.Entry) []audit.Entry) error {
	appended := func(tx *gorm.DB) error {
		newest, err := s.end(tx)
		if err != nil {
			return err
		}
		var before audit.Entry
		if len(newest) == 1 {
			before = newest[0].entry()
		}
		var rows []entryRow
		for _, e := range next(before) {
			rows = append(rows, rowOf(e))
		}
		return tx.Create(&rows).Error
	}
	if !sqldb.Postgres(s.db) {
		return sqldb.Gathered(ctx, s.db, "audit entry", appended)
	}
	// Whoever comes after the lock must see what was written before it, so each
	// statement reads what is committed, whatever the database's default.
	return s.db.WithContext(ctx).Transaction(appended, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
}

// end returns the newest entry, if there is one, and makes the transaction the only one that
// appends until it ends. SQLite's transactions are immediate, so they are one after the other already.
func (s *Store) end(tx *gorm.DB) (newest []entryRow, err error) {
	if sqldb.Postgres(s.db) {
		return newest, tx.Table("audit_end(?, ?) AS audit_entries", int64(lockNumber), patience).Find(&newest).Error
	}
	return newest, tx.Order("seq DESC").Limit(1).Find(&newest).Error
}

// AuditEntries implements audit.Store.
func (s *Store) AuditEntries(ctx context.Context, from int64, limit int) ([]audit.Entry, error) {
	return entries(s.db.WithContext(ctx).Where("seq >= ?", from).Order("seq").Limit(limit))
}

// LatestAudit implements audit.Store.
func (s *Store) LatestAudit(ctx context.Context, limit int) ([]audit.Entry, error) {
	return entries(s.db.WithContext(ctx).Order("seq DESC").Limit(limit))
}

// orders are the orders of audit.Listed. Entries of one moment follow in the order of the chain.
var orders = map[string]sqldb.Order{
	"at":  {Columns: []string{"at", "seq"}},
	"-at": {Columns: []string{"at", "seq"}, Descending: true},
}

func (r entryRow) orderValue(column string) any {
	if column == "at" {
		return r.At
	}
	return r.Seq
}

// AuditPage implements audit.Store.
func (s *Store) AuditPage(
	ctx context.Context, reach access.Reach, q listing.Query,
) (listing.Page[audit.Entry], error) {
	query, err := sqldb.Within(s.db.WithContext(ctx).Table("audit_entries"), reach, sqldb.Things,
		"audit_entries.object")
	if err != nil {
		return listing.Page[audit.Entry]{}, err
	}
	for _, f := range []struct{ name, column string }{
		{audit.FilterObject, "object"},
		{audit.FilterPerson, "caller_id"},
		{audit.FilterAction, "action"},
		{audit.FilterOutcome, "outcome"},
	} {
		if value := q.Filters[f.name]; value != "" {
			query = query.Where(f.column+" = ?", value)
		}
	}
	from, until := audit.Between(q)
	if !from.IsZero() {
		query = query.Where("at >= ?", sqldb.Micros(from))
	}
	if !until.IsZero() {
		query = query.Where("at < ?", sqldb.Micros(until))
	}
	page, err := sqldb.Page(query, q, orders[q.Sort], "audit entry", entryRow.orderValue)
	return listing.Map(page, entryRow.entry), err
}

func entries(query *gorm.DB) ([]audit.Entry, error) {
	var rows []entryRow
	err := query.Find(&rows).Error
	return sqldb.Convert(rows, err, "audit entry", entryRow.entry)
}

// blockRow is the hash of a complete block of entries.
type blockRow struct {
	Number int64 `gorm:"primaryKey;autoIncrement:false"`
	Hash   string
}

func (blockRow) TableName() string { return "audit_blocks" }

// AuditBlocks implements audit.Blocks. What comes after a gap is left out, and made again.
func (s *Store) AuditBlocks(ctx context.Context) ([]string, error) {
	var rows []blockRow
	if err := s.db.WithContext(ctx).Order("number").Find(&rows).Error; err != nil {
		return nil, sqldb.Wrap(err, "audit block")
	}
	var hashes []string
	for i, r := range rows {
		if r.Number != int64(i) {
			break
		}
		hashes = append(hashes, r.Hash)
	}
	return hashes, nil
}

// AddAuditBlock implements audit.Blocks.
func (s *Store) AddAuditBlock(ctx context.Context, number int64, hash string) error {
	err := s.db.WithContext(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&blockRow{number, hash}).Error
	return sqldb.Wrap(err, "audit block")
}

// ServiceAccountsAmong implements audit.Machines.
func (s *Store) ServiceAccountsAmong(ctx context.Context, ids []string) (services []string, err error) {
	err = s.db.WithContext(ctx).Table("service_accounts").Where("id IN ?", ids).Pluck("id", &services).Error
	return services, sqldb.Wrap(err, "service account")
}

// relatedMost bounds how many requests for changes of one thing an export takes in.
const relatedMost = 1000

// AuditRelated implements audit.Related.
func (s *Store) AuditRelated(ctx context.Context, object string) ([]string, error) {
	var ids []string
	err := s.db.WithContext(ctx).Table("approvals").Where("object = ?", object).Order("id").Limit(relatedMost).
		Pluck("id", &ids).Error
	return ids, sqldb.Wrap(err, "approval")
}
