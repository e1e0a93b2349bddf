package mtls

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"time"
)

// Reason is why a handshake with a server failed.
type Reason string

// The reasons. The last ones are about the server's certificate.
const (
	AtProxy       Reason = "proxy"            // our own proxy refused the way, or did not answer
	NoName        Reason = "dns"              // the host's name leads nowhere
	NoConnection  Reason = "unreachable"      // nobody answered at its address
	TooSlow       Reason = "timed_out"        // it took too long
	BrokenOff     Reason = "broken_off"       // the server ended the handshake without a word
	Alerted       Reason = "alert"            // the server sent a TLS alert
	SaysRevoked   Reason = "revoked"          // the server says that our certificate is revoked
	OtherName     Reason = "other_name"       // its certificate is for other names
	NameNotPinned Reason = "name_not_pinned"  // its certificate is for none of the names in the profile
	ServerEnded   Reason = "ended"            // its certificate has ended
	NotYet        Reason = "not_yet"          // its certificate begins later
	Incomplete    Reason = "chain_incomplete" // it does not send all certificates up to a root
	UnknownIssuer Reason = "unknown_issuer"   // its issuer is none that we trust
	Unverified    Reason = "unverified"       // its certificate cannot be verified for another reason
)

// Handshake is what a handshake with a server showed of the server.
type Handshake struct {
	Host   string              // the name that was asked for, without the port
	Chain  []*x509.Certificate // leaf first, as it was sent; empty: it did not get that far, or was resumed
	Reason Reason              // why it failed; empty: the server was verified
	Alert  string              // name of the TLS alert the server sent; "" for none
}

// serverName is the name that was asked for. An IP address is not sent as one (RFC 6066 section 3), and not kept by
// crypto/tls: it is the first that the server's certificate, which was verified, is for.
func serverName(state tls.ConnectionState) string {
	if state.ServerName == "" && len(state.PeerCertificates) > 0 && len(state.PeerCertificates[0].IPAddresses) > 0 {
		return state.PeerCertificates[0].IPAddresses[0].String()
	}
	return state.ServerName
}

// Servers is told of handshakes. It is called from many goroutines, and must not block.
type Servers func(h Handshake)

// failedHandshake is what an error shows of the server; false: the handshake is not what failed, or we gave up.
func failedHandshake(host string, err error) (h Handshake, failed bool) {
	h.Host = host
	if ProxyRefused.Is(err) || ProxyDown.Is(err) {
		h.Reason = AtProxy
		return h, true
	}
	if a, ok := alertOf(err); ok {
		h.Reason, h.Alert = Alerted, a.name
		if a.name == "certificate_revoked" {
			h.Reason = SaysRevoked
		}
		return h, true
	}
	if untrusted, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		h.Chain, h.Reason = untrusted.UnverifiedCertificates, whyUnverified(untrusted, time.Now())
		return h, true
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		h.Reason = NoName
		return h, true
	}
	timeout, ok := errors.AsType[net.Error](err)
	op, dialled := errors.AsType[*net.OpError](err)
	switch {
	case errors.Is(err, context.Canceled):
		return h, false
	case dialled && op.Op == "dial" && op.Timeout(): // which is a context.DeadlineExceeded too
		h.Reason = TooSlow
	case dialled && op.Op == "dial" && hungUp(err): // after it was accepted, and before we saw that it was
		h.Reason = BrokenOff
	case dialled && op.Op == "dial":
		h.Reason = NoConnection
	case dialled, errors.Is(err, context.DeadlineExceeded):
		return h, false
	case ok && timeout.Timeout():
		h.Reason = TooSlow
	default:
		return h, false
	}
	return h, true
}

// whyUnverified tells the reasons apart for which a server's certificate is not verified.
func whyUnverified(err *tls.CertificateVerificationError, now time.Time) Reason {
	if _, ok := errors.AsType[x509.HostnameError](err.Err); ok {
		return OtherName
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err.Err); ok && invalid.Reason == x509.Expired {
		if len(err.UnverifiedCertificates) > 0 && now.Before(err.UnverifiedCertificates[0].NotBefore) {
			return NotYet
		}
		return ServerEnded
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err.Err); ok {
		if chainIncomplete(err.UnverifiedCertificates) {
			return Incomplete
		}
		return UnknownIssuer
	}
	return Unverified
}

// chainIncomplete reports whether a server sent a certificate that others have issued, and none of theirs (RFC 8446
// section 4.4.2: each is followed by the one that certifies it, but for a root). A chain that ends below a root that
// we do not know looks like one of which the upper half is missing, and counts as complete; whoever may ask the
// addresses in it finds that out.
func chainIncomplete(sent []*x509.Certificate) bool {
	if len(sent) == 0 {
		return false
	}
	sent = looked(sent)
	leaf := sent[0]
	if bytes.Equal(leaf.RawIssuer, leaf.RawSubject) {
		return false
	}
	return !slices.ContainsFunc(sent[1:], func(c *x509.Certificate) bool { return leaf.CheckSignatureFrom(c) == nil })
}

// maxLooked bounds the certificates of a chain that are looked at: whoever sent it is not trusted, and each one may be
// checked against each other. Paths of banks have four.
const maxLooked = 10

func looked(sent []*x509.Certificate) []*x509.Certificate { return sent[:min(len(sent), maxLooked)] }

// Issuing is the certificate furthest from the leaf in a chain as it was sent that leads there by signatures; nil where
// the leaf stands alone. Ten certificates are looked at.
func Issuing(sent []*x509.Certificate) *x509.Certificate {
	if len(sent) == 0 {
		return nil
	}
	sent = looked(sent)
	top := sent[0]
	for range sent {
		i := slices.IndexFunc(sent, func(c *x509.Certificate) bool {
			return c != top && bytes.Equal(c.RawSubject, top.RawIssuer) && top.CheckSignatureFrom(c) == nil
		})
		if i < 0 || bytes.Equal(top.RawIssuer, top.RawSubject) {
			break
		}
		top = sent[i]
	}
	if top == sent[0] {
		return nil
	}
	return top
}

// Look makes a TLS handshake with address ("host:port") and reports what the server showed. It presents no
// certificate, so that nothing secret is opened for it, and sends no request: what a server that demands one says to
// that is not a failure.
func (s Settings) Look(ctx context.Context, address string) Handshake {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(s.DialTimeout+s.HandshakeTimeout))
	defer cancel()
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return Handshake{Host: address, Reason: NoConnection}
	}
	saw := Handshake{Host: host}
	roots, err := s.roots()
	if err != nil {
		return Handshake{Host: host, Reason: Unverified}
	}
	version, err := s.minVersion()
	if err != nil {
		return Handshake{Host: host, Reason: Unverified}
	}
	raw, err := s.dialer().DialContext(ctx, "tcp", address)
	if err == nil {
		defer func() { _ = raw.Close() }()
		conn := tls.Client(raw, &tls.Config{
			ServerName: host,
			MinVersion: version,
			RootCAs:    roots,
			NextProtos: []string{"http/1.1"},
			VerifyConnection: func(state tls.ConnectionState) error {
				saw.Chain = state.PeerCertificates
				if len(s.PinnedNames) > 0 && s.verifyPinned(state) != nil {
					saw.Reason = NameNotPinned
				}
				return nil
			},
		})
		err = conn.HandshakeContext(ctx)
	}
	if err == nil || len(saw.Chain) > 0 {
		return saw
	}
	return lookFailed(host, err)
}

// lookFailed is why a handshake failed in which we waited for nothing else.
func lookFailed(host string, err error) Handshake {
	if h, failed := failedHandshake(host, err); failed {
		return h
	}
	timeout, ok := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, context.DeadlineExceeded) || ok && timeout.Timeout():
		return Handshake{Host: host, Reason: TooSlow}
	case hungUp(err):
		return Handshake{Host: host, Reason: BrokenOff}
	}
	return Handshake{Host: host, Reason: Unverified}
}

// JudgeServer says why a chain that a server sent is not trusted with these settings at a time; empty: it is.
func (s Settings) JudgeServer(host string, sent []*x509.Certificate, now time.Time) Reason {
	roots, err := s.roots()
	if err != nil || len(sent) == 0 {
		return Unverified
	}
	between := x509.NewCertPool()
	for _, c := range sent[1:] {
		between.AddCert(c)
	}
	_, err = sent[0].Verify(x509.VerifyOptions{
		DNSName:       host,
		Roots:         roots,
		Intermediates: between,
		CurrentTime:   now,
	})
	if err != nil {
		return whyUnverified(&tls.CertificateVerificationError{UnverifiedCertificates: sent, Err: err}, now)
	}
	state := tls.ConnectionState{PeerCertificates: sent, VerifiedChains: [][]*x509.Certificate{sent}}
	if len(s.PinnedNames) > 0 && s.verifyPinned(state) != nil {
		return NameNotPinned
	}
	return ""
}
