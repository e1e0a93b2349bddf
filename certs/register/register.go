// Package register answers one question: what does a register of payment firms say of an authorisation? It reads the
// register of the EBA (Commission Implementing Regulation (EU) 2019/410) and tables of national authorities, and judges
// a certificate's roles by them. Pure: a file and a time in, entries and verdicts out. It asks nobody.
//
// A register has hundreds of thousands of entries, of which a firm needs a few: a file is read as a stream, and what
// nobody asked for is dropped.
package register

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/sealkeeper/sealkeeper/certs"
)

// Kind says what an entry is about.
type Kind string

// The kinds of entries.
const (
	Institution Kind = "institution" // authorised or registered itself
	Agent       Kind = "agent"       // acts for an institution, whose services are listed there and not here
	Branch      Kind = "branch"      // of an institution, likewise
)

// Entry is what a register says of one number.
type Entry struct {
	Key      string // see KeyOf
	Name     string
	Kind     Kind
	Type     string // as the register writes it: PSD_PI
	Of       string // of an agent or branch: for whom, as the register writes it
	Inactive bool   // of an agent or branch: the register says so
	// Changes are the days on which the authorisation began, ended, began again and so on. Undated: the register's
	// days cannot be read in this way.
	Changes []time.Time
	Undated bool
	// Services are those listed, such as PS_070, by the country in which they may be provided.
	Services map[string][]string
}

// Result is what was read.
type Result struct {
	Entries []Entry
	Count   int       // of all entries in the file
	AsOf    time.Time // of the newest entry; zero: the file does not say
	SHA256  string    // of the file
}

// Cause is why a file was refused.
type Cause string

// The causes.
const (
	Oversized   Cause = "oversized"   // more bytes, or larger entries, than are read
	WebPage     Cause = "web_page"    // an HTML page, such as that of a proxy or of a site under maintenance
	Spreadsheet Cause = "spreadsheet" // a workbook, to be saved as CSV
	Malformed   Cause = "malformed"   // not a register of the kind
	Truncated   Cause = "truncated"   // it ends in the middle
	Checksum    Cause = "checksum"    // it is not what was published, by the published checksum
	Columns     Cause = "columns"     // a table without a column that is needed
	Empty       Cause = "empty"       // it lists no institution
)

// Refusal is why a file was not read.
type Refusal struct {
	Cause  Cause
	Detail string // for logs
}

// Error implements error.
func (r *Refusal) Error() string { return "register refused (" + string(r.Cause) + "): " + r.Detail }

func refuse(cause Cause, detail string) error { return &Refusal{cause, detail} }

// What bounds a file. The EBA's of 2026 has 20 MB, unpacked 217 MB, and 330,000 entries.
const (
	MaxBytes   = 500_000_000 // packed or unpacked
	maxEntry   = 1 << 20     // bytes of one entry
	maxMembers = 64          // of a ZIP file
	maxTaken   = 10_000      // entries that somebody asked for
	maxNumber  = 300
	maxChanges = 64
	maxListed  = 64 // countries of an entry, services of a country
)

// KeyOf is what the number of an authorisation is found by: country, authority and number, however they are written.
// The authority is one of an organizationIdentifier ("FR-ACPR") or of the EBA ("FR_ACPR", "FI_FIN-FSA"); an earlier
// name of one stands for the present one. In the number, capitals, blanks and punctuation do not matter; leading zeros
// do, because nothing says that an authority leaves them out. It is empty where there is no number.
func KeyOf(authority, number string) string {
	digits := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, number)
	authority = AuthorityOf(authority)
	if digits == "" || authority == "" || len(digits) > maxNumber {
		return ""
	}
	return authority + "-" + digits
}

// AuthorityOf is an authority as the EBA's list of identifiers names it now, "FR-ACPR"; empty: it names no country.
func AuthorityOf(written string) string {
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, written)
	if len(letters) < 3 || len(letters) > 40 {
		return ""
	}
	id := letters[:2] + "-" + letters[2:]
	if nca, known := certs.LookupNCA(id); known && nca.ID != "" {
		return nca.ID
	}
	// Each country has one authority for payment firms; registers write some of them in their own way.
	for _, nca := range certs.NCAs() {
		if nca.Country == letters[:2] && nca.ID != "" {
			return nca.ID
		}
	}
	return id
}

// KeyOfIdentifier is KeyOf an organizationIdentifier ("PSDFR-ACPR-12345"). It is empty for one of another scheme.
func KeyOfIdentifier(identifier string) string {
	id, err := certs.ParseOrganizationID(strings.ToUpper(strings.TrimSpace(identifier)))
	if err != nil || id.Scheme != "PSD" {
		return ""
	}
	return KeyOf(id.Country+"-"+id.Authority, id.Reference)
}

// CountryOf is the country of a key.
func CountryOf(key string) string { return key[:min(2, len(key))] }

// AuthorityIn is the authority of a key.
func AuthorityIn(key string) string {
	if i := strings.LastIndexByte(key, '-'); i > 0 {
		return key[:i]
	}
	return ""
}

// standing reports whether an authorisation is in force at a time, and since when it is so.
func (e Entry) standing(now time.Time) (active, known bool, since time.Time) {
	if e.Kind != Institution {
		return !e.Inactive, true, time.Time{}
	}
	if e.Undated {
		return false, false, time.Time{}
	}
	for i, day := range e.Changes {
		if day.After(now) {
			break
		}
		active, known, since = i%2 == 0, true, day
	}
	return active, known, since
}

// add lists services in a country, each once.
func (e *Entry) add(country string, services ...string) {
	country = strings.ToUpper(strings.TrimSpace(country))
	if len(country) != 2 {
		return
	}
	if e.Services == nil {
		e.Services = map[string][]string{}
	}
	if _, listed := e.Services[country]; !listed && len(e.Services) == maxListed {
		return
	}
	for _, s := range services {
		s = strings.ToUpper(strings.TrimSpace(s))
		if s != "" && len(s) <= 16 && len(e.Services[country]) < maxListed && !slices.Contains(e.Services[country], s) {
			e.Services[country] = append(e.Services[country], s)
		}
	}
}
