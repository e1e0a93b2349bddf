package api

import "time"

// BankServer is a certificate that a host of a bank has presented at a handshake.
type BankServer struct {
	Host      string    `json:"host"`
	SHA256    string    `json:"sha256"`  // of the certificate
	Subject   string    `json:"subject"` // distinguished name
	Issuer    string    `json:"issuer"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	ChainSent int       `json:"chain_sent"` // certificates that the host sent, this one included
	Trusted   bool      `json:"trusted"`    // it was verified, the last time
	FirstSeen time.Time `json:"first_seen"`
	LastSeen  time.Time `json:"last_seen"`
}
