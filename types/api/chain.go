package api

import "time"

// ChainOffer is another chain that a stored certificate could have. Nothing is stored until it is set.
type ChainOffer struct {
	ChainPEM string      `json:"chain_pem"` // what setCertificateChain takes as a file
	Links    []ChainLink `json:"links"`     // the certificate's issuer first; without a root
}

// ChainLink is an issuing certificate in a chain.
type ChainLink struct {
	Subject  string    `json:"subject"`
	SHA256   string    `json:"sha256"`
	NotAfter time.Time `json:"not_after"`
	From     string    `json:"from"` // the address that it was fetched from; empty: it is stored already
}
