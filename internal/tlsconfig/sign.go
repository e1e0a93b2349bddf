package tlsconfig

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/connector/signature"
	"github.com/sealkeeper/sealkeeper/connector/stet"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault"
)

// openCertificate is a certificate of a version, open for signatures.
type openCertificate struct {
	bundle      registration.Bundle
	institution catalogue.Institution
	until       time.Time // zero: while it is active
	seen        time.Time // in use, or not long out of it
	source      certs.Source
}

// formerEvery is how often a version that is out of use is looked at: of what becomes of its certificates nobody tells.
const formerEvery = time.Second

func (c *openCertificate) holds(at time.Time) bool {
	return c.until.IsZero() || at.Before(c.until) && at.Before(c.seen.Add(formerEvery))
}

// Grace is for how long a version signs on that another one has taken the place of.
const Grace = 24 * time.Hour

func versionSuperseded(number int) error {
	return fault.New(fault.Conflict, "version_superseded",
		"Version %d is not in use any more; read the configuration again.", number)
}

// usable returns a version that is active, or was until a while ago, and until when it signs on.
func (s *Service) usable(
	ctx context.Context, registrationID string, number int,
) (registration.View, registration.Bundle, time.Time, error) {
	view, active, err := s.cfg.Registrations.ActiveBundle(ctx, registrationID)
	if err != nil {
		return view, active, time.Time{}, err
	}
	if active.Version == number {
		return view, active, time.Time{}, nil
	}
	i := slices.IndexFunc(view.Bundles, func(b registration.Bundle) bool { return b.Version == number })
	if i < 0 || view.Bundles[i].State != registration.Superseded {
		return view, active, time.Time{}, versionSuperseded(number)
	}
	b, until := view.Bundles[i], active.ActivatedAt
	for _, next := range view.Bundles { // whichever came after it
		if next.ActivatedAt.After(b.ActivatedAt) && next.ActivatedAt.Before(until) {
			until = next.ActivatedAt
		}
	}
	until = until.Add(Grace)
	if !s.cfg.Now().Before(until) {
		return view, b, until, versionSuperseded(number)
	}
	return view, b, until, nil
}

// certificateOf opens the certificate of a kind in a version, which is recorded, or finds it open.
func (s *Service) certificateOf(
	ctx context.Context, caller access.Caller, registrationID string, number int, kind certs.Kind,
) (*openCertificate, error) {
	at := certificateKey{version{registrationID, number}, kind}
	s.mu.Lock()
	known, changed := s.certificates[at], s.changed
	s.mu.Unlock()
	if known != nil && s.cfg.Feed.Fresh(remembered) && known.holds(s.cfg.Now()) {
		return known, nil
	}
	view, b, until, err := s.usable(ctx, registrationID, number)
	if err != nil {
		return nil, err
	}
	c := &openCertificate{bundle: b, institution: view.Institution, until: until, seen: s.cfg.Now()}
	id := b.QWACID
	if kind == certs.QSealC {
		id = b.QSealCID
	}
	if known != nil && known.bundle.Content() == b.Content() {
		c.source = known.source
		_, _, err = s.cfg.Vault.Certificate(ctx, reader, id) // it may have been retired since
	} else {
		c.source, err = s.cfg.Vault.Source(ctx, caller, id)
	}
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changed == changed {
		s.certificates[at] = c
	}
	return c, nil
}

// algorithm is what a name of an algorithm stands for.
type algorithm struct {
	rsa  bool
	hash crypto.Hash
	opts crypto.SignerOpts
}

var algorithms = func() map[string]algorithm {
	all := map[string]algorithm{}
	for name, hash := range map[string]crypto.Hash{
		"sha256": crypto.SHA256,
		"sha384": crypto.SHA384,
		"sha512": crypto.SHA512,
	} {
		all["rsa-"+name] = algorithm{true, hash, hash}
		pss := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash}
		all["rsa-pss-"+name] = algorithm{true, hash, pss}
		all["ecdsa-"+name] = algorithm{false, hash, hash}
	}
	return all
}()

// Algorithms names what the certificate's key can sign digests with.
func (c Certificate) Algorithms() []string {
	var kinds []string
	switch c.Leaf.X509.PublicKey.(type) {
	case *rsa.PublicKey:
		kinds = []string{"rsa-", "rsa-pss-"}
	case *ecdsa.PublicKey:
		kinds = []string{"ecdsa-"}
	}
	var names []string
	for _, kind := range kinds {
		names = append(names, kind+"sha256", kind+"sha384", kind+"sha512")
	}
	return names
}

// Signing asks for signatures of digests.
type Signing struct {
	Version   int
	Algorithm string
	Digests   [][]byte
}

// SignDigests signs digests with the QSealC of a version: one act in the audit log. Each can fail on its own.
func (s *Service) SignDigests(
	ctx context.Context, caller access.Caller, registrationID string, in Signing,
) ([]vault.Signed, error) {
	if err := s.admit(ctx, caller, access.CertSign, registrationID, access.Signing); err != nil {
		return nil, err
	}
	a, known := algorithms[in.Algorithm]
	if !known {
		return nil, fault.New(fault.Invalid, "algorithm_unknown",
			"The algorithm must be rsa-sha256, rsa-pss-sha256 or ecdsa-sha256, or the same with sha384 or sha512.")
	}
	c, err := s.certificateOf(ctx, caller, registrationID, in.Version, certs.QSealC)
	if err != nil {
		return nil, err
	}
	identity, err := c.source.Identity(ctx)
	if err != nil {
		return nil, err
	}
	// A signer takes a hash for RSA and for ECDSA, so it cannot notice that the other one is meant.
	leaf := identity.Certificate.X509
	if _, isRSA := leaf.PublicKey.(*rsa.PublicKey); isRSA != a.rsa {
		return nil, fault.New(fault.Invalid, "algorithm_unsuitable",
			"The certificate has an %s key, which cannot make a %s signature.", leaf.PublicKeyAlgorithm, in.Algorithm)
	}
	if err := s.spend(ctx, caller, len(in.Digests)); err != nil {
		return nil, err
	}
	return s.cfg.Vault.Sign(ctx, caller, c.source, in.Digests, a.opts)
}

// spend counts n signatures against the limits; the request itself was counted as one.
func (s *Service) spend(ctx context.Context, caller access.Caller, n int) error {
	if n < 1 || n > vault.MaxBatch {
		return fault.New(fault.Invalid, "batch_size",
			"Send 1 to %d digests, in either digest or digests.", vault.MaxBatch)
	}
	if err := s.cfg.Limits.Take(caller, n-1); err != nil {
		return err
	}
	return s.cfg.Limits.Spend(ctx, caller, n)
}

// Request is an HTTP request to be signed.
type Request struct {
	Version    int
	Product    signature.Product
	Method     string
	URL        string
	Headers    map[string]string
	BodySHA256 []byte // empty: it has no body
}

// SignRequest returns the headers with which the bank accepts a request.
func (s *Service) SignRequest(
	ctx context.Context, caller access.Caller, registrationID string, in Request,
) (map[string]string, error) {
	if err := s.admit(ctx, caller, access.CertSign, registrationID, access.Signing); err != nil {
		return nil, err
	}
	c, err := s.certificateOf(ctx, caller, registrationID, in.Version, certs.QSealC)
	if err != nil {
		return nil, err
	}
	b := c.bundle
	profile, err := issuer.Profile(c.institution)
	if err != nil {
		return nil, err
	}
	r, err := in.request(ctx, profile, b)
	if err != nil {
		return nil, err
	}
	if err := s.spend(ctx, caller, 1); err != nil {
		return nil, err
	}
	err = s.cfg.Audit.Do(ctx, caller, access.CertSign, b.QSealCID, func() (note.Note, error) {
		signer := signature.NewSigner(profile.Signature, c.source, s.cfg.PublishURL, b.ClientID)
		return note.Note{}, signer.SignDigest(ctx, r, in.BodySHA256, in.Product)
	})
	if err != nil {
		return nil, err
	}
	headers := map[string]string{}
	for name := range r.Header {
		headers[name] = r.Header.Get(name)
	}
	return headers, nil
}

func requestInvalid(message string) error {
	return fault.New(fault.Invalid, "signed_request_invalid", "%s", message)
}

// request is the request as far as its signature needs it.
func (in Request) request(
	ctx context.Context, profile connector.Profile, b registration.Bundle,
) (*http.Request, error) {
	if in.Product != signature.AIS && in.Product != signature.PIS {
		return nil, requestInvalid("The product is ais or pis.")
	}
	if n := len(in.BodySHA256); n != 0 && n != crypto.SHA256.Size() {
		return nil, fault.New(fault.Invalid, "digest_length",
			"The digest does not have the length that its hash function produces.")
	}
	u, err := url.Parse(in.URL)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return nil, requestInvalid("The URL is absolute, with https and neither user nor fragment.")
	}
	known := slices.ContainsFunc((&Configuration{Profile: profile}).Servers(), func(s Server) bool {
		base, err := url.Parse(s.BaseURL)
		return err == nil && strings.EqualFold(base.Host, u.Host)
	})
	if !known {
		return nil, fault.New(fault.Invalid, "server_unknown",
			"The URL's host is none of this bank's servers; the configuration lists them.")
	}
	r, err := http.NewRequestWithContext(ctx, in.Method, in.URL, nil)
	if err != nil {
		return nil, requestInvalid("The method is one of HTTP's, and the URL one of this bank's.")
	}
	for name, template := range profile.ExtraHeaders {
		value := stet.Header(template, func(id string) string {
			if id == catalogue.ClientID {
				return b.ClientID
			}
			return b.Credentials[id] // empty: a secret, which signing does not give; the service adds the header itself
		})
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	for name, value := range in.Headers {
		if strings.ContainsAny(name+value, "\r\n\x00") || len(name)+len(value) > 8192 {
			return nil, requestInvalid("A header is a name and one line of at most 8 KB.")
		}
		r.Header.Set(name, value)
	}
	return r, nil
}

// Secret is a client id and secret on its way out.
type Secret struct {
	Version  int
	ID       string
	Secret   secret.Text
	Further  map[string]secret.Text // what else the bank gives
	TokenURL string
}

// Credentials returns the client id and secret of the active version. Each time is recorded.
func (s *Service) Credentials(ctx context.Context, caller access.Caller, registrationID string) (Secret, error) {
	if err := s.admit(ctx, caller, access.SecretUse, registrationID, access.Credentials); err != nil {
		return Secret{}, err
	}
	view, b, err := s.cfg.Registrations.ActiveBundle(ctx, registrationID)
	if err != nil {
		return Secret{}, err
	}
	profile, err := issuer.Profile(view.Institution)
	if err != nil {
		return Secret{}, err
	}
	if err := s.cfg.Limits.Spend(ctx, caller, 1); err != nil {
		return Secret{}, err
	}
	id, text, further, err := s.cfg.Vault.AllCredentials(ctx, caller, b.CredentialsRef)
	if err != nil {
		return Secret{}, err
	}
	if _, gives := view.Institution.Credential(catalogue.ClientSecret); id == "" || gives && text.Empty() {
		return Secret{}, fault.New(fault.Internal, "credentials_empty",
			"Custody has no client id and secret for this version; an administrator has to record them again.")
	}
	b.AddShown(further)
	return Secret{Version: b.Version, ID: id, Secret: text, Further: further, TokenURL: profile.TokenURL}, nil
}
