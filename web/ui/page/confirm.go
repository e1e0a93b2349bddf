package page

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// ConfirmField is the field of a form with which the reader shows that it is them: what their passkey has signed.
const ConfirmField = "passkey_answer"

// Confirmation is a form that does again what was refused for want of showing that it is the reader.
type Confirmation struct {
	Needed  bool
	Passkey bool       // the reader has one, and can use it here
	Action  string     // what was refused
	Fields  url.Values // with what
}

const confirmKey = "confirmation"

// confirmation is the one of the request: a page is often begun before it is known whether something is refused.
func confirmation(c echo.Context) *Confirmation {
	if one, ok := c.Get(confirmKey).(*Confirmation); ok {
		return one
	}
	one := &Confirmation{}
	c.Set(confirmKey, one)
	return one
}

// needConfirmation has the page offer to confirm, if it was refused for that.
func (r *Responder) needConfirmation(c echo.Context, refused error) {
	if _, code, _ := fault.Public(refused); code != "confirm_needed" {
		return
	}
	one := confirmation(c)
	one.Needed = true
	one.Passkey = r.cfg.Passkeys.Usable(c.Request().Context(), session.VisitOf(c).Caller)
	one.Action, one.Fields = c.Request().URL.Path, url.Values{}
	if c.Request().Method != http.MethodPost || !strings.HasPrefix(c.Request().Header.Get(echo.HeaderContentType),
		echo.MIMEApplicationForm) { // files are chosen anew
		one.Action, one.Fields = "/confirm", url.Values{"next": {c.Request().URL.Path}}
		return
	}
	for name, values := range c.Request().PostForm {
		if name != ConfirmField {
			one.Fields[name] = values
		}
	}
}
