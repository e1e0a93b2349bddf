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

// Verdict is a row of what is said of a certificate.
type Verdict[R any] interface {
	comparable
	Certificate() string
	// Beside is the row beside what was said before: same where nothing but its basis has changed, and changed where
	// it says something else.
	Beside(before R) (now R, same, changed bool)
}

// SaveVerdicts writes verdicts on a basis, which a column holds: those that have changed, and of the others the basis
// alone. What says something else is looked at again by whoever watches for what ends. They are as many as a query may
// name. The column is the caller's own word.
func SaveVerdicts[R Verdict[R]](ctx context.Context, db *gorm.DB, column, basis string, all []R) error {
	if len(all) == 0 {
		return nil
	}
	return Transaction(ctx, db, "verdict", func(tx *gorm.DB) error {
		before, err := verdictsBefore(ctx, tx, all)
		if err != nil {
			return err
		}
		var same, changed []string
		var rows []R
		for _, now := range all {
			id, differs := now.Certificate(), true
			if was, known := before[id]; known {
				var unchanged bool
				if now, unchanged, differs = now.Beside(was); unchanged {
					same = append(same, id)
					continue
				}
			}
			if rows = append(rows, now); differs {
				changed = append(changed, id)
			}
		}
		if len(same) > 0 {
			err := tx.Model(new(R)).Where("certificate_id IN ?", same).Update(column, basis).Error
			if err != nil {
				return err
			}
		}
		if len(rows) > 0 {
			err := tx.Clauses(clause.OnConflict{UpdateAll: true}).CreateInBatches(rows, insertedAtOnce).Error
			if err != nil {
				return err
			}
		}
		return lookAgain(tx, changed)
	})
}

func verdictsBefore[R Verdict[R]](ctx context.Context, tx *gorm.DB, all []R) (map[string]R, error) {
	ids := make([]string, len(all))
	for i, r := range all {
		ids[i] = r.Certificate()
	}
	rows, err := Find[R](ctx, tx.Where("certificate_id IN ?", ids))
	before := make(map[string]R, len(rows))
	for _, r := range rows {
		before[r.Certificate()] = r
	}
	return before, err
}

// lookAgain has whoever watches for what ends look at certificates again: as many as a query may name.
func lookAgain(tx *gorm.DB, certificateIDs []string) error {
	if len(certificateIDs) == 0 {
		return nil
	}
	return tx.Exec(`UPDATE case_subjects SET due = 0, changes = changes + 1
		WHERE kind = 'certificate' AND id IN ?`, certificateIDs).Error
}
