// Package seals answers one question: is this request sealed with a QSealC that the bank
// trusts? It reads and verifies HTTP signatures and fetches the certificates they name.
package seals

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/loopback"
)

const (
	maxSeal    = 64 << 10
	maxSeals   = 256
	sealFetch  = 5 * time.Second
	hashSuffix = 64 // hex digits of a SHA-256
)

var keyIDForm = regexp.MustCompile(`_[0-9a-f]{64}$`)

// Config is what a Store is made of.
type Config struct {
	Client  *http.Client   // nil means a bounded one
	Roots   *x509.CertPool // whose QSealCs the bank takes
	Issuing *x509.CertPool // issuing CAs, for a QSealC published without its chain; may be nil
	Remote  bool           // fetch from other machines too; else from loopback only
	Now     func() time.Time
}

// Store fetches QSealCs from where their key id says they are. The id ends
// with the certificate's hash, so what was fetched once need not be again.
type Store struct {
	cfg   Config
	mu    sync.Mutex
	known map[string]*certs.Certificate
}

// New returns a Store.
func New(cfg Config) *Store {
	client := http.Client{Timeout: sealFetch}
	if cfg.Client != nil {
		client = *cfg.Client
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	cfg.Client = &client
	if cfg.Issuing == nil {
		cfg.Issuing = x509.NewCertPool()
	}
	return &Store{cfg: cfg, known: map[string]*certs.Certificate{}}
}

// Fetch returns the QSealC at keyID: a URL ending "_<sha256>" that answers
// 200 with PEM, without a redirect.
func (s *Store) Fetch(ctx context.Context, keyID string) (*certs.Certificate, error) {
	s.mu.Lock()
	seal := s.known[keyID]
	s.mu.Unlock()
	if seal == nil {
		chain, err := s.download(ctx, keyID)
		if err != nil {
			return nil, err
		}
		if seal, err = s.verify(keyID, chain); err != nil {
			return nil, err
		}
		s.remember(keyID, seal)
	}
	if now := s.cfg.Now(); now.Before(seal.NotBefore) || now.After(seal.NotAfter) {
		return nil, errors.New("the QSealC is not valid at this time")
	}
	return seal, nil
}

func (s *Store) remember(keyID string, seal *certs.Certificate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= maxSeals {
		clear(s.known)
	}
	s.known[keyID] = seal
}

func (s *Store) download(ctx context.Context, keyID string) ([]byte, error) {
	if err := checkKeyID(keyID, s.cfg.Remote); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, keyID, nil)
	if err != nil {
		return nil, err
	}
	response, err := s.cfg.Client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("the QSealC cannot be fetched at its keyId: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the QSealC cannot be fetched at its keyId: HTTP %d", response.StatusCode)
	}
	if kind, _, err := mime.ParseMediaType(response.Header.Get("Content-Type")); err != nil ||
		(kind != "text/plain" && kind != "application/x-pem-file") {
		return nil, errors.New("the QSealC must be served as text/plain")
	}
	return io.ReadAll(io.LimitReader(response.Body, maxSeal))
}

// checkKeyID: a simulation on a laptop has no business fetching from addresses
// that a request names, unless it was told so.
func checkKeyID(keyID string, remote bool) error {
	u, err := url.Parse(keyID)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("keyId is not a plain URL")
	}
	local := loopback.Host(u.Hostname())
	if u.Scheme != "https" && (u.Scheme != "http" || !local) {
		return errors.New("keyId must be an https URL")
	}
	if !local && !remote {
		return errors.New("keyId is on another machine; this bank fetches from its own only")
	}
	if !keyIDForm.MatchString(keyID) {
		return errors.New("keyId must end with _ and the SHA-256 of the certificate")
	}
	return nil
}

// verify checks that data is the QSealC that keyID's hash names, and that a
// qualified issuer stands behind it. Other certificates in data count as its
// chain.
func (s *Store) verify(keyID string, data []byte) (*certs.Certificate, error) {
	block, rest := pem.Decode(data)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("there is no PEM certificate at keyId")
	}
	seal, err := certs.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	if !strings.HasSuffix(keyID, seal.SHA256) || len(seal.SHA256) != hashSuffix {
		return nil, errors.New("the certificate at keyId has another hash than keyId says")
	}
	if seal.Kind != certs.QSealC || seal.X509 == nil {
		return nil, errors.New("the certificate at keyId is no QSealC")
	}
	intermediates := s.cfg.Issuing.Clone()
	intermediates.AppendCertsFromPEM(rest)
	_, err = seal.X509.Verify(x509.VerifyOptions{
		Roots:         s.cfg.Roots,
		Intermediates: intermediates,
		CurrentTime:   s.cfg.Now(),
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	return seal, err
}
