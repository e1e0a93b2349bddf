package mtls

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/fault"
)

// ProbeResult is what a handshake with one host showed.
type ProbeResult struct {
	Host    string `json:"host"` // host:port
	OK      bool   `json:"ok"`
	Summary string `json:"summary"` // one sentence for the user

	TLSVersion string `json:"tls_version"` // "TLS 1.3"; "" when nothing was agreed
	// "h2" or "http/1.1"; "" when nothing was agreed
	Protocol             string   `json:"protocol"`
	CertificateRequested bool     `json:"certificate_requested"` // the server asked for a client certificate
	AcceptableIssuers    int      `json:"acceptable_issuers"`    // how many the server named; 0 means any
	IssuerNames          []string `json:"issuer_names"`          // the first of them, as distinguished names
	IssuerAcceptable     bool     `json:"issuer_acceptable"`     // ours is among them, or none was named
	// SHA-256 of the certificate sent, "" for none
	Presented string              `json:"presented"`
	Alert     string              `json:"alert"`  // TLS alert the server sent, "" for none
	Server    []ServerCertificate `json:"server"` // leaf first, as sent
	Err       error               `json:"-"`      // *fault.Error when not OK

	seen []Handshake // what it showed of the server
}

// ServerCertificate is one certificate of the bank's own chain.
type ServerCertificate struct {
	Subject  string    `json:"subject"`
	Issuer   string    `json:"issuer"`
	NotAfter time.Time `json:"not_after"`
}

// Probe is the function Probe with the client's source and settings.
func (c *Client) Probe(ctx context.Context, address, path string) ProbeResult {
	result := Probe(ctx, c.source, c.settings, address, path)
	if c.servers != nil {
		for _, h := range result.seen {
			c.servers(h)
		}
	}
	return result
}

// Probe makes a TLS handshake with address ("host:port"), presenting the source's
// certificate, and reports what happened. It sends no request, unless the settings
// allow renegotiation and the server has not asked yet: then a GET of path, without credentials.
func Probe(ctx context.Context, source certs.Source, settings Settings, address, path string) ProbeResult {
	result := ProbeResult{Host: address}
	if err := result.handshake(ctx, source, settings, path); err != nil {
		result.Err = explained(ctx, source, Explain(err))
		if cause, ok := errors.AsType[*failure.Failure](result.Err); ok {
			result.Alert = cause.Alert
		}
		host, _, _ := net.SplitHostPort(address)
		if h, failed := failedHandshake(host, err); failed {
			result.sawServer(h.Chain)
			result.seen = append(result.seen, h)
		}
		result.Summary = fault.Sentence(result.Err)
		return result
	}
	result.OK = result.CertificateRequested
	result.Summary = result.success()
	if !result.OK {
		result.Err = fault.New(fault.Conflict, "certificate_not_requested", "%s", result.Summary)
	}
	return result
}

func (r *ProbeResult) success() string {
	switch {
	case !r.CertificateRequested:
		return "The server did not ask for a client certificate; check that this is the bank's mTLS host, and " +
			"whether it asks only after the request, which takes connection.renegotiation in its profile."
	case !r.IssuerAcceptable:
		return "The bank accepted the handshake, though our issuer is not among those it names; calls may still " +
			"be refused."
	}
	summary := fmt.Sprintf("The bank accepted the transport certificate over %s.", r.TLSVersion)
	if r.BankEndsSoon() {
		ends := certs.Day(r.Server[0].NotAfter)
		summary += fmt.Sprintf(" Its own certificate ends on %s.", ends.Format(time.DateOnly))
	}
	return summary
}

// serverExpiryNear is how long before its end the bank's own certificate is worth a
// remark: replacing it is the bank's work, and banks have forgotten it before.
const serverExpiryNear = 14 * 24 * time.Hour

// BankEndsSoon reports whether the bank's own certificate expires soon.
func (r ProbeResult) BankEndsSoon() bool {
	return len(r.Server) > 0 && time.Until(r.Server[0].NotAfter) < serverExpiryNear
}

func (r *ProbeResult) sawServer(chain []*x509.Certificate) {
	for _, c := range chain {
		r.Server = append(r.Server, ServerCertificate{
			Subject:  c.Subject.String(),
			Issuer:   c.Issuer.String(),
			NotAfter: c.NotAfter,
		})
	}
}

func (r *ProbeResult) handshake(ctx context.Context, source certs.Source, settings Settings, path string) error {
	config, err := r.config(source, settings)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(settings.DialTimeout+settings.HandshakeTimeout))
	defer cancel()
	raw, err := settings.dialer().DialContext(ctx, "tcp", r.Host)
	if err != nil {
		return err
	}
	defer func() { _ = raw.Close() }()
	config.ClientSessionCache = nil
	if !settings.Renegotiation {
		config.ClientSessionCache = &ticketSignal{conn: raw}
	}
	conn := tls.Client(raw, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		return err
	}
	r.TLSVersion = tls.VersionName(conn.ConnectionState().Version)
	r.Protocol = conn.ConnectionState().NegotiatedProtocol
	switch {
	case settings.Renegotiation && !r.CertificateRequested:
		return provoke(ctx, conn, r.Host, path)
	case conn.ConnectionState().Version < tls.VersionTLS13:
		return nil
	}
	return awaitVerdict(ctx, conn)
}

// provoke sends a request, so that a server that asks for the certificate by renegotiation does, and waits until it has
// begun to answer.
func provoke(ctx context.Context, conn *tls.Conn, host, path string) error {
	address := "https://" + host + path
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody) //nolint:gosec // a profile's
	if err != nil {
		return err
	}
	request.Close = true
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return err
		}
	}
	if err := request.Write(conn); err != nil {
		return err
	}
	if _, err := conn.Read(make([]byte, 1)); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

func (r *ProbeResult) config(source certs.Source, settings Settings) (*tls.Config, error) {
	base, err := settings.tlsConfig(source)
	if err != nil {
		return nil, err
	}
	config := base()
	if config.ServerName, _, err = net.SplitHostPort(r.Host); err != nil {
		return nil, err
	}
	config.NextProtos = []string{"h2", "http/1.1"}
	if settings.Renegotiation {
		config.NextProtos = config.NextProtos[1:]
	}

	ask := config.GetClientCertificate
	config.GetClientCertificate = func(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		r.CertificateRequested = true
		r.AcceptableIssuers = len(request.AcceptableCAs)
		r.IssuerNames = issuerNames(request.AcceptableCAs)
		certificate, err := ask(request)
		if err == nil {
			r.Presented = fingerprint(certificate)
			r.IssuerAcceptable = request.SupportsCertificate(certificate) == nil
		}
		return certificate, err
	}
	verify := config.VerifyConnection
	config.VerifyConnection = func(state tls.ConnectionState) error {
		r.sawServer(state.PeerCertificates)
		h, err := Handshake{Host: serverName(state), Chain: state.PeerCertificates}, verify(state)
		if err != nil {
			h.Reason = NameNotPinned
		}
		r.seen = append(r.seen, h)
		return err
	}
	return config, nil
}

// maxIssuerNames bounds how much of a server's list is kept: some servers name
// every root they have.
const maxIssuerNames = 20

func issuerNames(raw [][]byte) []string {
	var names []string
	for _, der := range raw[:min(len(raw), maxIssuerNames)] {
		var rdns pkix.RDNSequence
		if rest, err := asn1.Unmarshal(der, &rdns); err == nil && len(rest) == 0 {
			names = append(names, rdns.String())
		}
	}
	return names
}

// verdictWait is how long a TLS 1.3 server gets to object: its handshake
// ends on our side before it has looked at the certificate.
const verdictWait = time.Second

// awaitVerdict reads until the server objects, or shows by a session ticket,
// by data, or by its silence that it does not.
func awaitVerdict(ctx context.Context, conn *tls.Conn) error {
	deadline := time.Now().Add(verdictWait)
	if limit, ok := ctx.Deadline(); ok && limit.Before(deadline) {
		deadline = limit
	}
	if err := conn.SetReadDeadline(deadline); err != nil {
		return err
	}
	_, err := conn.Read(make([]byte, 1))
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	if errors.Is(err, io.EOF) {
		return fault.New(fault.Conflict, "closed_without_reason",
			"The bank closed the connection after the handshake without a reason; check that the QWAC is registered "+
				"with the bank.")
	}
	return err
}

// ticketSignal ends the wait when the server sends a session ticket, which it
// does once it has accepted the client's certificate.
type ticketSignal struct{ conn net.Conn }

// Get implements tls.ClientSessionCache: a probe always does a full handshake.
func (t *ticketSignal) Get(string) (*tls.ClientSessionState, bool) { return nil, false }

// Put implements tls.ClientSessionCache.
func (t *ticketSignal) Put(string, *tls.ClientSessionState) {
	_ = t.conn.SetReadDeadline(time.Now())
}
