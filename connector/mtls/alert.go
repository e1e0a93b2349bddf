package mtls

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"reflect"
	"slices"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/fault"
)

// The classes of failure to reach a bank.
var (
	TLSRefused = failure.NewClass(fault.Conflict, "tls_refused", failure.Operator,
		"The bank refused the TLS connection (%s): %s.")
	NotForClients = failure.NewClass(fault.Conflict, "qwac_not_for_clients", failure.Operator,
		"The bank refused the TLS connection (%s), and the cause is known: the QWAC is not made for TLS clients (no "+
			"clientAuth in its extended key usage); ask the QTSP for one with clientAuth.")
	ChainMissing = failure.NewClass(fault.Conflict, "qwac_chain_missing", failure.Operator,
		"The bank refused the TLS connection (%s), and the QWAC was sent without the certificate of its issuer, so "+
			"that the bank could not trace it; complete the chain of the QWAC, then test again.")
	AskedLate = failure.NewClass(fault.Conflict, "bank_renegotiates", failure.Operator,
		"The bank asks for the client certificate only after the request, by TLS renegotiation, which is off "+
			"for it; if "+
			"the bank confirms that it does so, switch connection.renegotiation on in its profile.")
	Untrusted = failure.NewClass(fault.Conflict, "bank_certificate_untrusted", failure.Operator,
		"The bank's server certificate is not trusted; check the host and the trust anchors in the profile.")
	Unreachable = failure.NewClass(fault.Unavailable, "bank_unreachable", failure.RetryLater,
		"The bank could not be reached; try again later, and test the connection if it goes on.")
	// What Unreachable is more exactly: the same code, with the Reason as its value.
	nameUnknown = failure.NewClass(Unreachable.Kind, Unreachable.Code, Unreachable.Action,
		"The bank could not be reached: the name of its host leads nowhere. Check the host in the bank's profile, and "+
			"whether this machine can look names up.")
	notAnswering = failure.NewClass(Unreachable.Kind, Unreachable.Code, Unreachable.Action,
		"The bank could not be reached: nobody answers at its address. Try again later; if it goes on, check whether "+
			"a firewall lets connections to it out.")
	TimedOut = failure.NewClass(fault.Unavailable, "bank_timed_out", failure.RetryLater,
		"The bank did not answer in time; try again later.")
)

// alert is one TLS alert description (RFC 8446 section 6, RFC 5246 section
// 7.2) and what it most likely means for a client that presents a QWAC.
type alert struct{ name, meaning string }

var alerts = map[uint8]alert{
	0: {"close_notify", "the server closed the connection"},
	40: {
		"handshake_failure",
		"no client certificate was accepted, or no cipher suite is shared; check that the QWAC is registered " +
			"with the bank",
	},
	42: {
		"bad_certificate",
		"the client certificate was refused; check that it is a QWAC, not a QSealC, and the one registered " +
			"with the bank",
	},
	43: {"unsupported_certificate", "the client certificate is of a kind the bank does not take; present a QWAC"},
	44: {"certificate_revoked", "the client certificate is revoked; activate a bundle with another QWAC"},
	45: {"certificate_expired", "the client certificate has expired; activate a bundle with a renewed QWAC"},
	46: {
		"certificate_unknown",
		"the client certificate was refused for a reason the bank does not tell; check that it is registered " +
			"with the bank",
	},
	47: {"illegal_parameter", "the bank's server did not understand the handshake"},
	48: {
		"unknown_ca",
		"the bank does not know the issuer of the client certificate; check that the QWAC comes from a qualified " +
			"issuer, and complete its chain",
	},
	49:  {"access_denied", "the client certificate is valid but has no access; ask the bank whether it is registered"},
	51:  {"decrypt_error", "the proof of the private key failed; check that key and certificate belong together"},
	70:  {"protocol_version", "no TLS version is shared; check min_tls_version in the profile"},
	71:  {"insufficient_security", "the bank asks for stronger cryptography than was offered"},
	80:  {"internal_error", "the bank's server failed; try again later"},
	90:  {"user_canceled", "the bank's server gave up the handshake"},
	112: {"unrecognized_name", "the bank's server does not know this host name; check the host in the profile"},
	116: {"certificate_required", "the bank demands a client certificate and got none"},
	120: {"no_application_protocol", "no application protocol is shared"},
}

// alertOf finds the alert that a server sent. crypto/tls does not export the type of
// alerts; only its kind, a byte, is known.
func alertOf(err error) (alert, bool) {
	for err != nil {
		op, ok := errors.AsType[*net.OpError](err)
		if !ok {
			return alert{}, false
		}
		if code := reflect.ValueOf(op.Err); op.Op == "remote error" && code.Kind() == reflect.Uint8 {
			if a, ok := alerts[uint8(code.Uint())]; ok {
				return a, true
			}
			return alert{fmt.Sprintf("alert_%d", code.Uint()), "the bank's server closed the handshake"}, true
		}
		err = op.Err
	}
	return alert{}, false
}

// noRenegotiation is the alert with which crypto/tls refuses to renegotiate (RFC 5246 section 7.2.2).
const noRenegotiation = 100

// asksLate reports whether a request failed because the server wanted to renegotiate.
func asksLate(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	if !ok || op.Op != "local error" {
		return false
	}
	code := reflect.ValueOf(op.Err)
	return code.Kind() == reflect.Uint8 && code.Uint() == noRenegotiation
}

// blamesCertificate are the alerts by which servers refuse a client certificate for its usage: OpenSSL,
// BoringSSL and NSS each send another.
var blamesCertificate = []string{
	"handshake_failure", "bad_certificate", "unsupported_certificate", "certificate_unknown", "access_denied",
}

// blamesIssuer are the alerts by which servers refuse a client certificate that they cannot trace: OpenSSL and Go send
// the first, Java the second.
var blamesIssuer = []string{"unknown_ca", "certificate_unknown", "bad_certificate"}

const (
	anyUsage   = "2.5.29.37.0"
	clientAuth = "1.3.6.1.5.5.7.3.2"
)

// explained says why a server refused the certificate, where the certificate shows it.
func explained(ctx context.Context, source certs.Source, refused error) error {
	cause, ok := errors.AsType[*failure.Failure](refused)
	if !ok || cause.Alert == "" {
		return refused
	}
	identity, err := source.Identity(ctx)
	if err != nil {
		return refused
	}
	switch {
	case slices.Contains(blamesCertificate, cause.Alert) && !forClients(identity.Certificate):
		return NotForClients.Because(cause, cause.Alert)
	case slices.Contains(blamesIssuer, cause.Alert) && len(identity.Chain) == 0:
		return ChainMissing.Because(cause, cause.Alert)
	}
	return refused
}

// forClients reports whether a certificate may be used by TLS clients. Without the extension there is no
// restriction (RFC 5280 section 4.2.1.12).
func forClients(c *certs.Certificate) bool {
	return len(c.ExtKeyUsage) == 0 || slices.Contains(c.ExtKeyUsage, clientAuth) ||
		slices.Contains(c.ExtKeyUsage, anyUsage)
}

// Explain judges a request that got no HTTP answer: it says what the error of an HTTPClient means.
func Explain(err error) error {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e // our own: the source had nothing, or the key did not suit
	}
	cause := &failure.Failure{Err: err}
	if a, ok := alertOf(err); ok {
		cause.Alert = a.name
		return TLSRefused.Because(cause, a.name, a.meaning)
	}
	if asksLate(err) {
		return AskedLate.Because(cause)
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return Untrusted.Because(cause)
	}
	if timeout, ok := errors.AsType[net.Error](err); errors.Is(err, context.Canceled) || (ok && timeout.Timeout()) {
		return TimedOut.Because(cause)
	}
	return unreachable(cause, err)
}

// unreachable says why nobody was reached, as far as err shows it.
func unreachable(cause *failure.Failure, err error) error {
	class, reason := Unreachable, Reason("")
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		class, reason = nameUnknown, NoName
	} else if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		class, reason = notAnswering, NoConnection
	}
	err = class.Because(cause)
	if e, ok := errors.AsType[*fault.Error](err); ok && reason != "" {
		e.Args = []string{string(reason)}
	}
	return err
}
