// Package idempotency keeps requests that were made under a key, and their sealed answers.
package idempotency

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/internal/idempotency"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// Store keeps them in the database.
type Store struct{ db *gorm.DB }

// New returns the store over an open database.
func New(db *gorm.DB) *Store { return &Store{db} }

type row struct {
	ID          string `gorm:"primaryKey"`
	CallerID    string
	Fingerprint string
	Answer      []byte
	ExpiresAt   int64
}

func (row) TableName() string { return "idempotent_requests" }

const word = "request under a key"

// BeginRequest implements idempotency.Store.
func (s *Store) BeginRequest(
	ctx context.Context, r idempotency.Record, now time.Time, most int,
) (known idempotency.Record, found, full bool, err error) {
	err = sqldb.Transaction(ctx, s.db, word, func(tx *gorm.DB) error {
		found = false
		over := tx.Where("id = ? AND expires_at <= ?", r.ID, sqldb.Micros(now))
		if _, err := sqldb.Delete[row](ctx, over); err != nil {
			return err
		}
		var there int64
		one := tx.Model(&row{}).Select("id").Where("caller_id = ?", r.Caller).Limit(most)
		if err := tx.WithContext(ctx).Table("(?) AS mine", one).Count(&there).Error; err != nil {
			return err
		}
		full = there >= int64(most)
		if !full {
			written := tx.WithContext(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&row{
				ID:          r.ID,
				CallerID:    r.Caller,
				Fingerprint: r.Fingerprint,
				Answer:      []byte{},
				ExpiresAt:   sqldb.Micros(r.ExpiresAt),
			})
			if written.Error != nil || written.RowsAffected == 1 {
				return written.Error
			}
		}
		rows, err := sqldb.Find[row](ctx, tx.Where("id = ?", r.ID).Limit(1))
		if err != nil || len(rows) == 0 {
			return err
		}
		found, full = true, false
		known = idempotency.Record{
			ID:          rows[0].ID,
			Caller:      rows[0].CallerID,
			Fingerprint: rows[0].Fingerprint,
			Answer:      rows[0].Answer,
			ExpiresAt:   sqldb.FromMicros(rows[0].ExpiresAt),
		}
		return nil
	})
	return known, found, full, err
}

// FinishRequest implements idempotency.Store.
func (s *Store) FinishRequest(ctx context.Context, id string, answer []byte) error {
	n, err := sqldb.Update[row](ctx, s.db.Where("id = ?", id), "answer", answer)
	return sqldb.ExpectOne(n, err, word)
}

// ForgetRequest implements idempotency.Store.
func (s *Store) ForgetRequest(ctx context.Context, id string) error {
	_, err := sqldb.Delete[row](ctx, s.db.Where("id = ?", id))
	return sqldb.Wrap(err, word)
}

// ForgetRequests implements idempotency.Store.
func (s *Store) ForgetRequests(ctx context.Context, now time.Time) error {
	_, err := sqldb.Delete[row](ctx, s.db.Where("expires_at <= ?", sqldb.Micros(now)))
	return sqldb.Wrap(err, word)
}
