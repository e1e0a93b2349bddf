package mirror

import (
	"context"
	"encoding/json"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/vault"
)

// checkRow is the newest comparison of custody with the records.
type checkRow struct {
	ID    string `gorm:"primaryKey"`
	At    int64
	Found string // JSON of vault.Checked
}

func (checkRow) TableName() string { return "custody_checks" }

const newestCheck = "newest"

// SaveCheck implements vault.Checks.
func (s *Store) SaveCheck(ctx context.Context, found vault.Checked) error {
	text, err := json.Marshal(found)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "custody_check", "The comparison cannot be kept.")
	}
	row := checkRow{ID: newestCheck, At: sqldb.Micros(found.At), Found: string(text)}
	err = s.db.WithContext(ctx).Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
	return sqldb.Wrap(err, "comparison")
}

// LastCheck implements vault.Checks.
func (s *Store) LastCheck(ctx context.Context) (*vault.Checked, error) {
	row, err := sqldb.Take[checkRow](ctx, s.db.Where("id = ?", newestCheck))
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil //nolint:nilnil // there is none yet
	}
	if err != nil {
		return nil, sqldb.Wrap(err, "comparison")
	}
	var found vault.Checked
	if err := json.Unmarshal([]byte(row.Found), &found); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "custody_check", "The comparison that was kept cannot be read.")
	}
	return &found, nil
}
