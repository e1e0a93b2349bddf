package sqldb

import (
	"context"

	"gorm.io/gorm"
)

// Unjudged is a certificate in use that has to be judged.
type Unjudged struct {
	ID       string
	Revision int
	ChainPEM string // itself first
}

// InUseUnjudged returns certificates in use of which a table of verdicts has none, as they are now, by what the column
// says. Table and column are the caller's own words and never somebody's input.
func InUseUnjudged(ctx context.Context, db *gorm.DB, table, column, by string, limit int) ([]Unjudged, error) {
	var rows []Unjudged
	err := db.WithContext(ctx).Raw(`SELECT c.id, c.revision, c.chain_pem AS chain_pem
		FROM (SELECT qwac_id AS id FROM bundles WHERE state = 'active'
			UNION SELECT qsealc_id FROM bundles WHERE state = 'active') u
		JOIN certificates c ON c.id = u.id AND c.state = 'stored'
		LEFT JOIN `+table+` v ON v.certificate_id = c.id AND v.`+column+` = ? AND v.revision = c.revision
		WHERE v.certificate_id IS NULL ORDER BY c.id LIMIT ?`, by, limit).Scan(&rows).Error
	return rows, Wrap(err, "certificate")
}

// LookAgain has whoever watches for what ends look at certificates again: as many as a query may name.
func LookAgain(tx *gorm.DB, certificateIDs []string) error {
	if len(certificateIDs) == 0 {
		return nil
	}
	return tx.Exec(`UPDATE case_subjects SET due = 0, changes = changes + 1
		WHERE kind = 'certificate' AND id IN ?`, certificateIDs).Error
}
