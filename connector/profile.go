package connector

import (
	"time"

	"github.com/sealkeeper/sealkeeper/connector/duration"
	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/connector/signature"
)

// HrefMode says how a relative link in a bank's answer becomes a URL.
type HrefMode string

// The href modes.
const (
	HrefAppend  HrefMode = "append-to-base" // base URL + href, as Societe Generale means it
	HrefRFC3986 HrefMode = "rfc3986"        // as a browser resolves it
)

// Profile is everything that differs from bank to bank. It is plain data:
// decode JSON or YAML over SocieteGenerale() to say only what differs.
// In every template {client_id} stands for the client id.
type Profile struct {
	// opaque: the version sits in the path and differs per segment
	AISBaseURL string `json:"ais_base_url" yaml:"ais_base_url"`
	PISBaseURL string `json:"pis_base_url" yaml:"pis_base_url"` // empty when the bank offers no PIS
	// opened by the customer's browser, without a client certificate
	AuthorizeURL string `json:"authorize_url" yaml:"authorize_url"`
	TokenURL     string `json:"token_url" yaml:"token_url"` // over mTLS

	HrefMode HrefMode `json:"href_mode" yaml:"href_mode"`
	Accept   string   `json:"accept" yaml:"accept"`
	// on every API call; values are templates
	ExtraHeaders map[string]string `json:"extra_headers" yaml:"extra_headers"`
	// oldest transactions the bank gives; 0: no bound is known
	HistoryDays int `json:"history_days" yaml:"history_days"`
	MaxPages    int `json:"max_pages" yaml:"max_pages"` // next links followed in one listing
	// of dateFrom and dateTo, as Go's time package writes layouts
	DateLayout string          `json:"date_layout" yaml:"date_layout"`
	TimeZone   string          `json:"time_zone" yaml:"time_zone"` // of the bank's clock: "Europe/Paris"
	Resources  Resources       `json:"resources" yaml:"resources"`
	Texts      failure.Phrases `json:"texts" yaml:"texts"`

	OAuth      oauth.Settings     `json:"oauth" yaml:"oauth"`
	Signature  signature.Settings `json:"signature" yaml:"signature"`
	Connection mtls.Settings      `json:"connection" yaml:"connection"`
	Payments   Payments           `json:"payments" yaml:"payments"`
}

// Resources are the paths, below the AIS base URL, of what no account links
// to. An empty one is not offered by the bank.
type Resources struct {
	Identity      string `json:"identity" yaml:"identity"`
	Beneficiaries string `json:"beneficiaries" yaml:"beneficiaries"`
}

// SocieteGenerale returns Societe Generale's dialect without its URLs, which
// differ by environment, segment and product. Its gateway is the only one of
// the French STET banks known not to want (request-target) signed.
func SocieteGenerale() Profile {
	return Profile{
		HrefMode:     HrefAppend,
		Accept:       "application/json",
		ExtraHeaders: map[string]string{"client-id": "{client_id}"},
		HistoryDays:  180,
		MaxPages:     500,
		DateLayout:   "2006-01-02T15:04:05.000Z", // the clock of Paris, whatever the Z says
		TimeZone:     "Europe/Paris",
		Resources:    Resources{Identity: "/end-user-identity", Beneficiaries: "/trusted-beneficiaries"},
		Texts: failure.Phrases{
			NoConsent: []string{"no consent"},
			Signature: []string{"signature", "digest"},
			Blocked:   []string{"compte inexistant", "bloqu"},
			Quota:     []string{"par jour", "daily"},
		},
		OAuth: oauth.Settings{
			TokenAuth: oauth.TokenAuthBasic,
			AISScope:  "aisp",
			PISScope:  "pisp",
			ExpiresIn: duration.Duration(15 * time.Minute),
		},
		Payments: societeGeneralePayments(),
		Signature: signature.Settings{
			Algorithm:       signature.AlgorithmRSA,
			AISHeaders:      []string{"client-id", "digest", "x-request-id"},
			PISHeaders:      []string{"digest", "x-request-id"},
			Separator:       ",",
			KeyID:           "{base}/{name}_{sha256}",
			KeyIDName:       "qsealc",
			DigestEmptyBody: true,
		},
		Connection: mtls.Defaults(),
	}
}
