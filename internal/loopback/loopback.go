// Package loopback answers one question: is this host the machine itself, so
// that what goes there crosses no network?
package loopback

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
)

// Host reports whether a host, as in url.URL.Hostname, is this machine: an
// address of 127.0.0.0/8, ::1, or the name localhost (RFC 6761 section 6.3) in any
// case, absolute or not. Names below localhost are not: where the resolver is
// an old one they are asked for on the network.
func Host(host string) bool {
	if address, err := netip.ParseAddr(host); err == nil {
		return address.Zone() == "" && address.Unmap().IsLoopback()
	}
	return strings.ToLower(strings.TrimSuffix(host, ".")) == "localhost"
}

// CheckURL says what is wrong with an address to which secrets are sent. It accepts
// https, and http to this machine, so that a simulated bank can be reached by a
// browser that does not know its issuer.
func CheckURL(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return errors.New("is not a URL")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !Host(u.Hostname())) {
		return errors.New("must begin with https://")
	}
	if u.User != nil || u.Fragment != "" {
		return errors.New("must not carry a user name or a fragment")
	}
	return nil
}
