// Package bankfiles keeps the catalogue files that a folder has brought.
package bankfiles

import (
	"context"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/bankfiles"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// Store keeps them in the database.
type Store struct{ db *gorm.DB }

// New returns the store over an open database.
func New(db *gorm.DB) *Store { return &Store{db} }

type row struct {
	Bank          string `gorm:"primaryKey"`
	SHA256        string `gorm:"column:sha256;primaryKey"`
	Name          string
	Text          string
	State         string
	FoundAt       int64
	DecidedBy     string
	DecidedByName string
	DecidedAt     int64
}

func (row) TableName() string { return "catalogue_files" }

func (r row) file() bankfiles.File {
	return bankfiles.File{
		Bank:          r.Bank,
		SHA256:        r.SHA256,
		Name:          r.Name,
		Text:          []byte(r.Text),
		State:         bankfiles.State(r.State),
		FoundAt:       sqldb.FromMicros(r.FoundAt),
		DecidedBy:     r.DecidedBy,
		DecidedByName: r.DecidedByName,
		DecidedAt:     sqldb.FromMicros(r.DecidedAt),
	}
}

type refusalRow struct {
	Name  string `gorm:"primaryKey"`
	Why   string
	Since int64
}

func (refusalRow) TableName() string { return "catalogue_refusals" }

const what = "catalogue file"

// BankFiles implements bankfiles.Store.
func (s *Store) BankFiles(ctx context.Context, state bankfiles.State) ([]bankfiles.File, error) {
	rows, err := sqldb.Find[row](ctx, s.db.Omit("text").Where("state = ?", state).Order("bank"))
	return sqldb.Convert(rows, err, what, row.file)
}

// DeclinedFiles implements bankfiles.Store.
func (s *Store) DeclinedFiles(ctx context.Context, limit int) ([]bankfiles.File, error) {
	rows, err := sqldb.Find[row](ctx, s.db.Omit("text").Where("state = ?", bankfiles.Declined).
		Order("decided_at DESC, bank").Limit(limit))
	return sqldb.Convert(rows, err, what, row.file)
}

// ForgetDeclined implements bankfiles.Store.
func (s *Store) ForgetDeclined(ctx context.Context, bank, sha256 string) error {
	n, err := sqldb.Delete[row](ctx, s.db.Where("bank = ? AND sha256 = ? AND state = ?", bank, sha256,
		bankfiles.Declined))
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "catalogue_file_not_declined",
			"This file is not among those that were declined; look at what there is now.")
	}
	return sqldb.Wrap(err, what)
}

// BankFile implements bankfiles.Store.
func (s *Store) BankFile(ctx context.Context, bank, sha256 string) (bankfiles.File, error) {
	r, err := sqldb.Take[row](ctx, s.db.Where("bank = ? AND sha256 = ?", bank, sha256))
	return r.file(), sqldb.Wrap(err, what)
}

// Refusals implements bankfiles.Store.
func (s *Store) Refusals(ctx context.Context) ([]bankfiles.Refusal, error) {
	rows, err := sqldb.Find[refusalRow](ctx, s.db.Order("name"))
	return sqldb.Convert(rows, err, what, func(r refusalRow) bankfiles.Refusal {
		return bankfiles.Refusal{Name: r.Name, Why: r.Why, Since: sqldb.FromMicros(r.Since)}
	})
}

// NoteReading implements bankfiles.Store. What is not proposed any more leaves no trace; what was in force is proposed
// again as the file that it is.
func (s *Store) NoteReading(ctx context.Context, proposed []bankfiles.File, refused []bankfiles.Refusal) error {
	return sqldb.Transaction(ctx, s.db, what, func(tx *gorm.DB) error {
		if err := tx.Where("state = ?", bankfiles.Proposed).Delete(&row{}).Error; err != nil {
			return err
		}
		for _, f := range proposed {
			r := row{
				Bank:    f.Bank,
				SHA256:  f.SHA256,
				Name:    f.Name,
				Text:    string(f.Text),
				State:   string(bankfiles.Proposed),
				FoundAt: sqldb.Micros(f.FoundAt),
			}
			err := tx.Where("bank = ? AND sha256 = ? AND state = ?", r.Bank, r.SHA256, bankfiles.Superseded).
				Delete(&row{}).Error
			if err != nil {
				return err
			}
			if err := tx.Create(&r).Error; err != nil { // somebody has decided in the meantime
				return err
			}
		}
		if err := tx.Where("1 = 1").Delete(&refusalRow{}).Error; err != nil {
			return err
		}
		for _, f := range refused {
			r := refusalRow{Name: f.Name, Why: f.Why, Since: sqldb.Micros(f.Since)}
			if err := tx.Create(&r).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// DecideBankFile implements bankfiles.Store. What is taken has registrations be looked at again, as after a change of
// the policy.
func (s *Store) DecideBankFile(ctx context.Context, f bankfiles.File) error {
	return sqldb.Transaction(ctx, s.db, what, func(tx *gorm.DB) error {
		if f.State == bankfiles.InForce {
			err := tx.Model(&row{}).Where("bank = ? AND state = ?", f.Bank, bankfiles.InForce).
				Update("state", bankfiles.Superseded).Error
			if err != nil {
				return err
			}
		}
		done := tx.Model(&row{}).
			Where("bank = ? AND sha256 = ? AND state = ?", f.Bank, f.SHA256, bankfiles.Proposed).
			Updates(map[string]any{
				"state":           f.State,
				"decided_by":      f.DecidedBy,
				"decided_by_name": f.DecidedByName,
				"decided_at":      sqldb.Micros(f.DecidedAt),
			})
		if done.Error != nil {
			return done.Error
		}
		if done.RowsAffected == 0 {
			return fault.New(fault.Conflict, "catalogue_file_not_proposed",
				"This file is not proposed any more; look at what the folder has now.")
		}
		if f.State != bankfiles.InForce {
			return nil
		}
		return tx.Exec("UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE due > 0").Error
	})
}
