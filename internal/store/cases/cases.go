// Package cases keeps what ends or has broken, when each thing is to be looked at, and what is known of it.
package cases

import (
	"cmp"
	"context"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// Store keeps them in the database.
type Store struct{ db *gorm.DB }

// New returns the store over an open database.
func New(db *gorm.DB) *Store { return &Store{db} }

type caseRow struct {
	ID          string `gorm:"primaryKey"`
	Kind        string
	SubjectKind string
	Subject     string
	Name        string
	Todo        string
	Environment string
	Places      string
	PlaceCount  int
	Args        string
	BeginsAt    int64
	EndsAt      int64
	Lead        int64
	Threshold   string
	Urgent      bool
	UrgentAt    int64
	Owner       string
	Deputies    string
	AckBy       string
	AckByName   string
	AckAt       int64
	AckUntil    int64
	AckReason   string
	EscalatedAt int64
	OpenedAt    int64
	ClosedAt    int64
	Fact        string
	Revision    int
}

func (caseRow) TableName() string { return "cases" }

func rowOf(c cases.Case) caseRow {
	return caseRow{
		ID:          c.ID,
		Kind:        string(c.Kind),
		SubjectKind: string(c.Watched.Kind),
		Subject:     c.Watched.ID,
		Name:        c.Name,
		Todo:        c.Todo,
		Environment: string(c.Environment),
		Places:      sqldb.List(c.Places),
		PlaceCount:  c.PlaceCount,
		Args:        sqldb.List(c.Args),
		BeginsAt:    sqldb.Micros(c.BeginsAt),
		EndsAt:      sqldb.Micros(c.EndsAt),
		Lead:        c.Lead.Microseconds(),
		Threshold:   c.Threshold,
		Urgent:      c.Urgent,
		UrgentAt:    sqldb.Micros(c.UrgentAt),
		Owner:       c.Owner,
		Deputies:    sqldb.List(c.Deputies),
		AckBy:       c.By,
		AckByName:   c.ByName,
		AckAt:       sqldb.Micros(c.At),
		AckUntil:    sqldb.Micros(c.Until),
		AckReason:   c.Reason,
		EscalatedAt: sqldb.Micros(c.EscalatedAt),
		OpenedAt:    sqldb.Micros(c.OpenedAt),
		ClosedAt:    sqldb.Micros(c.ClosedAt),
		Fact:        c.Fact,
		Revision:    c.Revision,
	}
}

func (r caseRow) object() cases.Case {
	return cases.Case{
		ID:          r.ID,
		Kind:        cases.Kind(r.Kind),
		Watched:     cases.Watched{Kind: cases.SubjectKind(r.SubjectKind), ID: r.Subject},
		Name:        r.Name,
		Todo:        r.Todo,
		Environment: environment.Name(r.Environment),
		Places:      sqldb.FromList(r.Places),
		PlaceCount:  r.PlaceCount,
		Args:        sqldb.FromList(r.Args),
		BeginsAt:    sqldb.FromMicros(r.BeginsAt),
		EndsAt:      sqldb.FromMicros(r.EndsAt),
		Lead:        time.Duration(r.Lead) * time.Microsecond,
		Threshold:   r.Threshold,
		Urgent:      r.Urgent,
		UrgentAt:    sqldb.FromMicros(r.UrgentAt),
		Owner:       r.Owner,
		Deputies:    sqldb.FromList(r.Deputies),
		Acknowledgement: cases.Acknowledgement{
			By:     r.AckBy,
			ByName: r.AckByName,
			At:     sqldb.FromMicros(r.AckAt),
			Until:  sqldb.FromMicros(r.AckUntil),
			Reason: r.AckReason,
		},
		EscalatedAt: sqldb.FromMicros(r.EscalatedAt),
		OpenedAt:    sqldb.FromMicros(r.OpenedAt),
		ClosedAt:    sqldb.FromMicros(r.ClosedAt),
		Fact:        r.Fact,
		Revision:    r.Revision,
	}
}

// CasePage implements cases.Records.
func (s *Store) CasePage(
	ctx context.Context, reach access.Reach, q listing.Query,
) (listing.Page[cases.Case], error) {
	order := sqldb.Order{Columns: []string{"ends_at", "id"}}
	query, err := sqldb.Within(s.db.WithContext(ctx).Table("cases"), reach, sqldb.Things, s.about())
	if err != nil {
		return listing.Page[cases.Case]{}, err
	}
	if q.Filters[cases.FilterState] == cases.StateClosed {
		order = sqldb.Order{Columns: []string{"closed_at", "id"}, Descending: true}
		query = query.Where("closed_at > 0")
	} else {
		query = query.Where("closed_at = 0")
	}
	if kind := q.Filters[cases.FilterKind]; kind != "" {
		query = query.Where("kind = ?", kind)
	}
	if env := q.Filters[cases.FilterEnvironment]; env != "" {
		query = query.Where("environment = ?", env)
	}
	page, err := sqldb.Page(query, q, order, "case", func(r caseRow, column string) any {
		switch column {
		case "ends_at":
			return r.EndsAt
		case "closed_at":
			return r.ClosedAt
		}
		return r.ID
	})
	found := listing.Page[cases.Case]{Count: page.Count, Next: page.Next, Previous: page.Previous}
	for _, r := range page.Items {
		found.Items = append(found.Items, r.object())
	}
	return found, err
}

// about is the thing that a case is about: of a step that whose checklist it is in, of a request that which is to be
// changed.
func (s *Store) about() string {
	checklist := "substr(cases.subject, 1, instr(cases.subject, '/') - 1)"
	if sqldb.Postgres(s.db) {
		checklist = "split_part(cases.subject, '/', 1)"
	}
	return `(CASE cases.subject_kind WHEN 'step' THEN ` + checklist + `
		WHEN 'approval' THEN (SELECT object FROM approvals WHERE id = cases.subject) ELSE cases.subject END)`
}

// RegistrationsWithin implements cases.Records.
func (s *Store) RegistrationsWithin(ctx context.Context, reach access.Reach, ids []string) ([]string, error) {
	query, err := sqldb.Within(s.db.WithContext(ctx).Table("registrations"), reach, sqldb.Registrations,
		"registrations.id")
	if err != nil {
		return nil, err
	}
	var seen []string
	return seen, sqldb.Wrap(query.Where("registrations.id IN ?", ids).Pluck("registrations.id", &seen).Error,
		"registration")
}

// CaseByID implements cases.Records.
func (s *Store) CaseByID(ctx context.Context, id string) (cases.Case, error) {
	row, err := sqldb.First[caseRow](ctx, s.db.Where("id = ?", id))
	return row.object(), sqldb.Wrap(err, "case")
}

// OpenCases implements cases.Store.
func (s *Store) OpenCases(ctx context.Context, of []cases.Watched) ([]cases.Case, error) {
	var all []caseRow
	for kind, ids := range byKind(of) {
		rows, err := sqldb.Find[caseRow](ctx, s.db.
			Where("subject_kind = ? AND subject IN ? AND closed_at = 0", kind, ids))
		if err != nil {
			return nil, sqldb.Wrap(err, "case")
		}
		all = append(all, rows...)
	}
	return sqldb.Convert(all, nil, "case", caseRow.object)
}

// byKind are the ids of things by their kind.
func byKind(all []cases.Watched) map[string][]string {
	kinds := map[string][]string{}
	for _, w := range all {
		kinds[string(w.Kind)] = append(kinds[string(w.Kind)], w.ID)
	}
	return kinds
}

// CountCases implements cases.Records.
func (s *Store) CountCases(ctx context.Context) ([]cases.Count, error) {
	var counts []cases.Count
	err := s.db.WithContext(ctx).Table("cases").Select("kind, urgent, count(*) AS n").Where("closed_at = 0").
		Group("kind, urgent").Scan(&counts).Error
	return counts, sqldb.Wrap(err, "case")
}

// ChangeCase implements cases.Records.
func (s *Store) ChangeCase(ctx context.Context, c cases.Case) error {
	r := rowOf(c)
	return sqldb.Transaction(ctx, s.db, "case", func(tx *gorm.DB) error {
		// The subject first, as SettleSubjects does, or each waits for the other.
		if err := noteSubjects(tx, []cases.Watched{c.Watched}); err != nil {
			return err
		}
		changed, err := sqldb.Updates(ctx, tx.Where("id = ? AND revision = ? AND closed_at = 0", c.ID, c.Revision-1).
			Select("owner", "deputies", "ack_by", "ack_by_name", "ack_at", "ack_until", "ack_reason", "revision"), r)
		return sqldb.ExpectOne(changed, err, "case")
	})
}

type eventRow struct {
	Seq    int64 `gorm:"primaryKey"`
	ID     string
	CaseID string
	What   string
	Urgent bool
	At     int64
}

func (eventRow) TableName() string { return "case_events" }

func (r eventRow) event() cases.Event {
	return cases.Event{
		Seq:    r.Seq,
		ID:     r.ID,
		CaseID: r.CaseID,
		What:   r.What,
		Urgent: r.Urgent,
		At:     sqldb.FromMicros(r.At),
	}
}

// EventsOf implements cases.Records.
func (s *Store) EventsOf(ctx context.Context, caseID string) ([]cases.Event, error) {
	rows, err := sqldb.Find[eventRow](ctx, s.db.Where("case_id = ?", caseID).Order("seq"))
	return sqldb.Convert(rows, err, "event", eventRow.event)
}

// noteSubjects makes things due at once, as the triggers do. In the order of their ids two that do so at the same time
// do not wait for each other.
func noteSubjects(tx *gorm.DB, all []cases.Watched) error {
	slices.SortFunc(all, func(a, b cases.Watched) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
	})
	all = slices.Compact(all)
	for part := range slices.Chunk(all, writtenAtOnce) {
		rows := make([]subjectRow, len(part))
		for i, w := range part {
			rows[i] = subjectRow{Kind: string(w.Kind), ID: w.ID, Changes: 1}
		}
		err := tx.Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "kind"}, {Name: "id"}},
			DoUpdates: clause.Assignments(map[string]any{
				"due":     0,
				"changes": gorm.Expr("case_subjects.changes + 1"),
			}),
		}).Create(&rows).Error
		if err != nil {
			return err
		}
	}
	return nil
}
