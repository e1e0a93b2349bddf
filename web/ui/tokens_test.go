package ui_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/throttle"
)

// A challenge as a terminal makes one: 43 characters of base64url.
const challenge = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func terminal(change map[string]string) string {
	values := url.Values{
		"machine":      {"ada@laptop"},
		"challenge":    {challenge},
		"seconds":      {"3600"},
		"state":        {"s"},
		"redirect_uri": {"http://127.0.0.1:40000/"},
	}
	for name, value := range change {
		values.Set(name, value)
	}
	return values.Encode()
}

// TestTerminalPage: what is granted is said in words, and a browser is sent nowhere but to its own machine.
func TestTerminalPage(t *testing.T) {
	s := newConsole(t)
	ada := s.signedIn(t, "Ada", access.Engineer)
	for lang, says := range map[string][]string{
		"en": {"Let a terminal act in your name?", "on the machine “ada@laptop”", "It approves nothing"},
		"fr": {"Laisser un terminal agir en votre nom", "qui demande un jeton à votre nom", "Il n&#39;approuve rien"},
	} {
		ada.lang = lang
		ada.get("/account/terminal?"+terminal(nil)).want(t, http.StatusOK, says...)
	}
	ada.lang = "en"
	for name, address := range map[string]string{
		"another host":   "http://attacker.example:4000/",
		"a name":         "http://localhost:40000/",
		"https":          "https://127.0.0.1:40000/",
		"a user":         "http://x@127.0.0.1:40000/",
		"a low port":     "http://127.0.0.1:80/",
		"no port":        "http://127.0.0.1/",
		"a path":         "http://127.0.0.1:40000/x",
		"a query":        "http://127.0.0.1:40000/?x=1",
		"a script":       "javascript:alert(1)//127.0.0.1:4000/",
		"a host besides": "http://127.0.0.1:40000@attacker.example:4000/",
	} {
		for _, page := range []reply{
			ada.get("/account/terminal?" + terminal(map[string]string{"redirect_uri": address})),
			ada.post("/account/terminal", must(url.ParseQuery(terminal(map[string]string{"redirect_uri": address})))),
		} {
			if page.status != http.StatusUnprocessableEntity || page.header.Get("Refresh") != "" {
				t.Errorf("%s: %d, leads to %q", name, page.status, page.header.Get("Refresh"))
			}
		}
	}
	ada.get("/account/terminal?"+terminal(map[string]string{"seconds": "99999999"})).
		want(t, http.StatusUnprocessableEntity, "A token is valid for a minute at least")
	allowed := ada.post("/account/terminal", must(url.ParseQuery(terminal(nil))))
	allowed.want(t, http.StatusOK, "The terminal may act in your name")
	if to := allowed.header.Get("Refresh"); !strings.HasPrefix(to, "0;url=http://127.0.0.1:40000/?code=") ||
		!strings.HasSuffix(to, "&state=s") {
		t.Errorf("it leads to %q", to)
	}
	s.Now = s.Now.Add(access.ConfirmedFor)
	ada.post("/account/terminal", must(url.ParseQuery(terminal(nil)))).want(t, http.StatusForbidden,
		"Confirm that it is you")
}

func must(values url.Values, _ error) url.Values { return values }

// TestTokensOnThePage makes, shows and ends a token, without script; an administrator sees it and can end it.
func TestTokensOnThePage(t *testing.T) {
	s := newConsole(t)
	ada := s.signedIn(t, "Ada", access.Engineer)
	root := s.signedIn(t, "Root", access.Admin)
	u, err := s.DB.UserByName(t.Context(), "Ada")
	check(t, err)
	ada.post("/account/tokens", url.Values{"name": {"x"}, "days": {"90"}}).want(t, http.StatusUnprocessableEntity,
		"A token is valid for a minute at least and for 30 days at most")
	for _, end := range []func(id string) reply{
		func(id string) reply { return ada.post("/account/tokens/"+id+"/revoke", nil) },
		func(id string) reply { return root.post("/people/"+u.ID+"/tokens/"+id+"/revoke", nil) },
	} {
		ada.post("/account/tokens", url.Values{"name": {"nightly report"}, "days": {"7"}}).
			want(t, http.StatusOK, "It is shown this once", "nightly report")
		all, err := s.DB.TokensOf(t.Context(), u.ID)
		check(t, err)
		if len(all) != 1 || all[0].ExpiresAt.Sub(all[0].CreatedAt) != 7*24*time.Hour {
			t.Fatalf("%+v", all)
		}
		ada.get("/account").want(t, http.StatusOK, "nightly report")
		root.get("/people/"+u.ID).want(t, http.StatusOK, "nightly report", all[0].ID())
		end(all[0].ID()).want(t, http.StatusOK, "The token was revoked")
		if all, err = s.DB.TokensOf(t.Context(), u.ID); err != nil || len(all) > 0 {
			t.Errorf("%+v, %v", all, err)
		}
	}
}

// TestTokensInABrowser: the pages fit, in both languages.
func TestTokensInABrowser(t *testing.T) {
	s := newConsole(t)
	b := inFrench(t, s, "Camille Durand", access.Engineer)
	b.open("/account/terminal?" + terminal(nil))
	b.look("fr-terminal")
	b.open("/account")
	b.fill(map[string]string{"#token-name": "rapport de nuit"})
	b.submit(`form[action="/account/tokens"] button`, `#token`)
	b.look("fr-token")
	b.open("/account")
	b.look("fr-account-tokens")
}

// TestSignInSaysHowOftenOneMayTry: with every answer, and how long to wait once it was too often.
func TestSignInSaysHowOftenOneMayTry(t *testing.T) {
	s := newConsole(t)
	b := s.browser(t)
	for n := range throttle.Attempts.Most + 1 {
		page := b.post("/sign-in", url.Values{"link": {"x"}})
		want := fmt.Sprintf("\"sign-in\";r=%d;t=", max(0, throttle.Attempts.Most-1-n))
		if got := page.header.Get("RateLimit"); !strings.HasPrefix(got, want) ||
			page.header.Get("RateLimit-Policy") != `"sign-in";q=30;w=60` {
			t.Fatalf("attempt %d: %q, %q", n+1, got, page.header.Get("RateLimit-Policy"))
		}
		if late := n == throttle.Attempts.Most; late != (page.status == http.StatusTooManyRequests) ||
			late != (page.header.Get("Retry-After") != "") {
			t.Errorf("attempt %d: %d, Retry-After %q", n+1, page.status, page.header.Get("Retry-After"))
		}
	}
}
