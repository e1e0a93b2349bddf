package api

import "time"

// CatalogueFiles is what the folder of catalogue files has, and what is in force of it.
type CatalogueFiles struct {
	Proposals []CatalogueProposal `json:"proposals"`
	Refusals  []CatalogueRefusal  `json:"refusals"`
	InForce   []CatalogueFile     `json:"in_force"`
	Declined  []CatalogueFile     `json:"declined"` // the last 50 of them
}

// CatalogueFile is a file that the folder has brought.
type CatalogueFile struct {
	Bank          string     `json:"bank"`   // id of the bank group
	SHA256        string     `json:"sha256"` // of the text
	Name          string     `json:"name"`   // in the folder
	Text          string     `json:"text"`   // empty in lists
	State         string     `json:"state"`  // proposed, in_force, declined or superseded
	FoundAt       time.Time  `json:"found_at"`
	DecidedBy     string     `json:"decided_by"` // user id; empty: nobody has decided
	DecidedByName string     `json:"decided_by_name"`
	DecidedAt     *time.Time `json:"decided_at"`
}

// CatalogueProposal is a file that waits for somebody to take it.
type CatalogueProposal struct {
	CatalogueFile
	New         bool                  `json:"new"`         // nothing describes the bank yet
	TwoPeople   bool                  `json:"two_people"`  // it changes a live environment
	ApprovalID  string                `json:"approval_id"` // of the request that waits for a second person; empty: none
	Differences []CatalogueDifference `json:"differences"`
}

// CatalogueDifference is a value that differs from what is in force.
type CatalogueDifference struct {
	Path   string `json:"path"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// CatalogueRefusal is a file of the folder that cannot be used.
type CatalogueRefusal struct {
	Name  string    `json:"name"`
	Why   string    `json:"why"` // each mistake on a line of its own, with its line in the file
	Since time.Time `json:"since"`
}

// TakeCatalogueFile says why a file should be taken.
type TakeCatalogueFile struct {
	Reason string `json:"reason"` // may be empty where one person is enough
}

// CatalogueTaken says what has become of a proposal.
type CatalogueTaken struct {
	Taken      bool   `json:"taken"`       // false: a second person has to agree
	ApprovalID string `json:"approval_id"` // of the request that waits; empty when it is done
}
