package api

import (
	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/throttle"
	"github.com/sealkeeper/sealkeeper/web/problem"
)

// limit counts a call of a person's program and refuses it if there were too many, and says of everybody how many are
// left. Those of a service account were counted with its token.
func (a *API) limit(c echo.Context, caller access.Caller) error {
	switch {
	case caller.ID == "":
		return nil
	case caller.Grant != nil:
		if left, known := a.Accounts.Left(caller); known {
			problem.SetRateLimit(c, "service-account", left.Most, left.Window, left.Left, left.Full)
		}
		return nil
	}
	left, full, err := a.Calls.Call(caller.ID)
	problem.SetRateLimit(c, "person", throttle.Calls.Most, throttle.Calls.Window(), left, full)
	return err
}
