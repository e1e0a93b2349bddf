package connector

import (
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/loopback"
)

// Config is what a Client is made of.
type Config struct {
	Profile     Profile
	Transport   certs.Source // the QWAC
	Signing     certs.Source // the QSealC
	Credentials oauth.Credentials
	KeyIDBase   string           // public base URL under which QSealCs are published
	Now         func() time.Time // nil means time.Now
	Servers     mtls.Servers     // is told of each handshake; nil: nobody is
	Requests    mtls.Requests    // is told of each request; nil: nobody is
}

func (cfg Config) check() error {
	if err := cfg.Profile.Validate(); err != nil {
		return err
	}
	switch {
	case cfg.Transport == nil || cfg.Signing == nil:
		return fault.New(fault.Invalid, "certificates_missing",
			"Configure a transport certificate (QWAC) and a signing certificate (QSealC).")
	case cfg.Credentials.ClientID == "":
		return fault.New(fault.Invalid, "client_id_missing", "Enter the client id that the bank's portal issued.")
	case cfg.Credentials.ClientSecret.Empty() && cfg.Profile.OAuth.TokenAuth == oauth.TokenAuthBasic:
		return fault.New(fault.Invalid, "client_secret_missing",
			"Enter the client secret that the bank's portal issued.")
	case strings.Contains(cfg.Profile.Signature.KeyID, "{base}"):
		if err := loopback.CheckURL(cfg.KeyIDBase); err != nil {
			return fault.Wrap(err, fault.Invalid, "key_id_base_invalid",
				"Configure the public https URL under which signing certificates are published.")
		}
	}
	return nil
}
