// Package bankservers keeps which certificates hosts of banks have presented.
package bankservers

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/internal/bankservers"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// Store keeps them in the database.
type Store struct{ db *gorm.DB }

// New returns the store over an open database.
func New(db *gorm.DB) *Store { return &Store{db} }

type row struct {
	InstitutionID       string `gorm:"primaryKey"`
	Host                string `gorm:"primaryKey"`
	SHA256              string `gorm:"column:sha256;primaryKey"`
	Subject, Issuer     string
	Authority           string
	NotBefore, NotAfter int64
	Sent                int
	Trusted             bool
	Reason, Issuing     string
	FirstSeen, LastSeen int64
}

func (row) TableName() string { return "bank_servers" }

func rowOf(p bankservers.Presented) row {
	return row{
		InstitutionID: p.InstitutionID,
		Host:          p.Host,
		SHA256:        p.SHA256,
		Subject:       p.Subject,
		Issuer:        p.Issuer,
		Authority:     p.Authority,
		NotBefore:     sqldb.Micros(p.NotBefore),
		NotAfter:      sqldb.Micros(p.NotAfter),
		Sent:          p.Sent,
		Trusted:       p.Trusted,
		Reason:        string(p.Reason),
		Issuing:       p.Issuing,
		FirstSeen:     sqldb.Micros(p.FirstSeen),
		LastSeen:      sqldb.Micros(p.LastSeen),
	}
}

func (r row) presented() bankservers.Presented {
	return bankservers.Presented{
		InstitutionID: r.InstitutionID,
		Host:          r.Host,
		SHA256:        r.SHA256,
		Subject:       r.Subject,
		Issuer:        r.Issuer,
		Authority:     r.Authority,
		NotBefore:     sqldb.FromMicros(r.NotBefore),
		NotAfter:      sqldb.FromMicros(r.NotAfter),
		Sent:          r.Sent,
		Trusted:       r.Trusted,
		Reason:        bankservers.Reason(r.Reason),
		Issuing:       r.Issuing,
		FirstSeen:     sqldb.FromMicros(r.FirstSeen),
		LastSeen:      sqldb.FromMicros(r.LastSeen),
	}
}

// kept is how many certificates of one host are kept: with 47 days each, those of four years.
const kept = 32

// notePresented adds what is not known yet, and writes when the others were seen last, and whether they were trusted.
// Of each host it keeps the newest.
func notePresented(tx *gorm.DB, all []bankservers.Presented) error {
	for _, p := range all {
		r := rowOf(p)
		written := tx.Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "institution_id"}, {Name: "host"}, {Name: "sha256"}},
			DoUpdates: clause.AssignmentColumns([]string{
				"sent", "trusted", "reason", "issuing", "authority", "last_seen",
			}),
		}).Create(&r)
		if written.Error != nil {
			return written.Error
		}
		err := tx.Exec(`DELETE FROM bank_servers WHERE institution_id = ? AND host = ? AND sha256 NOT IN
			(SELECT sha256 FROM bank_servers WHERE institution_id = ? AND host = ?
			ORDER BY last_seen DESC, sha256 LIMIT ?)`, p.InstitutionID, p.Host, p.InstitutionID, p.Host, kept).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// mostRows is what a bank with a dozen hosts has at most.
const mostRows = 400

// PresentedBy implements bankservers.Store.
func (s *Store) PresentedBy(ctx context.Context, institutionID string) ([]bankservers.Presented, error) {
	var rows []row
	err := s.db.WithContext(ctx).Where("institution_id = ?", institutionID).
		Order("host, first_seen DESC, sha256").Limit(mostRows).Find(&rows).Error
	return sqldb.Convert(rows, err, "certificate of a bank", row.presented)
}
