// Package turns keeps whose turn it is to do what is due again and again.
package turns

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// Store keeps the turns in the database.
type Store struct{ db *gorm.DB }

// New returns the store over an open database.
func New(db *gorm.DB) *Store { return &Store{db} }

// now is the time in microseconds by the clock that all replicas share: PostgreSQL's own, as
// their machines' may differ. SQLite is on this machine.
func (s *Store) now() any {
	if sqldb.Postgres(s.db) {
		return gorm.Expr("(extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
	}
	return time.Now().UnixMicro()
}

// Clock is what time it is by the clock that turns go by: the server's, or for SQLite this machine's.
func (s *Store) Clock(ctx context.Context) (time.Time, error) {
	if !sqldb.Postgres(s.db) {
		return time.Now(), nil
	}
	var now int64
	const clock = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
	err := s.db.WithContext(ctx).Raw(clock).Scan(&now).Error
	return time.UnixMicro(now), sqldb.Wrap(err, "clock")
}

// free says whether holder may have the turn: nobody else has it, and the job is due.
const free = "(job_turns.until <= ? OR job_turns.holder = ?) AND job_turns.due <= ?"

// TakeTurn implements jobs.Turns. It looks first, as writing would make the others write too.
func (s *Store) TakeTurn(ctx context.Context, name, holder string, life time.Duration) (bool, error) {
	db, now := s.db.WithContext(ctx), s.now()
	var there, others int64
	err := db.Table("job_turns").Where("name = ?", name).Count(&there).Error
	if err == nil && there > 0 {
		err = db.Table("job_turns").Where("name = ? AND NOT ("+free+")", name, now, holder, now).Count(&others).Error
	}
	if err != nil || others > 0 {
		return false, sqldb.Wrap(err, "turn")
	}
	taken := db.Exec("INSERT INTO job_turns (name, holder, until, due) VALUES (?, ?, ? + ?, 0) "+
		"ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until WHERE "+free,
		name, holder, now, life.Microseconds(), now, holder, now)
	return taken.RowsAffected == 1, sqldb.Wrap(taken.Error, "turn")
}

// EndTurn implements jobs.Turns.
func (s *Store) EndTurn(ctx context.Context, name, holder string, pause time.Duration) error {
	err := s.db.WithContext(ctx).Exec("UPDATE job_turns SET holder = '', until = 0, due = ? + ? "+
		"WHERE name = ? AND holder = ?", s.now(), pause.Microseconds(), name, holder).Error
	return sqldb.Wrap(err, "turn")
}

// NoteRun implements jobs.Turns. It writes only what is not so already, since a trigger tells of every writing.
func (s *Store) NoteRun(ctx context.Context, name, failure string) error {
	db := s.db.WithContext(ctx)
	if failure == "" {
		return sqldb.Wrap(db.Exec("UPDATE job_turns SET failing_since = 0, failure = '' "+
			"WHERE name = ? AND failing_since > 0", name).Error, "turn")
	}
	return sqldb.Wrap(db.Exec("UPDATE job_turns SET failing_since = ?, failure = ? "+
		"WHERE name = ? AND failing_since = 0", s.now(), failure, name).Error, "turn")
}
