package reviews

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/review"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// FollowUses implements review.Uses. The row that says how far it is stays locked until the end, so each entry is
// counted once, whichever replica does it.
func (s *Store) FollowUses(ctx context.Context, limit int) (more bool, err error) {
	err = sqldb.Transaction(ctx, s.db, "use of a permission", func(tx *gorm.DB) error {
		more = false
		err := tx.Exec(`INSERT INTO permission_uses_read (one, seq) VALUES (1, 0)
			ON CONFLICT (one) DO UPDATE SET seq = permission_uses_read.seq`).Error
		if err != nil {
			return err
		}
		var at struct{ Seq, Newest int64 }
		err = tx.Raw(`SELECT seq, (SELECT COALESCE(MAX(seq), 0) FROM audit_entries) AS newest
			FROM permission_uses_read WHERE one = 1`).Scan(&at).Error
		if err != nil || at.Newest <= at.Seq {
			return err
		}
		to := min(at.Newest, at.Seq+int64(limit))
		err = tx.Exec(`INSERT INTO permission_uses (caller_id, action, last_at)
			SELECT caller_id, action, MAX(at) FROM audit_entries
			WHERE seq > ? AND seq <= ? AND outcome IN ('allowed', 'done') AND caller_id <> ''
				AND caller_id NOT LIKE 'system:%'
			GROUP BY caller_id, action
			ON CONFLICT (caller_id, action) DO UPDATE SET last_at = excluded.last_at
			WHERE excluded.last_at > permission_uses.last_at`, at.Seq, to).Error
		if err != nil {
			return err
		}
		more = to < at.Newest
		return tx.Exec("UPDATE permission_uses_read SET seq = ? WHERE one = 1", to).Error
	})
	return more, err
}

// LastUses implements review.Uses.
func (s *Store) LastUses(ctx context.Context) (map[string][]review.Use, error) {
	var rows []struct {
		CallerID, Action string
		LastAt           int64
	}
	err := s.db.WithContext(ctx).Table("permission_uses").Find(&rows).Error
	of := map[string][]review.Use{}
	for _, r := range rows {
		of[r.CallerID] = append(of[r.CallerID], review.Use{
			Action: access.Action(r.Action),
			At:     sqldb.FromMicros(r.LastAt),
		})
	}
	return of, sqldb.Wrap(err, "use of a permission")
}

// ReviewedAt implements review.Uses. A review that left lines undecided does not count: one person can close it.
func (s *Store) ReviewedAt(ctx context.Context) (time.Time, error) {
	var at int64
	err := s.db.WithContext(ctx).Raw(`SELECT COALESCE(
		(SELECT MAX(started_at) FROM access_reviews WHERE closed_at > 0 AND NOT EXISTS (SELECT 1
			FROM access_review_lines WHERE review_id = access_reviews.id AND state IN ('open', 'proposed'))),
		(SELECT MIN(created_at) FROM users), 0)`).
		Scan(&at).Error
	return sqldb.FromMicros(at), sqldb.Wrap(err, reviewWord)
}
