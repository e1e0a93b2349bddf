package sqldb

import (
	"context"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Unjudged is a certificate in use that has to be judged.
type Unjudged struct {
	ID       string
	Revision int
	ChainPEM string // itself first
}

// inUseUnjudged walks certificates by their ids, and looks up for each whether it is used and judged, so that a page
// costs what it holds, however many there are. The databases have to be told: without CASE, SQLite takes the index of
// states; without OFFSET, PostgreSQL reads all uses and verdicts for each page.
const inUseUnjudged = `SELECT c.id, c.revision, c.chain_pem FROM certificates c
	WHERE c.id > ? AND CASE WHEN c.state = 'stored' THEN TRUE ELSE FALSE END AND (
		EXISTS (SELECT 1 FROM bundles WHERE state = 'active' AND qwac_id = c.id LIMIT 1 OFFSET 0) OR
		EXISTS (SELECT 1 FROM bundles WHERE state = 'active' AND qsealc_id = c.id LIMIT 1 OFFSET 0))
	AND NOT EXISTS (SELECT 1 FROM @table v
		WHERE v.certificate_id = c.id AND v.@column = ? AND v.revision = c.revision LIMIT 1 OFFSET 0)
	ORDER BY c.id LIMIT ?`

// InUseUnjudged returns certificates in use of which a table of verdicts has none, as they are now, by what the column
// says: in the order of their ids, after one. Table and column are the caller's own words and never somebody's input.
func InUseUnjudged(
	ctx context.Context, db *gorm.DB, table, column, by, after string, limit int,
) ([]Unjudged, error) {
	query := strings.NewReplacer("@table", table, "@column", column).Replace(inUseUnjudged)
	return Scan(db.WithContext(ctx).Raw(query, after, by, limit), "certificate",
		func(r *Unjudged) []any { return []any{&r.ID, &r.Revision, &r.ChainPEM} })
}

// SaveVerdicts writes the rows of verdicts that have changed, and notes by what the same was said as before of other
// certificates: as many of both as a query may name. The column is the caller's own word.
func SaveVerdicts[R any](tx *gorm.DB, column, by string, same []string, changed []R) error {
	if len(same) > 0 {
		err := tx.Model(new(R)).Where("certificate_id IN ?", same).Update(column, by).Error
		if err != nil {
			return err
		}
	}
	if len(changed) == 0 {
		return nil
	}
	return tx.Clauses(clause.OnConflict{UpdateAll: true}).CreateInBatches(changed, insertedAtOnce).Error
}

// LookAgain has whoever watches for what ends look at certificates again: as many as a query may name.
func LookAgain(tx *gorm.DB, certificateIDs []string) error {
	if len(certificateIDs) == 0 {
		return nil
	}
	return tx.Exec(`UPDATE case_subjects SET due = 0, changes = changes + 1
		WHERE kind = 'certificate' AND id IN ?`, certificateIDs).Error
}
