package services

import (
	"context"
	"encoding/json"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

const identityWord = "identity"

type identityRow struct {
	ID            string `gorm:"primaryKey"`
	AccountID     string
	Kind          string
	Issuer        string
	Audience      string
	Subject       string
	Claims        string
	CreatedByName string
	CreatedAt     int64 `gorm:"autoCreateTime:false"`
	LastUsedAt    int64
}

func (identityRow) TableName() string { return "service_identities" }

func (r identityRow) identity() service.Identity {
	i := service.Identity{
		ID:         r.ID,
		AccountID:  r.AccountID,
		Kind:       service.IdentityKind(r.Kind),
		Issuer:     r.Issuer,
		Audience:   r.Audience,
		Subject:    r.Subject,
		CreatedBy:  r.CreatedByName,
		CreatedAt:  sqldb.FromMicros(r.CreatedAt),
		LastUsedAt: sqldb.FromMicros(r.LastUsedAt),
	}
	_ = json.Unmarshal([]byte(r.Claims), &i.Claims) // AddServiceIdentity wrote it
	return i
}

type sessionRow struct {
	TokenHash  string `gorm:"primaryKey"`
	IdentityID string
	AccountID  string
	CreatedAt  int64 `gorm:"autoCreateTime:false"`
	ExpiresAt  int64
}

func (sessionRow) TableName() string { return "service_sessions" }

// held locks the row of an account in use: its end, and others who add to it, wait.
func held(ctx context.Context, tx *gorm.DB, accountID string) error {
	account, err := sqldb.First[accountRow](ctx, tx.Clauses(clause.Locking{Strength: "UPDATE"}).
		Where("id = ?", accountID))
	if err == nil && account.EndedAt != 0 {
		err = service.Ended()
	}
	return err
}

// AddServiceIdentity implements service.IdentityStore.
func (s *Store) AddServiceIdentity(ctx context.Context, i service.Identity, most int) error {
	claims, err := json.Marshal(i.Claims)
	if err != nil {
		return err
	}
	row := identityRow{
		ID:            i.ID,
		AccountID:     i.AccountID,
		Kind:          string(i.Kind),
		Issuer:        i.Issuer,
		Audience:      i.Audience,
		Subject:       i.Subject,
		Claims:        string(claims),
		CreatedByName: i.CreatedBy,
		CreatedAt:     sqldb.Micros(i.CreatedAt),
	}
	return sqldb.Transaction(ctx, s.db, accountWord, func(tx *gorm.DB) error {
		if err := held(ctx, tx, i.AccountID); err != nil {
			return err
		}
		n, err := sqldb.CountRows[identityRow](ctx, tx.Where("account_id = ?", i.AccountID))
		if err != nil {
			return err
		}
		if n >= int64(most) {
			return service.IdentitiesAtLimit()
		}
		return sqldb.Create(ctx, tx, &row)
	})
}

// RemoveServiceIdentity implements service.IdentityStore.
func (s *Store) RemoveServiceIdentity(ctx context.Context, accountID, id string) error {
	return sqldb.Transaction(ctx, s.db, identityWord, func(tx *gorm.DB) error {
		found := tx.Where("account_id = ? AND id = ?", accountID, id)
		if _, err := sqldb.First[identityRow](ctx, found); err != nil {
			return err
		}
		return removeIdentities(ctx, tx, "id = ?", id)
	})
}

// removeIdentities removes identities with the tokens that they were given.
func removeIdentities(ctx context.Context, tx *gorm.DB, where, value string) error {
	of := tx.Model(&identityRow{}).Select("id").Where(where, value)
	if err := tx.Where("identity_id IN (?)", of).Delete(&sessionRow{}).Error; err != nil {
		return err
	}
	_, err := sqldb.Delete[identityRow](ctx, tx.Where(where, value))
	return err
}

// ServiceIdentities implements service.IdentityStore. Those of an account that has ended are removed with its end.
func (s *Store) ServiceIdentities(
	ctx context.Context, kind service.IdentityKind, issuer string,
) ([]service.Identity, error) {
	rows, err := sqldb.Find[identityRow](ctx, s.db.Where("kind = ? AND issuer = ?", string(kind), issuer).
		Order("account_id, id"))
	return sqldb.Convert(rows, err, identityWord, identityRow.identity)
}

// ServiceIdentitiesOf implements service.IdentityStore.
func (s *Store) ServiceIdentitiesOf(
	ctx context.Context, kind service.IdentityKind, subjects []string,
) ([]service.Identity, error) {
	rows, err := sqldb.Find[identityRow](ctx, s.db.Where("kind = ? AND subject IN ?", string(kind), subjects).
		Order("account_id, id"))
	return sqldb.Convert(rows, err, identityWord, identityRow.identity)
}

// AddServiceSession implements service.IdentityStore.
func (s *Store) AddServiceSession(
	ctx context.Context, hash string, t service.Token, most int,
) (within bool, err error) {
	row := sessionRow{
		TokenHash:  hash,
		IdentityID: t.ID,
		AccountID:  t.AccountID,
		CreatedAt:  sqldb.Micros(t.CreatedAt),
		ExpiresAt:  sqldb.Micros(t.ExpiresAt),
	}
	err = sqldb.Transaction(ctx, s.db, identityWord, func(tx *gorm.DB) error {
		if err := held(ctx, tx, t.AccountID); err != nil {
			return err
		}
		// It may have been removed since it was read.
		if _, err := sqldb.First[identityRow](ctx, tx.Where("id = ?", t.ID)); err != nil {
			return err
		}
		over := tx.Where("account_id = ? AND expires_at <= ?", t.AccountID, row.CreatedAt)
		if _, err := sqldb.Delete[sessionRow](ctx, over); err != nil {
			return err
		}
		n, err := sqldb.CountRows[sessionRow](ctx, tx.Where("account_id = ?", t.AccountID))
		if within = n < int64(most); err != nil || !within {
			return err
		}
		return sqldb.Create(ctx, tx, &row)
	})
	return within, err
}

// sessionByHash is the short token of an identity.
func (s *Store) sessionByHash(ctx context.Context, hash string) (service.Token, error) {
	row, err := sqldb.First[sessionRow](ctx, s.db.Where("token_hash = ?", hash))
	if err != nil {
		return service.Token{}, sqldb.Wrap(err, "token")
	}
	return service.Token{
		ID:        row.IdentityID,
		AccountID: row.AccountID,
		CreatedAt: sqldb.FromMicros(row.CreatedAt),
		ExpiresAt: sqldb.FromMicros(row.ExpiresAt),
	}, nil
}

// addIdentities gives accounts their identities, newest first.
func (s *Store) addIdentities(ctx context.Context, accounts []service.Account) error {
	if len(accounts) == 0 {
		return nil
	}
	at := map[string]int{}
	var ids []string
	for i, a := range accounts {
		at[a.ID] = i
		ids = append(ids, a.ID)
	}
	for part := range slices.Chunk(ids, 500) {
		rows, err := sqldb.Find[identityRow](ctx,
			s.db.Where("account_id IN ?", part).Order("created_at DESC, id DESC"))
		if err != nil {
			return sqldb.Wrap(err, identityWord)
		}
		for _, r := range rows {
			i := at[r.AccountID]
			accounts[i].Identities = append(accounts[i].Identities, r.identity())
		}
	}
	return nil
}
