package ui_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/secret"
)

func secretOf(text string) secret.Text { return secret.NewTextString(text) }

// location is where a GET is redirected to, without going there.
func (b *browser) location(path string) string {
	b.t.Helper()
	b.c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	defer func() { b.c.CheckRedirect = nil }()
	return b.get(path).header.Get("Location")
}

func TestSignInLink(t *testing.T) {
	s := newConsole(t)
	s.user(t, "Ada", access.Compliance)
	link := s.link(t, "Ada")
	b := s.browser(t)
	opened := opened(b.get("/sign-in?token=" + link))
	if opened == "" || opened == link {
		t.Fatalf("the form holds %q", opened)
	}
	// What is in an address is good for one opening, whoever reads it later, and for no form.
	s.browser(t).get("/sign-in?token="+link).want(t, http.StatusUnauthorized, "already used or has expired")
	s.browser(t).post("/sign-in", url.Values{"link": {link}}).want(t, http.StatusUnauthorized, "already used")
	s.browser(t).post("/sign-in?link="+opened, nil).want(t, http.StatusUnauthorized, "already used")
	before := b.cookie()
	page := b.post("/sign-in", url.Values{"link": {opened}, "next": {"/certificates"}})
	page.want(t, http.StatusOK, "No certificate yet", "Ada", "Compliance officer")
	if page.path != "/certificates" || strings.Contains(page.body, opened) {
		t.Errorf("signing in ends at %s", page.path)
	}
	if b.cookie() == before {
		t.Error("the session id is the one from before signing in")
	}
	s.browser(t).post("/sign-in", url.Values{"link": {opened}}).want(t, http.StatusUnauthorized,
		"already used or has expired")

	b.post("/sign-out", nil).want(t, http.StatusOK, "No passkey?")
	if page := b.get("/certificates"); page.path != "/sign-in" {
		t.Errorf("signed out, and yet at %s", page.path)
	}
}

// Whoever signs in where somebody is signed in already ends that session, whenever it began.
func TestSigningInAgainLater(t *testing.T) {
	s := newConsole(t)
	s.user(t, "Ada", access.Compliance)
	b := s.browser(t)
	for range 2 {
		link := opened(b.get("/sign-in?token=" + s.link(t, "Ada")))
		s.Now = s.Now.Add(2 * time.Minute)
		b.post("/sign-in", url.Values{"link": {link}}).want(t, http.StatusOK, "Ada")
	}
}

var openedLink = regexp.MustCompile(`name="link" value="([^"]*)"`)

// opened is what the form of an opened link holds.
func opened(page reply) string {
	if found := openedLink.FindStringSubmatch(page.body); found != nil {
		return found[1]
	}
	return ""
}

// cookie is the session cookie.
func (b *browser) cookie() string {
	b.t.Helper()
	u, err := url.Parse(b.s.url)
	check(b.t, err)
	for _, c := range b.c.Jar.Cookies(u) {
		if c.Name == "sealkeeper_session" {
			return c.Value
		}
	}
	return ""
}

// A browser that opens addresses ahead of its reader uses up no link.
func TestPrefetchingUsesUpNoLink(t *testing.T) {
	s := newConsole(t)
	s.user(t, "Ada", access.Compliance)
	address := s.url + "/sign-in?token=" + s.link(t, "Ada")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	check(t, err)
	r.Header.Set("Sec-Purpose", "prefetch;prerender")
	response, err := http.DefaultClient.Do(r)
	check(t, err)
	check(t, response.Body.Close())
	if response.StatusCode != http.StatusNoContent {
		t.Errorf("prefetching was answered with %d", response.StatusCode)
	}
	s.browser(t).get(strings.TrimPrefix(address, s.url)).want(t, http.StatusOK, "This link signs you in once")
}

// A bearer token is for programs: whoever holds one is not let into the console.
func TestNoTokenOpensASession(t *testing.T) {
	s := newConsole(t)
	s.user(t, "Emma", access.Engineer)
	token, err := s.cfg.Identity.NewToken(t.Context(), "Emma", time.Hour)
	check(t, err)
	b := s.browser(t)
	for _, form := range []url.Values{
		{"api_token": {token.Reveal()}}, {"link": {token.Reveal()}}, {"answer": {token.Reveal()}},
	} {
		b.post("/sign-in", form).want(t, http.StatusUnauthorized, `role="alert"`)
		if page := b.get("/certificates"); page.path != "/sign-in" {
			t.Errorf("with %v: at %s", form, page.path)
		}
	}
}

func TestStrangersAreSentToSignInAndBack(t *testing.T) {
	s := newConsole(t)
	b := s.browser(t)
	page := b.get("/certificates?x=1")
	page.want(t, http.StatusOK, "Sign in")
	if page.path != "/sign-in" || page.query.Get("next") != "/certificates?x=1" {
		t.Errorf("sent to %s?%s", page.path, page.query.Encode())
	}
	if page := b.post("/organizations", url.Values{}); page.path != "/sign-in" {
		t.Errorf("a stranger's post ended at %s", page.path)
	}
}

func TestNextStaysHere(t *testing.T) {
	s := newConsole(t)
	s.user(t, "Ada", access.Auditor)
	for _, next := range []string{
		"https://evil.example/", "//evil.example", `/\evil.example`, "javascript:alert(1)", "evil",
		"/%09/evil.example\t",
	} {
		page := s.browser(t).post("/sign-in", url.Values{"link": {s.link(t, "Ada")}, "next": {next}})
		if page.path != "/" {
			t.Errorf("next %q led to %s", next, page.path)
		}
	}
}

func TestOtherSitesCannotPost(t *testing.T) {
	s := newConsole(t)
	b := s.signedIn(t, "Ada", access.Compliance)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/organizations",
		strings.NewReader("legal_name=Evil"))
	check(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	response, err := b.c.Do(r)
	check(t, err)
	check(t, response.Body.Close())
	if response.StatusCode != http.StatusForbidden {
		t.Errorf("answered %d", response.StatusCode)
	}
	b.get("/firm").want(t, http.StatusOK, "Add an organization")
}

func TestLanguageIsRemembered(t *testing.T) {
	s := newConsole(t)
	b := s.browser(t)
	b.get("/sign-in").want(t, http.StatusOK, `<html lang="en">`)
	page := b.post("/preferences", url.Values{"lang": {"fr"}, "back": {"/sign-in?next=%2Ffirm"}})
	page.want(t, http.StatusOK, `<html lang="fr">`, "Connexion")
	if page.query.Get("next") != "/firm" {
		t.Errorf("came back to %s?%s", page.path, page.query.Encode())
	}
	b.post("/preferences", url.Values{"lang": {"xx"}, "back": {"//evil.example"}}).want(t, http.StatusOK,
		`<html lang="fr">`)
}

func TestThemeIsRemembered(t *testing.T) {
	s := newConsole(t)
	b := s.browser(t)
	b.get("/sign-in").want(t, http.StatusOK, `<html lang="en">`)
	b.post("/preferences", url.Values{"theme": {"dark"}, "back": {"/sign-in"}}).want(t, http.StatusOK,
		`data-theme="dark"`, `name="color-scheme" content="dark"`)
	b.get("/help").want(t, http.StatusOK, `data-theme="dark"`, "QSealC", "Changes that take two people")
	b.post("/preferences", url.Values{"theme": {"x"}, "back": {"/sign-in"}}).want(t, http.StatusOK, `<html lang="en">`)
}

// The link that signs somebody in is still there when the language was switched, and in no address.
func TestLanguageKeepsTheSignInLink(t *testing.T) {
	s := newConsole(t)
	s.user(t, "Ada", access.Compliance)
	link := s.link(t, "Ada")
	b := s.browser(t)
	hidden := regexp.MustCompile(`type="hidden" name="([a-z]+)" value="([^"]*)"`)
	page := b.get("/sign-in?token=" + link + "&next=/firm")
	link = opened(page)
	for _, lang := range []string{"fr", "en", "fr"} {
		form := url.Values{"lang": {lang}}
		_, footer, _ := strings.Cut(page.body, `action="/preferences"`)
		for _, field := range hidden.FindAllStringSubmatch(footer, -1) {
			form.Set(field[1], html.UnescapeString(field[2]))
		}
		b.c.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
			if strings.Contains(r.URL.String(), link) {
				t.Errorf("the link is in the address %s", r.URL)
			}
			return nil
		}
		page = b.post("/preferences", form)
		page.want(t, http.StatusOK, `<html lang="`+lang+`">`, `name="link" value="`+link+`"`,
			`name="next" value="/firm"`)
	}
	page.want(t, http.StatusOK, "Se connecter")
	if page := b.post("/sign-in", url.Values{"link": {link}, "next": {"/firm"}}); page.path != "/firm" {
		t.Errorf("signing in ends at %s", page.path)
	}
}

// Taking a person's tokens away also ends what they have open in the console.
func TestRevokedTokensEndSessions(t *testing.T) {
	s := newConsole(t)
	b := s.signedIn(t, "Ada", access.Auditor)
	b.get("/certificates").want(t, http.StatusOK)
	check(t, identity.New(s.DB, s.Audit, func() time.Time { return s.Now }).RevokeTokens(t.Context(), "Ada"))
	if at := b.location("/certificates"); !strings.HasPrefix(at, "/sign-in") {
		t.Errorf("a session goes on after its user's tokens were revoked: %q", at)
	}
}

// Coming and going, and what is shown of it: who signs out, who uses a session that was ended,
// and who brings back from a bank what they were not sent for.
func TestComingsAndGoingsAreAudited(t *testing.T) {
	s := newConsole(t)
	last := func() audit.Entry {
		entries, err := s.DB.LatestAudit(t.Context(), 1)
		check(t, err)
		return entries[0]
	}
	ada := s.signedIn(t, "Ada", access.Compliance)
	ada.post("/sign-out", nil)
	if e := last(); e.Action != access.SessionEnd || e.Outcome != audit.Done || e.CallerName != "Ada" {
		t.Errorf("after signing out: %+v", e)
	}
	grace := s.signedIn(t, "Grace", access.Engineer)
	grace.get("/callback?state=foreign&code=x").want(t, http.StatusUnprocessableEntity)
	if e := last(); e.Action != access.ConsentStart || e.Outcome != audit.Denied || e.Code != "state_unknown" ||
		e.CallerName != "Grace" {
		t.Errorf("after a foreign return: %+v", e)
	}
	check(t, s.cfg.Identity.RevokeTokens(t.Context(), "Grace"))
	if page := grace.get("/certificates"); page.path != "/sign-in" {
		t.Errorf("with a session that was ended: at %s", page.path)
	}
	grace.get("/certificates")
	if e := last(); e.Action != access.SessionUse || e.Outcome != audit.Denied || e.Code != "session_over" {
		t.Errorf("after using it: %+v", e)
	}
	s.Now = s.Now.Add(time.Hour)
	check(t, s.Audit.Settle(t.Context(), true))
	bob := s.signedIn(t, "Bob", access.Auditor)
	bob.get("/audit").want(t, http.StatusOK, "nobody signed in", "Sign out", "session over: ", " more from ")
	bob.lang = "fr"
	bob.get("/audit").want(t, http.StatusOK, "personne de connecté", "Se déconnecter", "encore ")
	if home := bob.get("/"); strings.Contains(home.body, "Utiliser une session") {
		t.Error("the home page has strangers among what people did")
	}
}
