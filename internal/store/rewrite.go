package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// residueKind is the row that says that deleted keys may still be found in the
// database's file: where a row was, and where the database put it before it moved it
// to another page. It is written in the transaction that deletes them.
const residueKind = "residue"

// noteResidue is another note every time, so that what comes while Rewrite is at work is not forgotten.
func noteResidue(ctx context.Context, tx *gorm.DB) error {
	again := clause.OnConflict{
		Columns:   []clause.Column{{Name: "kind"}, {Name: "id"}},
		DoUpdates: clause.AssignmentColumns([]string{"version"}),
	}
	return tx.WithContext(ctx).Clauses(again).Create(&custodyRow{
		Kind:    residueKind,
		ID:      "main",
		Version: int(time.Now().UnixMicro()),
		Sealed:  []byte{},
	}).Error
}

// Residue reports whether something deleted may still be found in the database's file.
func (d *DB) Residue(ctx context.Context) (bool, error) {
	noted, err := d.residue(ctx)
	return noted > 0, err
}

func (d *DB) residue(ctx context.Context) (noted int, err error) {
	row, err := d.CustodyRows().Get(ctx, residueKind, "main")
	if errors.Is(err, fault.NotFound) {
		return 0, nil
	}
	return row.Version, err
}

// Rewrite writes what is in custody anew, without what was deleted or replaced, if
// there is any of that. Until it has ended well the note of it stays.
func (d *DB) Rewrite(ctx context.Context) error {
	noted, err := d.residue(ctx)
	if err != nil || noted == 0 {
		return err
	}
	rewrite := d.rewriteFile
	if sqldb.Postgres(d.gorm) {
		rewrite = d.rewriteTable
	}
	if err := rewrite(ctx, noted); err != nil {
		return err
	}
	_, err = gorm.G[custodyRow](d.gorm).Where("kind = ? AND version = ?", residueKind, noted).Delete(ctx)
	return sqldb.Wrap(err, "entry in custody")
}

// rewriteFile writes SQLite's file anew, and empties its log. Whoever writes waits
// meanwhile; who reads does not, but keeps the log from being emptied.
func (d *DB) rewriteFile(ctx context.Context, noted int) error {
	if d.vacuumed.Load() != int64(noted) { // else it is only the log that could not be emptied yet
		if _, err := d.sql.ExecContext(ctx, "VACUUM"); err != nil {
			return notRewritten(err)
		}
		d.vacuumed.Store(int64(noted))
	}
	return d.emptyLog(ctx)
}

// emptyLog moves what is in SQLite's log to the file, and makes the log empty. It
// keeps others from writing while it waits for those who read, so it does not wait for long.
func (d *DB) emptyLog(ctx context.Context) error {
	conn, err := d.sql.Conn(ctx)
	if err != nil {
		return sqldb.Unavailable(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(ctx, "PRAGMA busy_timeout = 1000"); err != nil {
		return sqldb.Unavailable(err)
	}
	var busy, frames, done int
	err = conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &done)
	if err == nil && busy != 0 {
		err = errBusy
	}
	if _, undo := conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA busy_timeout = "+busyTimeout); err != nil ||
		undo != nil {
		return notRewritten(errors.Join(err, undo))
	}
	return nil
}

// lockPatience is how long everybody else may have to wait in line behind the rewriting, before it has begun.
const lockPatience = "2s"

// rewriteTable has PostgreSQL write the table to a new file and remove the old one.
func (d *DB) rewriteTable(ctx context.Context, _ int) error {
	conn, err := d.sql.Conn(ctx)
	if err != nil {
		return sqldb.Unavailable(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(ctx, "SET lock_timeout = '"+lockPatience+"'"); err != nil {
		return sqldb.Unavailable(err)
	}
	_, err = conn.ExecContext(ctx, "VACUUM FULL custody_rows")
	reset, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if _, undo := conn.ExecContext(reset, "RESET lock_timeout"); err != nil || undo != nil {
		return notRewritten(errors.Join(err, undo))
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
