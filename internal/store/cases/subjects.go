package cases

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

type subjectRow struct {
	Kind    string `gorm:"primaryKey"`
	ID      string `gorm:"primaryKey"`
	Due     int64
	Changes int64
	Since   int64
}

func (subjectRow) TableName() string { return "case_subjects" }

// never is when something is due that only a change makes due.
const never = math.MaxInt64

// DueSubjects implements cases.Store.
func (s *Store) DueSubjects(ctx context.Context, now time.Time, limit int) ([]cases.Subject, error) {
	rows, err := sqldb.Find[subjectRow](ctx,
		s.db.Where("due <= ?", sqldb.Micros(now)).Order("due, kind, id").Limit(limit))
	return sqldb.Convert(rows, err, "subject", func(r subjectRow) cases.Subject {
		return cases.Subject{
			Watched: cases.Watched{Kind: cases.SubjectKind(r.Kind), ID: r.ID},
			Changes: r.Changes,
			Changed: r.Due == 0,
			Since:   sqldb.FromMicros(r.Since),
		}
	})
}

// ending are the kinds of things whose end is known beforehand.
var ending = []cases.SubjectKind{
	cases.Certificate, cases.Consent, cases.Step, cases.Approval, cases.ServiceAccount,
}

// DueLater implements cases.Records.
func (s *Store) DueLater(ctx context.Context, from, to time.Time, limit int) ([]cases.Watched, error) {
	rows, err := sqldb.Find[subjectRow](ctx, s.db.
		Where("due > ? AND due < ? AND kind IN ?", sqldb.Micros(from), sqldb.Micros(to), ending).
		Order("due, kind, id").Limit(limit))
	return sqldb.Convert(rows, err, "subject", func(r subjectRow) cases.Watched {
		return cases.Watched{Kind: cases.SubjectKind(r.Kind), ID: r.ID}
	})
}

// WatchSubjects implements cases.Store.
func (s *Store) WatchSubjects(ctx context.Context, all []cases.Watched) error {
	for kind, ids := range byKind(all) {
		there, err := sqldb.Find[subjectRow](ctx, s.db.Where("kind = ? AND id IN ?", kind, ids))
		if err != nil {
			return sqldb.Wrap(err, "subject")
		}
		for _, id := range ids {
			if slices.ContainsFunc(there, func(r subjectRow) bool { return r.ID == id }) {
				continue
			}
			row := subjectRow{Kind: kind, ID: id}
			err := s.db.WithContext(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error
			if err != nil {
				return sqldb.Wrap(err, "subject")
			}
		}
	}
	return nil
}

// SettleSubjects implements cases.Store.
func (s *Store) SettleSubjects(ctx context.Context, all []cases.Settlement) (settled int, err error) {
	kinds := map[cases.SubjectKind][]cases.Settlement{}
	for _, one := range all {
		kinds[one.Subject.Kind] = append(kinds[one.Subject.Kind], one)
	}
	for _, part := range kinds {
		n, failed := s.settleTogether(ctx, part)
		settled, err = settled+n, errors.Join(err, failed)
	}
	return settled, err
}

// settleTogether settles subjects of one kind in one transaction or, where one of them cannot be written, each in one
// of its own: none holds up the others.
func (s *Store) settleTogether(ctx context.Context, all []cases.Settlement) (settled int, err error) {
	err = sqldb.Transaction(ctx, s.db, "case", func(tx *gorm.DB) error {
		settled = 0
		same, err := unchanged(tx, all)
		if err != nil || len(same) == 0 {
			return err
		}
		settled = len(same)
		for _, write := range []func(*gorm.DB, []cases.Settlement) error{again, put, tell, touch} {
			if err := write(tx, same); err != nil {
				return err
			}
		}
		return nil
	})
	switch {
	case err == nil:
		return settled, nil
	case len(all) == 1 && errors.Is(err, fault.Conflict): // somebody was faster
		return 0, nil
	case len(all) == 1 || ctx.Err() != nil:
		return 0, err
	}
	settled, err = 0, nil
	failures := 0
	for i := range all {
		n, failed := s.settleTogether(ctx, all[i:i+1])
		settled, err = settled+n, errors.Join(err, failed)
		if errors.Is(failed, fault.Unavailable) {
			failures++
		}
		if failures == mostFailures { // it is the database
			break
		}
	}
	return settled, err
}

// mostFailures is after how many subjects that the database did not write no other of a page is tried.
const mostFailures = 5

// unchanged are those whose facts are those that were looked at. What somebody is changing at this moment is left to
// the next look: nobody waits.
func unchanged(tx *gorm.DB, all []cases.Settlement) ([]cases.Settlement, error) {
	ids := make([]string, len(all))
	for i, one := range all {
		ids[i] = one.Subject.ID
	}
	query := tx.Where("kind = ? AND id IN ?", string(all[0].Subject.Kind), ids)
	if sqldb.Postgres(tx) {
		query = query.Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"})
	}
	var rows []subjectRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, err
	}
	changes := make(map[string]int64, len(rows))
	for _, r := range rows {
		changes[r.ID] = r.Changes
	}
	var same []cases.Settlement
	for _, one := range all {
		if n, ok := changes[one.Subject.ID]; ok && n == one.Subject.Changes {
			same = append(same, one)
		}
	}
	return same, nil
}

// again writes when subjects are looked at again. The number of changes keeps out another replica that looked at the
// same time.
func again(tx *gorm.DB, all []cases.Settlement) error {
	columns := []sqldb.Column{
		{Name: "id", Type: "TEXT"},
		{Name: "kind", Type: "TEXT"},
		{Name: "due", Type: "BIGINT"},
		{Name: "since", Type: "BIGINT"},
		{Name: "changes", Type: "BIGINT"},
	}
	rows := make([][]any, len(all))
	for i, one := range all {
		due := int64(never)
		if !one.Due.IsZero() {
			due = sqldb.Micros(one.Due)
		}
		of := one.Subject
		rows[i] = []any{of.ID, string(of.Kind), due, sqldb.Micros(one.Since), of.Changes + 1}
	}
	_, err := sqldb.UpdateEach(tx, "case_subjects", columns, "case_subjects.kind = v.column2", rows)
	return err
}

// writtenAtOnce bounds the rows of a statement, and so its parameters.
const writtenAtOnce = 500

// put writes cases that have changed, then new ones: of a kind and a subject one at a time is open.
func put(tx *gorm.DB, all []cases.Settlement) error {
	var made []caseRow
	for _, one := range all {
		for _, c := range one.Cases {
			row := rowOf(c)
			if c.Revision == 1 {
				made = append(made, row)
				continue
			}
			changed, err := sqldb.Updates(tx.Statement.Context,
				tx.Where("id = ? AND revision = ?", c.ID, c.Revision-1).Select("*"), row)
			if err := sqldb.ExpectOne(changed, err, "case"); err != nil {
				return err
			}
		}
	}
	for part := range slices.Chunk(made, writtenAtOnce) {
		if err := tx.Create(&part).Error; err != nil {
			return err
		}
	}
	return nil
}

// tell writes events and who is to be told. Each happens once, whoever looks how often.
func tell(tx *gorm.DB, all []cases.Settlement) error {
	var events []eventRow
	told := map[string][]string{}
	for _, one := range all {
		for _, n := range one.Events {
			events = append(events, eventRow{
				ID: n.ID, CaseID: n.CaseID, What: n.What, Urgent: n.Urgent, At: sqldb.Micros(n.At),
			})
			for _, r := range n.Recipients {
				told[r] = append(told[r], n.ID)
			}
		}
	}
	for part := range slices.Chunk(events, writtenAtOnce) {
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&part).Error; err != nil {
			return err
		}
	}
	for recipient, ids := range told {
		for part := range slices.Chunk(ids, writtenAtOnce) {
			// An event that has happened before has another id, and nobody is told.
			err := tx.Exec(`INSERT INTO alert_notices (case_id, what, recipient, event_seq, urgent, message_id)
				SELECT case_id, what, CAST(? AS TEXT), seq, urgent, '' FROM case_events WHERE id IN ?
				ON CONFLICT DO NOTHING`, recipient, part).Error
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// touch has what depends on subjects looked at too.
func touch(tx *gorm.DB, all []cases.Settlement) error {
	var touched []cases.Watched
	for _, one := range all {
		touched = append(touched, one.Touches...)
	}
	return noteSubjects(tx, touched)
}

type noticeRow struct {
	CaseID    string `gorm:"primaryKey"`
	What      string `gorm:"primaryKey"`
	Recipient string `gorm:"primaryKey"`
	EventSeq  int64
	Urgent    bool
	MessageID string
}

func (noticeRow) TableName() string { return "alert_notices" }
