// Package review answers one question: who still needs what they may do?
//
// A review has a line for each thing that somebody, or a program, was given: roles, grants, service accounts, personal
// tokens. One person proposes to keep or to remove it, another one confirms that, and what is removed is removed by the
// act that there is for it. When it is closed, its lines are evidence.
package review

import (
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
)

// Kind says what a line is about.
type Kind string

// The kinds of lines.
const (
	KindRole    Kind = "role"    // that a person has everywhere and without an end
	KindGrant   Kind = "grant"   // a role on a part, or until a day
	KindService Kind = "service" // a service account with its purposes
	KindToken   Kind = "token"   // a person's bearer token
)

// State says how far a line is.
type State string

// The states of lines.
const (
	Open     State = "open"
	Proposed State = "proposed"
	Kept     State = "kept"
	Removed  State = "removed"
)

// Review is one look at all that was given.
type Review struct {
	ID            string
	StartedBy     string // id of a user
	StartedByName string
	StartedAt     time.Time
	ClosedBy      string
	ClosedByName  string
	ClosedAt      time.Time // zero: it is open
	Remark        string    // why lines were left undecided
	Digest        string    // SHA-256 over the lines when it was closed, hex
	Lines         int
	Undecided     int // of them
}

// IsOpen reports whether lines can still be decided.
func (r Review) IsOpen() bool { return r.ClosedAt.IsZero() }

// Line is one thing that was given.
type Line struct {
	ReviewID   string
	Number     int // from 1
	Kind       Kind
	HolderID   string // of a person or a service account
	HolderName string
	What       string // the role, the purposes, the name of the token
	ThingID    string // of the grant or the token; empty: role and service have none
	Scope      access.Scope
	Group      string    // at an identity provider, from which a grant comes
	EndsAt     time.Time // zero: it does not end by itself
	LastUsedAt time.Time // zero: never, as far as is known
	Uses       []Use     // of what it allows, the latest first; what was never used is not among them
	State      State
	Remove     bool // what is proposed, or was decided
	Reason     string
	Proposed   Hand
	Decided    Hand // while it is proposed: who has begun to remove it
}

// Hand is who did something, and when.
type Hand struct {
	By, Name string // id and name of a user
	At       time.Time
}

// Use is when a permission was used last, at the time the review was started.
type Use struct {
	Action access.Action `json:"action"`
	At     time.Time     `json:"at"`
}

// Listed is what can be asked of the list of reviews.
var Listed = listing.Spec{Name: "access-reviews", Sorts: []string{"-started_at"}}

// The filters of a review's lines.
const (
	FilterState  = "state"
	FilterKind   = "kind"
	FilterHolder = "holder"
)

// ListedLines is what can be asked of a review's lines.
var ListedLines = listing.Spec{
	Name:  "access-review-lines",
	Sorts: []string{"number"},
	Filters: map[string]listing.Check{
		FilterState:  listing.OneOf(Open, Proposed, Kept, Removed),
		FilterKind:   listing.OneOf(KindRole, KindGrant, KindService, KindToken),
		FilterHolder: listing.Text,
	},
}
