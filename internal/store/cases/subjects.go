package cases

import (
	"context"
	"errors"
	"math"
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
	for _, w := range all {
		var there int64
		db := s.db.WithContext(ctx).Model(&subjectRow{})
		if err := db.Where("kind = ? AND id = ?", string(w.Kind), w.ID).Count(&there).Error; err != nil {
			return sqldb.Wrap(err, "subject")
		}
		if there > 0 {
			continue
		}
		row := subjectRow{Kind: string(w.Kind), ID: w.ID}
		err := s.db.WithContext(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error
		if err != nil {
			return sqldb.Wrap(err, "subject")
		}
	}
	return nil
}

// SettleSubject implements cases.Store.
func (s *Store) SettleSubject(ctx context.Context, to cases.Settlement) (settled bool, err error) {
	due := sqldb.Micros(to.Due)
	if to.Due.IsZero() {
		due = never
	}
	err = sqldb.Transaction(ctx, s.db, "case", func(tx *gorm.DB) error {
		// The number of changes keeps out what was found before the newest one, and another replica that looked
		// at the same time.
		changed, err := sqldb.Updates(ctx, tx.
			Where("kind = ? AND id = ? AND changes = ?", string(to.Subject.Kind), to.Subject.ID, to.Subject.Changes).
			Select("due", "since", "changes"), subjectRow{
			Due:     due,
			Since:   sqldb.Micros(to.Since),
			Changes: to.Subject.Changes + 1,
		})
		if err != nil || changed == 0 {
			return err
		}
		settled = true
		for _, c := range to.Cases {
			if err := put(ctx, tx, c); err != nil {
				return err
			}
		}
		for _, n := range to.Events {
			if err := notice(tx, n); err != nil {
				return err
			}
		}
		return noteSubjects(tx, to.Touches)
	})
	if errors.Is(err, fault.Conflict) { // a person has changed a case meanwhile
		return false, nil
	}
	return settled && err == nil, err
}

// put writes a new case, or one that has changed. A person may have changed it since: then nothing is settled.
func put(ctx context.Context, tx *gorm.DB, c cases.Case) error {
	row := rowOf(c)
	if c.Revision == 1 {
		return tx.Create(&row).Error
	}
	changed, err := sqldb.Updates(ctx, tx.Where("id = ? AND revision = ?", c.ID, c.Revision-1).Select("*"), row)
	return sqldb.ExpectOne(changed, err, "case")
}

// notice writes an event and who is to be told. Each happens once, whoever looks how often.
func notice(tx *gorm.DB, n cases.Notice) error {
	row := eventRow{ID: n.ID, CaseID: n.CaseID, What: n.What, Urgent: n.Urgent, At: sqldb.Micros(n.At)}
	made := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	if made.Error != nil || made.RowsAffected == 0 || len(n.Recipients) == 0 {
		return made.Error
	}
	notices := make([]noticeRow, len(n.Recipients))
	for i, r := range n.Recipients {
		notices[i] = noticeRow{CaseID: n.CaseID, What: n.What, Recipient: r, EventSeq: row.Seq, Urgent: n.Urgent}
	}
	return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&notices).Error
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
