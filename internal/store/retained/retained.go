// Package retained takes away rows whose time is over. What must not go (audit log, history, decisions) it does not
// name.
package retained

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/retention"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// Store takes rows of the other stores away.
type Store struct{ db *gorm.DB }

// New returns the store over an open database.
func New(db *gorm.DB) *Store { return &Store{db} }

// part is rows of one table that are over: where is a condition in which every ? is the moment, in microseconds.
type part struct {
	table, key, where string
	set               map[string]any // what they become; nil: they are deleted
}

// parts are what a kind is made of.
var parts = map[retention.Kind][]part{
	retention.Consents: {{
		table: "consents",
		key:   "id",
		// expires_at is when it would have ended by itself; an end before that has no time of its own.
		where: "state IN ('expired', 'revoked', 'broken') AND expires_at < ? AND created_at < ? AND " +
			"authorized_at < ? AND renewed_at < ? AND NOT holds_tokens",
	}},
	retention.Payments: {{
		table: "payments",
		key:   "id",
		where: "state IN ('not_sent', 'refused', 'completed', 'rejected', 'cancelled') AND " +
			"created_at < ? AND changed_at < ? AND next_check = 0",
	}},
	retention.Sessions: {
		{table: "sessions", key: "token_hash", where: "expires_at < ?"},
		{table: "console_sessions", key: "id", where: "seen_at < ?"},
		{table: "service_sessions", key: "token_hash", where: "expires_at < ?"},
		{table: "link_uses", key: "id", where: "used_at < ? AND seen_by <> ''"},
	},
	retention.Evidence: {{table: "evidence", key: "id", where: "added_at < ?"}},
	retention.Emails: {{
		table: "bank_emails",
		key:   "id",
		where: "sent_at < ? AND answered_at > 0 AND answered_at < ? AND " +
			"(answered_from <> '' OR note <> '' OR answer_note <> '')",
		set: map[string]any{"answered_from": "", "note": "", "answer_note": ""},
	}},
	retention.Messages: {{
		table: "alert_messages",
		key:   "id",
		where: "state <> 'waiting' AND created_at < ? AND ended_at < ?",
	}},
}

// Over implements retention.Store.
func (s *Store) Over(ctx context.Context, kind retention.Kind, before time.Time) (bool, error) {
	for _, p := range parts[kind] {
		var some []string
		err := p.over(s.db.WithContext(ctx), before).Limit(1).Pluck(p.key, &some).Error
		if err != nil || len(some) > 0 {
			return len(some) > 0, sqldb.Wrap(err, "record")
		}
	}
	return false, nil
}

// Forget implements retention.Store.
func (s *Store) Forget(ctx context.Context, kind retention.Kind, before time.Time, limit int) (int, error) {
	var forgotten int
	err := sqldb.Transaction(ctx, s.db, "record", func(tx *gorm.DB) error {
		forgotten = 0
		for _, p := range parts[kind] {
			if limit == forgotten {
				return nil
			}
			some := p.over(tx, before).Select(p.key).Limit(limit - forgotten)
			rows := p.over(tx, before).Where(p.key+" IN (?)", some)
			var result *gorm.DB
			if p.set == nil {
				result = rows.Delete(nil)
			} else {
				result = rows.Updates(p.set)
			}
			if result.Error != nil {
				return result.Error
			}
			forgotten += int(result.RowsAffected)
		}
		return nil
	})
	return forgotten, err
}

// over are the rows of a part that ended before then.
func (p part) over(tx *gorm.DB, before time.Time) *gorm.DB {
	var values []any
	for _, c := range p.where {
		if c == '?' {
			values = append(values, sqldb.Micros(before))
		}
	}
	return tx.Session(&gorm.Session{NewDB: true}).Table(p.table).Where(p.where, values...)
}
