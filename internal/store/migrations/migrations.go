// Package migrations has the steps that bring a database's schema up to date.
package migrations

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

//go:embed sqlite postgres
var files embed.FS

// Provider returns what applies the steps to db; on PostgreSQL under a lock.
func Provider(db *gorm.DB) (*goose.Provider, error) {
	conn, err := db.DB()
	if err != nil {
		return nil, err
	}
	if !sqldb.Postgres(db) {
		steps, err := fs.Sub(files, "sqlite")
		if err != nil {
			return nil, err
		}
		return goose.NewProvider(goose.DialectSQLite3, conn, steps)
	}
	steps, err := fs.Sub(files, "postgres")
	if err != nil {
		return nil, err
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, conn, steps, goose.WithSessionLocker(locker))
}

// Schema is the schema of an open database.
type Schema struct{ db *gorm.DB }

// New returns the schema of db.
func New(db *gorm.DB) *Schema { return &Schema{db} }

// Migrate brings the schema up to date; on PostgreSQL under a lock, so that
// replicas starting together do it once. It refuses a database newer than this program.
func (s *Schema) Migrate(ctx context.Context) error {
	provider, err := Provider(s.db)
	if err != nil {
		return err
	}
	have, want, err := provider.GetVersions(ctx)
	if err != nil {
		return sqldb.Unavailable(err)
	}
	if have > want {
		return fault.New(fault.Conflict, "schema_newer",
			"The database has schema version %d, this program knows %d: start the newer program again, or "+
				"restore a backup.", have, want)
	}
	if _, err := provider.Up(ctx); err != nil {
		return sqldb.Unavailable(fmt.Errorf("migrating the database: %w", err))
	}
	return nil
}
