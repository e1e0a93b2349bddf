package certificates

import (
	"context"
	"maps"
	"slices"
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

// setComing makes these the rules that touch certificates, by their ids: as many as a query may name. It belongs in the
// transaction that writes the judgements.
func setComing(tx *gorm.DB, ahead map[string][]rules.Coming) error {
	var known []comingRow
	err := tx.Where("certificate_id IN ?", slices.Sorted(maps.Keys(ahead))).Find(&known).Error
	if err != nil {
		return err
	}
	gone := map[comingRow]bool{}
	for _, r := range known {
		gone[r] = true
	}
	var added []comingRow
	for id, all := range ahead {
		for _, c := range all {
			r := comingRowOf(id, c)
			if !gone[r] {
				added = append(added, r)
			}
			delete(gone, r)
		}
	}
	for r := range gone {
		err := tx.Where("certificate_id = ? AND code = ? AND from_at = ?", r.CertificateID, r.Code, r.FromAt).
			Delete(&comingRow{}).Error
		if err != nil {
			return err
		}
	}
	return addComing(tx, added)
}

func comingRowOf(id string, c rules.Coming) comingRow {
	return comingRow{c.Rule.Code, sqldb.Micros(c.Rule.From), sqldb.Micros(c.By), id}
}

func addComing(tx *gorm.DB, added []comingRow) error {
	if len(added) == 0 {
		return nil
	}
	// Another process may judge the same certificate at the same time.
	return tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&added, namedAtOnce).Error
}

// CertificatesTouched implements vault.RulesAhead.
func (s *Store) CertificatesTouched(
	ctx context.Context, reach access.Reach, rule rules.DatedRule, at time.Time, limit int,
) (vault.Touched, error) {
	query := s.db.WithContext(ctx).Table("coming_rules").
		Joins("CROSS JOIN certificates"). // SQLite keeps to this order: the rule's index has the deadlines in order
		Where("certificates.id = certificate_id AND code = ? AND from_at = ? AND ended = 0 AND not_after >= ?",
			rule.Code, sqldb.Micros(rule.From), sqldb.Micros(at))
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
