// Package services keeps service accounts with the hashes of their tokens, what they use, and what is to be told
// to them.
package services

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// Store keeps them in the database.
type Store struct{ db *gorm.DB }

// New returns the store over an open database.
func New(db *gorm.DB) *Store { return &Store{db} }

type accountRow struct {
	ID            string `gorm:"primaryKey"`
	Name          string
	Owner         string
	Description   string
	Purposes      string
	Bindings      string
	PerSecond     int
	PerDay        int
	Revision      int
	CreatedBy     string
	CreatedByName string
	CreatedAt     int64 `gorm:"autoCreateTime:false"`
	EndedAt       int64
	Ended         int    // 1: EndedAt is set
	NameKey       string // the name as it is sorted
}

func (accountRow) TableName() string { return "service_accounts" }

type tokenRow struct {
	TokenHash     string `gorm:"primaryKey"`
	ID            string
	AccountID     string
	Hint          string
	CreatedByName string
	CreatedAt     int64 `gorm:"autoCreateTime:false"`
	ExpiresAt     int64
	LastUsedAt    int64
}

func (tokenRow) TableName() string { return "service_tokens" }

func (r tokenRow) token() service.Token {
	return service.Token{
		ID:         r.ID,
		AccountID:  r.AccountID,
		Hint:       r.Hint,
		CreatedBy:  r.CreatedByName,
		CreatedAt:  sqldb.FromMicros(r.CreatedAt),
		ExpiresAt:  sqldb.FromMicros(r.ExpiresAt),
		LastUsedAt: sqldb.FromMicros(r.LastUsedAt),
	}
}

func toAccountRow(a service.Account) accountRow {
	purposes := make([]string, len(a.Grant.Purposes))
	for i, p := range a.Grant.Purposes {
		purposes[i] = string(p)
	}
	bindings, _ := json.Marshal(append([]service.Binding{}, a.Grant.Bindings...)) // strings always marshal
	row := accountRow{
		ID:            a.ID,
		Name:          a.Name,
		Owner:         a.Owner,
		Description:   a.Description,
		Purposes:      sqldb.List(purposes),
		Bindings:      string(bindings),
		PerSecond:     a.Grant.Limits.PerSecond,
		PerDay:        a.Grant.Limits.PerDay,
		Revision:      a.Revision,
		CreatedBy:     a.CreatedBy,
		CreatedByName: a.CreatedByName,
		CreatedAt:     sqldb.Micros(a.CreatedAt),
		EndedAt:       sqldb.Micros(a.EndedAt),
		NameKey:       listing.SortKey(a.Name),
	}
	if row.EndedAt > 0 {
		row.Ended = 1
	}
	return row
}

func (r accountRow) account() service.Account {
	a := service.Account{
		ID:            r.ID,
		Name:          r.Name,
		Owner:         r.Owner,
		Description:   r.Description,
		Grant:         service.Grant{Purposes: []access.Purpose{}, Bindings: []service.Binding{}},
		Revision:      r.Revision,
		CreatedBy:     r.CreatedBy,
		CreatedByName: r.CreatedByName,
		CreatedAt:     sqldb.FromMicros(r.CreatedAt),
		EndedAt:       sqldb.FromMicros(r.EndedAt),
		Tokens:        []service.Token{},
		Identities:    []service.Identity{},
	}
	for _, p := range sqldb.FromList(r.Purposes) {
		a.Grant.Purposes = append(a.Grant.Purposes, access.Purpose(p))
	}
	_ = json.Unmarshal([]byte(r.Bindings), &a.Grant.Bindings) // toAccountRow or the migration wrote it
	a.Grant.Limits = service.Limits{PerSecond: r.PerSecond, PerDay: r.PerDay}
	return a
}

const accountWord = "service account"

// wordsOf is the kind of the words by which service accounts are found.
const wordsOf = "service"

func setWords(tx *gorm.DB, a service.Account) error {
	return sqldb.SetWords(tx, wordsOf, a.ID, a.ID, a.Name, a.Owner, a.Description)
}

// AddServiceAccount implements service.Store.
func (s *Store) AddServiceAccount(ctx context.Context, a service.Account) error {
	row := toAccountRow(a)
	return sqldb.Transaction(ctx, s.db, accountWord, func(tx *gorm.DB) error {
		if err := sqldb.Create(ctx, tx, &row); err != nil {
			return err
		}
		return setWords(tx, a)
	})
}

// ServiceAccounts implements service.Store.
func (s *Store) ServiceAccounts(ctx context.Context, ended bool) ([]service.Account, error) {
	where := "ended_at = 0"
	if ended {
		where = "ended_at > 0"
	}
	rows, err := sqldb.Find[accountRow](ctx, s.db.Where(where).Order("name"))
	found, err := sqldb.Convert(rows, err, accountWord, accountRow.account)
	if err != nil {
		return nil, err
	}
	tokens, err := sqldb.Find[tokenRow](ctx, s.db.Order("created_at DESC, id DESC"))
	if err != nil {
		return nil, sqldb.Wrap(err, accountWord)
	}
	of := map[string][]service.Token{}
	for _, t := range tokens {
		of[t.AccountID] = append(of[t.AccountID], t.token())
	}
	for i := range found {
		found[i].Tokens = append(found[i].Tokens, of[found[i].ID]...)
	}
	return found, s.addIdentities(ctx, found)
}

// ServiceAccount implements service.Store.
func (s *Store) ServiceAccount(ctx context.Context, id string) (service.Account, error) {
	row, err := sqldb.First[accountRow](ctx, s.db.Where("id = ?", id))
	if err != nil {
		return service.Account{}, sqldb.Wrap(err, accountWord)
	}
	found := []service.Account{row.account()}
	if err := s.addIdentities(ctx, found); err != nil {
		return service.Account{}, err
	}
	a := found[0]
	rows, err := sqldb.Find[tokenRow](ctx, s.db.Where("account_id = ?", id).Order("created_at DESC, id DESC"))
	a.Tokens, err = sqldb.Convert(rows, err, "token", tokenRow.token)
	return a, err
}

// ServiceAccountsOf implements service.Store.
func (s *Store) ServiceAccountsOf(ctx context.Context, applications []string) ([]service.Account, error) {
	rows, err := sqldb.Find[accountRow](ctx, s.db.Where("ended_at = 0 AND id IN (?)",
		s.db.Table("service_applications").Select("account_id").Where("application_id IN ?", applications)))
	return sqldb.Convert(rows, err, accountWord, accountRow.account)
}

// UpdateServiceAccount implements service.Store.
func (s *Store) UpdateServiceAccount(ctx context.Context, a service.Account) error {
	row := toAccountRow(a)
	return sqldb.Transaction(ctx, s.db, accountWord, func(tx *gorm.DB) error {
		result := tx.Model(&accountRow{}).Where("id = ? AND revision = ?", a.ID, a.Revision-1).Select("name", "owner",
			"description", "purposes", "bindings", "per_second", "per_day", "revision", "ended_at", "ended",
			"name_key").Updates(&row)
		if err := sqldb.ExpectOneIn(result, accountWord); err != nil {
			return err
		}
		if err := setWords(tx, a); err != nil || a.EndedAt.IsZero() {
			return err
		}
		if _, err := sqldb.Delete[tokenRow](ctx, tx.Where("account_id = ?", a.ID)); err != nil {
			return err
		}
		return removeIdentities(ctx, tx, "account_id = ?", a.ID)
	})
}

// AddServiceToken implements service.TokenStore.
func (s *Store) AddServiceToken(ctx context.Context, hash string, t service.Token) error {
	row := tokenRow{
		TokenHash:     hash,
		ID:            t.ID,
		AccountID:     t.AccountID,
		Hint:          t.Hint,
		CreatedByName: t.CreatedBy,
		CreatedAt:     sqldb.Micros(t.CreatedAt),
		ExpiresAt:     sqldb.Micros(t.ExpiresAt),
	}
	return sqldb.Transaction(ctx, s.db, accountWord, func(tx *gorm.DB) error {
		if err := held(ctx, tx, t.AccountID); err != nil {
			return err
		}
		valid, err := sqldb.CountRows[tokenRow](ctx,
			tx.Where("account_id = ? AND expires_at > ?", t.AccountID, row.CreatedAt))
		if err != nil {
			return err
		}
		if valid >= service.TokensValid {
			return service.TokensAtLimit()
		}
		return sqldb.Create(ctx, tx, &row)
	})
}

// ServiceTokenByHash implements service.TokenStore.
func (s *Store) ServiceTokenByHash(ctx context.Context, hash string) (service.Token, error) {
	row, err := sqldb.First[tokenRow](ctx, s.db.Where("token_hash = ?", hash))
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return s.sessionByHash(ctx, hash)
	}
	if err != nil {
		return service.Token{}, sqldb.Wrap(err, "token")
	}
	return row.token(), nil
}

// RemoveServiceToken implements service.TokenStore.
func (s *Store) RemoveServiceToken(ctx context.Context, accountID, id string) error {
	n, err := sqldb.Delete[tokenRow](ctx, s.db.Where("account_id = ? AND id = ?", accountID, id))
	if err == nil && n == 0 {
		err = gorm.ErrRecordNotFound
	}
	return sqldb.Wrap(err, "token")
}

// NoteServiceTokens implements service.TokenStore.
func (s *Store) NoteServiceTokens(ctx context.Context, used map[string]time.Time) error {
	return sqldb.Transaction(ctx, s.db, "token", func(tx *gorm.DB) error {
		for _, id := range slices.Sorted(maps.Keys(used)) { // replicas write in one order
			at := used[id]
			n, err := sqldb.Update[tokenRow](ctx, tx.Where("id = ? AND last_used_at < ?", id, sqldb.Micros(at)),
				"last_used_at", sqldb.Micros(at))
			if err == nil && n == 0 {
				_, err = sqldb.Update[identityRow](ctx, tx.Where("id = ? AND last_used_at < ?", id, sqldb.Micros(at)),
					"last_used_at", sqldb.Micros(at))
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

type dayRow struct {
	AccountID string `gorm:"primaryKey"`
	Day       int64  `gorm:"primaryKey;autoIncrement:false"`
	Used      int
}

func (dayRow) TableName() string { return "service_days" }

// SpendServiceDay implements service.TokenStore.
func (s *Store) SpendServiceDay(ctx context.Context, accountID string, day int64, n, limit int) (bool, error) {
	if n > limit {
		return false, nil
	}
	within := clause.Where{Exprs: []clause.Expression{gorm.Expr("service_days.used + ? <= ?", n, limit)}}
	add := clause.OnConflict{
		Columns:   []clause.Column{{Name: "account_id"}, {Name: "day"}},
		DoUpdates: clause.Assignments(map[string]any{"used": gorm.Expr("service_days.used + ?", n)}),
		Where:     within,
	}
	result := s.db.WithContext(ctx).Clauses(add).Create(&dayRow{AccountID: accountID, Day: day, Used: n})
	return result.RowsAffected == 1, sqldb.Wrap(result.Error, accountWord)
}
