// Package registers keeps what was read of registers of payment firms.
package registers

import (
	"context"
	"encoding/json"
	"time"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/registers"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// Store keeps it in the database.
type Store struct{ db *gorm.DB }

// New returns the store over an open database.
func New(db *gorm.DB) *Store { return &Store{db} }

type registerRow struct {
	ID       string `gorm:"primaryKey"`
	AskAt    int64
	Revision int
	Register string
}

func (registerRow) TableName() string { return "registers" }

func (r registerRow) register() registers.Register {
	var known registers.Register
	_ = json.Unmarshal([]byte(r.Register), &known) // a store wrote it
	known.SourceID, known.AskAt, known.Revision = r.ID, time.UnixMicro(r.AskAt).UTC(), r.Revision
	return known
}

type entryRow struct {
	Register string `gorm:"primaryKey"`
	Place    int    `gorm:"primaryKey"`
	Number   string
	Entry    string
}

func (entryRow) TableName() string { return "register_entries" }

func (r entryRow) entry() registers.Entry {
	e := registers.Entry{Register: r.Register}
	_ = json.Unmarshal([]byte(r.Entry), &e.Entry) // a store wrote it
	return e
}

// Registers implements registers.Store.
func (s *Store) Registers(ctx context.Context) ([]registers.Register, error) {
	var rows []registerRow
	err := s.db.WithContext(ctx).Order("id").Find(&rows).Error
	return sqldb.Convert(rows, err, "register", registerRow.register)
}

const rowsAtOnce = 100

// SaveRegister implements registers.Store.
func (s *Store) SaveRegister(
	ctx context.Context, r registers.Register, entries []registers.Entry, replace bool,
) (saved bool, err error) {
	text, _ := json.Marshal(r) // texts, numbers and times
	row := registerRow{ID: r.SourceID, AskAt: r.AskAt.UnixMicro(), Revision: r.Revision + 1, Register: string(text)}
	err = sqldb.Transaction(ctx, s.db, "register", func(tx *gorm.DB) error {
		written := tx.Model(&registerRow{}).Where("id = ? AND revision = ?", r.SourceID, r.Revision).
			Select("ask_at", "revision", "register").Updates(&row)
		if r.Revision == 0 {
			written = tx.Exec(`INSERT INTO registers (id, ask_at, revision, register) VALUES (?, ?, ?, ?)
				ON CONFLICT (id) DO NOTHING`, row.ID, row.AskAt, row.Revision, row.Register)
		}
		if saved = written.RowsAffected > 0; written.Error != nil || !saved || !replace {
			return written.Error
		}
		if err := tx.Where("register = ?", r.SourceID).Delete(&entryRow{}).Error; err != nil {
			return err
		}
		rows := make([]entryRow, len(entries))
		for i, e := range entries {
			text, err := json.Marshal(e.Entry)
			if err != nil {
				return err
			}
			rows[i] = entryRow{Register: r.SourceID, Place: i, Number: e.Key, Entry: string(text)}
		}
		if len(rows) == 0 {
			return nil
		}
		return tx.CreateInBatches(rows, rowsAtOnce).Error
	})
	return saved, err
}

// RegisterEntries implements registers.Store.
func (s *Store) RegisterEntries(ctx context.Context, keys []string) ([]registers.Entry, error) {
	var rows []entryRow
	err := s.db.WithContext(ctx).Where("number IN ?", keys).Order("register, place").Find(&rows).Error
	return sqldb.Convert(rows, err, "entry of a register", entryRow.entry)
}

// Identifiers implements registers.Store.
func (s *Store) Identifiers(ctx context.Context, limit int) (all []string, err error) {
	err = s.db.WithContext(ctx).Raw(`SELECT organization_identifier FROM organizations
		UNION SELECT organization_identifier FROM certificates WHERE state = 'stored'
		ORDER BY organization_identifier LIMIT ?`, limit).Scan(&all).Error
	return all, sqldb.Wrap(err, "certificate")
}

// IdentifierOf implements registers.Store.
func (s *Store) IdentifierOf(ctx context.Context, organizationID string) (string, error) {
	var found []string
	err := s.db.WithContext(ctx).Table("organizations").Where("id = ?", organizationID).
		Pluck("organization_identifier", &found).Error
	if err == nil && len(found) == 0 {
		err = gorm.ErrRecordNotFound
	}
	if err != nil {
		return "", sqldb.Wrap(err, "organization")
	}
	return found[0], nil
}

// InstitutionsUsing implements registers.Store.
func (s *Store) InstitutionsUsing(ctx context.Context, certificateIDs []string) (map[string][]string, error) {
	return sqldb.InstitutionsUsing(s.db.WithContext(ctx), certificateIDs)
}
