package connector

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // bank clocks must be known where the machine has no time zones

	"github.com/sealkeeper/sealkeeper/connector/ais"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/loopback"
)

// Validate reports every contradiction or gap in the profile in one
// fault.Invalid error (code profile_invalid).
func (p Profile) Validate() error {
	var wrong []string
	note := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }

	for _, u := range []struct {
		name, value string
		required    bool
	}{
		{"ais_base_url", p.AISBaseURL, true},
		{"pis_base_url", p.PISBaseURL, false},
		{"authorize_url", p.AuthorizeURL, true},
		{"token_url", p.TokenURL, true},
	} {
		if u.value == "" && !u.required {
			continue
		}
		if err := loopback.CheckURL(u.value); err != nil {
			note("%s %v", u.name, err)
		}
	}
	if p.HrefMode != ais.HrefAppend && p.HrefMode != ais.HrefRFC3986 {
		note("href_mode must be %q or %q", ais.HrefAppend, ais.HrefRFC3986)
	}
	if p.HistoryDays < 0 {
		note("history_days must not be negative")
	}
	if p.MaxPages < 1 {
		note("max_pages must be at least 1")
	}
	if _, err := p.location(); err != nil {
		note("time_zone is not a known one")
	}
	day := time.Date(2006, time.November, 22, 0, 0, 0, 0, time.UTC)
	if read, err := time.Parse(p.DateLayout, day.Format(p.DateLayout)); err != nil || !read.Equal(day) {
		note("date_layout must be a layout of Go's time package with year, month and day")
	}
	for _, part := range []struct {
		key      string
		problems []string
	}{
		{"oauth", p.OAuth.Problems()},
		{"signature", p.Signature.Problems()},
		{"connection", p.Connection.Problems()},
		{"payments", p.Payments.Problems()},
	} {
		for _, problem := range part.problems {
			note("%s.%s", part.key, problem)
		}
	}
	if wrong == nil {
		return nil
	}
	return fault.New(fault.Invalid, "profile_invalid", "Correct the bank's profile: %s.", strings.Join(wrong, "; "))
}

// location is the bank's clock.
func (p Profile) location() (*time.Location, error) {
	location, err := time.LoadLocation(p.TimeZone)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "profile_invalid",
			"Correct the bank's profile: time_zone is not a known one.")
	}
	return location, nil
}
