// Package mishap answers which failure of the bank comes next: the numbered
// cases that a connector must survive, switched on for so many calls of a kind.
package mishap

import "strconv"

// Case is a way in which the bank misbehaves.
type Case struct {
	Number  int      `json:"number,omitempty"` // 0 for those outside the numbered list
	Name    string   `json:"name"`
	Happens string   `json:"happens"`
	Details []string `json:"details,omitempty"` // variants; the first is the one without a detail
	where   []string // operations; nil for every call of the two APIs
	open    bool     // other details are taken too
}

// The operations a switch can name.
const (
	Accounts      = "accounts"
	Balances      = "balances"
	Transactions  = "transactions"
	Identity      = "identity"
	Beneficiaries = "beneficiaries"
	Create        = "create"
	Status        = "status"
	Change        = "change"
	Confirm       = "confirm"
	Code          = "code"        // token call with a code
	Refresh       = "refresh"     // token call with a refresh token
	Direct        = "credentials" // token call with client_credentials
	Authorize     = "authorize"
	Handshake     = "handshake"
)

var (
	information = []string{Accounts, Balances, Transactions, Identity, Beneficiaries}
	tokens      = []string{Code, Refresh, Direct}
)

var cases = []Case{
	{1, "no_consent", "403: no consent for the TPP and the scope", nil, information, false},
	{2, "gateway_timeout", "504: the gateway waited ten seconds", nil, nil, false},
	{3, "history_too_old", "400: dateFrom is too old", nil, []string{Transactions}, false},
	{4, "unavailable", "503", nil, nil, false},
	{5, "invalid_grant", "400 invalid_grant: code or refresh token is dead", nil, []string{Code, Refresh}, false},
	{6, "psu_blocked", "400 invalid_request: the customer's access is blocked", nil, tokens, false},
	{7, "invalid_client", "401 invalid_client: wrong secret, or a certificate not bound to it", nil, tokens, false},
	{8, "invalid_token", "401 in a shape that is not STET's", []string{"message", "errorMessage"}, nil, false},
	{9, "empty_forbidden", "403 without a body", nil, nil, false},
	{10, "no_eligible_account", "404 NAAC with a timestamp of its own", nil, information, false},
	{11, "status_disagrees", "an error status with the body of a success", []string{"403", "404"},
		[]string{Accounts}, false},
	{12, "rate_limited", "429; the detail is Retry-After in seconds", []string{"3600", "none"}, nil, true},
	{13, "digest_missing", "400: missing request header 'Digest'", nil, []string{Create}, false},
	{14, "bad_format", "400: the format of the input is not valid", nil, []string{Create}, false},
	{15, "not_authenticated", "403 on a confirmation", nil, []string{Confirm}, false},
	{16, "change_refused", "403 or 409 on a cancellation", []string{"403", "409"}, []string{Change}, false},
	{17, "rejected", "200 with RJCT; the detail is the reason", []string{"CUST"}, []string{Status}, true},
	{18, "no_approval_link", "201 without consentApproval", nil, []string{Create}, false},
	{19, "internal_error", "500; on a payment after the work was done, or with it lost",
		[]string{"done", "lost"}, nil, false},
	{20, "broken_return", "the customer comes back with an error, or with nothing",
		[]string{"access_denied", "nothing"}, []string{Authorize}, false},
	{21, "tls_alert", "the handshake ends with an alert", alertNames, []string{Handshake}, false},
	{22, "refresh_not_found", "404 with an RFC 1123 timestamp for a refresh token", nil, []string{Refresh}, false},
	{23, "coded_message", "an error whose message is a code",
		[]string{
			"TMRQ", "AC01", "AC04", "AC06", "BE05", "BADS", "NGAC", "IPGN", "IPSU", "INTE", "INTS", "NIMP",
		}, nil, false},
	{0, "not_json", "200 with a page of HTML", nil, nil, false},
	{0, "no_content", "204 where there should be something", nil, information, false},
	{0, "no_certificate", "400 with the page of a server that got no certificate", nil, nil, false},
	{0, "slow", "the right answer, late", nil, nil, false},
	{0, "reset", "the connection is reset without an answer", nil, nil, false},
	{0, "cut", "the answer breaks off in the middle", nil, nil, false},
}

var alertNames = []string{
	"handshake_failure", "bad_certificate", "unsupported_certificate", "certificate_revoked", "certificate_expired",
	"certificate_unknown", "unknown_ca", "access_denied", "protocol_version", "internal_error", "certificate_required",
}

// alertCodes are those of RFC 8446 section 6.
var alertCodes = map[string]byte{
	"handshake_failure":       40,
	"bad_certificate":         42,
	"unsupported_certificate": 43,
	"certificate_revoked":     44,
	"certificate_expired":     45,
	"certificate_unknown":     46,
	"unknown_ca":              48,
	"access_denied":           49,
	"protocol_version":        70,
	"internal_error":          80,
	"certificate_required":    116,
}

// AlertCode is the number of a TLS alert; that of handshake_failure for "".
func AlertCode(name string) byte {
	if code, ok := alertCodes[name]; ok {
		return code
	}
	return alertCodes["handshake_failure"]
}

// Cases lists every case, the numbered ones first.
func Cases() []Case { return append([]Case(nil), cases...) }

// Find returns a case by its name or number.
func Find(name string) (Case, bool) {
	for _, c := range cases {
		if c.Name == name || (c.Number > 0 && strconv.Itoa(c.Number) == name) {
			return c, true
		}
	}
	return Case{}, false
}
