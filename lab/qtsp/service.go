package qtsp

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net/http"
	"sync"
	"time"

	"golang.org/x/crypto/ocsp"
)

// Paths of a Service below its base.
const (
	rootPath     = "/root.cer"
	issuingPath  = "/issuing.cer"
	rootListPath = "/root.crl"
	listPath     = "/issuing.crl"
	ocspPath     = "/ocsp"
)

// Mishap is what is wrong with a Service.
type Mishap string

// The mishaps.
const (
	None         Mishap = ""
	Silent       Mishap = "silent"        // it hangs up without an answer
	Lapsed       Mishap = "lapsed"        // its answers are those of a week ago
	Forged       Mishap = "forged"        // somebody else signs its answers
	OtherSerial  Mishap = "other_serial"  // it answers about another certificate
	ToMetadata   Mishap = "to_metadata"   // it sends who asks on to a cloud's metadata service
	Flood        Mishap = "flood"         // it answers with 200 MB
	Unacquainted Mishap = "unacquainted"  // it knows no certificate
	BrokenOff    Mishap = "broken_off"    // it sends half of an answer
	FromTomorrow Mishap = "from_tomorrow" // its clock is a day ahead
)

// Mishaps are all of them.
var Mishaps = []Mishap{
	Silent, Lapsed, Forged, OtherSerial, ToMetadata, Flood, Unacquainted, BrokenOff, FromTomorrow,
}

const flood = 200 << 20

// Service publishes what a QTSP has to: the certificates of its authorities, and what it has revoked, as lists and by
// OCSP. Beside it, it publishes what others say of the QTSP: a list of trusted lists, and a country's. It is safe for
// concurrent use.
type Service struct {
	q        *QTSP
	now      func() time.Time
	stranger crypto.Signer
	lists    *Lists

	mu      sync.Mutex
	revoked map[string]x509.RevocationListEntry // by serial number
	mishap  Mishap
	asked   map[string]int // by path
	number  int64          // of the newest list
	counts  time.Duration  // how long an answer counts

	responder    *x509.Certificate // of who answers by OCSP for the issuing authority; nil: that itself
	responderKey crypto.Signer
}

// NewService returns the Service of a QTSP.
func NewService(q *QTSP, now func() time.Time) (*Service, error) {
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("certstest: key: %w", err)
	}
	lists, err := newLists(q, now())
	if err != nil {
		return nil, err
	}
	return &Service{
		q:        q,
		now:      now,
		stranger: stranger,
		lists:    lists,
		revoked:  map[string]x509.RevocationListEntry{},
		asked:    map[string]int{},
		counts:   time.Hour,
	}, nil
}

// Revoke revokes a certificate for a reason (RFC 5280 section 5.3.1), by its serial number.
func (s *Service) Revoke(serial *big.Int, reason int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked[serial.String()] = x509.RevocationListEntry{
		SerialNumber:   serial,
		RevocationTime: s.now().UTC().Truncate(time.Second),
		ReasonCode:     reason,
	}
}

// Release takes a revocation back, as is done with one that was on hold.
func (s *Service) Release(serial *big.Int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.revoked, serial.String())
}

// CountFor has answers count for so long: an hour unless it is called.
func (s *Service) CountFor(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts = d
}

// Have has something go wrong from now on; None ends it.
func (s *Service) Have(m Mishap) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mishap = m
}

// Asked is how often something was asked for, by its path.
func (s *Service) Asked() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.asked)
}

// ServeHTTP implements http.Handler.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[r.URL.Path]++
	switch s.mishap {
	case Silent:
		panic(http.ErrAbortHandler)
	case ToMetadata:
		http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
		return
	case Flood:
		_, _ = io.CopyN(w, zeros{}, flood)
		return
	}
	answer, err := s.answer(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	if s.mishap == BrokenOff {
		answer = answer[:len(answer)/2]
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = w.Write(answer) //nolint:gosec // DER, and no page
}

// zeros reads as zeros without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func (s *Service) answer(r *http.Request) ([]byte, error) {
	switch r.URL.Path {
	case rootPath:
		return s.q.root.Raw, nil
	case issuingPath:
		return s.q.issuing.Raw, nil
	case rootListPath:
		return s.list(s.q.root, s.q.rootKey)
	case listPath:
		return s.list(s.q.issuing, s.q.issKey)
	case ocspPath:
		return s.ocsp(r)
	case ListOfListsPath, TrustedListPath, pivotPath:
		return s.trustedList(r.URL.Path)
	}
	return nil, fmt.Errorf("nothing is published at %s", r.URL.Path)
}

// span is from when and until when an answer counts.
func (s *Service) span() (from, until time.Time) {
	from = s.now().UTC().Truncate(time.Second).Add(-time.Minute)
	switch s.mishap {
	case Lapsed:
		from = from.AddDate(0, 0, -7)
	case FromTomorrow:
		from = from.AddDate(0, 0, 1)
	}
	return from, from.Add(s.counts)
}

// signer is who signs for an authority.
func (s *Service) signer(key crypto.Signer) crypto.Signer {
	if s.mishap == Forged {
		return s.stranger
	}
	return key
}

func (s *Service) list(issuer *x509.Certificate, key crypto.Signer) ([]byte, error) {
	from, until := s.span()
	s.number++
	list := &x509.RevocationList{Number: big.NewInt(s.number), ThisUpdate: from, NextUpdate: until}
	for _, entry := range s.revoked {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, entry)
	}
	named := *issuer
	if s.mishap == Forged { // x509 would notice that the key is not the issuer's
		named.PublicKey = s.stranger.Public()
	}
	return x509.CreateRevocationList(rand.Reader, list, &named, s.signer(key))
}

const maxRequest = 16 << 10

func (s *Service) ocsp(r *http.Request) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxRequest))
	if err != nil {
		return nil, err
	}
	asked, err := ocsp.ParseRequest(raw)
	if err != nil {
		return ocsp.MalformedRequestErrorResponse, nil //nolint:nilerr // that is the answer
	}
	issuer, key := s.q.issuing, s.q.issKey
	if asked.SerialNumber.Cmp(s.q.issuing.SerialNumber) == 0 {
		issuer, key = s.q.root, s.q.rootKey
	}
	from, until := s.span()
	answer := ocsp.Response{
		Status:       ocsp.Good,
		SerialNumber: asked.SerialNumber,
		ThisUpdate:   from,
		NextUpdate:   until,
		IssuerHash:   asked.HashAlgorithm,
	}
	if entry, revoked := s.revoked[asked.SerialNumber.String()]; revoked {
		answer.Status, answer.RevokedAt, answer.RevocationReason = ocsp.Revoked, entry.RevocationTime, entry.ReasonCode
	}
	switch s.mishap {
	case Unacquainted:
		answer.Status = ocsp.Unknown
	case OtherSerial:
		answer.SerialNumber = new(big.Int).Add(asked.SerialNumber, big.NewInt(1))
	}
	signer := issuer
	if s.responder != nil && issuer == s.q.issuing {
		signer, key = s.responder, s.responderKey
		answer.Certificate = signer
	}
	return ocsp.CreateResponse(issuer, signer, answer, s.signer(key))
}

// ocspNoCheck says that a responder's certificate need not be checked (RFC 6960 section 4.2.2.2.1).
var ocspNoCheck = pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}, Value: []byte{5, 0}}

// Delegate has a responder with a certificate of its own answer by OCSP from now on, which says that it need not be
// checked, or names the list of its issuer.
func (s *Service) Delegate(exempt bool, until time.Time) (*x509.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial(),
		Subject:      subject(attribute{oidCommonName, "Simulated responder"}),
		NotBefore:    s.now().Add(-time.Hour),
		NotAfter:     until,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning},
	}
	if exempt {
		template.ExtraExtensions = []pkix.Extension{ocspNoCheck}
	} else {
		template.CRLDistributionPoints = []string{s.q.base + listPath}
	}
	responder, err := sign(template, s.q.issuing, key.Public(), s.q.issKey)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.responder, s.responderKey = responder, key
	return responder, nil
}
