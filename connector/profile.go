package connector

import (
	"github.com/sealkeeper/sealkeeper/connector/ais"
	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/connector/signature"
)

// Profile is everything that differs from bank to bank. It is plain data:
// decode JSON or YAML over SocieteGenerale() to say only what differs.
// In every template {client_id} stands for the client id; in headers, {name} stands for what else the bank gives.
type Profile struct {
	// opaque: the version is in the path and differs per segment
	AISBaseURL string `json:"ais_base_url" yaml:"ais_base_url"`
	PISBaseURL string `json:"pis_base_url" yaml:"pis_base_url"` // empty when the bank offers no PIS
	// opened by the customer's browser, without a client certificate
	AuthorizeURL string `json:"authorize_url" yaml:"authorize_url"`
	TokenURL     string `json:"token_url" yaml:"token_url"` // over mTLS

	HrefMode ais.HrefMode `json:"href_mode" yaml:"href_mode"`
	Accept   string       `json:"accept" yaml:"accept"`
	// on every API call; values are templates
	ExtraHeaders map[string]string `json:"extra_headers" yaml:"extra_headers"`
	// how far back transactions go; 0: not known
	HistoryDays int `json:"history_days" yaml:"history_days"`
	MaxPages    int `json:"max_pages" yaml:"max_pages"` // next links followed in one listing
	// of dateFrom and dateTo, as Go's time package writes layouts
	DateLayout string          `json:"date_layout" yaml:"date_layout"`
	TimeZone   string          `json:"time_zone" yaml:"time_zone"` // of the bank's clock: "Europe/Paris"
	Resources  ais.Resources   `json:"resources" yaml:"resources"`
	Texts      failure.Phrases `json:"texts" yaml:"texts"`

	OAuth      oauth.Settings     `json:"oauth" yaml:"oauth"`
	Signature  signature.Settings `json:"signature" yaml:"signature"`
	Connection mtls.Settings      `json:"connection" yaml:"connection"`
	Payments   pis.Settings       `json:"payments" yaml:"payments"`
}
