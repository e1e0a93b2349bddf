package certs

// Held is a certificate as custody has it, for those that look at many together.
type Held struct {
	Leaf    *Certificate
	Chain   []*Certificate // the issuing CAs, in order
	Refused error          // why it cannot be used; nil: it can, and Leaf is there
	NotLive error          // why a live registration may not use it; nil: it may
}
