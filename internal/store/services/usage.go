package services

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
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
	ServerSHA256   string `gorm:"column:server_sha256"`
	ServerIssuer   string
	ServerNotAfter int64
	ServerSent     int
	ServerReason   string
	ServerSeenAt   int64
	Mismatched     int // 1: the version has another certificate, or there is none
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
	uses = slices.SortedFunc(slices.Values(uses), func(a, b usage.Use) int { // all lock in one order
		return cmp.Or(strings.Compare(a.RegistrationID, b.RegistrationID), a.Version-b.Version,
			strings.Compare(a.AccountID, b.AccountID))
	})
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
	rows, err := sqldb.Find[useRow](ctx, s.db.Where("registration_id = ?", registrationID).
		Order("account_id, version"))
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
			ServerSHA256:   r.Server.SHA256,
			ServerIssuer:   r.Server.Issuer,
			ServerNotAfter: sqldb.Micros(r.Server.NotAfter),
			ServerSent:     r.Server.Sent,
			ServerReason:   r.Server.Reason,
			ServerSeenAt:   sqldb.Micros(r.Server.SeenAt),
		}
	}
	err = sqldb.Transaction(ctx, s.db, "report", func(tx *gorm.DB) error {
		query := tx.Where("account_id = ? AND instance = ?", accountID, instance)
		if len(rows) == 0 {
			saved = true
			_, err := sqldb.Delete[reportRow](ctx, query)
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
		if err := compare(tx, rows); err != nil {
			return err
		}
		if _, err := sqldb.Delete[reportRow](ctx, query); err != nil {
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

// comparedAtOnce bounds the parameters of a query.
const comparedAtOnce = 200

// compare marks what is not a certificate of the version that it is said to be of. A version without a QWAC is not
// compared.
func compare(tx *gorm.DB, rows []reportRow) error {
	for part := range slices.Chunk(rows, comparedAtOnce) {
		var registrations []string
		var versions []int
		for _, r := range part {
			registrations, versions = append(registrations, r.RegistrationID), append(versions, r.Version)
		}
		var found []struct {
			RegistrationID string
			Version        int
			SHA256         string `gorm:"column:sha256"`
		}
		err := tx.Table("bundles").Joins("LEFT JOIN certificates ON certificates.id = bundles.qwac_id").
			Select("registration_id, version, coalesce(sha256, '') AS sha256").
			Where("registration_id IN ? AND version IN ?", registrations, versions).Scan(&found).Error
		if err != nil {
			return err
		}
		of := make(map[string]string, len(found))
		at := func(registrationID string, version int) string { return registrationID + " " + strconv.Itoa(version) }
		for _, f := range found {
			of[at(f.RegistrationID, f.Version)] = f.SHA256
		}
		for i := range part {
			sum, there := of[at(part[i].RegistrationID, part[i].Version)]
			part[i].Mismatched = 0 // the transaction may be repeated
			if !there || sum != "" && sum != part[i].SHA256 {
				part[i].Mismatched = 1
			}
		}
	}
	return nil
}

// PruneServiceReports implements usage.Store.
func (s *Store) PruneServiceReports(ctx context.Context, stopped, told time.Time) error {
	_, err := sqldb.Delete[reportRow](ctx, s.db.Where("told_at < ? OR (stopped AND told_at < ?)", sqldb.Micros(told),
		sqldb.Micros(stopped)))
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
	rows, err := sqldb.Find[reportRow](ctx, s.db.Where("registration_id = ?", registrationID).
		Order("account_id, instance, host"))
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
			Mismatched:     r.Mismatched != 0,
			Server: usage.Server{
				SHA256:   r.ServerSHA256,
				Issuer:   r.ServerIssuer,
				NotAfter: sqldb.FromMicros(r.ServerNotAfter),
				Sent:     r.ServerSent,
				Reason:   r.ServerReason,
				SeenAt:   sqldb.FromMicros(r.ServerSeenAt),
			},
		}
	})
}

// lastUse is when a version was last used, in a row of service_uses.
func lastUse(row string) string {
	return "CASE WHEN " + row + ".read_at > " + row + ".signed_at THEN " + row + ".read_at ELSE " + row +
		".signed_at END"
}

// OldVersionsUsed implements usage.Store.
func (s *Store) OldVersionsUsed(ctx context.Context, told time.Time, limit int) ([]string, error) {
	var ids []string
	const active = "EXISTS (SELECT 1 FROM bundles b WHERE b.state = 'active' AND b.registration_id = "
	reported := func(column string) string {
		return "SELECT r.registration_id FROM service_reports r WHERE r." + column + ` = 1 AND NOT r.stopped
			AND EXISTS (SELECT 1 FROM service_accounts a WHERE a.id = r.account_id AND a.ended_at = 0)
			AND (r.told_at >= ? OR ` + active + "r.registration_id))"
	}
	since := sqldb.Micros(told)
	err := s.db.WithContext(ctx).Raw(reported("former")+" UNION "+reported("mismatched")+
		` UNION SELECT u.registration_id FROM service_uses u WHERE u.former = 1
			AND NOT EXISTS (SELECT 1 FROM service_reports r WHERE r.registration_id = u.registration_id
				AND r.account_id = u.account_id)
			AND NOT EXISTS (SELECT 1 FROM service_uses n WHERE n.registration_id = u.registration_id
				AND n.account_id = u.account_id AND `+lastUse("n")+" > "+lastUse("u")+`)
			AND `+active+"u.registration_id) ORDER BY 1 LIMIT ?", since, since, limit).Scan(&ids).Error
	return ids, sqldb.Wrap(err, useWord)
}

// RegistrationsUsed implements usage.Store.
func (s *Store) RegistrationsUsed(ctx context.Context, accountID string, limit int) ([]string, error) {
	var ids []string
	err := s.db.WithContext(ctx).Raw(`SELECT registration_id FROM service_reports WHERE account_id = ?
		UNION SELECT registration_id FROM service_uses WHERE account_id = ? ORDER BY 1 LIMIT ?`,
		accountID, accountID, limit).Scan(&ids).Error
	return ids, sqldb.Wrap(err, useWord)
}
