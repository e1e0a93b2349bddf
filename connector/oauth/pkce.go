package oauth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/url"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
)

// NewVerifier makes what proves, at the token endpoint, that the consent was
// begun by us (RFC 7636). It is absent where the bank does not know the procedure.
// Keep it secret until the code is exchanged.
func (c *Client) NewVerifier() secret.Text {
	if !c.cfg.Settings.PKCE {
		return secret.Text{}
	}
	var b [32]byte
	_, _ = rand.Read(b[:]) // documented never to fail
	return secret.NewTextString(base64.RawURLEncoding.EncodeToString(b[:]))
}

var errNoVerifier = fault.New(fault.Invalid, "verifier_missing",
	"This bank wants a code verifier (PKCE) with every consent; begin the consent again with one.")

// challenge adds the S256 challenge of a verifier to an authorize address.
func (c *Client) challenge(query url.Values, verifier secret.Text) error {
	if !c.cfg.Settings.PKCE {
		return nil
	}
	if verifier.Empty() {
		return errNoVerifier
	}
	sum := sha256.Sum256(verifier.Bytes())
	query.Set("code_challenge", base64.RawURLEncoding.EncodeToString(sum[:]))
	query.Set("code_challenge_method", "S256")
	return nil
}

// prove adds the verifier to a token request.
func (c *Client) prove(form url.Values, verifier secret.Text) error {
	if !c.cfg.Settings.PKCE {
		return nil
	}
	if verifier.Empty() {
		return errNoVerifier
	}
	form.Set("code_verifier", verifier.Reveal())
	return nil
}
