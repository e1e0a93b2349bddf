package account

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// OwnTokens are the reader's bearer tokens.
type OwnTokens interface {
	OwnTokens(ctx context.Context, caller access.Caller) ([]identity.Token, error)
	MakeToken(
		ctx context.Context, caller access.Caller, name string, lifetime time.Duration,
	) (identity.Token, secret.Text, error)
	RevokeToken(ctx context.Context, caller access.Caller, userID, id string) error
	OwnLongest() time.Duration
}

// Terminals are let act in the reader's name.
type Terminals interface {
	CheckTerminal(challenge, name string, lifetime time.Duration) error
	AllowTerminal(
		ctx context.Context, caller access.Caller, challenge, name string, lifetime time.Duration,
	) (code secret.Text, lasts time.Duration, err error)
}

// Tokens are both.
type Tokens interface {
	OwnTokens
	Terminals
}

const day = 24 * time.Hour

// days are what a token can be made for: no longer than is configured.
func (h *Handler) days() (days []int) {
	for _, n := range []int{1, 7, 30, 90} {
		if time.Duration(n)*day <= h.Tokens.OwnLongest() {
			days = append(days, n)
		}
	}
	return days
}

// tokenPage shows a token, once.
type tokenPage struct {
	page.Page
	Token identity.Token
	Held  string
}

// MakeToken makes a token for the reader and shows it.
func (h *Handler) MakeToken(c echo.Context, v session.Visit) error {
	n, _ := strconv.Atoi(form.Text(c, "days")) // what is no number is no lifetime either
	lifetime := time.Duration(min(max(n, 0), 1000)) * day
	t, held, err := h.Tokens.MakeToken(c.Request().Context(), v.Caller, form.Text(c, "name"), lifetime)
	if err != nil {
		return h.show(c, v, err)
	}
	p := tokenPage{Page: h.Pages.Page(c, "account", "tokens.made"), Token: t, Held: held.Reveal()}
	p.Path = link.Account
	return h.Pages.Render(c, http.StatusOK, "account/token", p)
}

// RevokeToken ends one of the reader's tokens.
func (h *Handler) RevokeToken(c echo.Context, v session.Visit) error {
	if err := h.Tokens.RevokeToken(c.Request().Context(), v.Caller, v.Caller.ID, c.Param("id")); err != nil {
		return h.show(c, v, err)
	}
	return h.Pages.Done(c, "notice.token_revoked", link.Account)
}

// terminalPage asks whether a terminal may act in the reader's name or, once it may, leads back to it.
type terminalPage struct {
	page.Page
	Machine   string
	Challenge string
	Word      string // that the terminal shows too
	State     string
	Back      string // address at the terminal's machine; empty: the reader copies the code
	Seconds   int
	Until     time.Time
	Code      string // empty: it may not yet
}

// Terminal asks the reader in words what the terminal that sent them here is given.
func (h *Handler) Terminal(c echo.Context, _ session.Visit) error {
	p, err := h.terminal(c)
	if err != nil {
		return err
	}
	return h.Pages.Render(c, http.StatusOK, "account/terminal", p)
}

// AllowTerminal lets it.
func (h *Handler) AllowTerminal(c echo.Context, v session.Visit) error {
	p, err := h.terminal(c)
	if err != nil {
		return err
	}
	code, lasts, err := h.Tokens.AllowTerminal(c.Request().Context(), v.Caller, p.Challenge, p.Machine,
		time.Duration(p.Seconds)*time.Second)
	if err != nil {
		status, why := h.Pages.Refusal(c, err)
		p.Problem = why
		return h.Pages.Render(c, status, "account/terminal", p)
	}
	p.Code, p.Until = code.Reveal(), h.Now().Add(lasts)
	if p.Back != "" {
		p.Back += "?" + url.Values{"code": {p.Code}, "state": {p.State}}.Encode()
		// A form may not lead elsewhere (Content-Security-Policy: form-action), so the page that answers it does.
		c.Response().Header().Set("Refresh", "0;url="+p.Back)
	}
	return h.Pages.Render(c, http.StatusOK, "account/terminal", p)
}

func (h *Handler) terminal(c echo.Context) (terminalPage, error) {
	seconds, _ := strconv.Atoi(c.FormValue("seconds")) // what is no number is no lifetime either
	p := terminalPage{
		Page:      h.Pages.Page(c, "account", "terminal.title"),
		Machine:   form.Text(c, "machine"),
		Challenge: c.FormValue("challenge"),
		State:     c.FormValue("state"),
		Back:      c.FormValue("redirect_uri"),
		Seconds:   min(max(seconds, 0), int(366*day/time.Second)),
	}
	lifetime := time.Duration(p.Seconds) * time.Second
	p.Word, p.Until, p.Path = identity.TerminalWord(p.Challenge), h.Now().Add(lifetime), link.Account
	if p.Back != "" && !loopbackAddress(p.Back) || len(p.State) > 200 {
		return p, fault.New(fault.Invalid, "login_redirect",
			"A terminal is led back to on the machine itself alone, at http://127.0.0.1 with a port; begin again in "+
				"the terminal.")
	}
	return p, h.Tokens.CheckTerminal(p.Challenge, p.Machine, lifetime)
}

// loopbackAddress reports whether a browser that is sent there stays on its machine: RFC 8252, sections 7.3 and 8.3,
// by number, for a name may lead elsewhere.
func loopbackAddress(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Path != "/" {
		return false
	}
	port, err := strconv.Atoi(u.Port())
	return err == nil && port >= 1024 && port <= 65535 && (u.Hostname() == "127.0.0.1" || u.Hostname() == "::1") &&
		text == u.String()
}
