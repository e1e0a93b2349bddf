package stet

import (
	"context"
	"net/http"
	"net/netip"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
)

// Customer is what a bank may be told of the customer's own connection. With
// an address the bank knows that the customer is there, and does not count the
// call against the daily number of those made without.
type Customer struct {
	IPAddress string
	UserAgent string
}

type customerKey struct{}

// WithCustomer returns a context whose calls tell the bank that the customer is there.
func WithCustomer(ctx context.Context, customer Customer) context.Context {
	return context.WithValue(ctx, customerKey{}, customer)
}

func customerOf(ctx context.Context) Customer {
	customer, _ := ctx.Value(customerKey{}).(Customer)
	return customer
}

// maxUserAgent is far more than browsers send.
const maxUserAgent = 512

// Check says what is wrong with what a bank would be told: it travels in headers,
// and banks count and judge calls by it.
func (c Customer) Check() error {
	if c.IPAddress != "" {
		if at, err := netip.ParseAddr(c.IPAddress); err != nil || at.Zone() != "" {
			return fault.New(fault.Invalid, "customer_ip_invalid",
				"The customer's address is no IP address; give one like 192.0.2.7 or 2001:db8::7, or leave it out.")
		}
	}
	strange := func(r rune) bool { return r < ' ' || r > '~' }
	if len(c.UserAgent) > maxUserAgent || strings.ContainsFunc(c.UserAgent, strange) {
		return fault.New(fault.Invalid, "customer_agent_invalid",
			"The name of the customer's browser must be at most %d plain ASCII characters; give it as the browser "+
				"does, or leave it out.", maxUserAgent)
	}
	return nil
}

// announce sets STET's PSU headers. Without an address the customer is not there, and nothing is told.
func (c Customer) announce(header http.Header) error {
	if err := c.Check(); err != nil || c.IPAddress == "" {
		return err
	}
	header.Set("Psu-Ip-Address", c.IPAddress)
	if c.UserAgent != "" {
		header.Set("Psu-User-Agent", c.UserAgent)
	}
	return nil
}
