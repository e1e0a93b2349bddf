package problem

import (
	"fmt"
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
	h.Set(HeaderRateLimitPolicy, fmt.Sprintf("%q;q=%d;w=%d", name, most, seconds(window)))
	h.Set(HeaderRateLimit, fmt.Sprintf("%q;r=%d;t=%d", name, left, seconds(full)))
}

// seconds are whole ones, rounded up.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }
