package cases

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/internal/alerts"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

type messageRow struct {
	ID        string `gorm:"primaryKey"`
	Recipient string
	Test      bool
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	Due       int64
	Attempts  int
	State     string
	Failure   string
	EndedAt   int64
}

func (messageRow) TableName() string { return "alert_messages" }

func (r messageRow) message() alerts.Row {
	return alerts.Row{
		ID:        r.ID,
		Recipient: r.Recipient,
		Test:      r.Test,
		CreatedAt: sqldb.FromMicros(r.CreatedAt),
		Due:       sqldb.FromMicros(r.Due),
		Attempts:  r.Attempts,
		State:     alerts.State(r.State),
		Failure:   r.Failure,
		EndedAt:   sqldb.FromMicros(r.EndedAt),
	}
}

type channelRow struct {
	Recipient    string `gorm:"primaryKey"`
	DigestAt     int64
	SentAt       int64
	FailingSince int64
	Failure      string
}

func (channelRow) TableName() string { return "alert_channels" }

// WaitingNotices implements alerts.Store.
func (s *Store) WaitingNotices(ctx context.Context, recipient string, limit int) ([]alerts.Waited, error) {
	rows, err := sqldb.Find[noticeRow](ctx,
		s.db.Where("recipient = ? AND message_id = ''", recipient).Order("event_seq").
			Limit(limit))
	return sqldb.Convert(rows, err, "notice", func(r noticeRow) alerts.Waited {
		return alerts.Waited{CaseID: r.CaseID, What: r.What, Urgent: r.Urgent}
	})
}

// errTaken undoes what another replica has done already.
var errTaken = errors.New("taken")

// AddMessage implements alerts.Store.
func (s *Store) AddMessage(
	ctx context.Context, m alerts.Row, notices []alerts.Waited, digest, before time.Time,
) (bool, error) {
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		for _, n := range notices {
			taken := tx.Model(&noticeRow{}).Where("case_id = ? AND what = ? AND recipient = ? AND message_id = ''",
				n.CaseID, n.What, m.Recipient).Update("message_id", m.ID)
			if taken.Error != nil {
				return taken.Error
			}
			if taken.RowsAffected == 0 {
				return errTaken
			}
		}
		if !digest.IsZero() {
			set := tx.Model(&channelRow{}).Where("recipient = ? AND digest_at = ?", m.Recipient, sqldb.Micros(before)).
				Update("digest_at", sqldb.Micros(digest))
			if set.Error != nil {
				return set.Error
			}
			if set.RowsAffected == 0 {
				return errTaken
			}
		}
		return tx.Create(&messageRow{
			ID:        m.ID,
			Recipient: m.Recipient,
			Test:      m.Test,
			CreatedAt: sqldb.Micros(m.CreatedAt),
			Due:       sqldb.Micros(m.Due),
			State:     string(m.State),
		}).Error
	})
	if errors.Is(err, errTaken) {
		return false, nil
	}
	return err == nil, sqldb.Wrap(err, "message")
}

// Items implements alerts.Store.
func (s *Store) Items(ctx context.Context, messageID string) ([]alerts.Item, error) {
	var rows []eventRow
	err := s.db.WithContext(ctx).Table("case_events").
		Joins("JOIN alert_notices n ON n.case_id = case_events.case_id AND n.what = case_events.what").
		Where("n.message_id = ?", messageID).Order("seq").Find(&rows).Error
	return s.items(ctx, rows, err)
}

// EventItems implements alerts.Store.
func (s *Store) EventItems(ctx context.Context, after int64, limit int) ([]alerts.Item, error) {
	rows, err := sqldb.Find[eventRow](ctx, s.db.Where("seq > ?", after).Order("seq").Limit(limit))
	return s.items(ctx, rows, err)
}

// items puts the cases to their events.
func (s *Store) items(ctx context.Context, rows []eventRow, err error) ([]alerts.Item, error) {
	if err != nil {
		return nil, sqldb.Wrap(err, "event")
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.CaseID
	}
	found, err := sqldb.Find[caseRow](ctx, s.db.Where("id IN ?", ids))
	if err != nil {
		return nil, sqldb.Wrap(err, "case")
	}
	byID := make(map[string]cases.Case, len(found))
	for _, r := range found {
		byID[r.ID] = r.object()
	}
	items := make([]alerts.Item, len(rows))
	for i, r := range rows {
		items[i] = alerts.Item{Event: r.event(), Case: byID[r.CaseID]}
	}
	return items, nil
}

// DueMessages implements alerts.Store.
func (s *Store) DueMessages(ctx context.Context, now time.Time, limit int) ([]alerts.Row, error) {
	due := s.db.Model(&messageRow{}).Where("state = 'waiting' AND due <= ?", sqldb.Micros(now)).
		Select(`*, ROW_NUMBER() OVER (PARTITION BY recipient ORDER BY EXISTS (SELECT 1 FROM alert_notices n
			WHERE n.message_id = alert_messages.id AND n.urgent) DESC, due, id) AS place`)
	rows, err := sqldb.Find[messageRow](ctx, s.db.Table("(?) AS alert_messages", due).Where("place <= ?", limit).
		Order("recipient, place"))
	return sqldb.Convert(rows, err, "message", messageRow.message)
}

// ClaimMessage implements alerts.Store.
func (s *Store) ClaimMessage(ctx context.Context, id string, attempts int, next time.Time) (bool, error) {
	claimed := s.db.WithContext(ctx).Model(&messageRow{}).
		Where("id = ? AND attempts = ? AND state = 'waiting'", id, attempts).
		Updates(map[string]any{"attempts": attempts + 1, "due": sqldb.Micros(next)})
	return claimed.RowsAffected == 1, sqldb.Wrap(claimed.Error, "message")
}

// EndAttempt implements alerts.Store.
func (s *Store) EndAttempt(ctx context.Context, m alerts.Row, at time.Time) error {
	return sqldb.Transaction(ctx, s.db, "message", func(tx *gorm.DB) error {
		values := map[string]any{"state": string(m.State), "failure": m.Failure}
		if m.State != alerts.Waiting {
			values["ended_at"] = sqldb.Micros(at)
		}
		if err := tx.Model(&messageRow{}).Where("id = ?", m.ID).Updates(values).Error; err != nil {
			return err
		}
		row := channelRow{Recipient: m.Recipient, Failure: m.Failure}
		set := clause.Assignments(map[string]any{
			"failure": m.Failure,
			"failing_since": gorm.Expr("CASE WHEN alert_channels.failing_since = 0 THEN ? ELSE "+
				"alert_channels.failing_since END", sqldb.Micros(at)),
		})
		switch m.State {
		case alerts.Void:
			return nil
		case alerts.Sent:
			row.SentAt = sqldb.Micros(at)
			set = clause.Assignments(map[string]any{"failure": "", "failing_since": 0, "sent_at": row.SentAt})
		default:
			row.FailingSince = sqldb.Micros(at)
		}
		return tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "recipient"}}, DoUpdates: set}).
			Create(&row).Error
	})
}

// LatestMessages implements alerts.Store.
func (s *Store) LatestMessages(ctx context.Context, limit int) ([]alerts.Row, error) {
	rows, err := sqldb.Find[messageRow](ctx, s.db.Order("created_at DESC, id DESC").Limit(limit))
	return sqldb.Convert(rows, err, "message", messageRow.message)
}

// Recipient implements alerts.Store.
func (s *Store) Recipient(ctx context.Context, name string) (alerts.Recipient, error) {
	r, err := sqldb.First[channelRow](ctx, s.db.Where("recipient = ?", name))
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return alerts.Recipient{Name: name}, nil
	}
	return alerts.Recipient{
		Name:         name,
		DigestAt:     sqldb.FromMicros(r.DigestAt),
		SentAt:       sqldb.FromMicros(r.SentAt),
		FailingSince: sqldb.FromMicros(r.FailingSince),
		Failure:      r.Failure,
	}, sqldb.Wrap(err, "channel")
}

// SetDigest implements alerts.Store.
func (s *Store) SetDigest(ctx context.Context, recipient string, at time.Time) error {
	row := channelRow{Recipient: recipient, DigestAt: sqldb.Micros(at)}
	err := s.db.WithContext(ctx).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "recipient"}},
		DoUpdates: clause.Assignments(map[string]any{"digest_at": row.DigestAt}),
	}).Create(&row).Error
	return sqldb.Wrap(err, "channel")
}

// CountOpen implements alerts.Store.
func (s *Store) CountOpen(ctx context.Context) (int, error) {
	n, err := sqldb.CountRows[caseRow](ctx, s.db.Where("closed_at = 0"))
	return int(n), sqldb.Wrap(err, "case")
}
