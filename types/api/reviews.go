package api

import "time"

// AccessReview is a look at who may do what.
type AccessReview struct {
	ID            string     `json:"id"`
	StartedBy     string     `json:"started_by"` // id of a user
	StartedByName string     `json:"started_by_name"`
	StartedAt     time.Time  `json:"started_at"`
	ClosedBy      string     `json:"closed_by"`
	ClosedByName  string     `json:"closed_by_name"`
	ClosedAt      *time.Time `json:"closed_at"` // nil: it is open
	Remark        string     `json:"remark"`    // why lines were left undecided
	SHA256        string     `json:"lines_sha256"`
	Lines         int        `json:"lines"`
	Undecided     int        `json:"undecided"`
}

// AccessReviewLine is one thing that somebody, or a program, was given.
type AccessReviewLine struct {
	Number         int             `json:"number"`
	Kind           string          `json:"kind"` // role, grant, service or token
	HolderID       string          `json:"holder_id"`
	Holder         string          `json:"holder"`
	What           string          `json:"what"` // the role, the purposes, the name of the token
	ThingID        string          `json:"thing_id"`
	Scope          RoleScope       `json:"scope"`
	Group          string          `json:"group"`
	EndsAt         *time.Time      `json:"ends_at"`
	LastUsedAt     *time.Time      `json:"last_used_at"` // nil: never, as far as is known
	Uses           []PermissionUse `json:"uses"`         // the latest first; what was never used is not among them
	State          string          `json:"state"`        // open, proposed, kept or removed
	Remove         bool            `json:"remove"`       // what is proposed, or was decided
	Reason         string          `json:"reason"`
	ProposedBy     string          `json:"proposed_by"` // id of a user
	ProposedByName string          `json:"proposed_by_name"`
	ProposedAt     *time.Time      `json:"proposed_at"`
	DecidedBy      string          `json:"decided_by"` // id of a user; while proposed: of who began to remove it
	DecidedByName  string          `json:"decided_by_name"`
	DecidedAt      *time.Time      `json:"decided_at"`
}

// PermissionUse is when a permission was used last, at the time the review was started.
type PermissionUse struct {
	Action string    `json:"action"`
	At     time.Time `json:"at"`
}

// ReviewProposal says of lines of a review that they are to be kept or removed.
type ReviewProposal struct {
	Lines  []SeenLine `json:"lines"`
	Remove bool       `json:"remove"`
	Reason string     `json:"reason"` // needed to remove
}

// SeenLine is a line of a review as it was read. Nobody replaces a proposal that they have not seen.
type SeenLine struct {
	Number     int        `json:"number"`
	ProposedAt *time.Time `json:"proposed_at"` // nil: nothing was proposed
}

// CloseAccessReview ends a review.
type CloseAccessReview struct {
	Remark string `json:"remark"` // needed where lines are undecided
}
