package source_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/client/clienttest"
	"github.com/sealkeeper/sealkeeper/client/source"
	"github.com/sealkeeper/sealkeeper/connector/signature"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
)

// The server for tests signs digests and requests, and lends credentials, once the account has the purposes.
func TestServerForTestsSignsAndLends(t *testing.T) {
	badDay(t, func(t *testing.T, d *day) {
		src := d.open()
		if _, err := src.Signer(); fault.Code(err) != "purpose_missing" {
			t.Errorf("a signer without the purpose: %v", err)
		}
		if _, err := src.Credentials(t.Context()); fault.Code(err) != "purpose_missing" {
			t.Errorf("credentials without the purpose: %v", err)
		}
		d.registration.AllowSigning()
		d.registration.Credentials("client", "hunter2")
		d.rotated(src, time.Second)
		signer, err := src.Signer()
		check(t, err)
		digest := sha256.Sum256([]byte("what is signed"))
		signed, err := signer.Sign(nil, digest[:], crypto.SHA256)
		check(t, err)
		//nolint:forcetypeassert // the server's keys are ECDSA
		if !ecdsa.VerifyASN1(signer.Public().(*ecdsa.PublicKey), digest[:], signed) {
			t.Error("the signature is not the key's")
		}
		if _, err := signer.Sign(nil, digest[:20], crypto.SHA1); fault.Code(err) != "algorithm_unsuitable" {
			t.Errorf("SHA-1: %v", err)
		}
		r, err := http.NewRequest(http.MethodPost, "https://bank.example/accounts", strings.NewReader("{}"))
		check(t, err)
		check(t, src.SignRequest(r, signature.AIS))
		if r.Header.Get("Signature") == "" || r.Header.Get("Digest") == "" {
			t.Errorf("signed %v", r.Header)
		}
		got, err := src.Credentials(t.Context())
		check(t, err)
		if got.ClientID != "client" || got.ClientSecret.Reveal() != "hunter2" || got.Version != 2 {
			t.Errorf("got %+v", got)
		}
	})
}

// Empty credentials that come with a 200 are none, and the next reading asks again.
func TestEmptyCredentialsAreRefusedAWSHelper200(t *testing.T) {
	badDay(t, func(t *testing.T, d *day) {
		d.registration.Credentials("", "")
		src := d.open()
		if _, err := src.Credentials(t.Context()); fault.Code(err) != "credentials_empty" {
			t.Errorf("got %v", err)
		}
		d.registration.Credentials("client", "hunter2")
		got, err := src.Credentials(t.Context())
		check(t, err)
		if got.ClientSecret.Reveal() != "hunter2" {
			t.Errorf("got %+v", got)
		}
	})
}

// A program that has closed its Source has no connection to Sealkeeper left, unless the connections are its own.
func TestCloseLeavesNoConnection(t *testing.T) {
	server := clienttest.New(t)
	server.Add(shop.Application, shop.Institution).Activate()
	behind, err := url.Parse(server.Listen())
	check(t, err)
	var open atomic.Int64
	changed := make(chan struct{}, 1)
	front := httptest.NewUnstartedServer(httputil.NewSingleHostReverseProxy(behind))
	front.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			open.Add(1)
		case http.StateClosed:
			open.Add(-1)
		default:
			return
		}
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	front.Start()
	t.Cleanup(front.Close)
	src, err := source.Open(t.Context(), source.Config{
		Client:   client.Config{URL: front.URL, Token: secret.NewTextString(clienttest.Token)},
		Instance: "test",
	}, shop)
	check(t, err)
	if open.Load() == 0 {
		t.Fatal("it was opened without a connection")
	}
	check(t, src.Close())
	for late := time.After(10 * time.Second); open.Load() > 0; {
		select {
		case <-changed:
		case <-late:
			t.Fatalf("%d connections are open after Close", open.Load())
		}
	}
}
