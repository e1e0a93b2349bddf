package main

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

var digest = sha256.Sum256([]byte("(request-target): get /accounts"))

// signEmbedded compares a QSealC signature through package vault with crypto/rsa and the same key.
func signEmbedded(b *testing.B) []figure {
	s := stack.New(loud{b})
	qsealc := s.QTSP.MustIssue(loud{b}, qtsp.Request{Kind: certs.QSealC})
	signer := opened(b, s.Vault, s.ImportIssued(qsealc))
	key, ok := qsealc.Key.Signer().(*rsa.PrivateKey)
	if !ok {
		loud{b}.Fatalf("the sample key is a %T", qsealc.Key.Signer())
	}
	direct := func() error {
		_, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
		return err
	}
	return []figure{atLeast("qsealc_sign_embedded_vs_crypto_rsa", throughput(b, 31, 1, 50, through(signer), direct),
		0.95)}
}

// signTransit compares it with Vault's Transit engine called directly over
// HTTP with the same key: what is lost on the way is ours.
func signTransit(b *testing.B) []figure {
	server := vaulttest.Server(loud{b})
	custody, cfg, token := transit(b, server)
	db := storetest.SQLite(loud{b})
	v := benchVault(loud{b}, db, custody)
	issued := qtsp.Must(loud{b}).MustIssue(loud{b}, qtsp.Request{Kind: certs.QSealC})
	stored, err := v.Import(b.Context(), stack.Officer, vault.Files{Files: []certs.File{
		{Name: "cert.pem", Data: issued.CertificatePEM()}, {Name: "cert.key", Data: issued.KeyPEM()}}})
	if err != nil {
		loud{b}.Fatal(err)
	}
	signer := opened(b, v, stored[0].ID)
	direct := transitDirectly(b, server.Address, token,
		fmt.Sprintf("%s/sign/%s-%s", cfg.TransitMount, cfg.Prefix, stored[0].ID))
	var figures []figure
	for _, workers := range []int{1, 8, 64} {
		ratio := throughput(b, 21, workers, max(4, 96/workers), through(signer), direct)
		figures = append(figures, atLeast(fmt.Sprintf("qsealc_sign_transit_vs_direct_c%d", workers), ratio, 0.95))
	}
	return figures
}

func opened(b *testing.B, v *vault.Vault, id string) crypto.Signer {
	source, err := v.Source(b.Context(), stack.Connector, id)
	if err != nil {
		loud{b}.Fatal(err)
	}
	identity, err := source.Identity(b.Context())
	if err != nil {
		loud{b}.Fatal(err)
	}
	return identity.Signer
}

func through(signer crypto.Signer) func() error {
	return func() error {
		_, err := signer.Sign(rand.Reader, digest[:], crypto.SHA256)
		return err
	}
}

// transit opens custody in Vault, and returns a second token under the same
// policy for the direct calls: what a policy costs hits both.
func transit(b *testing.B, server *vaulttest.Vault) (custody *hcvault.Custody, cfg hcvault.Config, token string) {
	cfg = hcvault.Config{
		Address:      server.Address,
		KVMount:      "bench",
		TransitMount: "bench-transit",
		Prefix:       "main",
		Name:         "bench",
		Auth:         hcvault.Auth{Token: hcvault.Fixed(secret.NewTextString(server.RootToken))},
	}
	role, err := hcvault.Bootstrap(b.Context(), cfg)
	if err != nil {
		loud{b}.Fatal(err)
	}
	cfg.Auth = role.Auth()
	if custody, err = hcvault.Open(b.Context(), cfg); err != nil {
		loud{b}.Fatal(err)
	}
	b.Cleanup(func() { _ = custody.Close() })
	auth, _ := server.Root(loud{b}, http.MethodPost, "auth/token/create",
		map[string]any{"policies": []string{role.Role}})["auth"].(map[string]any)
	token, _ = auth["client_token"].(string)
	return custody, cfg, token
}

func transitDirectly(b *testing.B, address, token, path string) func() error {
	body, err := json.Marshal(map[string]any{
		"input":               base64.StdEncoding.EncodeToString(digest[:]),
		"prehashed":           true,
		"hash_algorithm":      "sha2-256",
		"signature_algorithm": "pkcs1v15",
	})
	if err != nil {
		loud{b}.Fatal(err)
	}
	client := &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: 64, MaxConnsPerHost: 64},
		Timeout:   time.Minute,
	}
	return func() error {
		request, err := http.NewRequestWithContext(b.Context(), http.MethodPost, address+"/v1/"+path,
			bytes.NewReader(body))
		if err != nil {
			return err
		}
		request.Header.Set("X-Vault-Token", token)
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		defer func() { _ = response.Body.Close() }()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("transit answers %s", response.Status)
		}
		var answer struct{ Data struct{ Signature string } }
		if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, response.Body)
		return err
	}
}
