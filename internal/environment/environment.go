// Package environment names the two environments that a bank has: one to try in, and
// the one with its customers.
package environment

// Name is the name of an environment, as it is in catalogues, records and answers.
type Name string

// The environments of a bank.
const (
	Sandbox Name = "sandbox"
	Live    Name = "live"
)
