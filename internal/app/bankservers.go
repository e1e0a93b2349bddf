package app

import (
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/internal/bankservers"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// noted has what handshakes show kept.
type noted struct{ servers *bankservers.Service }

// Saw implements issuer.Servers.
func (n noted) Saw(institutionID string, h mtls.Handshake) { n.servers.Saw(institutionID, shown(h)) }

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
type bankHosts struct{ *catalogue.Catalogue }

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
	return shown(h)
}
