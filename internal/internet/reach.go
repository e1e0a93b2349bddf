package internet

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
)

// inside are the addresses that are not of the public internet (IANA special-purpose address registries, RFC 6890),
// and one public address behind which a cloud answers its own machines.
var inside = prefixes(
	"0.0.0.0/8",
	"10.0.0.0/8",
	"100.64.0.0/10", // carrier-grade NAT, RFC 6598
	"127.0.0.0/8",
	"169.254.0.0/16", // link-local, and what clouds tell their machines
	"172.16.0.0/12",
	"192.0.0.0/24",
	"192.0.2.0/24",
	"192.88.99.0/24",
	"192.168.0.0/16",
	"198.18.0.0/15",
	"198.51.100.0/24",
	"203.0.113.0/24",
	"224.0.0.0/4", // multicast
	"240.0.0.0/4",
	"168.63.129.16/32", // Azure's
	"2001::/23",        // Teredo, ORCHID and other protocol assignments
	"2001:db8::/32",
	"2002::/16", // 6to4: an IPv4 address of any kind in it
	"3fff::/20",
)

var (
	globalIPv6 = netip.MustParsePrefix("2000::/3")
	nat64      = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052
)

func prefixes(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		all[i] = netip.MustParsePrefix(text)
	}
	return all
}

// public reports whether an address is one of the public internet.
func public(address netip.Addr) bool {
	address = address.Unmap()
	if nat64.Contains(address) {
		raw := address.As16()
		address, _ = netip.AddrFromSlice(raw[12:])
	}
	if address.Is6() && (address.Zone() != "" || !globalIPv6.Contains(address)) {
		return false
	}
	return !slices.ContainsFunc(inside, func(p netip.Prefix) bool { return p.Contains(address) })
}

// allowList is what an installation may ask beside the public internet.
type allowList struct {
	hosts    []string
	networks []netip.Prefix
}

func parseAllowed(entries []string) (allowList, error) {
	var a allowList
	for _, entry := range entries {
		if network, err := netip.ParsePrefix(entry); err == nil {
			a.networks = append(a.networks, network.Masked())
			continue
		}
		if address, err := netip.ParseAddr(entry); err == nil {
			a.networks = append(a.networks, netip.PrefixFrom(address, address.BitLen()))
			continue
		}
		if entry == "" || strings.ContainsAny(entry, "/:*@ ") {
			return a, fmt.Errorf("%q is neither a host nor a network such as 10.1.2.0/24", entry)
		}
		a.hosts = append(a.hosts, hostName(entry))
	}
	return a, nil
}

func hostName(host string) string { return strings.TrimSuffix(strings.ToLower(host), ".") }

func (a allowList) host(host string) bool { return slices.Contains(a.hosts, hostName(host)) }

func (a allowList) address(address netip.Addr) bool {
	return slices.ContainsFunc(a.networks, func(p netip.Prefix) bool { return p.Contains(address.Unmap()) })
}

// refused says why an address is not asked.
func (a allowList) refused(address netip.AddrPort) error {
	switch {
	case a.address(address.Addr()):
		return nil
	case !public(address.Addr()):
		return inNetwork(address.Addr().String())
	case !webPort(address.Port()):
		return wrongPort(address.String())
	}
	return nil
}

func webPort(port uint16) bool { return port == 80 || port == 443 }

func inNetwork(host string) error {
	return fault.New(fault.Conflict, "outgoing_inside",
		"%s is a private address, and no file from outside may direct us to one; if it is one of your own, add it to "+
			"outgoing.allow.", host)
}

func wrongPort(host string) error {
	return fault.New(fault.Conflict, "outgoing_port",
		"Only ports 80 and 443 are asked, and not %s; if it is a host of your own, add it to outgoing.allow.", host)
}

// reachable refuses what can be told of an address before a connection. Names are looked at when they are resolved, in
// dial; where a proxy does that, here.
func (c *Client) reachable(ctx context.Context, target *url.URL) error {
	host := target.Hostname()
	if (target.Scheme != "http" && target.Scheme != "https") || host == "" || target.User != nil {
		return fault.New(fault.Invalid, "outgoing_url", "This is not the address of a web server.")
	}
	if c.allow.host(host) {
		return nil
	}
	port, err := portOf(target)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "outgoing_url", "This is not the address of a web server.")
	}
	if address, err := netip.ParseAddr(host); err == nil {
		return c.allow.refused(netip.AddrPortFrom(address, port))
	}
	if c.cfg.ProxyURL == "" {
		return nil
	}
	if !webPort(port) {
		return wrongPort(target.Host)
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	resolved, _ := net.DefaultResolver.LookupNetIP(ctx, "ip", host) // perhaps only the proxy knows the name
	for _, address := range resolved {
		if err := c.allow.refused(netip.AddrPortFrom(address, port)); err != nil {
			return err
		}
	}
	return nil
}

// lookupTimeout is how long a name is looked up that only the proxy may know.
const lookupTimeout = 2 * time.Second

func portOf(target *url.URL) (uint16, error) {
	switch {
	case target.Port() != "":
		address, err := netip.ParseAddrPort("0.0.0.0:" + target.Port())
		return address.Port(), err
	case target.Scheme == "http":
		return 80, nil
	}
	return 443, nil
}

// dial looks at the very address that is connected to, so that a name which resolves to another one the second time
// gains nothing.
func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: c.cfg.Timeout}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if c.cfg.ProxyURL == "" && !c.allow.host(host) {
		dialer.Control = func(_, resolved string, _ syscall.RawConn) error {
			to, err := netip.ParseAddrPort(resolved)
			if err != nil {
				return err
			}
			return c.allow.refused(to)
		}
	}
	return dialer.DialContext(ctx, network, address)
}
