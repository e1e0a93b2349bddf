package api

import (
	"fmt"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/throttle"
)

// The headers of draft-ietf-httpapi-ratelimit-headers. Retry-After says how long to wait where a limit is reached.
const (
	HeaderRateLimitPolicy = "RateLimit-Policy"
	HeaderRateLimit       = "RateLimit"
)

// limit counts a call of a person's program and refuses it if there were too many, and says of everybody how many are
// left. Those of a service account were counted with its token.
func (a *API) limit(c echo.Context, caller access.Caller) error {
	switch {
	case caller.ID == "":
		return nil
	case caller.Grant != nil:
		if left, known := a.Accounts.Left(caller); known {
			sayLimit(c, "service-account", left.Most, left.Window, left.Left, left.Full)
		}
		return nil
	}
	left, full, err := a.Calls.Call(caller.ID)
	sayLimit(c, "person", throttle.Calls.Most, throttle.Calls.Window(), left, full)
	return err
}

func sayLimit(c echo.Context, name string, most int, window time.Duration, left int, full time.Duration) {
	h := c.Response().Header()
	h.Set(HeaderRateLimitPolicy, fmt.Sprintf("%q;q=%d;w=%d", name, most, seconds(window)))
	h.Set(HeaderRateLimit, fmt.Sprintf("%q;r=%d;t=%d", name, left, seconds(full)))
}

// seconds are whole ones, rounded up.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }
