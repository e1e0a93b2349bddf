package app

import (
	"context"
	"crypto/x509"
	"net/url"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/internal/bankservers"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/vault"
)

// handshakeSink has what handshakes show kept.
type handshakeSink struct{ servers *bankservers.Service }

// Saw implements issuer.Servers.
func (n handshakeSink) Saw(institutionID string, h mtls.Handshake) {
	n.servers.Saw(institutionID, shown(h))
}

func shown(h mtls.Handshake) bankservers.Handshake {
	return bankservers.Handshake{
		Host:    h.Host,
		Chain:   h.Chain,
		Issuing: mtls.Issuing(h.Chain),
		Reason:  bankservers.Reason(h.Reason),
		Alert:   h.Alert,
	}
}

// bankHosts looks at the hosts of the catalogue.
type bankHosts struct {
	*catalogue.Catalogue
	issuers vault.Issuers
}

// Addresses implements bankservers.Banks.
func (b bankHosts) Addresses(institutionID string) (all []string) {
	in, known := b.Institution(institutionID)
	if !known {
		return nil
	}
	profile, err := issuer.Profile(in)
	if err != nil {
		return nil
	}
	for _, raw := range []string{profile.TokenURL, profile.AISBaseURL, profile.PISBaseURL} {
		u, err := url.Parse(raw)
		if err == nil && u.Scheme == "https" && !slices.Contains(all, mtls.Address(u)) {
			all = append(all, mtls.Address(u))
		}
	}
	return all
}

// Look implements bankservers.Banks.
func (b bankHosts) Look(
	ctx context.Context, institutionID, address string, anchors [][]string,
) bankservers.Handshake {
	in, _ := b.Institution(institutionID)
	profile, err := issuer.Profile(in)
	if err != nil {
		return bankservers.Handshake{Host: address, Reason: bankservers.Reason(mtls.Unverified)}
	}
	settings := profile.Connection
	if len(anchors) > 0 {
		settings.TrustAnchors = slices.Concat(settings.TrustAnchors, anchors[0])
	}
	h := settings.Look(ctx, address)
	if len(h.Chain) == 0 || len(anchors) == 0 {
		return shown(h)
	}
	h.Reason = ""
	for _, own := range anchors {
		settings.TrustAnchors = slices.Concat(profile.Connection.TrustAnchors, own)
		if h.Reason = settings.JudgeServer(h.Host, h.Chain, time.Now()); h.Reason != "" {
			break
		}
	}
	if h.Reason == mtls.UnknownIssuer && completes(ctx, b.issuers, settings, h) {
		h.Reason = mtls.Incomplete
	}
	return shown(h)
}

// What bounds the search for certificates that a host does not send.
const (
	mostMissing   = 3
	searchFor     = 20 * time.Second
	mostAddresses = 2
)

// completes reports whether a chain is trusted with the certificates that its own addresses (AIA) lead to: then it is
// not its root that is unknown, but something below that is missing. None of them is kept.
func completes(ctx context.Context, issuers vault.Issuers, s mtls.Settings, h mtls.Handshake) bool {
	ctx, cancel := context.WithTimeout(ctx, searchFor)
	defer cancel()
	chain := slices.Clone(h.Chain)
	for range mostMissing {
		top := chain[0]
		if issuing := mtls.Issuing(chain); issuing != nil {
			top = issuing
		}
		missing := issuerOf(ctx, issuers, top)
		if missing == nil {
			return false
		}
		chain = slices.Insert(chain, 1, missing)
		if s.JudgeServer(h.Host, chain, time.Now()) == "" {
			return true
		}
	}
	return false
}

// issuerOf asks the addresses in a certificate for the one of its issuer; nil: none has it.
func issuerOf(ctx context.Context, issuers vault.Issuers, c *x509.Certificate) *x509.Certificate {
	for _, address := range c.IssuingCertificateURL[:min(len(c.IssuingCertificateURL), mostAddresses)] {
		answer, err := issuers.Issuer(ctx, address)
		if err != nil {
			continue
		}
		found, err := certs.ReadIssuers(ctx, certs.File{Name: address, Data: answer})
		if err != nil {
			continue
		}
		for _, one := range found[:min(len(found), mostMissing)] {
			if one.X509 != nil && c.CheckSignatureFrom(one.X509) == nil {
				return one.X509
			}
		}
	}
	return nil
}
