package ui_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"github.com/sealkeeper/sealkeeper/internal/passkey"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// newLocalhost is a console at an address of which browsers know passkeys.
func newLocalhost(t *testing.T) *console {
	t.Helper()
	s := &console{Stack: stack.New(t)}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	check(t, err)
	s.cfg, s.url = s.Console(), "http://localhost:"+port
	s.cfg.PublicURL = s.url
	s.cfg.Passkeys, err = passkey.New(s.DB, s.Identity, s.Audit, s.cfg.Now, s.url)
	check(t, err)
	server := &httptest.Server{Listener: listener, Config: &http.Server{
		Handler:           serve(t, s.cfg),
		ReadHeaderTimeout: time.Minute,
	}}
	server.Start()
	t.Cleanup(server.Close)
	return s
}

// authenticator is a device that keeps passkeys, at a tab.
type authenticator struct {
	b  *tab
	id webauthn.AuthenticatorID
}

func (b *tab) authenticator() authenticator {
	b.t.Helper()
	tell(b, webauthn.Enable, webauthn.EnableParams{})
	made := tell(b, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol:                    "ctap2",
			Ctap2version:                "ctap2_1",
			Transport:                   "internal",
			HasResidentKey:              true,
			HasUserVerification:         true,
			IsUserVerified:              true,
			AutomaticPresenceSimulation: true,
		},
	})
	return authenticator{b, made.AuthenticatorID}
}

// tell has the browser do something that no page can.
func tell[P, R any](b *tab, command cdp.Command[P, R], params P) (result R) {
	b.t.Helper()
	b.do(command.Method, chromedp.Func(func(ctx context.Context, target *chromedp.Target) (err error) {
		result, err = cdp.Call(ctx, target, command, params)
		return err
	}))
	return result
}

// verifies says whether the device recognises the person.
func (a authenticator) verifies(yes bool) {
	a.b.t.Helper()
	tell(a.b, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: a.id, IsUserVerified: yes})
}

// lies has the device sign with nonsense, or claim not to have recognised the person.
func (a authenticator) lies(signature, unverified bool) {
	a.b.t.Helper()
	tell(a.b, webauthn.SetResponseOverrideBits, webauthn.SetResponseOverrideBitsParams{
		AuthenticatorID:  a.id,
		IsBogusSignature: &signature,
		IsBadUV:          &unverified,
	})
}

func (a authenticator) keys() []*webauthn.Credential {
	a.b.t.Helper()
	return tell(a.b, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: a.id}).Credentials
}
