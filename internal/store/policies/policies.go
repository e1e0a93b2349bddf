// Package policies keeps what was decided about the policy, each setting as versions of which the newest is in force.
package policies

import (
	"context"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/policy"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// Store keeps them in the database.
type Store struct{ db *gorm.DB }

// New returns the store over an open database.
func New(db *gorm.DB) *Store { return &Store{db} }

type settingRow struct {
	Name          string `gorm:"primaryKey"`
	Version       int    `gorm:"primaryKey;autoIncrement:false"`
	Value         string
	Way           string
	Reason        string
	ChangedBy     string
	ChangedByName string
	ChangedAt     int64
}

func (settingRow) TableName() string { return "policy_settings" }

func rowOf(s policy.Setting) settingRow {
	return settingRow{
		Name:          s.Name,
		Version:       s.Version,
		Value:         s.Value,
		Way:           string(s.Way),
		Reason:        s.Reason,
		ChangedBy:     s.ChangedBy,
		ChangedByName: s.ChangedByName,
		ChangedAt:     sqldb.Micros(s.ChangedAt),
	}
}

func (r settingRow) setting() policy.Setting {
	return policy.Setting{
		Name:          r.Name,
		Version:       r.Version,
		Value:         r.Value,
		Way:           policy.Way(r.Way),
		Reason:        r.Reason,
		ChangedBy:     r.ChangedBy,
		ChangedByName: r.ChangedByName,
		ChangedAt:     sqldb.FromMicros(r.ChangedAt),
	}
}

// PolicySettings implements policy.Store.
func (s *Store) PolicySettings(ctx context.Context) ([]policy.Setting, error) {
	var rows []settingRow
	err := s.db.WithContext(ctx).Where("version = (SELECT MAX(version) FROM policy_settings newer " +
		"WHERE newer.name = policy_settings.name)").Order("name").Find(&rows).Error
	return sqldb.Convert(rows, err, "setting of the policy", settingRow.setting)
}

// AddPolicySettings implements policy.Store. Of two who write a version at once, one does.
func (s *Store) AddPolicySettings(ctx context.Context, settings []policy.Setting) error {
	rows := make([]settingRow, len(settings))
	for i, setting := range settings {
		rows[i] = rowOf(setting)
	}
	return sqldb.Wrap(s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		for _, r := range rows {
			var there int64
			err := tx.Model(&settingRow{}).Where("name = ? AND version = ?", r.Name, r.Version).Count(&there).Error
			if err != nil {
				return err
			}
			if there > 0 { // SQLite's trigger against replacing speaks before its key does
				return gorm.ErrDuplicatedKey
			}
		}
		return tx.Create(&rows).Error
	}), "version of a setting of the policy")
}
