package oauth

import (
	"net/url"

	"github.com/sealkeeper/sealkeeper/connector/failure"
)

// Return is what the customer's browser brings back from the bank
// (RFC 6749 section 4.1.2): a code, or an error.
type Return struct {
	State       string
	Code        string
	Error       string
	Description string // the bank's words about the error
}

// ReadReturn reads the address the browser came back to.
func ReadReturn(query url.Values) Return {
	return Return{
		State:       query.Get("state"),
		Code:        query.Get("code"),
		Error:       query.Get("error"),
		Description: query.Get("error_description"),
	}
}

// Check reports why there is no code; nil when there is one. It says nothing
// of the state, which only whoever began the consent can judge.
func (r Return) Check() error {
	cause := &failure.Failure{Detail: failure.Redact(r.Error + ": " + r.Description)}
	switch r.Error {
	case "":
		if r.Code == "" {
			return returnBroken.Because(&failure.Failure{})
		}
		return nil
	case "access_denied":
		return customerRefused.Because(cause)
	case "server_error", "temporarily_unavailable":
		return authorizationUnavailable.Because(cause)
	}
	return authorizationRefused.Because(cause)
}
