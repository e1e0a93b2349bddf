package service

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/uid"
	"github.com/sealkeeper/sealkeeper/internal/workload"
	"github.com/sealkeeper/sealkeeper/secret"
)

// IdentityKind is by what somebody who has no token of an account shows that they are its service.
type IdentityKind string

// The kinds.
const (
	// WorkloadIdentity is a JWT of the platform that the service runs on.
	WorkloadIdentity IdentityKind = "workload"
	// CertificateIdentity is a client certificate that a proxy of ours passes on.
	CertificateIdentity IdentityKind = "certificate"
)

// Identity is somebody who counts as an account's service without a token of it.
type Identity struct {
	ID         string
	AccountID  string
	Kind       IdentityKind
	Issuer     string            // who says so: an address; of a certificate, the SHA-256 of an anchor, or nothing
	Audience   string            // whom the JWT has to be meant for
	Subject    string            // a pattern; of a certificate, one of clientcert's subjects
	Claims     map[string]string // further claims of the JWT, each with a pattern
	CreatedBy  string            // name of a user
	CreatedAt  time.Time
	LastUsedAt time.Time // zero: never
}

// What bounds identities.
const (
	maxIdentities = 20 // of an account
	maxPattern    = 500
	maxClaims     = 10
)

// IdentitiesAtLimit is the refusal of one more.
func IdentitiesAtLimit() error {
	return fault.New(fault.Conflict, "identities_at_limit",
		"The account already has %d identities; remove one that is no longer used.", maxIdentities)
}

// IdentityStore keeps identities, and the hashes of the short tokens that they are given.
type IdentityStore interface {
	// AddServiceIdentity refuses with Ended, and with IdentitiesAtLimit beyond most.
	AddServiceIdentity(ctx context.Context, i Identity, most int) error
	// RemoveServiceIdentity removes one of an account, and its tokens; NotFound if it is not there.
	RemoveServiceIdentity(ctx context.Context, accountID, id string) error
	// ServiceIdentities returns those of accounts in use that an issuer vouches for.
	ServiceIdentities(ctx context.Context, kind IdentityKind, issuer string) ([]Identity, error)
	// ServiceIdentitiesOf returns those of accounts in use that have one of the subjects.
	ServiceIdentitiesOf(ctx context.Context, kind IdentityKind, subjects []string) ([]Identity, error)
	// AddServiceSession adds a short token of an identity (Token.ID is the identity's), and removes those of the
	// account that are over. It reports false, and adds nothing, beyond most.
	AddServiceSession(ctx context.Context, hash string, t Token, most int) (bool, error)
}

// Workloads checks the JWTs of platforms.
type Workloads interface {
	Issuers() []string
	Verify(ctx context.Context, token secret.Text) (workload.Claims, error)
}

var claimName = regexp.MustCompile(`^[A-Za-z0-9_./:-]{1,100}$`)

// matches reports whether a value is what a pattern says. In a pattern, * is any number of characters other than : and
// /, so that it does not reach from the name of one thing into that of the next.
func matches(pattern, value string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == value
	}
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	found, err := regexp.MatchString("^"+strings.Join(parts, "[^:/]*")+"$", value)
	return err == nil && found
}

// stands reports whether the identity is the one that the claims are about.
func (i Identity) stands(c workload.Claims) bool {
	if i.Issuer != c.Issuer || !slices.Contains(c.Audience, i.Audience) || !matches(i.Subject, c.Subject) {
		return false
	}
	for name, pattern := range i.Claims {
		value, there := c.Text(name)
		if !there || !matches(pattern, value) {
			return false
		}
	}
	return true
}

// checkIdentity refuses what no identity can be, and writes it as it is compared.
func (s *Accounts) checkIdentity(ctx context.Context, i *Identity) error {
	switch i.Kind {
	case WorkloadIdentity:
		return i.check(s.cfg.Workloads.Issuers())
	case CertificateIdentity:
		if err := i.normaliseCertificate(s.cfg.Certificates.Anchors()); err != nil {
			return err
		}
		return s.notTaken(ctx, *i)
	}
	return identityInvalid("There is no kind of identity %q; the kinds are workload and certificate.", string(i.Kind))
}

// check refuses what no workload can be.
func (i Identity) check(issuers []string) error {
	if !slices.Contains(issuers, i.Issuer) {
		return fault.New(fault.Invalid, "workload_issuer_unknown",
			"The issuer %q is not one that is configured; have the operator add it to workload_issuers.", i.Issuer)
	}
	if !line(i.Audience) || !line(i.Subject) || strings.HasPrefix(i.Subject, "*") {
		return identityInvalid("Give the audience and the subject, each as one line of at most %d characters; "+
			"the subject "+
			"does not begin with *.", maxPattern)
	}
	if len(i.Claims) > maxClaims {
		return identityInvalid("An identity names %d further claims at most.", maxClaims)
	}
	for name, pattern := range i.Claims {
		if !claimName.MatchString(name) || !line(pattern) {
			return identityInvalid("A claim has a name of letters and digits, and a value of at most %d characters.",
				maxPattern)
		}
	}
	return nil
}

func identityInvalid(format string, args ...any) error {
	return fault.New(fault.Invalid, "identity_invalid", format, args...)
}

func line(text string) bool {
	n := utf8.RuneCountInString(text)
	return n > 0 && n <= maxPattern && strings.TrimSpace(text) == text &&
		!strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// WorkloadIssuers are those whose word about workloads counts here.
func (s *Accounts) WorkloadIssuers() []string { return s.cfg.Workloads.Issuers() }

// AddIdentity has somebody count as the account's service from now on. Who may, and where, is as with a token.
func (s *Accounts) AddIdentity(
	ctx context.Context, caller access.Caller, accountID string, i Identity,
) (Identity, error) {
	if err := s.mayIssue(ctx, caller, accountID); err != nil {
		return Identity{}, err
	}
	i.ID, i.AccountID, i.CreatedBy, i.CreatedAt = uid.New(), accountID, caller.Name, s.cfg.Now()
	err := s.act(ctx, caller, accountID,
		note.New("service_identity_added", "identity added: %s %s", i.Issuer, i.Subject),
		func() error {
			if err := s.checkIdentity(ctx, &i); err != nil {
				return err
			}
			return s.cfg.Identities.AddServiceIdentity(ctx, i, maxIdentities)
		})
	if err != nil {
		return Identity{}, err
	}
	s.forget(accountID)
	return i, nil
}

// RemoveIdentity refuses an identity, and the tokens that it was given, from now on.
func (s *Accounts) RemoveIdentity(ctx context.Context, caller access.Caller, accountID, id string) error {
	err := s.act(ctx, caller, accountID, note.New("service_identity_removed", "identity removed"), func() error {
		return s.cfg.Identities.RemoveServiceIdentity(ctx, accountID, id)
	})
	s.forget(accountID)
	return err
}
