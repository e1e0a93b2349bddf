package api

import "time"

// AuditEntry is one entry of the audit log.
type AuditEntry struct {
	Seq      int64     `json:"seq"` // 1, 2, 3 and so on without gaps
	At       time.Time `json:"at"`
	CallerID string    `json:"caller_id"`
	Caller   string    `json:"caller"`  // name of the caller
	Action   string    `json:"action"`  // cert.import and so on
	Object   string    `json:"object"`  // id of what was acted on
	Outcome  string    `json:"outcome"` // allowed or denied before the act, done or failed after it
	Detail   string    `json:"detail"`
	Hash     string    `json:"hash"` // of the chain
}

// CustodyComparison is what custody holds, and how that compares with the records.
type CustodyComparison struct {
	Mode      string     `json:"mode"`       // embedded or vault
	CheckedAt *time.Time `json:"checked_at"` // nil until the service has compared them
	Documents int        `json:"documents"`  // how many are in custody
	Keys      int        `json:"keys"`       // how many are in custody
	Orphans   []Orphan   `json:"orphans"`
	// ids of client secrets that no bundle names: replaced in a draft, or of one that was never saved
	UnusedSecrets []string `json:"unused_secrets"`
}

// Orphan is what is in custody and no record names, or the other way round.
type Orphan struct {
	InCustody bool   `json:"in_custody"` // it is in custody; false: it is in the records
	Kind      string `json:"kind"`       // key and so on
	ID        string `json:"id"`
	Text      string `json:"text"` // a sentence
}
