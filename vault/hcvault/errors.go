package hcvault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/hashicorp/vault/api"

	"github.com/sealkeeper/sealkeeper/fault"
)

const maxErrorText = 300

// answer is an error Vault answered with, cut down to what a log may hold. The
// library's own error carries the whole body of whatever server answered.
type answer struct {
	Status int
	Method string
	Path   string
	Text   string
	Own    bool // the body is one Vault writes
}

func (a *answer) Error() string {
	return fmt.Sprintf("vault answered %d to %s %s: %s", a.Status, a.Method, a.Path, a.Text)
}

func newAnswer(e *api.ResponseError) *answer {
	a := &answer{Status: e.StatusCode, Method: e.HTTPMethod, Text: "(not Vault's form of error)"}
	if !e.RawError {
		a.Text = strings.Join(strings.Fields(strings.Join(e.Errors, "; ")), " ")
	}
	if len(a.Text) > maxErrorText {
		a.Text = a.Text[:maxErrorText]
	}
	if u, err := url.Parse(e.URL); err == nil {
		a.Path = u.Path
	}
	return a
}

// isVaults reports whether body is what Vault writes with an error: a list of
// errors, which may be empty, or an answer of its own. The latter comes with the
// 404 for a deleted document. What an ingress or a gateway says has neither.
func isVaults(body []byte) bool {
	var form struct {
		Errors    []string
		RequestID string `json:"request_id"`
		Data      map[string]json.RawMessage
		Warnings  []string
	}
	if json.Unmarshal(body, &form) != nil {
		return false
	}
	return form.Errors != nil || form.RequestID != "" && (form.Data != nil || form.Warnings != nil)
}

// explain turns an error of the client library into one of ours: what it means
// for the person who sees it, with the cause for the log. resp is nil if nobody answered.
func explain(ctx context.Context, resp *api.Response, err error) error {
	if response, ok := errors.AsType[*api.ResponseError](err); ok {
		a := newAnswer(response)
		body, readErr := io.ReadAll(resp.Body) // the library read it, and put it back
		a.Own = readErr == nil && isVaults(body)
		clear(body)
		return a.explain()
	}
	if ours, ok := errors.AsType[*fault.Error](err); ok {
		return ours
	}
	if gone := ctx.Err(); gone != nil && !errors.Is(err, gone) {
		err = fmt.Errorf("%w: %w", gone, err)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fault.Wrap(err, fault.Unavailable, "vault_timeout",
			"Vault did not answer in time; try again, and check Vault if this persists.")
	}
	return fault.Wrap(err, fault.Unavailable, "vault_unreachable",
		"Vault cannot be reached; check that it runs and that its address and certificate are right.")
}

func (a *answer) explain() error {
	switch {
	case a.Status == http.StatusNotFound && !a.Own:
		// "Nothing there" makes the reconciler forget a key, so only Vault may say it.
		return fault.Wrap(a, fault.Unavailable, "vault_unrecognised",
			"Something other than Vault answers at Vault's address; check the address, and the proxy or ingress "+
				"before Vault.")
	case a.Status == http.StatusNotFound && strings.Contains(a.Text, "no handler for route"):
		return fault.Wrap(a, fault.Unavailable, "vault_not_set_up",
			"Vault has no engine mounted where Sealkeeper looks for one; run `sealkeeper vault bootstrap`.")
	case a.Status == http.StatusNotFound, a.Status == http.StatusBadRequest && strings.Contains(a.Text,
		"signing key not found"):
		return fault.Wrap(a, fault.NotFound, "custody_not_found", "There is nothing under this id in Vault.")
	case a.Status == http.StatusBadRequest && strings.Contains(a.Text, "check-and-set"):
		return fault.Wrap(a, fault.Conflict, "custody_version",
			"Somebody else changed the document in the meantime; read it again and repeat the change.")
	case a.Status == http.StatusForbidden && strings.Contains(a.Text, "invalid token"):
		return fault.Wrap(a, fault.Unavailable, "vault_token_ended",
			"Vault no longer knows Sealkeeper's token; a new login is under way, so try again in a moment.")
	case a.Status == http.StatusForbidden:
		return fault.Wrap(a, fault.Unavailable, "vault_refused",
			"Vault refused the request: the token's policy does not allow %s on %s, or the token has ended; compare "+
				"the policy with the one `sealkeeper vault bootstrap` writes.", a.Method, a.Path)
	case a.Status == http.StatusServiceUnavailable && strings.Contains(a.Text, "sealed"):
		return fault.Wrap(a, fault.Unavailable, "vault_sealed",
			"Vault is sealed; an operator must unseal it, then everything resumes by itself.")
	case a.Status == http.StatusTooManyRequests:
		return fault.Wrap(a, fault.Unavailable, "vault_busy",
			"Vault has more requests than its quota allows; try again in a moment.")
	case a.Status >= http.StatusInternalServerError, a.Status == http.StatusPreconditionFailed:
		return fault.Wrap(a, fault.Unavailable, "vault_failed",
			"Vault could not do what was asked; try again, and look at Vault's log if this persists.")
	default:
		return fault.Wrap(a, fault.Internal, "vault_request",
			"Vault did not accept the request; the log has its reason.")
	}
}

// answered reports whether Vault itself refused the request, so that it is
// certain that the request was not carried out half-seen.
func answered(err error) bool {
	_, ok := errors.AsType[*answer](err)
	return ok
}
