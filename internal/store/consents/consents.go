// Package consents keeps customers' consents, and who works on one now.
package consents

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// Store keeps them in the database.
type Store struct{ db *gorm.DB }

// New returns the store over an open database.
func New(db *gorm.DB) *Store { return &Store{db} }

// consentRow is a consent as it is stored; times are microseconds.
type consentRow struct {
	ID               string `gorm:"primaryKey"`
	RegistrationID   string
	InstitutionID    string
	Segment          string
	Scope            string
	Customer         string
	RedirectURI      string `gorm:"column:redirect_uri"`
	StateHash        string
	CodeHash         string
	State            string
	Reason           string
	CreatedAt        int64 `gorm:"autoCreateTime:false"`
	CreatedBy        string
	AnswerBy         int64
	AuthorizedAt     int64
	RenewedAt        int64
	AccessExpiresAt  int64
	RefreshExpiresAt int64
	ReauthenticateBy int64
	ExpiresAt        int64
	RefreshLife      int64
	Refreshable      bool
	RefreshesLeft    int
	Refreshes        int
	InDoubt          bool
	RetryAt          int64
	LastFailure      string
	HoldsTokens      bool
	LeaseUntil       int64
	Abandoned        bool
	Fence            int64
}

func (consentRow) TableName() string { return "consents" }

func consentRowOf(c consent.Consent) consentRow {
	return consentRow{
		ID:               c.ID,
		RegistrationID:   c.RegistrationID,
		InstitutionID:    c.InstitutionID,
		Segment:          c.Segment,
		Scope:            c.Scope,
		Customer:         c.Customer,
		RedirectURI:      c.RedirectURI,
		StateHash:        c.StateHash,
		CodeHash:         c.CodeHash,
		State:            string(c.State),
		Reason:           c.Reason,
		CreatedAt:        sqldb.Micros(c.CreatedAt),
		CreatedBy:        c.CreatedBy,
		AnswerBy:         sqldb.Micros(c.AnswerBy),
		AuthorizedAt:     sqldb.Micros(c.AuthorizedAt),
		RenewedAt:        sqldb.Micros(c.RenewedAt),
		AccessExpiresAt:  sqldb.Micros(c.AccessExpiresAt),
		RefreshExpiresAt: sqldb.Micros(c.RefreshExpiresAt),
		ReauthenticateBy: sqldb.Micros(c.ReauthenticateBy),
		ExpiresAt:        sqldb.Micros(c.ExpiresAt),
		RefreshLife:      c.RefreshLife.Microseconds(),
		Refreshable:      c.Refreshable,
		RefreshesLeft:    c.RefreshesLeft,
		Refreshes:        c.Refreshes,
		InDoubt:          c.InDoubt,
		RetryAt:          sqldb.Micros(c.RetryAt),
		LastFailure:      c.LastFailure,
		HoldsTokens:      c.HoldsTokens,
		Fence:            c.Fence,
	}
}

func consentOf(r consentRow) consent.Consent {
	return consent.Consent{
		ID:               r.ID,
		RegistrationID:   r.RegistrationID,
		InstitutionID:    r.InstitutionID,
		Segment:          r.Segment,
		Scope:            r.Scope,
		Customer:         r.Customer,
		RedirectURI:      r.RedirectURI,
		StateHash:        r.StateHash,
		CodeHash:         r.CodeHash,
		State:            consent.State(r.State),
		Reason:           r.Reason,
		CreatedAt:        sqldb.FromMicros(r.CreatedAt),
		CreatedBy:        r.CreatedBy,
		AnswerBy:         sqldb.FromMicros(r.AnswerBy),
		AuthorizedAt:     sqldb.FromMicros(r.AuthorizedAt),
		RenewedAt:        sqldb.FromMicros(r.RenewedAt),
		AccessExpiresAt:  sqldb.FromMicros(r.AccessExpiresAt),
		RefreshExpiresAt: sqldb.FromMicros(r.RefreshExpiresAt),
		ReauthenticateBy: sqldb.FromMicros(r.ReauthenticateBy),
		ExpiresAt:        sqldb.FromMicros(r.ExpiresAt),
		RefreshLife:      time.Duration(r.RefreshLife) * time.Microsecond,
		Refreshable:      r.Refreshable,
		RefreshesLeft:    r.RefreshesLeft,
		Refreshes:        r.Refreshes,
		InDoubt:          r.InDoubt,
		RetryAt:          sqldb.FromMicros(r.RetryAt),
		LastFailure:      r.LastFailure,
		HoldsTokens:      r.HoldsTokens,
		Fence:            r.Fence,
	}
}

// AddConsent implements consent.Records.
func (s *Store) AddConsent(ctx context.Context, c consent.Consent) error {
	row := consentRowOf(c)
	return sqldb.Wrap(sqldb.Create(ctx, s.db, &row), "consent")
}

// ConsentByID implements consent.Records.
func (s *Store) ConsentByID(ctx context.Context, id string) (consent.Consent, error) {
	row, err := sqldb.First[consentRow](ctx, s.db.Where("id = ?", id))
	return consentOf(row), sqldb.Wrap(err, "consent")
}

// ConsentByState implements consent.Records.
func (s *Store) ConsentByState(ctx context.Context, stateHash string) (consent.Consent, error) {
	row, err := sqldb.First[consentRow](ctx, s.db.Where("state_hash = ?", stateHash))
	return consentOf(row), sqldb.Wrap(err, "consent")
}
