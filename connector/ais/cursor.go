package ais

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
)

// cursor is a position in an account's history.
type cursor struct {
	URL  string `json:"u"` // of the page, without the bank's own address
	Skip int    `json:"s"` // entries of the page that were given already
}

// String is the form that callers get.
func (p cursor) String() string {
	text, _ := json.Marshal(p) // a string and a number
	return base64.RawURLEncoding.EncodeToString(text)
}

func readCursor(text string) (cursor, error) {
	var p cursor
	if text == "" {
		return p, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(raw, &p)
	}
	if err != nil || p.Skip < 0 {
		return p, errCursor
	}
	return p, nil
}

var errCursor = fault.New(fault.Invalid, "cursor_invalid",
	"The cursor was not issued for this account; start without one.")

// resume finds a cursor's page. It refuses to leave the history of the account,
// because callers can alter the cursor.
func (c *Client) resume(base, text string) (string, error) {
	p, err := readCursor(text)
	if err != nil {
		return "", err
	}
	path, _, _ := strings.Cut(p.URL, "?")
	own, _, _ := strings.Cut(c.relative(base), "?")
	if !strings.HasPrefix(path+"/", own+"/") || climbs(path) || strings.ContainsAny(p.URL, "#\\") {
		return "", errCursor
	}
	u, err := url.Parse(c.cfg.BaseURL)
	if err != nil {
		return "", errCursor
	}
	return u.Scheme + "://" + u.Host + p.URL, nil
}

// relative removes the bank's address from a URL made by resolve.
func (c *Client) relative(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.RequestURI()
}
