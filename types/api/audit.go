package api

import "time"

// AuditEntry is one entry of the audit log.
type AuditEntry struct {
	Seq      int64     `json:"seq"` // 1, 2, 3 and so on without gaps
	At       time.Time `json:"at"`
	CallerID string    `json:"caller_id"`
	Caller   string    `json:"caller"`             // name of the caller
	Action   string    `json:"action"`             // cert.import and so on
	Object   string    `json:"object"`             // id of what was acted on
	Outcome  string    `json:"outcome"`            // allowed or denied before the act, done or failed after it
	Code     string    `json:"code"`               // of the detail, or of a failed act's error; empty: a person's
	Args     []string  `json:"args"`               // the values in the detail, in order
	Detail   string    `json:"detail"`             // one sentence
	Address  string    `json:"address"`            // of the client, where it comes from a request
	Request  string    `json:"request_id"`         // of that request, as in the log and in the header X-Request-Id
	TraceID  string    `json:"trace_id,omitempty"` // of the trace that it belongs to, where it was traced
	Hash     string    `json:"hash"`               // of the chain
	Count    int       `json:"count"`              // how many entries it stands for where they are folded; 1 otherwise
	Since    time.Time `json:"since"`              // time of the oldest of them
}

// AuditHead is what the audit log was at one time, signed with a key in custody. Kept away from the service it shows
// later whether newer entries were cut off.
type AuditHead struct {
	Seq  int64     `json:"seq"`  // number of the newest entry
	Hash string    `json:"hash"` // of the newest entry, hex
	Root string    `json:"root"` // base64, of the Merkle tree (RFC 9162) over the hashes of all entries
	At   time.Time `json:"at"`
	Note string    `json:"note"` // the head as a signed note (C2SP)
	Key  string    `json:"key"`  // public key that verifies it
}

// CustodyComparison is what custody holds, and how that compares with the records.
type CustodyComparison struct {
	Mode      string     `json:"mode"`       // embedded or vault
	CheckedAt *time.Time `json:"checked_at"` // nil until the service has compared them
	Documents int        `json:"documents"`  // how many are in custody
	Keys      int        `json:"keys"`       // how many are in custody
	Orphans   []Orphan   `json:"orphans"`
	Omitted   int        `json:"orphans_omitted"` // beyond those listed
	// ids of client secrets that no bundle names: replaced in a draft, or of one that was never saved
	UnusedSecrets []string `json:"unused_secrets"`
	UnusedOmitted int      `json:"unused_omitted"` // beyond those listed
}

// Orphan is what is in custody and no record names, or the other way round.
type Orphan struct {
	InCustody bool   `json:"in_custody"` // it is in custody; false: it is in the records
	Kind      string `json:"kind"`       // key and so on
	ID        string `json:"id"`
	Text      string `json:"text"` // a sentence
}
