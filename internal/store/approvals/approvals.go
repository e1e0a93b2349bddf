// Package approvals keeps the requests for changes that take two people.
package approvals

import (
	"context"
	"encoding/json"
	"strconv"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// Store keeps them in the database.
type Store struct{ db *gorm.DB }

// New returns the store over an open database.
func New(db *gorm.DB) *Store { return &Store{db} }

type approvalRow struct {
	ID              string `gorm:"primaryKey"`
	Kind            string
	Object          string
	ObjectName      string
	Environment     string
	Reason          string
	Payload         string
	Changes         string
	Fingerprint     string
	State           string
	RequestedBy     string
	RequestedByName string
	RequestedAt     int64
	ExpiresAt       int64
	DecidedBy       string
	DecidedByName   string
	DecidedAt       int64
	Note            string
	NoteCode        string
	NoteArgs        string
	Emergency       int
	ReviewedBy      string
	ReviewedByName  string
	ReviewedAt      int64
	Review          string
}

func (approvalRow) TableName() string { return "approvals" }

func toApprovalRow(r approval.Request) approvalRow {
	payload, _ := json.Marshal(r.Payload) // strings always marshal
	changes, _ := json.Marshal(r.Changes)
	return approvalRow{
		ID:              r.ID,
		Kind:            string(r.Kind),
		Object:          r.Object,
		ObjectName:      r.ObjectName,
		Environment:     string(r.Environment),
		Reason:          r.Reason,
		Payload:         string(payload),
		Changes:         string(changes),
		Fingerprint:     r.Fingerprint,
		State:           string(r.State),
		RequestedBy:     r.RequestedBy,
		RequestedByName: r.RequestedByName,
		RequestedAt:     sqldb.Micros(r.RequestedAt),
		ExpiresAt:       sqldb.Micros(r.ExpiresAt),
		DecidedBy:       r.DecidedBy,
		DecidedByName:   r.DecidedByName,
		DecidedAt:       sqldb.Micros(r.DecidedAt),
		Note:            r.Note.Text,
		NoteCode:        r.Note.Code,
		NoteArgs:        sqldb.List(r.Note.Args),
		Emergency:       flag(r.Emergency),
	}
}

// flag is how the column keeps whether something is so.
func flag(so bool) int { return map[bool]int{true: 1}[so] }

func (r approvalRow) request() approval.Request {
	request := approval.Request{
		ID:              r.ID,
		Kind:            access.Action(r.Kind),
		Object:          r.Object,
		ObjectName:      r.ObjectName,
		Environment:     environment.Name(r.Environment),
		Reason:          r.Reason,
		Fingerprint:     r.Fingerprint,
		State:           approval.State(r.State),
		RequestedBy:     r.RequestedBy,
		RequestedByName: r.RequestedByName,
		RequestedAt:     sqldb.FromMicros(r.RequestedAt),
		ExpiresAt:       sqldb.FromMicros(r.ExpiresAt),
		DecidedBy:       r.DecidedBy,
		DecidedByName:   r.DecidedByName,
		DecidedAt:       sqldb.FromMicros(r.DecidedAt),
		Note:            sqldb.Note(r.NoteCode, r.NoteArgs, r.Note),
		Emergency:       r.Emergency == 1,
		Review: approval.Review{
			By:     r.ReviewedBy,
			ByName: r.ReviewedByName,
			At:     sqldb.FromMicros(r.ReviewedAt),
			Words:  r.Review,
		},
	}
	_ = json.Unmarshal([]byte(r.Payload), &request.Payload) // toApprovalRow wrote them
	_ = json.Unmarshal([]byte(r.Changes), &request.Changes)
	return request
}

// wordsOf is the kind of the words by which requests for approval are found.
const wordsOf = "approval"

// AddApproval implements approval.Store.
func (s *Store) AddApproval(ctx context.Context, r approval.Request) error {
	row := toApprovalRow(r)
	return sqldb.Transaction(ctx, s.db, "request for approval", func(tx *gorm.DB) error {
		if err := sqldb.Create(ctx, tx, &row); err != nil {
			return err
		}
		return sqldb.SetWords(tx, wordsOf, r.ID, r.ID, r.Object, r.ObjectName, r.RequestedByName)
	})
}

// Approval implements approval.Store.
func (s *Store) Approval(ctx context.Context, id string) (approval.Request, error) {
	row, err := sqldb.First[approvalRow](ctx, s.db.Where("id = ?", id))
	if err != nil {
		return approval.Request{}, sqldb.Wrap(err, "request for approval")
	}
	return row.request(), nil
}

// Approvals implements approval.Store.
func (s *Store) Approvals(ctx context.Context, f approval.Filter) ([]approval.Request, error) {
	query, err := sqldb.Within(s.db.WithContext(ctx).Order("requested_at DESC, id DESC"), f.Reach, sqldb.Things,
		"approvals.object")
	if err != nil {
		return nil, err
	}
	if f.Kind != "" {
		query = query.Where("kind = ?", f.Kind)
	}
	if f.Object != "" {
		query = query.Where("object = ?", f.Object)
	}
	if len(f.States) > 0 {
		query = query.Where("state IN ?", f.States)
	}
	if f.Limit > 0 {
		query = query.Limit(f.Limit)
	}
	var rows []approvalRow
	err = query.Find(&rows).Error
	return sqldb.Convert(rows, err, "request for approval", approvalRow.request)
}

// approvalOrders are the orders of approval.Listed.
var approvalOrders = map[string]sqldb.Order{
	"requested_at":  {Columns: []string{"requested_at", "id"}},
	"-requested_at": {Columns: []string{"requested_at", "id"}, Descending: true},
}

// ApprovalPage implements approval.Reader.
func (s *Store) ApprovalPage(
	ctx context.Context, reach access.Reach, q listing.Query,
) (listing.Page[approval.Request], error) {
	query, err := s.listed(ctx, reach, q)
	if err != nil {
		return listing.Page[approval.Request]{}, sqldb.Wrap(err, "request for approval")
	}
	page, err := sqldb.Page(query, q, approvalOrders[q.Sort], "request for approval",
		func(r approvalRow, column string) any {
			if column == "requested_at" {
				return r.RequestedAt
			}
			return r.ID
		})
	return listing.Map(page, approvalRow.request), err
}

// listed selects what a query is about.
func (s *Store) listed(ctx context.Context, reach access.Reach, q listing.Query) (*gorm.DB, error) {
	query, err := sqldb.Within(s.db.WithContext(ctx).Table("approvals"), reach, sqldb.Things, "approvals.object")
	if err != nil {
		return nil, err
	}
	state := approval.State(q.Filters[approval.FilterState])
	if state == approval.Inbox {
		state = approval.Open
	}
	if state != "" {
		query = query.Where("state = ?", state)
	}
	if kind := q.Filters[approval.FilterKind]; kind != "" {
		query = query.Where("kind = ?", kind)
	}
	if object := q.Filters[approval.FilterObject]; object != "" {
		query = query.Where("object = ?", object)
	}
	if emergency := q.Filters[approval.FilterEmergency]; emergency != "" {
		query = query.Where("emergency = " + strconv.Itoa(flag(emergency == "true"))) // as its index has it
	}
	return sqldb.Matching(query, "approvals", wordsOf, q)
}

// MoveApproval implements approval.Store. Of two who decide at once, one finds the state they read.
func (s *Store) MoveApproval(ctx context.Context, r approval.Request, from approval.State) error {
	unmoved := s.db.WithContext(ctx).Model(&approvalRow{}).Where("id = ? AND state = ?", r.ID, from)
	result := unmoved.Updates(map[string]any{
		"state":           string(r.State),
		"decided_by":      r.DecidedBy,
		"decided_by_name": r.DecidedByName,
		"decided_at":      sqldb.Micros(r.DecidedAt),
		"note":            r.Note.Text,
		"note_code":       r.Note.Code,
		"note_args":       sqldb.List(r.Note.Args),
		"emergency":       flag(r.Emergency),
	})
	return sqldb.ExpectOneIn(result, "request for approval")
}

// ReviewApproval implements approval.Store. The state is written too, so that the case is looked at again.
func (s *Store) ReviewApproval(ctx context.Context, id string, v approval.Review) error {
	result := s.db.WithContext(ctx).Model(&approvalRow{}).
		Where("id = ? AND state = ? AND emergency = 1 AND reviewed_at = 0", id, approval.Approved).
		Updates(map[string]any{
			"state":            string(approval.Approved),
			"reviewed_by":      v.By,
			"reviewed_by_name": v.ByName,
			"reviewed_at":      sqldb.Micros(v.At),
			"review":           v.Words,
		})
	return sqldb.ExpectOneIn(result, "request for approval")
}
