// Package reviews keeps reviews of who may do what, and when permissions were used last.
package reviews

import (
	"context"
	"encoding/json"
	"errors"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/review"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// Store keeps them in the database.
type Store struct{ db *gorm.DB }

// New returns the store over an open database.
func New(db *gorm.DB) *Store { return &Store{db} }

type row struct {
	ID            string `gorm:"primaryKey"`
	StartedBy     string
	StartedByName string
	StartedAt     int64
	ClosedBy      string
	ClosedByName  string
	ClosedAt      int64
	Remark        string
	Digest        string
	Revision      int64

	Lines, Undecided int `gorm:"->"`
}

const (
	table      = "access_reviews"
	reviewWord = "review"
	lineWord   = "line"
)

func (row) TableName() string { return table }

const columns = `access_reviews.*,
	(SELECT COUNT(*) FROM access_review_lines WHERE review_id = access_reviews.id) AS lines,
	(SELECT COUNT(*) FROM access_review_lines WHERE review_id = access_reviews.id
		AND state IN ('open', 'proposed')) AS undecided`

func (r row) review() review.Review {
	return review.Review{
		ID:            r.ID,
		StartedBy:     r.StartedBy,
		StartedByName: r.StartedByName,
		StartedAt:     sqldb.FromMicros(r.StartedAt),
		ClosedBy:      r.ClosedBy,
		ClosedByName:  r.ClosedByName,
		ClosedAt:      sqldb.FromMicros(r.ClosedAt),
		Remark:        r.Remark,
		Digest:        r.Digest,
		Lines:         r.Lines,
		Undecided:     r.Undecided,
	}
}

type lineRow struct {
	ReviewID       string `gorm:"primaryKey"`
	Number         int64  `gorm:"primaryKey;autoIncrement:false"`
	Kind           string
	HolderID       string
	HolderName     string
	What           string
	ThingID        string
	ScopeKind      string
	ScopeValue     string
	FromGroup      string
	EndsAt         int64
	LastUsedAt     int64
	Uses           string
	State          string
	Remove         int
	Reason         string
	ProposedBy     string
	ProposedByName string
	ProposedAt     int64
	DecidedBy      string
	DecidedByName  string
	DecidedAt      int64
}

func (lineRow) TableName() string { return "access_review_lines" }

func rowOf(l review.Line) lineRow {
	uses, _ := json.Marshal(append([]review.Use{}, l.Uses...)) // texts and times
	r := lineRow{
		ReviewID:       l.ReviewID,
		Number:         int64(l.Number),
		Kind:           string(l.Kind),
		HolderID:       l.HolderID,
		HolderName:     l.HolderName,
		What:           l.What,
		ThingID:        l.ThingID,
		ScopeKind:      string(l.Scope.Kind),
		ScopeValue:     l.Scope.Value,
		FromGroup:      l.Group,
		EndsAt:         sqldb.Micros(l.EndsAt),
		LastUsedAt:     sqldb.Micros(l.LastUsedAt),
		Uses:           string(uses),
		State:          string(l.State),
		Reason:         l.Reason,
		ProposedBy:     l.Proposed.By,
		ProposedByName: l.Proposed.Name,
		ProposedAt:     sqldb.Micros(l.Proposed.At),
		DecidedBy:      l.Decided.By,
		DecidedByName:  l.Decided.Name,
		DecidedAt:      sqldb.Micros(l.Decided.At),
	}
	if l.Remove {
		r.Remove = 1
	}
	return r
}

func (r lineRow) line() review.Line {
	l := review.Line{
		ReviewID:   r.ReviewID,
		Number:     int(r.Number),
		Kind:       review.Kind(r.Kind),
		HolderID:   r.HolderID,
		HolderName: r.HolderName,
		What:       r.What,
		ThingID:    r.ThingID,
		Scope:      access.Scope{Kind: access.ScopeKind(r.ScopeKind), Value: r.ScopeValue},
		Group:      r.FromGroup,
		EndsAt:     sqldb.FromMicros(r.EndsAt),
		LastUsedAt: sqldb.FromMicros(r.LastUsedAt),
		State:      review.State(r.State),
		Remove:     r.Remove == 1,
		Reason:     r.Reason,
		Proposed:   review.Hand{By: r.ProposedBy, Name: r.ProposedByName, At: sqldb.FromMicros(r.ProposedAt)},
		Decided:    review.Hand{By: r.DecidedBy, Name: r.DecidedByName, At: sqldb.FromMicros(r.DecidedAt)},
	}
	_ = json.Unmarshal([]byte(r.Uses), &l.Uses) // rowOf wrote it
	return l
}

// inserted is how many lines are written in one statement: PostgreSQL takes 65,535 values in one.
const inserted = 500

// AddReview implements review.Store.
func (s *Store) AddReview(ctx context.Context, r review.Review, lines []review.Line) error {
	err := sqldb.Transaction(ctx, s.db, reviewWord, func(tx *gorm.DB) error {
		made := row{
			ID:            r.ID,
			StartedBy:     r.StartedBy,
			StartedByName: r.StartedByName,
			StartedAt:     sqldb.Micros(r.StartedAt),
		}
		if err := sqldb.Create(ctx, tx, &made); err != nil {
			return err
		}
		rows := make([]lineRow, len(lines))
		for i, l := range lines {
			rows[i] = rowOf(l)
		}
		return tx.CreateInBatches(&rows, inserted).Error
	})
	if errors.Is(err, fault.Conflict) {
		return fault.Wrap(err, fault.Conflict, "review_running", "Another review of access is open; close it first.")
	}
	return err
}

// ReviewPage implements review.Store.
func (s *Store) ReviewPage(ctx context.Context, q listing.Query) (listing.Page[review.Review], error) {
	page, err := sqldb.Page(s.db.WithContext(ctx).Table(table).Select(columns), q,
		sqldb.Order{Columns: []string{"started_at", "id"}, Descending: true}, reviewWord,
		func(r row, column string) any {
			if column == "id" {
				return r.ID
			}
			return r.StartedAt
		})
	return listing.Map(page, row.review), err
}

// ReviewByID implements review.Store.
func (s *Store) ReviewByID(ctx context.Context, id string) (review.Review, error) {
	var r row
	err := s.db.WithContext(ctx).Table(table).Select(columns).Where("id = ?", id).Take(&r).Error
	return r.review(), sqldb.Wrap(err, reviewWord)
}

// CloseReview implements review.Store. The review's row is locked first, and ChangeLine waits for it.
func (s *Store) CloseReview(
	ctx context.Context, r review.Review, each func(review.Line) error, digest func() (string, error),
) error {
	// Once: each sums up what it is given.
	return sqldb.TransactionOnce(ctx, s.db, reviewWord, func(tx *gorm.DB) error {
		if err := turn(tx, r.ID); err != nil {
			return err
		}
		rows, err := tx.Model(&lineRow{}).Where("review_id = ?", r.ID).Order("number").Rows()
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var one lineRow
			if err := tx.ScanRows(rows, &one); err != nil {
				return err
			}
			if err := each(one.line()); err != nil {
				return err
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
		sum, err := digest()
		if err != nil {
			return err
		}
		return tx.Table(table).Where("id = ?", r.ID).Updates(map[string]any{
			"closed_by":      r.ClosedBy,
			"closed_by_name": r.ClosedByName,
			"closed_at":      sqldb.Micros(r.ClosedAt),
			"remark":         r.Remark,
			"digest":         sum,
		}).Error
	})
}

// turn locks a review that is open, until the transaction ends.
func turn(tx *gorm.DB, id string) error {
	changed := tx.Exec("UPDATE access_reviews SET revision = revision + 1 WHERE id = ? AND closed_at = 0", id)
	if changed.Error != nil || changed.RowsAffected == 1 {
		return changed.Error
	}
	var n int64
	if err := tx.Table(table).Where("id = ?", id).Count(&n).Error; err != nil {
		return err
	}
	if n == 0 {
		return gorm.ErrRecordNotFound
	}
	return review.Closed()
}

// ReviewLines implements review.Lines.
func (s *Store) ReviewLines(
	ctx context.Context, reviewID string, q listing.Query,
) (listing.Page[review.Line], error) {
	query := s.db.WithContext(ctx).Table(lineRow{}.TableName()).Where("review_id = ?", reviewID)
	for filter, column := range map[string]string{
		review.FilterState:  "state",
		review.FilterKind:   "kind",
		review.FilterHolder: "holder_id",
	} {
		if value := q.Filters[filter]; value != "" {
			query = query.Where(column+" = ?", value)
		}
	}
	page, err := sqldb.Page(query, q, sqldb.Order{Columns: []string{"number"}}, lineWord,
		func(r lineRow, _ string) any { return r.Number })
	return listing.Map(page, lineRow.line), err
}

// ReviewLine implements review.Lines.
func (s *Store) ReviewLine(ctx context.Context, reviewID string, number int) (review.Line, error) {
	r, err := sqldb.First[lineRow](ctx, s.db.Where("review_id = ? AND number = ?", reviewID, number))
	return r.line(), sqldb.Wrap(err, lineWord)
}

// ChangeLine implements review.Lines.
func (s *Store) ChangeLine(ctx context.Context, before, after review.Line) error {
	return sqldb.Transaction(ctx, s.db, lineWord, func(tx *gorm.DB) error {
		if err := turn(tx, before.ReviewID); err != nil {
			return err
		}
		was, is := rowOf(before), rowOf(after)
		changed := tx.Model(&lineRow{}).
			Where("review_id = ? AND number = ? AND state = ? AND proposed_at = ? AND decided_at = ?", was.ReviewID,
				was.Number, was.State, was.ProposedAt, was.DecidedAt).
			Updates(map[string]any{
				"state":            is.State,
				"remove":           is.Remove,
				"reason":           is.Reason,
				"proposed_by":      is.ProposedBy,
				"proposed_by_name": is.ProposedByName,
				"proposed_at":      is.ProposedAt,
				"decided_by":       is.DecidedBy,
				"decided_by_name":  is.DecidedByName,
				"decided_at":       is.DecidedAt,
			})
		if changed.Error == nil && changed.RowsAffected != 1 {
			return review.LineChanged()
		}
		return changed.Error
	})
}
