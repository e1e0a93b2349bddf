package failure

import "github.com/sealkeeper/sealkeeper/fault"

// What a customer has to do with.
var (
	ConsentGone = NewClass(fault.Conflict, "consent_gone", NewConsent,
		"The customer's consent at the bank is gone; ask for a new consent.")
	unexplained = NewClass(fault.Conflict, "access_unexplained", NewConsent,
		"The bank refused access without saying why; ask for a new consent, and check the roles in the QWAC if that "+
			"is refused too.")
	accountUnusable = NewClass(fault.Conflict, "account_unusable", Terminal,
		"The bank says that this account is unknown, closed or blocked; the customer has to choose another one.")

	NotGranted = NewClass(fault.Conflict, "access_not_granted", NewConsent,
		"The bank does not offer this for the account, or the customer has not allowed it; ask for a new consent if "+
			"it is needed.")
	NoAccount = NewClass(fault.NotFound, "no_account", Terminal,
		"The bank has no eligible account for this customer.")
	TokenRefused = NewClass(fault.Conflict, "token_refused", RefreshToken,
		"The bank refused the access token; refresh it once, and ask for a new consent if that does not help.")
)

// What an operator has to do with.
var (
	accessRefused = NewClass(fault.Conflict, "access_refused", Operator,
		"The bank refused access; check the consent, the roles in the QWAC, the QSealC published at its key id, and "+
			"the API subscription.")
	signatureRefused = NewClass(fault.Conflict, "signature_refused", Operator,
		"The bank refused the request's signature or digest; check the signature settings of its profile and the "+
			"QSealC published at its key id.")

	ClientRefused = NewClass(fault.Conflict, "client_refused", Operator,
		"The bank refused the client; check the client id, the client secret, and that the QWAC is the one "+
			"registered with the bank.")
	ScopeRefused = NewClass(fault.Conflict, "scope_refused", Operator,
		"The bank refused the scope or the grant; check the roles in the QWAC and the application's API subscriptions.")
	RequestRefused = NewClass(fault.Internal, "request_refused", Bug,
		"The bank did not understand the request; check the profile's headers and signature settings for this bank.")
	NotAtBank = NewClass(fault.NotFound, "not_found_at_bank", Operator,
		"The bank does not know this resource; check the base URL and its version in the profile.")
	NotOffered = NewClass(fault.NotFound, "not_offered", Operator,
		"The bank does not offer this; its profile says so, or the bank itself.")
	Redirected = NewClass(fault.Conflict, "unexpected_redirect", Operator,
		"The bank answered with a redirect; check the URLs in the profile.")
	Unreadable = NewClass(fault.Internal, "answer_unreadable", Operator,
		"The bank's answer could not be understood; tell the operator: the log says what is wrong with it.")
	LinkRefused = NewClass(fault.Conflict, "link_refused", Operator,
		"The bank's answer links to another server or in a circle; the listing was stopped.")
)

// What passes.
var (
	rateLimited = NewClass(fault.Unavailable, "rate_limited", RetryLater,
		"The bank's limit of calls is reached; try again later.")
	quotaReached = NewClass(fault.Unavailable, "daily_quota_reached", RetryLater,
		"The bank's daily number of calls without the customer is reached; try again tomorrow, or while the "+
			"customer is there.")
	bankUnavailable = NewClass(fault.Unavailable, "bank_unavailable", RetryLater,
		"The bank is not available at the moment; try again later.")
)
