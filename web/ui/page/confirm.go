package page

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// ConfirmField is the field of a form with which the reader shows that it is them: what their passkey has signed.
const ConfirmField = "passkey_answer"

// Confirmation is a form that does again what was refused for want of showing that it is the reader.
type Confirmation struct {
	Needed  bool
	Passkey bool // the reader has one, and can use it here
	// identity providers at which the reader can show it; they come back to the page that they do it again from
	Accounts []Elsewhere
	Action   string     // what was refused
	Fields   url.Values // with what
}

// Elsewhere is an identity provider with the address that leads to it.
type Elsewhere struct{ Name, URL string }

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
	if fault.Code(refused) != "confirm_needed" {
		return
	}
	one := confirmation(c)
	one.Needed = true
	one.Passkey = r.cfg.Passkeys.Usable(c.Request().Context(), session.VisitOf(c).Caller)
	one.Accounts = r.elsewhere(c)
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

// elsewhere are the identity providers that the reader has accounts at.
func (r *Responder) elsewhere(c echo.Context) []Elsewhere {
	caller := session.VisitOf(c).Caller
	accounts, err := r.cfg.Accounts.AccountsOf(c.Request().Context(), caller)
	if err != nil {
		return nil // a passkey and the link still do
	}
	next := link.Account
	if from, err := url.Parse(c.Request().Referer()); err == nil && from.Path != "" {
		next = from.RequestURI() // link.Local looks at it again
	}
	var all []Elsewhere
	for _, a := range accounts {
		all = append(all, Elsewhere{
			Name: a.Provider,
			URL:  "/confirm/account/" + url.PathEscape(a.Provider) + "?" + url.Values{"next": {next}}.Encode(),
		})
	}
	return all
}
