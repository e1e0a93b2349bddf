package services

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/internal/usage"
)

type useRow struct {
	AccountID      string `gorm:"primaryKey"`
	RegistrationID string `gorm:"primaryKey"`
	Version        int    `gorm:"primaryKey;autoIncrement:false"`
	ReadAt         int64
	SignedAt       int64
}

func (useRow) TableName() string { return "service_uses" }

type reportRow struct {
	AccountID      string `gorm:"primaryKey"`
	Instance       string `gorm:"primaryKey"`
	RegistrationID string `gorm:"primaryKey"`
	Host           string `gorm:"primaryKey"`
	Version        int
	SHA256         string `gorm:"column:sha256"`
	UsedAt         int64
	ToldAt         int64
	Stopped        bool
	Problem        string
}

func (reportRow) TableName() string { return "service_reports" }

const useWord = "use of a version"

// NoteServiceUses implements usage.Store.
func (s *Store) NoteServiceUses(ctx context.Context, uses []usage.Use) error {
	later := func(column string) clause.Expr {
		return gorm.Expr("CASE WHEN excluded." + column + " > service_uses." + column + " THEN excluded." + column +
			" ELSE service_uses." + column + " END")
	}
	merge := clause.OnConflict{
		Columns:   []clause.Column{{Name: "account_id"}, {Name: "registration_id"}, {Name: "version"}},
		DoUpdates: clause.Assignments(map[string]any{"read_at": later("read_at"), "signed_at": later("signed_at")}),
	}
	return sqldb.Transaction(ctx, s.db, useWord, func(tx *gorm.DB) error {
		for _, u := range uses {
			row := useRow{u.AccountID, u.RegistrationID, u.Version, sqldb.Micros(u.ReadAt), sqldb.Micros(u.SignedAt)}
			if err := tx.Clauses(merge).Create(&row).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// ServiceUses implements usage.Store.
func (s *Store) ServiceUses(ctx context.Context, registrationID string) ([]usage.Use, error) {
	rows, err := gorm.G[useRow](s.db).Where("registration_id = ?", registrationID).
		Order("account_id, version").Find(ctx)
	return sqldb.Convert(rows, err, useWord, func(r useRow) usage.Use {
		return usage.Use{
			AccountID:      r.AccountID,
			RegistrationID: r.RegistrationID,
			Version:        r.Version,
			ReadAt:         sqldb.FromMicros(r.ReadAt),
			SignedAt:       sqldb.FromMicros(r.SignedAt),
		}
	})
}

// SaveServiceReports implements usage.Store.
func (s *Store) SaveServiceReports(
	ctx context.Context, accountID, instance string, reports []usage.Report, bounds usage.Bounds,
) (saved bool, err error) {
	rows := make([]reportRow, len(reports))
	for i, r := range reports {
		rows[i] = reportRow{
			AccountID:      r.AccountID,
			Instance:       r.Instance,
			RegistrationID: r.RegistrationID,
			Host:           r.Host,
			Version:        r.Version,
			SHA256:         r.SHA256,
			UsedAt:         sqldb.Micros(r.UsedAt),
			ToldAt:         sqldb.Micros(r.ToldAt),
			Stopped:        r.Stopped,
			Problem:        r.Problem,
		}
	}
	err = sqldb.Transaction(ctx, s.db, "report", func(tx *gorm.DB) error {
		query := gorm.G[reportRow](tx).Where("account_id = ? AND instance = ?", accountID, instance)
		if len(rows) == 0 {
			saved = true
			_, err := query.Delete(ctx)
			return err
		}
		// The account's row is held until the transaction ends: of two instances that come at once, the second
		// counts the first.
		held := tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
		if err := held.Select("id").Take(&accountRow{}, "id = ?", accountID).Error; err != nil {
			return err
		}
		if saved, err = within(tx, rows, bounds); err != nil || !saved {
			return err
		}
		if _, err := query.Delete(ctx); err != nil {
			return err
		}
		return tx.CreateInBatches(&rows, 100).Error
	})
	return saved, err
}

// within reports whether the account can have these rows of an instance in place of what the instance said before.
func within(tx *gorm.DB, rows []reportRow, bounds usage.Bounds) (bool, error) {
	var others struct{ Instances, Reports int }
	err := tx.Model(&reportRow{}).Select("count(DISTINCT instance) AS instances, count(*) AS reports").
		Where("account_id = ? AND instance <> ?", rows[0].AccountID, rows[0].Instance).Scan(&others).Error
	return others.Instances < bounds.Instances && others.Reports+len(rows) <= bounds.Reports, err
}

// PruneServiceReports implements usage.Store.
func (s *Store) PruneServiceReports(ctx context.Context, stopped, told time.Time) error {
	_, err := gorm.G[reportRow](s.db).Where("told_at < ? OR (stopped AND told_at < ?)", sqldb.Micros(told),
		sqldb.Micros(stopped)).Delete(ctx)
	return sqldb.Wrap(err, "report")
}

// StopServiceInstance implements usage.Store.
func (s *Store) StopServiceInstance(ctx context.Context, accountID, instance string, at time.Time) error {
	err := s.db.WithContext(ctx).Model(&reportRow{}).Where("account_id = ? AND instance = ?", accountID, instance).
		Updates(map[string]any{"stopped": true, "told_at": sqldb.Micros(at)}).Error
	return sqldb.Wrap(err, "report")
}

// ServiceReports implements usage.Store.
func (s *Store) ServiceReports(ctx context.Context, registrationID string) ([]usage.Report, error) {
	rows, err := gorm.G[reportRow](s.db).Where("registration_id = ?", registrationID).
		Order("account_id, instance, host").Find(ctx)
	return sqldb.Convert(rows, err, "report", func(r reportRow) usage.Report {
		return usage.Report{
			AccountID:      r.AccountID,
			Instance:       r.Instance,
			RegistrationID: r.RegistrationID,
			Host:           r.Host,
			Version:        r.Version,
			SHA256:         r.SHA256,
			UsedAt:         sqldb.FromMicros(r.UsedAt),
			ToldAt:         sqldb.FromMicros(r.ToldAt),
			Stopped:        r.Stopped,
			Problem:        r.Problem,
		}
	})
}
