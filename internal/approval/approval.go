// Package approval answers one question: have two people agreed to this change?
// One requests it, another sees what would change and approves; who has which duty, and
// for how long a request counts, is policy. What is done then is the handler's business.
package approval

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Everywhere is the environment of an object that belongs to none, such as a
// certificate: it takes two people where any environment does.
const Everywhere environment.Name = ""

// Change is one line of what the approver sees.
type Change struct {
	Field       string   `json:"field"` // stable: "qwac", "client_secret" ...
	Before      string   `json:"before"`
	After       string   `json:"after"`
	Consequence string   `json:"consequence"` // one English sentence
	Code        string   `json:"code"`        // of the sentence, stable: what a translation is found by
	Args        []string `json:"args"`        // what is filled into the translation, in order

	// Of is the registration that the line tells of, if it is another than the one that changes.
	Of string `json:"of,omitempty"`

	// Which certificates Before and After name, if they do.
	BeforeCertificate *Certificate `json:"before_certificate"`
	AfterCertificate  *Certificate `json:"after_certificate"`
}

// Certificate is what an approver tells one by. Its subject is whatever the issuer
// wrote, so it is kept apart from what is computed.
type Certificate struct {
	Subject  string    `json:"subject"`
	SHA256   string    `json:"sha256"`
	NotAfter time.Time `json:"not_after"`
}

// State is how far a request is.
type State string

// The states. A request is decided once.
const (
	Open      State = "open"
	Applying  State = "applying" // approved, being carried out
	Approved  State = "approved" // and carried out
	Rejected  State = "rejected"
	Withdrawn State = "withdrawn"
	Expired   State = "expired"
	// it could not be carried out, or was no longer what had been requested; the note says why
	Failed State = "failed"
)

// Request is a change that somebody requested. It never changes: who wants something
// else requests that.
type Request struct {
	ID              string
	Kind            access.Action // what is requested
	Object          string        // id of what changes; one request per kind and object is open at a time
	ObjectName      string        // for people
	Environment     environment.Name
	Reason          string
	Payload         map[string]string // what the handler needs to know; never a secret
	Changes         []Change
	Fingerprint     string // of everything the changes were derived from
	State           State
	RequestedBy     string // user id
	RequestedByName string // as it was then
	RequestedAt     time.Time
	ExpiresAt       time.Time
	DecidedBy       string
	DecidedByName   string
	DecidedAt       time.Time
	Note            note.Note // of who decided, or why it failed
	// what is compromised is replaced without waiting; of an open request: it may be, if the approver is on call too
	Emergency bool
	Review    Review // of an emergency
}

// CodeFurtherUses is the code of a line that counts what lines of their own do not name.
const CodeFurtherUses = "change.certificate_no_way_back_more"

// Alone reports whether one person who is on call has done it by themselves.
func (r *Request) Alone() bool { return r.Emergency && r.DecidedBy == r.RequestedBy }

// Review is what somebody else found who looked at an emergency afterwards.
type Review struct {
	By, ByName string // user id and name; empty: nobody has looked
	At         time.Time
	Words      string
}

// Recorded is what the audit log says of the act while it is carried out: the detail, and whether one person was
// enough, two were demanded, or one who was on call went without the second. Without a request it is the detail alone.
func (r *Request) Recorded(detail note.Note) note.Note {
	switch {
	case r == nil:
		return detail
	case r.DecidedBy == "":
		return detail.Agreed(note.OnePerson)
	case r.Alone():
		return detail.Agreed(note.OnCallAlone)
	}
	return detail.Agreed(note.TwoPeople)
}

// NewRequest is a change that somebody requests.
type NewRequest struct {
	Handling    Handling
	Object      string
	ObjectName  string
	Environment environment.Name
	Reason      string
	Payload     map[string]string
	Always      bool // it takes two people, whatever the policy says
}

// Handling is who carries out a kind of change. Both people must be allowed the action that it is.
type Handling struct {
	Kind access.Action
	Handler
}

// Handler carries out one kind of change.
type Handler interface {
	// Describe says what the change would do now, or refuses what cannot be
	// done. It is called when the change is requested and again when it is approved:
	// the fingerprint is the same exactly if the approver's picture is still true. Nothing
	// in it may come from the clock alone.
	Describe(ctx context.Context, r Request) (changes []Change, fingerprint string, err error)
	// Apply does it, on behalf of the caller who decided, and audits it under the
	// action's own name. It must hold to what was described even if the object
	// changes in between, and be repeatable: after a crash it may be requested again.
	Apply(ctx context.Context, by access.Caller, r Request) error
}

// Witness is a Handler that can tell, after a crash, whether the change took effect.
type Witness interface {
	Applied(ctx context.Context, r Request) (bool, error)
}

// Filter chooses requests; what is empty does not restrict.
type Filter struct {
	Reach  access.Reach // what the caller may read
	Kind   access.Action
	Object string
	States []State
	Limit  int
}

// The filters of the list of requests.
const (
	FilterState  = "state"
	FilterKind   = "kind"
	FilterObject = "object"
	// true: what was requested, or done, as an emergency
	FilterEmergency = "emergency"
)

// Inbox is, as a state to look for, open and for the caller to decide.
const Inbox State = "inbox"

// Listed is what can be asked of the list of requests.
var Listed = listing.Spec{
	Name:   "approvals",
	Sorts:  []string{"-requested_at", "requested_at"},
	Search: true,
	Filters: map[string]listing.Check{
		FilterState:  listing.OneOf(Inbox, Open, Applying, Approved, Rejected, Withdrawn, Expired, Failed),
		FilterKind:   listing.Text,
		FilterObject: listing.Text,

		FilterEmergency: listing.OneOf("true", "false"),
	},
}

// Store keeps requests.
type Store interface {
	Writer
	Reader
}

// Writer writes requests.
type Writer interface {
	// AddApproval adds an open request; Conflict if one of its kind and object is open or being applied.
	AddApproval(ctx context.Context, r Request) error
	// MoveApproval writes state, decision and note of r if the stored state is still from; else Conflict.
	MoveApproval(ctx context.Context, r Request, from State) error
	// ReviewApproval notes the review of an emergency that was carried out; Conflict if it has one.
	ReviewApproval(ctx context.Context, id string, v Review) error
}

// Reader reads requests.
type Reader interface {
	Approval(ctx context.Context, id string) (Request, error)
	// Approvals returns requests, newest first.
	Approvals(ctx context.Context, f Filter) ([]Request, error)
	// ApprovalPage returns a page of the list Listed; the inbox is all that are open.
	ApprovalPage(ctx context.Context, reach access.Reach, q listing.Query) (listing.Page[Request], error)
	// RegistrationsWithin returns those of the registrations that lie in the reach.
	RegistrationsWithin(ctx context.Context, reach access.Reach, ids []string) ([]string, error)
}

// People knows the users. A user is one person, however they sign in: a session and
// each of their tokens carry the same user id.
type People interface {
	// Person returns the user as a caller; NotFound when there is none any more.
	Person(ctx context.Context, userID string) (access.Caller, error)
	// ChangedRights reports whether one user has, since then, given or changed what another may do.
	ChangedRights(ctx context.Context, by, userID string, since time.Time) (bool, error)
	// GaveAlone reports whether all that one user has given another since then is a role.
	GaveAlone(ctx context.Context, by, userID string, role access.Role, since time.Time) (bool, error)
}
