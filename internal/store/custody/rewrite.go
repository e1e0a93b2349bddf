package custody

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// Residue is the kind of the row that says that deleted keys may still be found in the
// database's file: where a row was, and where the database put it before it moved it
// to another page. It is written in the transaction that deletes them.
const Residue = "residue"

// noteResidue is another note every time, so that what comes while Rewrite is at work is not forgotten.
func noteResidue(ctx context.Context, tx *gorm.DB) error {
	again := clause.OnConflict{
		Columns:   []clause.Column{{Name: "kind"}, {Name: "id"}},
		DoUpdates: clause.AssignmentColumns([]string{"version"}),
	}
	return tx.WithContext(ctx).Clauses(again).Create(&custodyRow{
		Kind:    Residue,
		ID:      "main",
		Version: int(time.Now().UnixMicro()),
		Sealed:  []byte{},
	}).Error
}

// Residue reports whether something deleted may still be found in the database's file.
func (s *Store) Residue(ctx context.Context) (bool, error) {
	noted, err := s.residue(ctx)
	return noted > 0, err
}

func (s *Store) residue(ctx context.Context) (noted int, err error) {
	row, err := s.CustodyRows().Get(ctx, Residue, "main")
	if errors.Is(err, fault.NotFound) {
		return 0, nil
	}
	return row.Version, err
}

// Rewrite writes what is in custody anew, without what was deleted or replaced, if
// there is any of that. Until it has ended well the note of it stays.
func (s *Store) Rewrite(ctx context.Context) error {
	noted, err := s.residue(ctx)
	if err != nil || noted == 0 {
		return err
	}
	rewrite := s.rewriteFile
	if sqldb.Postgres(s.db) {
		rewrite = s.rewriteTable
	}
	if err := rewrite(ctx, noted); err != nil {
		return err
	}
	_, err = sqldb.Delete[custodyRow](ctx, s.db.Where("kind = ? AND version = ?", Residue, noted))
	return sqldb.Wrap(err, "entry in custody")
}

// rewriteFile writes SQLite's file anew, and empties its log. Whoever writes waits
// meanwhile; who reads does not, but keeps the log from being emptied.
func (s *Store) rewriteFile(ctx context.Context, noted int) error {
	if s.vacuumed.Load() != int64(noted) { // else it is only the log that could not be emptied yet
		if err := s.db.WithContext(ctx).Exec("VACUUM").Error; err != nil {
			return notRewritten(err)
		}
		s.vacuumed.Store(int64(noted))
	}
	return s.emptyLog(ctx)
}

// emptyLog moves what is in SQLite's log to the file, and makes the log empty. It
// keeps others from writing while it waits for those who read, so it does not wait for long.
func (s *Store) emptyLog(ctx context.Context) error {
	const short, usual = "PRAGMA busy_timeout = 1000", "PRAGMA busy_timeout = " + sqldb.BusyTimeout
	return s.impatiently(ctx, short, usual, func(conn *sql.Conn) error {
		var busy, frames, done int
		err := conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &done)
		if err == nil && busy != 0 {
			err = errBusy
		}
		return err
	})
}

// rewriteTable has PostgreSQL write the table to a new file and remove the old one.
// Everybody else may have to wait in line behind it before it has begun, so not for long.
func (s *Store) rewriteTable(ctx context.Context, _ int) error {
	return s.impatiently(ctx, "SET lock_timeout = '2s'", "RESET lock_timeout", func(conn *sql.Conn) error {
		_, err := conn.ExecContext(ctx, "VACUUM FULL "+Table)
		return err
	})
}

// impatiently calls f with a connection that waits for locks only as long as short
// says, and then sets back how long it usually waits.
func (s *Store) impatiently(ctx context.Context, short, usual string, f func(conn *sql.Conn) error) error {
	db, err := s.db.DB()
	if err != nil {
		return sqldb.Unavailable(err)
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return sqldb.Unavailable(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(ctx, short); err != nil {
		return sqldb.Unavailable(err)
	}
	failure := f(conn)
	reset, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if _, err := conn.ExecContext(reset, usual); failure != nil || err != nil {
		return notRewritten(errors.Join(failure, err))
	}
	return nil
}

var errBusy = errors.New("the write-ahead log is in use")

func notRewritten(err error) error {
	return fault.Wrap(err, fault.Unavailable, "database_not_rewritten",
		"What was deleted can still be found in the database's file, because another program reads the database or "+
			"there is no room to write it anew; end what reads it (a backup, a database shell, a running service), "+
			"see to the room, and try again.")
}
