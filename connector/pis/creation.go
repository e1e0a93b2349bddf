package pis

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/loopback"
)

// decodeCreation reads STET's answer to a creation or cancellation: where the customer goes.
func decodeCreation(body []byte) (consentURL string, err error) {
	var hal struct {
		Links map[string]json.RawMessage `json:"_links"`
	}
	if err := json.Unmarshal(body, &hal); err != nil {
		return "", err
	}
	var link struct{ Href string }
	if raw, ok := hal.Links["consentApproval"]; ok {
		if err := json.Unmarshal(raw, &link); err != nil {
			return "", err
		}
	}
	return link.Href, nil
}

var errConsentURL = errors.New("the page for the customer is not an https address")

// checkConsentURL keeps a customer from being sent to what is not a page: the address
// opens in a browser.
func checkConsentURL(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil {
		return errConsentURL
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback.Host(u.Hostname())) {
		return errConsentURL
	}
	return nil
}

// resourceIDForm is STET's pattern with an underscore as 1.5 allows it, without what a path could not carry.
var resourceIDForm = regexp.MustCompile(`^[a-zA-Z0-9_ \-:().,']{1,100}$`)

// CheckResourceID says what is wrong with a payment's resource id that a person has given.
func CheckResourceID(id string) error {
	if !resourceIDForm.MatchString(id) || strings.Trim(id, ".") == "" {
		return fault.New(fault.Invalid, "resource_id_invalid",
			"The bank's id of a payment has 1 to 100 letters, digits and the characters _ - : ( ) . , '; copy it as "+
				"the bank shows it.")
	}
	return nil
}

// resourceID finds the resource id of a new payment; "" when the bank gave none.
func (s Settings) resourceID(header http.Header, consentURL string) string {
	for _, source := range s.IDSources {
		if id := source.find(header, consentURL); CheckResourceID(id) == nil {
			return id
		}
	}
	return ""
}

func (from IDSource) find(header http.Header, consentURL string) string {
	raw := consentURL
	if from == IDFromLocation {
		raw = header.Get("Location")
	}
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	switch from {
	case IDFromLocation:
		// A Location that is the collection itself names no payment.
		if last := path.Base(u.Path); u.Path != "" && last != "payment-requests" {
			return last
		}
	case IDFromFragment:
		fragment, _, _ := strings.Cut(u.Fragment, "?")
		return fragment[strings.LastIndex(fragment, "/")+1:]
	case IDFromQuery:
		return u.Query().Get("paymentRequestResourceId")
	}
	return ""
}
