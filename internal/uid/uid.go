// Package uid makes the ids of records.
package uid

import "github.com/google/uuid"

// New returns an id that nothing else has: a UUID of version 7 (RFC 9562, section
// 5.7), which begins with the time, so that ids sort in the order they were made.
func New() string { return uuid.Must(uuid.NewV7()).String() }
