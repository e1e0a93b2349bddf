package web

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
)

// arrivals are the bodies that come in before it is known whose they are. They hold no place of a request, so that
// slow ones keep nobody from being served, and no address has more than a share of them.
type arrivals struct {
	most, each int // in all, and of one address

	mu   sync.Mutex
	all  int
	from map[string]int // by address
}

func newArrivals(most, each int) *arrivals {
	return &arrivals{most: most, each: each, from: map[string]int{}}
}

func (a *arrivals) begin(address string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all == a.most || a.from[address] == a.each {
		return false
	}
	a.all++
	a.from[address]++
	return true
}

func (a *arrivals) end(address string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all--
	if a.from[address]--; a.from[address] == 0 {
		delete(a.from, address)
	}
}

// arrived is a body that is in memory.
type arrived struct{ io.Reader }

func (arrived) Close() error { return nil }

// whole takes a body in and gives the request what has arrived, as much as the reader in front of it lets through.
func (a *arrivals) whole(c echo.Context) error {
	address := c.RealIP()
	if !a.begin(address) {
		return busy()
	}
	defer a.end(address)
	r := c.Request()
	data, err := io.ReadAll(r.Body)
	switch {
	case err == nil:
		r.Body = arrived{bytes.NewReader(data)}
		return nil
	case isTooLarge(err):
		return bodyTooLarge(err, maxForm)
	}
	return fault.Wrap(err, fault.Invalid, "form_broken", "The form arrived incomplete; send it again.")
}

func isTooLarge(err error) bool {
	_, ok := errors.AsType[*http.MaxBytesError](err)
	return ok
}
