package certificates

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/vault"
)

// comingRow is a rule to come that touches a certificate.
type comingRow struct {
	Code          string
	FromAt        int64
	ByAt          int64
	CertificateID string
}

func (comingRow) TableName() string { return "coming_rules" }

// setComing makes these the rules that touch a certificate. It belongs in the transaction that writes its judgement.
func setComing(tx *gorm.DB, id string, ahead []rules.Coming) error {
	if err := tx.Where("certificate_id = ?", id).Delete(&comingRow{}).Error; err != nil || len(ahead) == 0 {
		return err
	}
	rows := make([]comingRow, len(ahead))
	for i, c := range ahead {
		rows[i] = comingRow{c.Rule.Code, sqldb.Micros(c.Rule.From), sqldb.Micros(c.By), id}
	}
	// Another process may judge the same certificate at the same time.
	return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows).Error
}

// CertificatesTouched implements vault.RulesAhead.
func (s *Store) CertificatesTouched(
	ctx context.Context, reach access.Reach, rule rules.DatedRule, at time.Time, limit int,
) (vault.Touched, error) {
	query := s.db.WithContext(ctx).Table("coming_rules").
		Joins("JOIN certificates ON certificates.id = coming_rules.certificate_id").
		Where("code = ? AND from_at = ? AND ended = 0 AND not_after >= ?", rule.Code, sqldb.Micros(rule.From),
			sqldb.Micros(at))
	found := vault.Touched{Rule: rule}
	query, err := sqldb.Within(query, reach, sqldb.Certificates, "certificates.id")
	if err != nil {
		return vault.Touched{}, err
	}
	if found.Count, err = sqldb.Count(query); err != nil {
		return vault.Touched{}, err
	}
	err = query.Order("by_at, certificate_id").Limit(limit).Pluck("certificate_id", &found.IDs).Error
	return found, sqldb.Wrap(err, "certificate")
}
