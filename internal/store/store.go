// Package store keeps Sealkeeper's records in SQLite or PostgreSQL. It and what is
// below it are all that knows GORM, and implement the small interfaces that the other
// packages declare. Rows are not domain objects: each package below has those of one
// kind of record and converts them. DB is all of them together.
package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"
	"time"

	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/approvals"
	"github.com/sealkeeper/sealkeeper/internal/store/auditlog"
	"github.com/sealkeeper/sealkeeper/internal/store/bankfiles"
	"github.com/sealkeeper/sealkeeper/internal/store/bankservers"
	"github.com/sealkeeper/sealkeeper/internal/store/bundles"
	"github.com/sealkeeper/sealkeeper/internal/store/campaigns"
	"github.com/sealkeeper/sealkeeper/internal/store/cases"
	"github.com/sealkeeper/sealkeeper/internal/store/certificates"
	"github.com/sealkeeper/sealkeeper/internal/store/consents"
	"github.com/sealkeeper/sealkeeper/internal/store/custody"
	"github.com/sealkeeper/sealkeeper/internal/store/dump"
	"github.com/sealkeeper/sealkeeper/internal/store/idempotency"
	"github.com/sealkeeper/sealkeeper/internal/store/incidents"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/internal/store/keycopies"
	"github.com/sealkeeper/sealkeeper/internal/store/migrations"
	"github.com/sealkeeper/sealkeeper/internal/store/mirror"
	"github.com/sealkeeper/sealkeeper/internal/store/payments"
	"github.com/sealkeeper/sealkeeper/internal/store/people"
	"github.com/sealkeeper/sealkeeper/internal/store/policies"
	"github.com/sealkeeper/sealkeeper/internal/store/primary"
	"github.com/sealkeeper/sealkeeper/internal/store/registers"
	"github.com/sealkeeper/sealkeeper/internal/store/registrations"
	"github.com/sealkeeper/sealkeeper/internal/store/retained"
	"github.com/sealkeeper/sealkeeper/internal/store/reviews"
	"github.com/sealkeeper/sealkeeper/internal/store/revocations"
	"github.com/sealkeeper/sealkeeper/internal/store/services"
	"github.com/sealkeeper/sealkeeper/internal/store/trustlists"
	"github.com/sealkeeper/sealkeeper/internal/store/turns"
	"github.com/sealkeeper/sealkeeper/secret"
)

// DB is an open database: the stores of all packages below. It is safe for concurrent use.
type DB struct {
	*schema
	*approvalStore
	*auditStore
	*bundleStore
	*campaignStore
	*caseStore
	*certificateStore
	*consentStore
	*custodyStore
	*dumpStore
	*idempotencyStore
	*incidentStore
	*keyCopyStore
	*mirrorStore
	*paymentStore
	*peopleStore
	*policyStore
	*registerStore
	*registrationStore
	*retainedStore
	*reviewStore
	*revocationStore
	*trustStore
	*bankFileStore
	*bankServerStore
	*turnStore
	*serviceStore

	gorm    *gorm.DB
	sql     *sql.DB
	readers *sql.DB // SQLite's; nil: sql is for reading too
}

// An embedded field is named after its type, and every store's is Store. These names
// are the package's own, so that a DB has methods only.
type (
	schema            = migrations.Schema
	approvalStore     = approvals.Store
	auditStore        = auditlog.Store
	bundleStore       = bundles.Store
	campaignStore     = campaigns.Store
	caseStore         = cases.Store
	certificateStore  = certificates.Store
	consentStore      = consents.Store
	custodyStore      = custody.Store
	dumpStore         = dump.Store
	idempotencyStore  = idempotency.Store
	incidentStore     = incidents.Store
	keyCopyStore      = keycopies.Store
	mirrorStore       = mirror.Store
	paymentStore      = payments.Store
	peopleStore       = people.Store
	policyStore       = policies.Store
	registerStore     = registers.Store
	registrationStore = registrations.Store
	retainedStore     = retained.Store
	reviewStore       = reviews.Store
	revocationStore   = revocations.Store
	trustStore        = trustlists.Store
	bankFileStore     = bankfiles.Store
	bankServerStore   = bankservers.Store
	turnStore         = turns.Store
	serviceStore      = services.Store
)

func newDB(g *gorm.DB, db *sql.DB) *DB {
	return &DB{
		schema:            migrations.New(g),
		approvalStore:     approvals.New(g),
		auditStore:        auditlog.New(g),
		bundleStore:       bundles.New(g),
		campaignStore:     campaigns.New(g),
		caseStore:         cases.New(g),
		certificateStore:  certificates.New(g),
		consentStore:      consents.New(g),
		custodyStore:      custody.New(g),
		dumpStore:         dump.New(g),
		idempotencyStore:  idempotency.New(g),
		incidentStore:     incidents.New(g),
		keyCopyStore:      keycopies.New(g),
		mirrorStore:       mirror.New(g),
		paymentStore:      payments.New(g),
		peopleStore:       people.New(g),
		policyStore:       policies.New(g),
		registerStore:     registers.New(g),
		registrationStore: registrations.New(g),
		retainedStore:     retained.New(g),
		reviewStore:       reviews.New(g),
		revocationStore:   revocations.New(g),
		trustStore:        trustlists.New(g),
		bankFileStore:     bankfiles.New(g),
		bankServerStore:   bankservers.New(g),
		turnStore:         turns.New(g),
		serviceStore:      services.New(g),
		gorm:              g,
		sql:               db,
	}
}

// Open opens the database named by dsn: "sqlite:///var/lib/sealkeeper/db.sqlite"
// (an absolute path after the second slash, to a file that is made if its folder is there) or
// "postgres://user@host/name". The DSN is secret: it may hold a password. Open does not
// change the schema; Migrate does.
func Open(ctx context.Context, dsn secret.Text) (*DB, error) { return open(ctx, dsn, false) }

// OpenExisting is Open for those who only read: where there is no SQLite file
// yet, it says so and makes none; a file on a medium that cannot be written is read as
// it is; and PostgreSQL may be a standby.
func OpenExisting(ctx context.Context, dsn secret.Text) (*DB, error) { return open(ctx, dsn, true) }

func open(ctx context.Context, dsn secret.Text, readOnly bool) (*DB, error) {
	dialector, err := dialectorFor(dsn.Reveal(), readOnly)
	if err != nil {
		return nil, err
	}
	g, err := gorm.Open(dialector, &gorm.Config{
		TranslateError:         true,
		SkipDefaultTransaction: true,
		// PostgreSQL refuses a prepared SELECT * after a column was added, as a newer program does beside this one.
		QueryFields: true,
		Logger:      logger.Discard, // errors are returned; statements may hold personal data
		NowFunc:     func() time.Time { return time.Now().UTC() },
	})
	if err != nil {
		return nil, sqldb.Unavailable(err)
	}
	if err := errors.Join(traceStatements(g), sqldb.PlanSearches(g)); err != nil {
		return nil, err
	}
	db, err := g.DB()
	if err != nil {
		return nil, sqldb.Unavailable(err)
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections) // Go would close all but two after each use
	db.SetConnMaxIdleTime(idleTime)
	d := newDB(g, db)
	if !sqldb.Postgres(g) {
		err := d.addReaders(dialector.(*sqlite.Dialector).DSN) //nolint:forcetypeassert // made above
		if err := errors.Join(err, g.Use(sqldb.NewGathering())); err != nil {
			return nil, sqldb.Unavailable(err)
		}
	}
	if err := d.Health(ctx); err != nil {
		_ = d.Close()
		return nil, err
	}
	return d, nil
}

const (
	connections = 16
	idleTime    = 5 * time.Minute
)

func dialectorFor(dsn string, readOnly bool) (gorm.Dialector, error) {
	if path, ok := strings.CutPrefix(dsn, "sqlite://"); ok {
		return sqliteDialector(path, readOnly)
	}
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		pool, err := primary.Open(dsn, readOnly)
		if err != nil {
			return nil, err
		}
		return postgres.New(postgres.Config{Conn: pool}), nil
	}
	return nil, fault.New(fault.Invalid, "dsn_invalid",
		"The database address must begin with sqlite:// or postgres://.")
}

// Kind says which database it is: sqlite or postgres.
func (d *DB) Kind() string { return d.gorm.Name() }

// Close closes the database.
func (d *DB) Close() error {
	if d.readers == nil {
		return d.sql.Close()
	}
	return errors.Join(d.readers.Close(), d.sql.Close())
}

// Health reports whether the database answers. On SQLite the readers do, also
// while another process holds the only place for a writer.
func (d *DB) Health(ctx context.Context) error {
	db := d.sql
	if d.readers != nil {
		db = d.readers
	}
	err := db.PingContext(ctx)
	for range connections { // a ping does not go on to the next connection where the server has ended one
		if !errors.Is(err, driver.ErrBadConn) {
			break
		}
		err = db.PingContext(ctx)
	}
	if err != nil {
		return sqldb.Unavailable(err)
	}
	return nil
}
