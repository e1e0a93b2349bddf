package registration

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
)

// fingerprint covers every fact that the changes are made of, and no text: a
// sentence reworded by an update does not make a request outdated.
func (vc versionChange) fingerprint() string {
	// strings always marshal
	facts, _ := json.Marshal([]any{
		vc.kind,
		vc.view.Institution.ID,
		vc.from.content(),
		vc.to.content(),
		vc.view.subscriptions(),
		described(vc.view.Application),
	})
	return digest(facts)
}

// content are the facts of a bundle that people agree to; nil for no bundle.
func (b *Bundle) content() []string {
	if b == nil {
		return nil
	}
	facts := append([]string{b.ID, string(b.State), b.QWACID, b.QSealCID, b.ClientID, b.CredentialsRef},
		b.TrustAnchors...)
	for _, id := range slices.Sorted(maps.Keys(b.Credentials)) {
		facts = append(facts, id, b.Credentials[id])
	}
	return facts
}

// Content is the same exactly as long as the bundle is: what somebody was shown can
// be told from what was put in its place.
func (b Bundle) Content() string {
	facts, _ := json.Marshal(b.content())
	return digest(facts)
}

func digest(facts []byte) string {
	sum := sha256.Sum256(facts)
	return hex.EncodeToString(sum[:])
}

// changes are what the second person sees: what will be different, and what follows from it.
func (vc versionChange) changes(ctx context.Context, s *Service) ([]approval.Change, error) {
	changes := []approval.Change{vc.version()}
	if vc.to == nil {
		return changes, nil
	}
	from := Bundle{}
	if vc.from != nil {
		from = *vc.from
	}
	newQWAC := false
	for _, slot := range []struct {
		field, before, after string
	}{{"qwac", from.QWACID, vc.to.QWACID}, {"qsealc", from.QSealCID, vc.to.QSealCID}} {
		if slot.before == slot.after {
			continue
		}
		newQWAC = newQWAC || slot.field == "qwac"
		found, err := s.certificateChanges(ctx, slot.field, slot.before, slot.after)
		if err != nil {
			return nil, err
		}
		changes = append(changes, found...)
	}
	if newQWAC {
		changes = append(changes, vc.acceptance()...)
	}
	if vc.to.NoClientAuth != "" {
		changes = append(changes, change("client_auth", from.NoClientAuth, vc.to.NoClientAuth,
			"The QWAC is not made for TLS clients: if the bank checks that, it refuses every connection."))
	}
	objection, err := s.objection(ctx, vc.view.Institution.ID, *vc.to)
	if err != nil {
		return nil, err
	}
	if objection != "" {
		changes = append(changes, change("authorisation", "", objection,
			"A register of payment firms does not list what the certificates claim: banks that look it up may "+
				"refuse them."))
	}
	changes = append(changes, vc.credentialChanges(from)...)
	changes = append(changes, vc.furtherChanges(from)...)
	// The application is no part of a version: whoever approves sees where customers will be sent.
	application := described(vc.view.Application)
	sent := change("redirect_uris", application, application, redirectsConsequence)
	if vc.from == nil {
		sent.Before = ""
	}
	changes = append(changes, sent)
	if vc.from == nil {
		changes = append(changes, change("subscriptions", "", strings.Join(vc.view.subscriptions(), ", "),
			"The customers' accounts and payments of these roles are reached with it."))
	}
	return append(changes, vc.anchorChanges(from)...), nil
}

// change is one whose consequence has no values and is the same for every bank.
func change(field, before, after, consequence string) approval.Change {
	return approval.Change{
		Field:       field,
		Before:      before,
		After:       after,
		Consequence: consequence,
		Code:        "change." + field,
	}
}

// replaced is c, or what c is where there was nothing before: what comes into use replaces nothing.
func replaced(c approval.Change, first string) approval.Change {
	if c.Before == "" {
		c.Code, c.Consequence = c.Code+".first", first
	}
	return c
}

func (vc versionChange) version() approval.Change {
	number := func(b *Bundle) string {
		if b == nil {
			return ""
		}
		return fmt.Sprint(b.Version)
	}
	c := change("version", number(vc.from), number(vc.to), "")
	switch {
	case vc.to == nil:
		c.Code, c.Consequence = "change.version.retired", "No connector gets a client for this registration any "+
			"more, until a version is activated again."
	case vc.kind == access.BundleRollback:
		c.Code, c.Consequence = "change.version.rollback", "Every new connection uses the earlier version again; "+
			"requests under way finish on the present one."
	case vc.from == nil:
		c.Code, c.Consequence = "change.version.first", "Connectors begin to reach this bank."
	default:
		c.Code, c.Consequence = "change.version.next", "Every new connection uses the new version; requests under "+
			"way finish on the present one, which stays for a rollback."
	}
	return c
}

// certificateChanges names both certificates and everything by which they differ that can matter to a bank.
func (s *Service) certificateChanges(ctx context.Context, field, beforeID, afterID string) ([]approval.Change, error) {
	before, err := s.leaf(ctx, beforeID)
	if err != nil {
		return nil, err
	}
	after, err := s.leaf(ctx, afterID)
	if err != nil {
		return nil, err
	}
	consequence, first := "Every new connection presents the new QWAC.", "Connections to the bank present this QWAC."
	if field == "qsealc" {
		consequence, first = "Every new request is signed with the new QSealC.", "Requests to the bank are signed "+
			"with this QSealC."
	}
	named := replaced(change(field, nameOf(before), nameOf(after), consequence), first)
	named.BeforeCertificate, named.AfterCertificate = certificate(before), certificate(after)
	changes := []approval.Change{named}
	if before == nil || after == nil {
		return changes, nil
	}
	for _, d := range rules.Diff(before, after) {
		if d.Same || (d.Severity == rules.SeverityNotice && d.Field != "key") {
			continue
		}
		changes = append(changes, approval.Change{
			Field:       field + "." + d.Field,
			Before:      d.Old,
			After:       d.New,
			Consequence: d.Consequence,
			Code:        "consequence." + d.Field + "." + string(d.Severity),
		})
	}
	return changes, nil
}

// leaf is nil for no certificate, and for one that is no longer to be had.
func (s *Service) leaf(ctx context.Context, id string) (*certs.Certificate, error) {
	if id == "" {
		return nil, nil
	}
	leaf, _, err := s.cfg.Certificates.Certificate(ctx, access.SystemCaller("readiness"), id)
	if errors.Is(err, fault.NotFound) || errors.Is(err, fault.Conflict) {
		return nil, nil
	}
	return leaf, err
}

func nameOf(c *certs.Certificate) string {
	if c == nil {
		return ""
	}
	// The subject comes last: it may be written to look like the rest.
	return fmt.Sprintf("SHA-256 %s, valid until %s, %s", c.SHA256, c.NotAfter.UTC().Format(day), c.Subject)
}

func certificate(c *certs.Certificate) *approval.Certificate {
	if c == nil {
		return nil
	}
	return &approval.Certificate{Subject: c.Subject, SHA256: c.SHA256, NotAfter: c.NotAfter}
}

// day is how dates are written in English sentences, as the console does.
const day = "2 January 2006"

func (vc versionChange) anchorChanges(from Bundle) []approval.Change {
	before, after := anchorNames(from.TrustAnchors), anchorNames(vc.to.TrustAnchors)
	if before == after {
		return nil
	}
	c := change("trust_anchors", before, after,
		"The bank's servers are trusted when their certificate comes from one of these issuers or one that the "+
			"bank's profile names; whoever holds such an issuer's key can pose as the bank.")
	switch own := vc.view.Institution.TrustAnchors(); {
	case own == 0 && before == "":
		c.Code, c.Consequence = "change.trust_anchors.replaces", "The bank's servers are trusted only when their "+
			"certificate comes from one of these issuers, no longer when it comes from one that this machine trusts."
	case own == 0 && after == "":
		c.Code, c.Consequence = "change.trust_anchors.system", "The bank's servers are trusted when their "+
			"certificate comes from any issuer that this machine trusts."
	}
	return []approval.Change{c}
}
