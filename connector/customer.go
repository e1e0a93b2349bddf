package connector

import (
	"context"
	"net/http"
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

// announce sets STET's PSU headers, and reports whether the customer is there.
func (c Customer) announce(header http.Header) bool {
	if c.IPAddress == "" {
		return false
	}
	header.Set("Psu-Ip-Address", c.IPAddress)
	if c.UserAgent != "" {
		header.Set("Psu-User-Agent", c.UserAgent)
	}
	return true
}
