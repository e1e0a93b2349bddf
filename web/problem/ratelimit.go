package problem

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
)

// The headers of draft-ietf-httpapi-ratelimit-headers. Retry-After says how long to wait where a limit is reached.
const (
	HeaderRateLimitPolicy = "RateLimit-Policy"
	HeaderRateLimit       = "RateLimit"
)

// SetRateLimit says how many more may come of the most at once, and when all are there again.
func SetRateLimit(c echo.Context, name string, most int, window time.Duration, left int, full time.Duration) {
	h := c.Response().Header()
	h[rateLimitPolicy] = []string{limited(name, ";q=", int64(most), ";w=", seconds(window))}
	h[rateLimit] = []string{limited(name, ";r=", int64(left), ";t=", seconds(full))}
}

// The names as net/http keeps them. Setting a header by another spelling would build its name each time.
var (
	rateLimitPolicy = http.CanonicalHeaderKey(HeaderRateLimitPolicy)
	rateLimit       = http.CanonicalHeaderKey(HeaderRateLimit)
)

// limited is an item with two parameters (RFC 9651 section 3.3). Every answer has two, so that they are put together
// without fmt.
func limited(name, first string, n int64, second string, t int64) string {
	b := strconv.AppendQuote(make([]byte, 0, 64), name)
	b = strconv.AppendInt(append(b, first...), n, 10)
	b = strconv.AppendInt(append(b, second...), t, 10)
	return string(b)
}

// seconds are whole ones, rounded up.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }
