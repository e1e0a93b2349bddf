package service

import (
	"context"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/clientcert"
)

// Certificates takes client certificates out of requests and judges them.
type Certificates interface {
	Anchors() []clientcert.Anchor
	Take(request *http.Request) (clientcert.Presented, error)
	Verify(p clientcert.Presented) (clientcert.Certificate, error)
}

// CertificateAnchors are the issuers whose client certificates are accepted here.
func (s *Accounts) CertificateAnchors() []clientcert.Anchor { return s.cfg.Certificates.Anchors() }

// TakeCertificate takes the client certificate, for which a proxy of ours vouches, out of a request.
func (s *Accounts) TakeCertificate(ctx context.Context, request *http.Request) (clientcert.Presented, error) {
	p, err := s.cfg.Certificates.Take(request)
	if err != nil {
		return p, s.refuseCertificate(ctx, "", err)
	}
	return p, nil
}

// CertificateCaller returns the service account whose service has a client certificate, and counts the request against
// its limit. Unauthenticated: it is nobody's, or not good now. Who comes too often is refused, and named.
func (s *Accounts) CertificateCaller(ctx context.Context, p clientcert.Presented) (access.Caller, error) {
	one, err := s.certificateSession(ctx, p)
	if err != nil {
		return access.Caller{}, err
	}
	return s.counted(one)
}

// ConfirmCertificate is CertificateCaller for a request that goes on: it is not counted again.
func (s *Accounts) ConfirmCertificate(ctx context.Context, p clientcert.Presented) (access.Caller, error) {
	one, err := s.certificateSession(ctx, p)
	if err != nil {
		return access.Caller{}, err
	}
	return one.caller, nil
}

func (s *Accounts) certificateSession(ctx context.Context, p clientcert.Presented) (*session, error) {
	key := "certificate " + hex.EncodeToString(p.Key[:])
	if one := s.remembered(key); one != nil && one.good(s.cfg.Now()) {
		return one, nil
	}
	forgot := s.mark()
	c, err := s.cfg.Certificates.Verify(p)
	if err != nil {
		return nil, s.refuseCertificate(ctx, "", err)
	}
	identity, err := s.holding(ctx, c)
	if err != nil {
		return nil, s.refuseCertificate(ctx, identity.AccountID, err)
	}
	one, err := s.load(ctx, Token{ID: identity.ID, AccountID: identity.AccountID, ExpiresAt: c.Until})
	if err != nil {
		return nil, err
	}
	one.from = c.From
	s.remember(key, one, forgot)
	return one, nil
}

// holding finds the identity that a certificate is one of.
func (s *Accounts) holding(ctx context.Context, c clientcert.Certificate) (Identity, error) {
	known, err := s.cfg.Identities.ServiceIdentitiesOf(ctx, CertificateIdentity, c.Subjects)
	if err != nil {
		return Identity{}, err
	}
	var found Identity
	for _, i := range known {
		switch {
		case i.Issuer != "" && !slices.Contains(c.Anchors, i.Issuer):
		case found.ID == "":
			found = i
		case found.AccountID != i.AccountID:
			return Identity{}, fault.New(fault.Unauthenticated, "client_certificate_ambiguous",
				"This client certificate is that of several service accounts; remove it from all but one.")
		}
	}
	if found.ID == "" {
		return Identity{}, fault.New(fault.Unauthenticated, "client_certificate_unknown",
			"No service account has this client certificate; add its public key, or its issuer and name, to one.")
	}
	return found, nil
}

func (s *Accounts) refuseCertificate(ctx context.Context, accountID string, err error) error {
	if kind, _, _ := fault.Public(err); kind != fault.Unauthenticated {
		return err
	}
	return s.cfg.Audit.Refuse(ctx, access.Caller{}, access.ServiceUse, accountID, err)
}

// normaliseCertificate writes an identity by a certificate as it is compared, and refuses what none can be.
func (i *Identity) normaliseCertificate(anchors []clientcert.Anchor) error {
	i.Issuer = digits(i.Issuer)
	named := slices.ContainsFunc(anchors, func(a clientcert.Anchor) bool { return a.SHA256 == i.Issuer })
	key, byKey := strings.CutPrefix(i.Subject, clientcert.SubjectKey)
	switch {
	case i.Audience != "" || len(i.Claims) > 0:
		return certificateInvalid()
	case len(anchors) == 0:
		return fault.New(fault.Conflict, "client_certificates_off",
			"Client certificates are not configured here; the operator does that with client_certificates.")
	case !named && (i.Issuer != "" || !byKey):
		return fault.New(fault.Invalid, "client_certificate_anchor",
			"Name the issuer by the SHA-256 of a certificate in client_certificates.anchors_file; a public key alone "+
				"needs none.")
	case byKey:
		i.Subject = clientcert.SubjectKey + digits(key)
		if raw, err := hex.DecodeString(digits(key)); err != nil || len(raw) != 32 {
			return certificateInvalid()
		}
		return nil
	}
	subject, valid := certificateName(i.Subject)
	if i.Subject = subject; !valid {
		return certificateInvalid()
	}
	return nil
}

// certificateName is a name of a certificate as it is compared, and whether it is one.
func certificateName(subject string) (string, bool) {
	if strings.ContainsAny(subject, "* ") || !line(subject) {
		return subject, false
	}
	if name, ok := strings.CutPrefix(subject, clientcert.SubjectDNS); ok {
		return clientcert.SubjectDNS + strings.ToLower(name), name != ""
	}
	name, ok := strings.CutPrefix(subject, clientcert.SubjectURI)
	u, err := url.Parse(name)
	if !ok || err != nil || u.Scheme == "" || (u.Host == "" && u.Opaque == "") {
		return subject, false
	}
	return clientcert.SubjectURI + u.String(), true
}

// digits are hexadecimal digits as openssl or anybody else writes them, in one form.
func digits(text string) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimSpace(text), ":", ""))
}

func certificateInvalid() error {
	return fault.New(fault.Invalid, "client_certificate_subject",
		"Name the client certificate by spki: and the 64 hexadecimal digits of its public key's SHA-256, by dns: and "+
			"a DNS name, or by uri: and an address such as a SPIFFE id; without * and without audience or claims.")
}

// notTaken refuses what would make a certificate another account's too: then it would be nobody's.
func (s *Accounts) notTaken(ctx context.Context, i Identity) error {
	known, err := s.cfg.Identities.ServiceIdentitiesOf(ctx, CertificateIdentity, []string{i.Subject})
	if err != nil {
		return err
	}
	for _, other := range known {
		overlaps := other.Issuer == i.Issuer || other.Issuer == "" || i.Issuer == ""
		if overlaps && other.AccountID != i.AccountID {
			return fault.New(fault.Conflict, "client_certificate_taken",
				"Another service account has this client certificate already; remove it there first.")
		}
	}
	return nil
}

// good reports whether the session may be used now.
func (one *session) good(now time.Time) bool {
	return !now.Before(one.from) && now.Before(one.token.ExpiresAt)
}
