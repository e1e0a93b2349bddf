package migrations

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/tables"
)

// The audit log can be in partitions on PostgreSQL, each with a range of the numbers, and one for what has none yet.
// Only who owns the table makes them and takes them away: the service writes and reads the table alone. Statements
// that hold up writers give up after a while; whoever runs them tries again.
const (
	auditTable   = "audit_entries"
	auditDefault = auditTable + "_default"
	auditTrigger = "audit_entries_append_only"
	auditRange   = "audit_entries_range" // a constraint that is there while a table becomes a partition

	// PartitionSize is how many entries a partition has.
	PartitionSize = 1 << 20
	// partitionsAhead are how many there are beyond the newest entry's.
	partitionsAhead = 2
)

// partition is one with a range of numbers; the first has no From, the one for the rest neither.
type partition struct {
	Name  string
	Bound string
	First bool  `gorm:"-"` // the one that was the whole table
	To    int64 `gorm:"-"` // the first number that is not in it; 0: for the rest
}

// partitions are those of the log in the order of their numbers; none: it is one table.
func partitions(tx *gorm.DB) (all []partition, err error) {
	err = tx.Raw(`SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bound FROM pg_inherits i
		JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass(?) ORDER BY c.relname`, auditTable).
		Scan(&all).Error
	if err != nil {
		return nil, sqldb.Unavailable(err)
	}
	for i := range all {
		all[i].First = strings.Contains(all[i].Bound, "MINVALUE")
		if found := boundTo.FindStringSubmatch(all[i].Bound); found != nil {
			all[i].To, _ = strconv.ParseInt(found[1], 10, 64) // digits
		}
	}
	return all, nil
}

var boundTo = regexp.MustCompile(`TO \('?(\d+)'?\)`)

// upTo is the end of the partitions with a range.
func upTo(all []partition) (to int64) {
	for _, p := range all {
		to = max(to, p.To)
	}
	return to
}

// unguarded are the partitions whose own trigger is not there, is switched off or does something else.
func unguarded(tx *gorm.DB) (names []string, err error) {
	const before = 2 | 8 | 16 | 32 // a statement's DELETE, UPDATE, TRUNCATE, as in pg_trigger.tgtype
	err = tx.Raw(`SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = to_regclass(?) AND NOT EXISTS (SELECT 1 FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
			WHERE t.tgrelid = c.oid AND t.tgname = ? AND t.tgenabled IN ('O', 'A') AND t.tgtype = ?
				AND t.tgqual IS NULL AND p.proname = 'audit_append_only')`, auditTable, auditTrigger, before).
		Scan(&names).Error
	return names, err
}

// AuditPartitions is how many partitions the audit log has; 0: it is one table.
func (s *Schema) AuditPartitions(ctx context.Context) (int, error) {
	if !sqldb.Postgres(s.db) {
		return 0, nil
	}
	all, err := partitions(s.db.WithContext(ctx))
	return len(all), err
}

// AuditRoom is for how many more entries there are partitions with a range of numbers: what comes after those goes
// into one table for the rest. divided: the log is in partitions at all.
func (s *Schema) AuditRoom(ctx context.Context) (room int64, divided bool, err error) {
	if !sqldb.Postgres(s.db) {
		return 0, false, nil
	}
	all, err := partitions(s.db.WithContext(ctx))
	if err != nil || len(all) == 0 {
		return 0, false, err
	}
	newest, err := newestEntry(s.db.WithContext(ctx), auditTable)
	return max(0, upTo(all)-1-newest), true, err
}

// PartitionAudit puts the audit log into partitions of so many entries, if it is one table on PostgreSQL. The table
// becomes the first of them as it is: no row is moved, and its own trigger stays.
func (s *Schema) PartitionAudit(ctx context.Context, size int64) error {
	n, err := s.AuditPartitions(ctx)
	if err != nil || n > 0 || !sqldb.Postgres(s.db) {
		return err
	}
	end, err := s.bounded(ctx, auditTable, math.MinInt64, size)
	if err != nil {
		return err
	}
	err = s.soon(ctx, func(tx *gorm.DB) error { return divide(tx, end) })
	if err != nil {
		return errors.Join(s.unbound(ctx, auditTable), err)
	}
	return nil
}

// KeepPartitions makes partitions of so many entries ahead, if the log is in some. If it has gone beyond them, what
// took the rest becomes a partition itself, and another table takes the rest. What a run left behind that was
// interrupted is taken back, and rights on partitions that somebody gave.
func (s *Schema) KeepPartitions(ctx context.Context, size int64) error {
	if !sqldb.Postgres(s.db) {
		return nil
	}
	db := s.db.WithContext(ctx)
	if err := s.unboundAll(ctx); err != nil {
		return err
	}
	all, err := partitions(db)
	if err != nil || len(all) == 0 {
		return err
	}
	for _, p := range all {
		if err := s.soon(ctx, func(tx *gorm.DB) error { return handOver(tx, p.Name, "") }); err != nil {
			return err
		}
	}
	var rest bool
	if err := db.Raw("SELECT EXISTS (SELECT 1 FROM " + auditDefault + ")").Scan(&rest).Error; err != nil {
		return sqldb.Unavailable(err)
	}
	if rest {
		if err := s.rangeOfRest(ctx, size); err != nil {
			return err
		}
	}
	for {
		all, err := partitions(db)
		if err != nil {
			return err
		}
		newest, err := newestEntry(db, auditTable)
		if err != nil || upTo(all) > newest+partitionsAhead*size {
			return err
		}
		if err := s.soon(ctx, func(tx *gorm.DB) error { return addPartition(tx, upTo(all), size) }); err != nil {
			return err
		}
	}
}

// newestEntry is the highest number in a table.
func newestEntry(tx *gorm.DB, table string) (newest int64, err error) {
	err = tx.Raw("SELECT COALESCE(MAX(seq), 0) FROM " + table).Scan(&newest).Error
	return newest, sqldb.Wrap(err, "audit entry")
}

// bounded has a table refuse entries far beyond those that it has, and shows that there is none. That is checked
// while entries are written, so that the table can become a partition at once.
func (s *Schema) bounded(ctx context.Context, table string, from, size int64) (end int64, err error) {
	newest, err := newestEntry(s.db.WithContext(ctx), table)
	if err != nil {
		return 0, err
	}
	end = (newest/size+2)*size + 1
	err = s.soon(ctx, func(tx *gorm.DB) error {
		return each(tx, "ALTER TABLE "+table+" DROP CONSTRAINT IF EXISTS "+auditRange,
			fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT %s CHECK (seq >= %d AND seq < %d) NOT VALID", table, auditRange,
				from, end))
	})
	if err != nil {
		return 0, err
	}
	err = s.db.WithContext(ctx).Exec("ALTER TABLE " + table + " VALIDATE CONSTRAINT " + auditRange).Error
	if err != nil {
		return 0, errors.Join(s.unbound(ctx, table), sqldb.Unavailable(err))
	}
	return end, nil
}

// unboundTries are how often unbound tries: what is in its way is mostly what stopped the step before, too.
const unboundTries = 3

// unbound takes back what bounded has done: a table that keeps its bound refuses entries once it has come there.
func (s *Schema) unbound(ctx context.Context, table string) (err error) {
	for range unboundTries {
		err = s.soon(context.WithoutCancel(ctx), func(tx *gorm.DB) error {
			return each(tx, "ALTER TABLE "+table+" DROP CONSTRAINT IF EXISTS "+auditRange)
		})
		if err == nil {
			return nil
		}
	}
	return fault.Wrap(err, fault.Unavailable, "audit_bound_left",
		"The table %s still has a bound, %s, at which the audit log will refuse entries, and with them every act: run "+
			"`sealkeeper migrate` when no long transaction, such as a backup, is in its way.", table, auditRange)
}

// unboundAll takes back what bounded has done in a run that did not come to its end.
func (s *Schema) unboundAll(ctx context.Context) error {
	var left []string
	err := s.db.WithContext(ctx).Raw(`SELECT c.relname FROM pg_constraint b JOIN pg_class c ON c.oid = b.conrelid
		WHERE b.conname = ? AND (c.oid = to_regclass(?)
			OR c.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = to_regclass(?)))`,
		auditRange, auditTable, auditTable).Scan(&left).Error
	if err != nil {
		return sqldb.Unavailable(err)
	}
	for _, table := range left {
		if err := s.unbound(ctx, table); err != nil {
			return err
		}
	}
	return nil
}

// soon is a transaction that gives up rather than have those who write entries wait for long: a statement that
// waits for a lock has everybody wait who comes after it.
func (s *Schema) soon(ctx context.Context, f func(tx *gorm.DB) error) error {
	return sqldb.Transaction(ctx, s.db, "partition of the audit log", func(tx *gorm.DB) error {
		if err := tx.Exec("SET LOCAL lock_timeout = '2s'").Error; err != nil {
			return err
		}
		return f(tx)
	})
}

func each(tx *gorm.DB, statements ...string) error {
	for _, statement := range statements {
		if err := tx.Exec(statement).Error; err != nil {
			return err
		}
	}
	return nil
}

// divide makes the table the first partition of another with its name. The function audit_end goes on returning rows
// of the first partition's type, which are the same: whoever calls it just then would not find another one.
func divide(tx *gorm.DB, end int64) error {
	if err := tx.Exec("LOCK TABLE " + auditTable + " IN ACCESS EXCLUSIVE MODE").Error; err != nil {
		return err
	}
	first := partitionName(end)
	again, err := definitions(tx)
	if err != nil {
		return err
	}
	statements := []string{"ALTER TABLE " + auditTable + " RENAME TO " + first}
	for _, name := range again.indexes {
		statements = append(statements, "ALTER INDEX "+tables.Quoted(name)+" RENAME TO "+
			tables.Quoted(first+strings.TrimPrefix(name, auditTable)))
	}
	statements = append(statements,
		"CREATE TABLE "+auditTable+" (LIKE "+first+
			" INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (seq)",
		"ALTER TABLE "+auditTable+" DROP CONSTRAINT "+auditRange,
		"ALTER TABLE "+auditTable+" ADD PRIMARY KEY (seq)")
	statements = append(statements, again.definitions...)
	statements = append(statements,
		fmt.Sprintf("ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (MINVALUE) TO (%d)", auditTable, first, end),
		"ALTER TABLE "+first+" DROP CONSTRAINT "+auditRange,
		appendOnly(auditTable))
	if err := each(tx, statements...); err != nil {
		return err
	}
	if err := handOver(tx, auditTable, ""); err != nil { // what the owner's default privileges give is not the table's
		return err
	}
	if err := handOver(tx, first, auditTable); err != nil {
		return err
	}
	return addDefault(tx)
}

// remade is what has to be made again for the new table.
type remade struct {
	indexes     []string // names of all of the table's
	definitions []string // of those besides the primary key's
}

func definitions(tx *gorm.DB) (r remade, err error) {
	var found []struct {
		Name, Definition string
		Key              bool
	}
	err = tx.Raw(`SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS definition, i.indisprimary AS key
		FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = to_regclass(?)`, auditTable).
		Scan(&found).Error
	if err != nil {
		return r, err
	}
	for _, index := range found {
		r.indexes = append(r.indexes, index.Name)
		if !index.Key {
			r.definitions = append(r.definitions, index.Definition)
		}
	}
	return r, nil
}

// handOver gives a table the rights that others have on another one, and takes them away there. Nobody but its owner
// needs any on a partition.
func handOver(tx *gorm.DB, from, to string) error {
	var rights []struct{ Grantee, Right string }
	err := tx.Raw(`SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
		AS grantee, a.privilege_type AS right FROM pg_class c, aclexplode(c.relacl) a
		WHERE c.oid = to_regclass(?) AND a.grantee <> c.relowner`, from).Scan(&rights).Error
	for _, r := range rights {
		if err == nil && to != "" {
			err = tx.Exec("GRANT " + r.Right + " ON " + to + " TO " + r.Grantee).Error
		}
		if err == nil {
			err = tx.Exec("REVOKE " + r.Right + " ON " + from + " FROM " + r.Grantee).Error
		}
	}
	return err
}

func partitionName(end int64) string { return fmt.Sprintf("%s_%015d", auditTable, end-1) }

// appendOnly is the statement that keeps a table of the log from being changed: a trigger of the whole table does not
// see who names a partition.
func appendOnly(table string) string {
	return "CREATE TRIGGER " + auditTrigger + " BEFORE UPDATE OR DELETE OR TRUNCATE ON " + table +
		" FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()"
}

func addDefault(tx *gorm.DB) error {
	if err := each(tx, "CREATE TABLE "+auditDefault+" PARTITION OF "+auditTable+" DEFAULT",
		appendOnly(auditDefault)); err != nil {
		return err
	}
	return handOver(tx, auditDefault, "")
}

// addPartition adds an empty one. It is made first and put in its place then, which holds up no writer.
func addPartition(tx *gorm.DB, from, size int64) error {
	name := partitionName(from + size)
	if err := each(tx, "CREATE TABLE "+name+" (LIKE "+auditTable+" INCLUDING ALL)", appendOnly(name)); err != nil {
		return err
	}
	if err := handOver(tx, name, ""); err != nil {
		return err
	}
	return each(tx, fmt.Sprintf("ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%d) TO (%d)", auditTable, name,
		from, from+size))
}

// rangeOfRest makes what took the rest the next partition.
func (s *Schema) rangeOfRest(ctx context.Context, size int64) error {
	all, err := partitions(s.db.WithContext(ctx))
	if err != nil {
		return err
	}
	from := upTo(all)
	end, err := s.bounded(ctx, auditDefault, from, size)
	if err != nil {
		return err
	}
	err = s.soon(ctx, func(tx *gorm.DB) error {
		name := partitionName(end)
		err := each(tx, "ALTER TABLE "+auditTable+" DETACH PARTITION "+auditDefault,
			"ALTER TABLE "+auditDefault+" RENAME TO "+name,
			fmt.Sprintf("ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%d) TO (%d)", auditTable, name, from, end),
			"ALTER TABLE "+name+" DROP CONSTRAINT "+auditRange)
		if err != nil {
			return err
		}
		return addDefault(tx)
	})
	if err != nil {
		return errors.Join(s.unbound(ctx, auditDefault), err)
	}
	return nil
}
