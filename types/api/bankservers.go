package api

import "time"

// BankServer is a certificate that a host of a bank has presented at a handshake.
type BankServer struct {
	Host      string    `json:"host"`
	SHA256    string    `json:"sha256"`  // of the certificate
	Subject   string    `json:"subject"` // distinguished name
	Issuer    string    `json:"issuer"`
	Authority string    `json:"authority"` // who issued it: the organization of the issuer, or its whole name
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	ChainSent int       `json:"chain_sent"` // certificates that the host sent, this one included
	Trusted   bool      `json:"trusted"`    // it was verified, the last time
	Reason    string    `json:"reason"`     // why it was not; empty: it was
	Issuing   string    `json:"issuing"`    // the last certificate of the chain as sent, PEM; empty: none
	FirstSeen time.Time `json:"first_seen"`
	LastSeen  time.Time `json:"last_seen"`
}

// BankHost is a host of a bank, and what has happened there.
type BankHost struct {
	Host         string          `json:"host"`
	Authority    string          `json:"authority"`   // the issuer that is known to be right; empty: none was seen yet
	Confirmable  bool            `json:"confirmable"` // it presents a trusted certificate of another one now
	FailingSince *time.Time      `json:"failing_since"`
	Reason       string          `json:"reason"` // why connections fail; empty: they do not
	Alert        string          `json:"alert"`  // the TLS alert that it sent; empty: none
	LookedAt     *time.Time      `json:"looked_at"`
	Presents     []BankServer    `json:"presents"` // now, the newest first
	Events       []BankHostEvent `json:"events"`   // the newest first
	Said         []BankHostSaid  `json:"said"`     // by services that call it themselves, the newest first
}

// BankHostSaid is what an instance of a service says that a host has shown it.
type BankHostSaid struct {
	Service  string     `json:"service"`
	Instance string     `json:"instance"`
	SHA256   string     `json:"sha256"` // of the certificate; empty: none came
	Issuer   string     `json:"issuer"`
	NotAfter *time.Time `json:"not_after"`
	Sent     int        `json:"sent"`
	Reason   string     `json:"reason"`
	SeenAt   time.Time  `json:"seen_at"`
}

// BankHostEvent is something that happened at a host of a bank.
type BankHostEvent struct {
	At     time.Time `json:"at"`
	What   string    `json:"what"`   // first, certificate, issuer, untrusted, trusted, failed, works or confirmed
	Detail string    `json:"detail"` // an issuer, a reason or a name, by what it is
	Times  int       `json:"times"`  // one after the other
	LastAt time.Time `json:"last_at"`
}

// BankIssuer says which issuer of what a host presents is right.
type BankIssuer struct {
	Authority string `json:"authority"` // as the host's certificate has it
}
