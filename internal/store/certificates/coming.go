package certificates

import (
	"cmp"
	"context"
	"fmt"
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
	ctx context.Context, reach access.Reach, announced []rules.DatedRule, at time.Time, limit int,
) ([]vault.Touched, error) {
	if len(announced) == 0 {
		return nil, nil
	}
	living, err := sqldb.Within(s.db.WithContext(ctx).Table("coming_rules").
		Joins("CROSS JOIN certificates"). // SQLite keeps to this order: the rule's index has the deadlines in order
		Where("certificates.id = certificate_id AND ended = 0 AND not_after >= ?", sqldb.Micros(at)),
		reach, sqldb.Certificates, "certificates.id")
	if err != nil {
		return nil, err
	}
	each := make([]*gorm.DB, len(announced))
	for i, rule := range announced {
		each[i] = living.Session(&gorm.Session{}).Where("code = ? AND from_at = ?", rule.Code,
			sqldb.Micros(rule.From))
	}
	counts, err := sqldb.Counts(each)
	if err != nil {
		return nil, err
	}
	var all []vault.Touched
	var first []*gorm.DB
	for i, rule := range announced {
		if counts[i].N > 0 {
			first = append(first, each[i].Select(fmt.Sprintf("%d AS i, by_at, certificate_id", len(all))).
				Order("by_at, certificate_id").Limit(limit))
			all = append(all, vault.Touched{Rule: rule, Count: counts[i]})
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	type touchedRow struct {
		I             int
		ByAt          int64
		CertificateID string
	}
	var rows []touchedRow
	err = sqldb.Together(first).Scan(&rows).Error
	slices.SortFunc(rows, func(a, b touchedRow) int {
		return cmp.Or(cmp.Compare(a.ByAt, b.ByAt), cmp.Compare(a.CertificateID, b.CertificateID))
	})
	for _, r := range rows {
		all[r.I].IDs = append(all[r.I].IDs, r.CertificateID)
	}
	return all, sqldb.Wrap(err, "certificate")
}
