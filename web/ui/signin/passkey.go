package signin

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/identity"
)

// PasskeyOptions answers with what a passkey is to sign.
func (h *Handler) PasskeyOptions(c echo.Context) error {
	ctx := c.Request().Context()
	if err := h.enter(c); err != nil {
		return err
	}
	options, held, err := h.Passkeys.BeginSignIn(ctx)
	if err != nil {
		return err
	}
	h.Sessions.Hold(c, held)
	return c.JSONBlob(http.StatusOK, options)
}

// PasskeySignIn begins a session of whoever's passkey has signed.
func (h *Handler) PasskeySignIn(c echo.Context) error {
	return h.signIn(c, func() (user identity.User, how, passkeyID string, err error) {
		user, key, err := h.Passkeys.SignIn(c.Request().Context(), h.Sessions.Held(c), []byte(c.FormValue("answer")))
		return user, identity.ByPasskey, key.ID, err
	})
}
