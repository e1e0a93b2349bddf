package certs

import "time"

const aDay = 24 * time.Hour

// Day returns the day that a time of a certificate is on, as midnight in UTC. It is the day in UTC, as the certificate
// itself (RFC 5280, 4.1.2.5) and every tool that prints it has it, so that one certificate has one date everywhere;
// where a bank's clock is ahead of UTC, it is never the later of two.
func Day(t time.Time) time.Time { return t.UTC().Truncate(aDay) }

// Days counts the whole days from one time to another. A time.Duration ends after 292 years, and certificates are
// valid until 9999.
func Days(from, to time.Time) int { return int((to.Unix() - from.Unix()) / int64(aDay/time.Second)) }
