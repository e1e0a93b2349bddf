package connector

import "github.com/sealkeeper/sealkeeper/fault"

// What a customer has to do with.
var (
	consentGone = verdict{fault.Conflict, "consent_gone", NewConsent,
		"The customer's consent at the bank is gone; ask for a new consent."}
	grantEnded = verdict{fault.Conflict, "grant_ended", NewConsent,
		"The bank no longer accepts this authorization (used, expired or revoked); ask for a new consent."}
	notGranted = verdict{fault.Conflict, "access_not_granted", NewConsent,
		"The bank does not offer this for the account, or the customer has not allowed it; ask for a new consent if " +
			"it is needed."}
	unexplained = verdict{fault.Conflict, "access_unexplained", NewConsent,
		"The bank refused access without saying why; ask for a new consent, and check the roles in the QWAC if that " +
			"is refused too."}
	customerBlocked = verdict{fault.Conflict, "customer_blocked", Terminal,
		"The bank has blocked this customer's access; the customer has to speak to the bank."}
	accountUnusable = verdict{fault.Conflict, "account_unusable", Terminal,
		"The bank says that this account is unknown, closed or blocked; the customer has to choose another one."}
	noAccount = verdict{fault.NotFound, "no_account", Terminal,
		"The bank has no eligible account for this customer."}
	tokenRefused = verdict{fault.Conflict, "token_refused", RefreshToken,
		"The bank refused the access token; refresh it once, and ask for a new consent if that does not help."}
	customerRefused = verdict{fault.Conflict, "customer_refused", NewConsent,
		"The customer did not give the consent at the bank; ask again if it is still wanted."}
	returnBroken = verdict{fault.Invalid, "return_broken", NewConsent,
		"The customer came back from the bank without an answer; start the consent again."}
	authorizationRefused = verdict{fault.Conflict, "authorization_refused", Operator,
		"The bank refused to ask the customer; check the client id, the redirect URL and the scope."}
	authorizationUnavailable = verdict{fault.Unavailable, "authorization_unavailable", RetryLater,
		"The bank could not ask the customer at the moment; start the consent again later."}
)

// What an operator has to do with.
var (
	clientRefused = verdict{fault.Conflict, "client_refused", Operator,
		"The bank refused the client; check the client id, the client secret, and that the QWAC is the one " +
			"registered with the bank."}
	scopeRefused = verdict{fault.Conflict, "scope_refused", Operator,
		"The bank refused the scope or the grant; check the roles in the QWAC and the application's API subscriptions."}
	tokenRequestRefused = verdict{fault.Conflict, "token_request_refused", Operator,
		"The bank refused the token request; the log has its words. Check the redirect URL and the customer's " +
			"standing at the bank."}
	accessRefused = verdict{fault.Conflict, "access_refused", Operator,
		"The bank refused access; check the consent, the roles in the QWAC, the QSealC published at its key id, and " +
			"the API subscription."}
	signatureRefused = verdict{fault.Conflict, "signature_refused", Operator,
		"The bank refused the request's signature or digest; check the signature settings of its profile and the " +
			"QSealC published at its key id."}
	requestRefused = verdict{fault.Internal, "request_refused", Bug,
		"The bank did not understand the request; check the profile's headers and signature settings for this bank."}
	notAtBank = verdict{fault.NotFound, "not_found_at_bank", Operator,
		"The bank knows no such resource; check the base URL and its version in the profile."}
	notOffered = verdict{fault.NotFound, "not_offered", Operator,
		"The bank does not offer this; its profile says so, or the bank itself."}
	tlsRefused    = verdict{fault.Conflict, "tls_refused", Operator, ""}
	bankUntrusted = verdict{fault.Conflict, "bank_certificate_untrusted", Operator,
		"The bank's server certificate is not trusted; check the host and the trust anchors in the profile."}
	redirected = verdict{fault.Conflict, "unexpected_redirect", Operator,
		"The bank answered with a redirect; check the URLs in the profile."}
	answerTooLarge = verdict{fault.Unavailable, "answer_too_large", Operator,
		"The bank's answer is larger than this bank's profile allows; the operator may raise max_response_bytes."}
	linkRefused = verdict{fault.Conflict, "link_refused", Operator,
		"The bank's answer links to another server or round in a circle; the listing was stopped."}
)

// What passes.
var (
	rateLimited = verdict{fault.Unavailable, "rate_limited", RetryLater,
		"The bank's limit of calls is reached; try again later."}
	quotaReached = verdict{fault.Unavailable, "daily_quota_reached", RetryLater,
		"The bank's daily number of calls without the customer is reached; try again tomorrow, or while the " +
			"customer is there."}
	bankUnavailable = verdict{fault.Unavailable, "bank_unavailable", RetryLater,
		"The bank is not available at the moment; try again later."}
	bankUnreachable = verdict{fault.Unavailable, "bank_unreachable", RetryLater,
		"The bank could not be reached; try again later, and test the connection if it goes on."}
	bankTimedOut = verdict{fault.Unavailable, "bank_timed_out", RetryLater,
		"The bank did not answer in time; try again later."}
	unreadable = verdict{fault.Unavailable, "answer_unreadable", RetryLater,
		"The bank's answer could not be understood; try again later, and tell the operator if it goes on."}
)

// What concerns a payment: such a call is never simply repeated.
var (
	outcomeUnknown = verdict{fault.Unavailable, "outcome_unknown", CheckStatus,
		"The bank may or may not have taken the payment; read its status before anything else, and never send it " +
			"again under another id."}
	paymentInvalid = verdict{fault.Invalid, "payment_refused_as_invalid", Bug,
		"The bank found the payment request invalid; correct it. The log has the bank's words."}
	confirmationRefused = verdict{fault.Conflict, "confirmation_refused", CheckStatus,
		"The bank refused the confirmation: the customer has not authenticated, or it was confirmed already; read " +
			"the payment's status."}
	changeRefused = verdict{fault.Conflict, "payment_change_refused", CheckStatus,
		"The bank refused the change; a payment can only be cancelled, and only while the bank allows it. Read the " +
			"payment's status."}
	paymentConflict = verdict{fault.Conflict, "payment_state_conflict", CheckStatus,
		"The payment is in a state that forbids this; read its status."}
	creationUnusable = verdict{fault.Unavailable, "payment_creation_unusable", CheckStatus,
		"The bank took the payment request but gave no page for the customer to approve it on; nothing will be paid " +
			"without that. Start a new payment."}
)
