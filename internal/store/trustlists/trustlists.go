// Package trustlists keeps what was read of the EU's trusted lists.
package trustlists

import (
	"context"
	"encoding/json"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/internal/trust"
)

// Store keeps it in the database.
type Store struct{ db *gorm.DB }

// New returns the store over an open database.
func New(db *gorm.DB) *Store { return &Store{db} }

type listRow struct {
	URL      string `gorm:"column:url;primaryKey"`
	AskAt    int64
	Revision int
	List     string
}

func (listRow) TableName() string { return "trusted_lists" }

type serviceRow struct {
	URL     string `gorm:"column:url;primaryKey"`
	Place   int    `gorm:"primaryKey"`
	Subject string
	Service string
}

func (serviceRow) TableName() string { return "trusted_services" }

func rowOf(l trust.List) listRow {
	text, _ := json.Marshal(l) // texts, bytes and times
	return listRow{URL: l.URL, AskAt: l.AskAt.UnixMicro(), Revision: l.Revision, List: string(text)}
}

func (r listRow) list() trust.List {
	var l trust.List
	_ = json.Unmarshal([]byte(r.List), &l) // a store wrote it
	l.URL, l.AskAt, l.Revision = r.URL, time.UnixMicro(r.AskAt).UTC(), r.Revision
	return l
}

func (r serviceRow) service() trust.Listed {
	var l trust.Listed
	_ = json.Unmarshal([]byte(r.Service), &l) // a store wrote it
	l.URL = r.URL
	return l
}

// TrustedLists implements trust.Store.
func (s *Store) TrustedLists(ctx context.Context) ([]trust.List, error) {
	var rows []listRow
	err := s.db.WithContext(ctx).Order("url").Find(&rows).Error
	return sqldb.Convert(rows, err, "trusted list", listRow.list)
}

// KnowTrustedLists implements trust.Store.
func (s *Store) KnowTrustedLists(ctx context.Context, lists []trust.List) error {
	return sqldb.Transaction(ctx, s.db, "trusted list", func(tx *gorm.DB) error {
		named := make([]string, len(lists))
		for i, l := range lists {
			named[i] = l.URL
			row := rowOf(l)
			if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error; err != nil {
				return err
			}
		}
		if err := tx.Where("url NOT IN ?", named).Delete(&serviceRow{}).Error; err != nil {
			return err
		}
		return tx.Where("url NOT IN ?", named).Delete(&listRow{}).Error
	})
}

// SaveTrustedList implements trust.Store.
func (s *Store) SaveTrustedList(ctx context.Context, l trust.List, services []trust.Listed, replace bool) (
	saved bool, err error,
) {
	err = sqldb.Transaction(ctx, s.db, "trusted list", func(tx *gorm.DB) error {
		row := rowOf(l)
		row.Revision++
		updated := tx.Model(&listRow{}).Where("url = ? AND revision = ?", l.URL, l.Revision).
			Select("ask_at", "revision", "list").Updates(&row)
		if saved = updated.RowsAffected > 0; updated.Error != nil || !saved || !replace {
			return updated.Error
		}
		if err := tx.Where("url = ?", l.URL).Delete(&serviceRow{}).Error; err != nil {
			return err
		}
		rows := make([]serviceRow, len(services))
		for i, one := range services {
			text, _ := json.Marshal(one) // texts, bytes and times
			rows[i] = serviceRow{URL: l.URL, Place: i, Subject: one.Subject, Service: string(text)}
		}
		if len(rows) == 0 {
			return nil
		}
		return tx.CreateInBatches(rows, rowsAtOnce).Error
	})
	return saved, err
}

const rowsAtOnce = 100

// ServicesNamed implements trust.Store.
func (s *Store) ServicesNamed(ctx context.Context, subject string) ([]trust.Listed, error) {
	var rows []serviceRow
	err := s.db.WithContext(ctx).Where("subject = ?", subject).Order("url, place").Find(&rows).Error
	return sqldb.Convert(rows, err, "trusted service", serviceRow.service)
}

// ChainOfCertificate implements trust.Store.
func (s *Store) ChainOfCertificate(ctx context.Context, id string) (string, error) {
	var chains []string
	err := s.db.WithContext(ctx).Table("certificates").Where("id = ? AND state <> 'pending'", id).
		Pluck("chain_pem", &chains).Error
	if err == nil && len(chains) == 0 {
		err = gorm.ErrRecordNotFound
	}
	if err != nil {
		return "", sqldb.Wrap(err, "certificate")
	}
	return chains[0], nil
}
