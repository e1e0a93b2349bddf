package api

import "time"

// CertificateRevocation is what issuers say of a stored certificate and of its chain.
type CertificateRevocation struct {
	Asking   bool                `json:"asking"`   // false: this installation asks nobody, and nothing is checked
	Elements []RevocationElement `json:"elements"` // the certificate first; none once it is retired
}

// RevocationElement is a certificate on which the stored one depends: itself, or one of its chain.
type RevocationElement struct {
	Subject string `json:"subject"`
	SHA256  string `json:"sha256"`
	// good, revoked, unknown (to its issuer), no_answer, stale, not_needed or not_checked
	State   string             `json:"state"`
	Answer  *RevocationAnswer  `json:"answer"`  // the last that counts; null: there is none
	Attempt *RevocationAttempt `json:"attempt"` // the last question; null: there was none
	AskAt   *time.Time         `json:"ask_at"`  // when it is asked next; null: never
}

// RevocationAnswer is what an issuer said.
type RevocationAnswer struct {
	Means      string     `json:"means"` // crl or ocsp
	Source     string     `json:"source"`
	At         time.Time  `json:"at"` // when it came
	ThisUpdate time.Time  `json:"this_update"`
	NextUpdate *time.Time `json:"next_update"` // null: a newer one is there at any time
	Until      time.Time  `json:"until"`       // how long it counts
	RevokedAt  *time.Time `json:"revoked_at"`
	Reason     string     `json:"reason"` // as RFC 5280 section 5.3.1 names it; "" where it is unspecified
	Responder  string     `json:"responder"`
	// When the certificate of a responder ends that the issuer has charged with answering; null: the issuer has signed.
	ResponderEnds  *time.Time `json:"responder_ends"`
	ResponderState string     `json:"responder_state"` // exempt, good or not_checked; "" where the issuer has signed
	SHA256         string     `json:"sha256"`          // of the raw answer
}

// RevocationAttempt is a question and what came of it.
type RevocationAttempt struct {
	At     time.Time `json:"at"`
	Status string    `json:"status"` // good, revoked, unknown, no_answer or stale
	Cause  string    `json:"cause"`  // of no_answer and stale, such as unreachable, forged or expired
	Means  string    `json:"means"`
	Source string    `json:"source"`
}
