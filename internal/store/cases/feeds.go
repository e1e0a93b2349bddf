package cases

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/alerts"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

type feedRow struct {
	ID         string `gorm:"primaryKey"`
	TokenHash  string
	UserID     string
	UserName   string
	CreatedAt  int64 `gorm:"autoCreateTime:false"`
	LastUsedAt int64
}

func (feedRow) TableName() string { return "calendar_feeds" }

func (r feedRow) feed() alerts.Feed {
	return alerts.Feed{
		ID:        r.ID,
		TokenHash: r.TokenHash,
		UserID:    r.UserID,
		UserName:  r.UserName,
		CreatedAt: sqldb.FromMicros(r.CreatedAt),
		UsedAt:    sqldb.FromMicros(r.LastUsedAt),
	}
}

const feedWord = "calendar"

// AddFeed implements alerts.FeedStore.
func (s *Store) AddFeed(ctx context.Context, f alerts.Feed) error {
	return sqldb.Wrap(sqldb.Create(ctx, s.db, &feedRow{
		ID:        f.ID,
		TokenHash: f.TokenHash,
		UserID:    f.UserID,
		UserName:  f.UserName,
		CreatedAt: sqldb.Micros(f.CreatedAt),
	}), feedWord)
}

// FeedsOf implements alerts.FeedStore.
func (s *Store) FeedsOf(ctx context.Context, userID string) ([]alerts.Feed, error) {
	rows, err := sqldb.Find[feedRow](ctx, s.db.Where("user_id = ?", userID).Order("created_at, id"))
	return sqldb.Convert(rows, err, feedWord, feedRow.feed)
}

// RemoveFeed implements alerts.FeedStore.
func (s *Store) RemoveFeed(ctx context.Context, userID, id string) error {
	n, err := sqldb.Delete[feedRow](ctx, s.db.Where("id = ? AND user_id = ?", id, userID))
	if err == nil && n == 0 {
		err = gorm.ErrRecordNotFound
	}
	return sqldb.Wrap(err, feedWord)
}

// FeedByToken implements alerts.FeedStore.
func (s *Store) FeedByToken(ctx context.Context, tokenHash string) (alerts.Feed, error) {
	row, err := sqldb.First[feedRow](ctx, s.db.Where("token_hash = ? AND EXISTS (SELECT 1 FROM users "+
		"WHERE users.id = calendar_feeds.user_id AND users.disabled_at = 0)", tokenHash))
	return row.feed(), sqldb.Wrap(err, feedWord)
}

// UseFeed implements alerts.FeedStore.
func (s *Store) UseFeed(ctx context.Context, id string, day time.Time) error {
	_, err := sqldb.Update[feedRow](ctx, s.db.Where("id = ?", id), "last_used_at", sqldb.Micros(day))
	return sqldb.Wrap(err, feedWord)
}

// Ending is a certificate in use and where it is.
type Ending struct {
	Certificate, Kind, Registration, Institution string
	NotAfter                                     time.Time
}

// EndingFirst returns certificates in use with the registrations that use them, those first that are looked at next.
func (s *Store) EndingFirst(ctx context.Context, limit int) ([]Ending, error) {
	var rows []struct {
		ID, Kind, RegistrationID, InstitutionID string
		NotAfter                                int64
	}
	err := s.db.WithContext(ctx).Raw(`SELECT c.id, c.kind, c.not_after, b.registration_id, r.institution_id
		FROM (SELECT id FROM case_subjects WHERE kind = 'certificate' AND due < ? ORDER BY due, id LIMIT ?) AS s
		JOIN certificates c ON c.id = s.id
		JOIN bundles b ON b.state = 'active' AND (b.qwac_id = c.id OR b.qsealc_id = c.id)
		JOIN registrations r ON r.id = b.registration_id LIMIT ?`, int64(never), limit, limit).Scan(&rows).Error
	all := make([]Ending, len(rows))
	for i, r := range rows {
		all[i] = Ending{r.ID, r.Kind, r.RegistrationID, r.InstitutionID, sqldb.FromMicros(r.NotAfter)}
	}
	return all, sqldb.Wrap(err, "certificate")
}
