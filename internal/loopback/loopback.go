// Package loopback answers one question: is this host the machine itself, so
// that what goes there crosses no network?
package loopback

import (
	"net/netip"
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
