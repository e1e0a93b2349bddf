package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/connector/signature"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// signedCalls compares signed GETs over mTLS with nothing but the RSA signature each of
// them carries. That counts what net/http and the server do on the same processors too, so the
// third figure compares with a bare http.Client that makes the signature and no more. The first
// key is the one Sealkeeper makes; the second the smallest there is, where the rest weighs most.
func signedCalls(b *testing.B) []figure {
	issuing := qtsp.Must(loud{b})
	server := mutualServer(b, issuing)
	qwac := issuing.MustIssue(loud{b}, qtsp.Request{})
	client := connectorHTTP(b, issuing, qwac.Source()).HTTPClient()
	get := getter(b, bareClient(issuing, qwac), server.URL)
	usual, small := issuing.MustIssue(loud{b}, qtsp.Request{
		Kind:    certs.QSealC,
		KeyType: qtsp.RSA3072,
	}), issuing.MustIssue(loud{b}, qtsp.Request{Kind: certs.QSealC})
	signed, alone := signedGetter(b, client, small, server.URL), signing(b, small)
	bare := func() error { return errors.Join(alone(), get()) }
	return []figure{
		atLeast("signed_get_vs_crypto_rsa_alone_3072",
			throughput(b, 21, 4, 30, signedGetter(b, client, usual, server.URL), signing(b, usual)), 0.9),
		atLeast("signed_get_vs_crypto_rsa_alone_2048", throughput(b, 31, 4, 50, signed, alone), 0.9),
		atLeast("signed_get_vs_bare_client_and_crypto_rsa", throughput(b, 31, 4, 50, signed, bare), 0.95),
	}
}

func signedGetter(b *testing.B, client *http.Client, qsealc *qtsp.Issued, url string) func() error {
	signer := signature.NewSigner(connector.SocieteGenerale().Signature, qsealc.Source(), "https://tpp.example",
		stack.ClientID)
	return func() error {
		request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		request.Header.Set("Client-Id", stack.ClientID)
		if err := signer.Sign(b.Context(), request, nil, signature.AIS); err != nil {
			return err
		}
		return discard(client.Do(request))
	}
}

// signing is the signature of each request and nothing else.
func signing(b *testing.B, qsealc *qtsp.Issued) func() error {
	key, ok := qsealc.Key.Signer().(*rsa.PrivateKey)
	if !ok {
		loud{b}.Fatalf("the sample key is a %T", qsealc.Key.Signer())
	}
	return func() error {
		_, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
		return err
	}
}

// handshakes counts how many new connections one signature of Vault lasts for.
func handshakes(b *testing.B) []figure {
	const connections = 100
	custody, _, _ := transit(b, vaulttest.Server(loud{b}))
	issuing := qtsp.Must(loud{b})
	server := mutualServer(b, issuing)
	qwac := issuing.MustIssue(loud{b}, qtsp.Request{})
	if err := custody.ImportKey(b.Context(), "handshakes", qwac.Key); err != nil {
		loud{b}.Fatal(err)
	}
	signer, err := custody.Signer(b.Context(), "handshakes", qwac.Certificate.X509.PublicKey)
	if err != nil {
		loud{b}.Fatal(err)
	}
	identity := *qwac.Identity()
	counting := &countingSigner{Signer: signer}
	identity.Signer = counting
	client := connectorHTTP(b, issuing, holding{&identity})
	for range connections {
		if err := discard(client.HTTPClient().Get(server.URL)); err != nil {
			loud{b}.Fatal(err)
		}
		client.CloseIdleConnections()
	}
	ratio := connections / float64(counting.signatures.Load())
	return []figure{{
		Name:   "handshakes_per_vault_signature",
		Value:  ratio,
		Unit:   "handshakes",
		Op:     ">=",
		Target: 50,
		OK:     ratio >= 50,
	}}
}

type countingSigner struct {
	crypto.Signer
	signatures atomic.Int64
}

// Sign implements crypto.Signer.
func (s *countingSigner) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	s.signatures.Add(1)
	return s.Signer.Sign(random, digest, opts)
}

// holding is a source of one identity.
type holding struct{ identity *certs.Identity }

// Identity implements certs.Source.
func (h holding) Identity(context.Context) (*certs.Identity, error) { return h.identity, nil }

func connectorHTTP(b *testing.B, issuing *qtsp.QTSP, source certs.Source) *mtls.Client {
	settings := mtls.Defaults()
	settings.TrustAnchors = []string{string(pem.EncodeToMemory(&pem.Block{
		Type:  "CERTIFICATE",
		Bytes: issuing.Root().Raw,
	}))}
	client, err := mtls.New(source, settings)
	if err != nil {
		loud{b}.Fatal(err)
	}
	b.Cleanup(client.Close)
	return client
}

// discard reads an answer to its end.
func discard(response *http.Response, err error) error {
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	return err
}
