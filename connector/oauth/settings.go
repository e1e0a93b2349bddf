package oauth

import (
	"fmt"

	"github.com/sealkeeper/sealkeeper/connector/duration"
)

// TokenAuth says how the client id and secret go to the token endpoint.
type TokenAuth string

// The token authentication styles of RFC 6749 section 2.3.1.
const (
	TokenAuthBasic TokenAuth = "basic"
	TokenAuthBody  TokenAuth = "body"
)

// Settings say how a bank's authorization server wants to be spoken to.
type Settings struct {
	TokenAuth TokenAuth `json:"token_auth" yaml:"token_auth"`
	AISScope  string    `json:"ais_scope" yaml:"ais_scope"` // blank separated
	// repeat the scope on code and refresh calls
	SendScope bool              `json:"send_scope" yaml:"send_scope"`
	PISScope  string            `json:"pis_scope" yaml:"pis_scope"`                   // for client_credentials
	ExpiresIn duration.Duration `json:"default_expires_in" yaml:"default_expires_in"` // when the answer does not say
	PKCE      bool              `json:"pkce" yaml:"pkce"`                             // RFC 7636 with S256
	// ConsentDays is how long a consent lasts before the customer authenticates
	// again, counted from the consent; 0 when it is not known.
	ConsentDays int `json:"consent_days" yaml:"consent_days"`
	// AnnouncedTokens says that the token rules the bank has announced are in force.
	AnnouncedTokens bool `json:"announced_tokens" yaml:"announced_tokens"`
}

// Problems says what is wrong with the settings, each beginning with the key it is about; nil for nothing.
func (s Settings) Problems() []string {
	var all []string
	if s.TokenAuth != TokenAuthBasic && s.TokenAuth != TokenAuthBody {
		all = append(all, fmt.Sprintf("token_auth must be %q or %q", TokenAuthBasic, TokenAuthBody))
	}
	if s.AISScope == "" {
		all = append(all, "ais_scope is missing")
	}
	if s.ConsentDays < 0 {
		all = append(all, "consent_days must not be negative")
	}
	if s.ExpiresIn <= 0 {
		all = append(all, "default_expires_in must be positive")
	}
	return all
}
