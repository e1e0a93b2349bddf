package cases

import (
	"context"
	"errors"
	"slices"
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
	Urgent    bool
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

// AddMessages implements alerts.Store.
func (s *Store) AddMessages(ctx context.Context, all []alerts.Draft, digest, before time.Time) (bool, error) {
	var taken [][]any
	rows := make([]messageRow, len(all))
	for i, m := range all {
		rows[i] = messageRow{
			ID:        m.ID,
			Recipient: m.Recipient,
			Test:      m.Test,
			Urgent:    slices.ContainsFunc(m.Of, func(n alerts.Waited) bool { return n.Urgent }),
			CreatedAt: sqldb.Micros(m.CreatedAt),
			Due:       sqldb.Micros(m.Due),
			State:     string(m.State),
		}
		for _, n := range m.Of {
			taken = append(taken, []any{n.CaseID, n.What, m.Recipient, m.ID})
		}
	}
	if len(rows) == 0 {
		return true, nil
	}
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		set, err := sqldb.UpdateEach(tx, "alert_notices", takenColumns, `alert_notices.what = v.column2
			AND alert_notices.recipient = v.column3 AND alert_notices.message_id = ''`, taken)
		if err != nil {
			return err
		}
		if len(set) != len(taken) {
			return errTaken
		}
		if !digest.IsZero() {
			n, err := sqldb.Update[channelRow](ctx, tx.Where("recipient = ? AND digest_at = ?", rows[0].Recipient,
				sqldb.Micros(before)), "digest_at", sqldb.Micros(digest))
			if err != nil {
				return err
			}
			if n == 0 {
				return errTaken
			}
		}
		return tx.Create(&rows).Error
	})
	if errors.Is(err, errTaken) {
		return false, nil
	}
	return err == nil, sqldb.Wrap(err, "message")
}

var takenColumns = []sqldb.Column{
	{Name: "case_id", Type: "TEXT"},
	{Name: "what", Type: "TEXT"},
	{Name: "recipient", Type: "TEXT"},
	{Name: "message_id", Type: "TEXT"},
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
func (s *Store) DueMessages(
	ctx context.Context, recipients []string, now time.Time, limit int,
) ([]alerts.Row, error) {
	due := func(where string, args ...any) *gorm.DB {
		return s.db.Where("state = 'waiting' AND due <= ?", sqldb.Micros(now)).Where(where, args...).Order("due, id")
	}
	var all []messageRow
	for _, r := range recipients {
		rows, err := sqldb.Find[messageRow](ctx, due("recipient = ? AND urgent = TRUE", r).Limit(limit))
		if err == nil && len(rows) < limit {
			var others []messageRow
			others, err = sqldb.Find[messageRow](ctx,
				due("recipient = ? AND urgent = FALSE", r).Limit(limit-len(rows)))
			rows = append(rows, others...)
		}
		if err != nil {
			return nil, sqldb.Wrap(err, "message")
		}
		all = append(all, rows...)
	}
	var err error
	if len(all) == 0 { // nobody waits behind those to channels that were given up
		all, err = sqldb.Find[messageRow](ctx, due("recipient NOT IN ?", append(recipients, "")).Limit(limit))
	}
	return sqldb.Convert(all, err, "message", messageRow.message)
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
