package certs

import (
	"errors"
	"math/big"
	"regexp"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs/internal/text"
)

// OrganizationID is an organizationIdentifier taken apart (EN 319 412-1 clause
// 5.1.4 and, for PSD, TS 119 495 clause 5.2.1).
type OrganizationID struct {
	Scheme    string // "PSD", "VAT", "NTR", "LEI", or two letters of a national scheme
	Country   string // ISO 3166-1, also EL and XI for VAT, XG for LEI
	Authority string // PSD only: the NCA's letters, "ACPR"
	Reference string // the rest; for PSD the authorisation number
}

var (
	orgIDForm  = regexp.MustCompile(`^([A-Z]{3})([A-Z]{2})(\+[A-Z0-9]{1,3})?-(.+)$`)
	nationalID = regexp.MustCompile(`^([A-Z]{2}):([A-Z]{2})-(.+)$`)
	ncaLetters = regexp.MustCompile(`^[A-Z]{2,8}$`)
	leiForm    = regexp.MustCompile(`^[0-9A-Z]{18}[0-9]{2}$`)
)

// Reasons an organizationIdentifier is not what its scheme prescribes. They come
// with the parts that could be read.
var (
	errOrgIDForm    = errors.New(`it is not of the form "PSDFR-ACPR-12345"`)
	errOrgIDScheme  = errors.New("its scheme is none of PSD, VAT, NTR, LEI")
	errOrgIDCountry = errors.New("its country is not an assigned country code")
	errOrgIDState   = errors.New("it names a state, which only the browser rules know and ETSI does not")
	errOrgIDNCA     = errors.New(
		`the part after the country is not an authority's letters and a number, as in "ACPR-12345"`)
	errOrgIDLEI = errors.New("it is not a legal entity identifier with a correct checksum under XG")
)

// ParseOrganizationID takes an organizationIdentifier apart. The error says in
// words what is wrong; the parts that could be read come with it.
func ParseOrganizationID(s string) (OrganizationID, error) {
	if m := nationalID.FindStringSubmatch(s); m != nil {
		return withCountry(OrganizationID{Scheme: m[1], Country: m[2], Reference: m[3]})
	}
	m := orgIDForm.FindStringSubmatch(s)
	if m == nil {
		return OrganizationID{}, errOrgIDForm
	}
	id := OrganizationID{Scheme: m[1], Country: m[2], Reference: m[4]}
	if m[3] != "" {
		return id, errOrgIDState
	}
	switch id.Scheme {
	case "PSD":
		// The number itself is free: only the first two hyphens separate.
		authority, number, ok := strings.Cut(id.Reference, "-")
		if !ok || !ncaLetters.MatchString(authority) || number == "" {
			return id, errOrgIDNCA
		}
		id.Authority, id.Reference = authority, number
	case "LEI":
		if id.Country != "XG" || !validLEI(id.Reference) {
			return id, errOrgIDLEI
		}
		return id, nil
	case "VAT":
		if id.Country == "EL" || id.Country == "XI" { // Greece and Northern Ireland
			return id, nil
		}
	case "NTR":
	default:
		return id, errOrgIDScheme
	}
	return withCountry(id)
}

func withCountry(id OrganizationID) (OrganizationID, error) {
	if !text.IsCountry(id.Country) {
		return id, errOrgIDCountry
	}
	return id, nil
}

// validLEI checks ISO 17442: letters count from 10, the number is 1 modulo 97.
func validLEI(lei string) bool {
	if !leiForm.MatchString(lei) {
		return false
	}
	var digits strings.Builder
	for _, r := range lei {
		if r >= 'A' {
			digits.WriteString(big.NewInt(int64(r - 'A' + 10)).String())
		} else {
			digits.WriteRune(r)
		}
	}
	n, _ := new(big.Int).SetString(digits.String(), 10)
	return new(big.Int).Mod(n, big.NewInt(97)).Int64() == 1
}
