package people

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

type consoleSessionRow struct {
	ID          string `gorm:"primaryKey"`
	UserID      string
	Way         string
	PasskeyID   string
	Agent       string
	Address     string
	BeganAt     int64
	SeenAt      int64
	ConfirmedAt int64
	Issuer      string
	Subject     string
	ProviderSid string
}

func (consoleSessionRow) TableName() string { return "console_sessions" }

func (r consoleSessionRow) session() identity.Session {
	return identity.Session{
		ID:          r.ID,
		UserID:      r.UserID,
		How:         r.Way,
		PasskeyID:   r.PasskeyID,
		Agent:       r.Agent,
		Address:     r.Address,
		BeganAt:     sqldb.FromMicros(r.BeganAt),
		SeenAt:      sqldb.FromMicros(r.SeenAt),
		ConfirmedAt: sqldb.FromMicros(r.ConfirmedAt),
		Issuer:      r.Issuer,
		Subject:     r.Subject,
		ProviderSid: r.ProviderSid,
	}
}

// BeginSession implements identity.Sessions.
func (s *Store) BeginSession(ctx context.Context, n identity.Session, idle, longest time.Time, keep int) error {
	return sqldb.Transaction(ctx, s.db, "session", func(tx *gorm.DB) error {
		_, err := sqldb.Delete[consoleSessionRow](ctx, tx.
			Where("seen_at <= ? OR began_at <= ?", sqldb.Micros(idle), sqldb.Micros(longest)))
		if err != nil {
			return err
		}
		oldest := tx.WithContext(ctx).Model(&consoleSessionRow{}).Select("id").Where("user_id = ?", n.UserID).
			Order("began_at DESC, id DESC").Limit(maxKept).Offset(keep - 1)
		if _, err = sqldb.Delete[consoleSessionRow](ctx, tx.Where("id IN (?)", oldest)); err != nil {
			return err
		}
		changed, err := sqldb.Update[userRow](ctx, tx.Where("id = ? AND disabled_at = 0", n.UserID), "last_sign_in_at",
			sqldb.Micros(n.BeganAt))
		if err := one(changed, err, "user"); err != nil {
			return err
		}
		return sqldb.Create(ctx, tx, &consoleSessionRow{
			ID:          n.ID,
			UserID:      n.UserID,
			Way:         n.How,
			PasskeyID:   n.PasskeyID,
			Agent:       n.Agent,
			Address:     n.Address,
			BeganAt:     sqldb.Micros(n.BeganAt),
			SeenAt:      sqldb.Micros(n.SeenAt),
			ConfirmedAt: sqldb.Micros(n.ConfirmedAt),
			Issuer:      n.Issuer,
			Subject:     n.Subject,
			ProviderSid: n.ProviderSid,
		})
	})
}

// maxKept is more than a person ever has: SQLite takes no offset without a limit.
const maxKept = 1 << 20

// SessionUser implements identity.Sessions.
func (s *Store) SessionUser(ctx context.Context, id string) (identity.Session, identity.User, error) {
	row, err := sqldb.First[consoleSessionRow](ctx, s.db.Where("id = ?", id))
	if err != nil {
		return identity.Session{}, identity.User{}, sqldb.Wrap(err, "session")
	}
	user, err := s.UserByID(ctx, row.UserID)
	return row.session(), user, err
}

// SessionsOf implements identity.Sessions.
func (s *Store) SessionsOf(ctx context.Context, userID string) ([]identity.Session, error) {
	query := s.db.Where("user_id = ?", userID).Order("began_at DESC, id DESC")
	rows, err := sqldb.Find[consoleSessionRow](ctx, query)
	return sqldb.Convert(rows, err, "session", consoleSessionRow.session)
}

// SessionSeen implements identity.Sessions.
func (s *Store) SessionSeen(ctx context.Context, id string, at time.Time) error {
	return s.changeSession(ctx, id, "seen_at", at)
}

// SessionConfirmed implements identity.Sessions.
func (s *Store) SessionConfirmed(ctx context.Context, id string, at time.Time) error {
	return s.changeSession(ctx, id, "confirmed_at", at)
}

func (s *Store) changeSession(ctx context.Context, id, column string, at time.Time) error {
	changed, err := sqldb.Update[consoleSessionRow](ctx, s.db.Where("id = ?", id), column, sqldb.Micros(at))
	return one(changed, err, "session")
}

// EndSession implements identity.Sessions.
func (s *Store) EndSession(ctx context.Context, id string) error {
	changed, err := sqldb.Delete[consoleSessionRow](ctx, s.db.Where("id = ?", id))
	return one(changed, err, "session")
}
