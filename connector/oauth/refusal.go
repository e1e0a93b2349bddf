package oauth

import (
	"net/http"

	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/fault"
)

// The ways in which an authorization server refuses.
var (
	grantEnded = failure.NewClass(fault.Conflict, "grant_ended", failure.NewConsent,
		"The bank no longer accepts this authorization (used, expired or revoked); ask for a new consent.")
	customerBlocked = failure.NewClass(fault.Conflict, "customer_blocked", failure.Terminal,
		"The bank has blocked this customer's access; the customer has to speak to the bank.")
	tokenRequestRefused = failure.NewClass(fault.Conflict, "token_request_refused", failure.Operator,
		"The bank refused the token request; the log has its words. Check the redirect URL and the customer's "+
			"standing at the bank.")
)

// The ways in which the customer comes back without a code.
var (
	customerRefused = failure.NewClass(fault.Conflict, "customer_refused", failure.NewConsent,
		"The customer did not give the consent at the bank; ask again if it is still wanted.")
	returnBroken = failure.NewClass(fault.Invalid, "return_broken", failure.NewConsent,
		"The customer came back from the bank without an answer; start the consent again.")
	authorizationRefused = failure.NewClass(fault.Conflict, "authorization_refused", failure.Operator,
		"The bank refused to ask the customer; check the client id, the redirect URL and the scope.")
	authorizationUnavailable = failure.NewClass(fault.Unavailable, "authorization_unavailable", failure.RetryLater,
		"The bank could not ask the customer at the moment; start the consent again later.")
)

// tokenError judges a refusal of the token endpoint (RFC 6749 section 5.2). Some
// banks report a dead refresh token as 404, and a blocked customer as a bad request.
func tokenError(r failure.Refusal, grant string) error {
	switch {
	case r.Code == "invalid_grant", r.Status == http.StatusNotFound && grant == grantRefresh:
		return r.Because(grantEnded)
	case r.Code == "invalid_client", r.Status == http.StatusUnauthorized:
		return r.Because(failure.ClientRefused)
	case r.Code == "invalid_scope", r.Code == "unauthorized_client":
		return r.Because(failure.ScopeRefused)
	case grant != grantClientCredentials && r.Status < 500 && r.SaysBlocked():
		return r.Because(customerBlocked)
	case r.Status >= 300 && r.Status < 400:
		return r.Because(failure.Redirected)
	}
	return r.OutageOr(tokenRequestRefused)
}
