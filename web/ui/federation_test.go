package ui_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"context"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/federation"
	"github.com/sealkeeper/sealkeeper/internal/internet"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/secret"
)

// identityProvider is a real OpenID provider. Its users are its example's; their groups are ours to say, and what it
// signs can be falsified on the way.
type identityProvider struct {
	*storage.Storage
	t       *testing.T
	issuer  string
	clients map[string]*storage.Client
	server  *httptest.Server

	mu      sync.Mutex
	groups  []string
	falsify func(claims map[string]any)
	key     *foreignKey // with which tokens are signed; nil: the provider's own
	shown   bool        // the provider says that the key is its own
}

// foreignKey is a key of another provider's.
type foreignKey struct {
	id     string
	key    any
	public op.Key
}

func newForeignKey(t *testing.T) foreignKey {
	t.Helper()
	other := storage.NewStorage(storage.NewUserStore("http://localhost:1/"))
	key, err := other.SigningKey(t.Context())
	check(t, err)
	public, err := other.KeySet(t.Context())
	check(t, err)
	return foreignKey{id: key.ID(), key: key.Key(), public: public[0]}
}

// signWith has tokens signed with another key from now on. Where it is shown, it is among the provider's keys.
func (p *identityProvider) signWith(key *foreignKey, shown bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.key, p.shown = key, shown
}

// KeySet adds the other key, where it is shown.
func (p *identityProvider) KeySet(ctx context.Context) ([]op.Key, error) {
	all, err := p.Storage.KeySet(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.key != nil && p.shown {
		all = append(all, p.key.public)
	}
	return all, err
}

// SetUserinfoFromToken adds groups.
func (p *identityProvider) SetUserinfoFromToken(
	ctx context.Context, info *oidc.UserInfo, tokenID, subject, origin string,
) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	info.AppendClaims("groups", p.groups)
	return p.Storage.SetUserinfoFromToken(ctx, info, tokenID, subject, origin)
}

func (p *identityProvider) say(groups ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.groups = groups
}

func (p *identityProvider) lie(falsify func(claims map[string]any)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.falsify = falsify
}

func newIdentityProvider(t *testing.T) *identityProvider {
	t.Helper()
	p := &identityProvider{t: t, clients: map[string]*storage.Client{}}
	p.server = httptest.NewUnstartedServer(nil)
	p.issuer = strings.Replace("http://"+p.server.Listener.Addr().String()+"/", "127.0.0.1", "localhost", 1)
	p.Storage = storage.NewStorageWithClients(storage.NewUserStore(p.issuer), p.clients)
	real := exampleop.SetupServer(p.issuer, p, nil, false)
	p.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/oauth/token" {
			real.ServeHTTP(w, r)
			return
		}
		recorded := httptest.NewRecorder()
		real.ServeHTTP(recorded, r)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(recorded.Code)
		_, _ = w.Write(p.falsified(recorded.Body.Bytes()))
	})
	p.server.Start()
	t.Cleanup(p.server.Close)
	return p
}

func (p *identityProvider) falsified(body []byte) []byte {
	p.mu.Lock()
	falsify := p.falsify
	p.mu.Unlock()
	answer := map[string]any{}
	if json.Unmarshal(body, &answer) != nil || falsify == nil || answer["id_token"] == nil {
		return body
	}
	parsed, err := jose.ParseSignedCompact(answer["id_token"].(string), []jose.SignatureAlgorithm{jose.RS256})
	check(p.t, err)
	claims := map[string]any{}
	check(p.t, json.Unmarshal(parsed.UnsafePayloadWithoutVerification(), &claims))
	falsify(claims)
	answer["id_token"] = p.sign(claims)
	body, err = json.Marshal(answer)
	check(p.t, err)
	return body
}

// sign signs with the provider's own key, or with the one that was given.
func (p *identityProvider) sign(claims map[string]any) string {
	own, err := p.SigningKey(context.Background())
	check(p.t, err)
	with := jose.SigningKey{
		Algorithm: own.SignatureAlgorithm(),
		Key:       jose.JSONWebKey{Key: own.Key(), KeyID: own.ID()},
	}
	p.mu.Lock()
	if p.key != nil {
		with.Key = jose.JSONWebKey{Key: p.key.key, KeyID: p.key.id}
	}
	p.mu.Unlock()
	signer, err := jose.NewSigner(with, nil)
	check(p.t, err)
	payload, err := json.Marshal(claims)
	check(p.t, err)
	signed, err := signer.Sign(payload)
	check(p.t, err)
	text, err := signed.CompactSerialize()
	check(p.t, err)
	return text
}

// federated is a console whose people sign in with the provider.
func federated(t *testing.T) (*console, *identityProvider) {
	t.Helper()
	p := newIdentityProvider(t)
	asks, err := internet.New(internet.Config{Allow: []string{"localhost"}})
	check(t, err)
	s := &console{Stack: stack.NewWith(t, stack.Options{
		Outgoing: asks,
		Providers: []federation.Settings{{
			ID:           "firm",
			Name:         "the firm's directory",
			Issuer:       p.issuer,
			ClientID:     "sealkeeper",
			ClientSecret: secret.NewTextString("confidential"),
			GroupsClaim:  "groups",
			Groups: map[string]access.RoleGrant{
				"psd2-eng":        {Role: access.Engineer, Scope: access.Everything},
				"psd2-compliance": {Role: access.Compliance, Scope: access.Everything},
				"psd2-sandbox": {
					Role:  access.Compliance,
					Scope: access.Scope{Kind: access.ScopeEnvironment, Value: "sandbox"},
				},
				"psd2-nowhere": {
					Role:  access.Compliance,
					Scope: access.Scope{Kind: access.ScopeOrganization, Value: "none"},
				},
			},
		}},
	})}
	s.cfg = s.Console()
	s.url = s.cfg.PublicURL
	p.clients["sealkeeper"] = storage.WebClient("sealkeeper", "confidential",
		s.url+"/sign-in/account/firm/callback")
	return s, p
}

// at goes to the provider from a page of the console, shows there who they are, and returns where they end.
func (b *browser) at(path string) reply {
	b.t.Helper()
	return b.show(path, func(r *http.Response) *http.Response { return r })
}

// show is at; back is given the redirect that leads back, and may change it.
func (b *browser) show(path string, back func(*http.Response) *http.Response) reply {
	b.t.Helper()
	login := b.get(path)
	if login.status != http.StatusOK || login.query.Get("authRequestID") == "" {
		b.t.Fatalf("%s leads to %s: %d\n%s", path, login.path, login.status, main(login.body))
	}
	following := b.c.CheckRedirect
	b.c.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if strings.HasSuffix(r.URL.Path, "/callback") && strings.HasPrefix(r.URL.Path, "/sign-in") {
			return http.ErrUseLastResponse
		}
		return nil
	}
	response, err := b.c.PostForm(login.at+"/login/username", url.Values{
		"id":       {login.query.Get("authRequestID")},
		"username": {"test-user@localhost"},
		"password": {"verysecure"},
	})
	check(b.t, err)
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	b.c.CheckRedirect = following
	to, err := back(response).Location()
	check(b.t, err)
	return b.get(to.RequestURI())
}

func TestSignInWithAnAccount(t *testing.T) {
	s, p := federated(t)
	b := s.browser(t)
	b.get("/sign-in").want(t, http.StatusOK, "Sign in with the firm&#39;s directory")

	p.say("somebody-else")
	b.at("/sign-in/account/firm").want(t, http.StatusForbidden, "None of your groups")
	p.say("psd2-eng", "somebody-else")
	if page := b.at("/sign-in/account/firm?next=/certificates"); page.path != "/certificates" {
		t.Fatalf("ends at %s: %s", page.path, main(page.body))
	}
	user, err := s.DB.UserByName(t.Context(), "Test User")
	check(t, err)
	if !slices.Equal(user.Roles, []access.Role{access.Engineer}) {
		t.Errorf("roles %v", user.Roles)
	}
	// Another group is another role, from the next sign-in on.
	p.say("psd2-compliance")
	other := s.browser(t)
	other.at("/sign-in/account/firm").want(t, http.StatusOK)
	if user, err = s.DB.UserByID(t.Context(), user.ID); err != nil || !slices.Equal(user.Roles,
		[]access.Role{access.Compliance}) {
		t.Errorf("roles %v, %v", user.Roles, err)
	}
	// Signing out leads on to signing out there.
	other.post("/sign-out", nil).want(t, http.StatusOK, "Sign out at the identity provider",
		"end_session?client_id=sealkeeper")
	if page := other.get("/certificates"); page.path != "/sign-in" {
		t.Errorf("signed out, and sees %s", page.path)
	}
	// No group any more ends what there was, in every browser.
	p.say()
	other.at("/sign-in/account/firm").want(t, http.StatusForbidden, "None of your groups")
	if page := b.get("/certificates"); page.path != "/sign-in" {
		t.Errorf("the session goes on at %s", page.path)
	}
}

// A group stands for a role on a part: it comes and goes with the group, and nobody changes it by hand.
func TestGroupsOnAPart(t *testing.T) {
	s, p := federated(t)
	p.say("psd2-eng", "psd2-sandbox", "psd2-nowhere")
	comes := func() { t.Helper(); s.browser(t).at("/sign-in/account/firm").want(t, http.StatusOK) }
	comes()
	grants := func() (access.Caller, []access.RoleGrant) {
		t.Helper()
		u, err := s.DB.UserByName(t.Context(), "Test User")
		check(t, err)
		return u.Caller(s.Now), u.Grants
	}
	caller, held := grants()
	if len(held) != 1 || held[0].Group != "psd2-sandbox" || held[0].GrantedBy != "firm" ||
		!caller.MayAt(access.SecretPut, access.Place{Environment: "live"}) ||
		!caller.MayAt(access.CertRetire, access.Place{Environment: "sandbox"}) ||
		caller.MayAt(access.CertRetire, access.Place{Environment: "live"}) {
		t.Fatalf("%+v", held)
	}
	if refused := s.refusedFor(t, access.UserManage); refused != "" {
		t.Errorf("refused: %s", refused)
	}
	root := s.signedIn(t, "Root", access.Admin)
	s.signedIn(t, "Otto", access.Auditor).get("/audit").want(t, http.StatusOK,
		"were: none; are: Compliance officer, Environment Sandbox (group psd2-sandbox)",
		`<a href="/people/`+caller.ID+`">Test User</a>`)
	page := "/people/" + caller.ID
	for lang, says := range map[string]string{
		"en": "from the group psd2-sandbox at firm",
		"fr": "vient du groupe psd2-sandbox chez firm",
	} {
		root.lang = lang
		root.get(page).want(t, http.StatusOK, map[string]string{
			"en": "comes again at the next sign-in with that group",
			"fr": "il revient à la prochaine connexion avec ce groupe",
		}[lang], map[string]string{
			"en": "their groups there decide these roles anew",
			"fr": "y décident de nouveau de ces rôles",
		}[lang])
		root.get(page).want(t, http.StatusOK, says)
	}
	root.lang = "en"
	// Whoever would have taken it may be gone, so an administrator takes it; it comes again with the group.
	root.post(page+"/grants/"+held[0].ID+"/revoke", nil).want(t, http.StatusOK, "Revoked")
	if _, left := grants(); len(left) != 0 {
		t.Errorf("revoked, and there is %+v", left)
	}
	comes()
	if _, held = grants(); len(held) != 1 || held[0].Group != "psd2-sandbox" {
		t.Fatalf("the right does not come again with the group: %+v", held)
	}
	// What somebody grants stays when the group is left, and is not doubled by the group.
	system := access.Caller{ID: "u-root", Name: "Root", Roles: []access.Role{access.Admin}}
	check(t, s.cfg.Identity.Grant(t.Context(), system, caller.ID, access.RoleGrant{
		Role:  access.Engineer,
		Scope: access.Scope{Kind: access.ScopeEnvironment, Value: "sandbox"},
	}))
	comes()
	if _, again := grants(); len(again) != 2 || again[0].ID != held[0].ID {
		t.Errorf("signing in again changes what is the same: %+v", again)
	}
	// Another provider's groups have their own.
	check(t, s.DB.SetGroupGrants(t.Context(), caller.ID, "other", []access.RoleGrant{{
		ID: "g-other", Role: access.Auditor, Scope: access.Scope{Kind: access.ScopeEnvironment, Value: "live"},
		GrantedBy: "other", GrantedAt: s.Now.Add(time.Second), Group: "auditors",
	}}))
	p.say("psd2-eng")
	comes()
	if _, left := grants(); len(left) != 2 || left[0].Group != "" || left[1].ID != "g-other" {
		t.Errorf("the group was left: %+v", left)
	}
}

// A token that somebody else has signed is refused, with a key id that is known and with one that is not. When the
// provider takes another key, people go on signing in.
func TestKeysOfTheProvider(t *testing.T) {
	s, p := federated(t)
	p.say("psd2-eng")
	s.browser(t).at("/sign-in/account/firm").want(t, http.StatusOK) // the keys of now are known
	own, err := p.SigningKey(t.Context())
	check(t, err)
	key := newForeignKey(t)
	next := key.id
	for name, id := range map[string]string{"known": own.ID(), "unknown": "another"} {
		key.id = id
		p.signWith(&key, false)
		p.lie(func(map[string]any) {})
		page := s.browser(t).at("/sign-in/account/firm")
		if page.status != http.StatusUnauthorized || !strings.Contains(page.body, "is not signed by it") {
			t.Errorf("signed by somebody else, with a key id that is %s: %d at %s", name, page.status, page.path)
		}
	}
	key.id = next
	p.signWith(&key, true)
	if page := s.browser(t).at("/sign-in/account/firm"); page.status != http.StatusOK || page.path != "/" {
		t.Errorf("after the provider has another key: %d at %s: %s", page.status, page.path, main(page.body))
	}
}

// What is not meant for this sign-in, not of this provider, too old or altered is refused.
func TestFalseAccounts(t *testing.T) {
	s, p := federated(t)
	p.say("psd2-eng")
	for name, falsify := range map[string]func(map[string]any){
		"issuer":   func(c map[string]any) { c["iss"] = "http://localhost:1/" },
		"audience": func(c map[string]any) { c["aud"] = []string{"another"} },
		"nonce":    func(c map[string]any) { c["nonce"] = "another" },
		"no nonce": func(c map[string]any) { delete(c, "nonce") },
		"expired":  func(c map[string]any) { c["exp"] = s.Now.Add(-time.Hour).Unix() },
		"subject":  func(c map[string]any) { c["sub"] = "id2" }, // userinfo is about another
	} {
		p.lie(falsify)
		page := s.browser(t).at("/sign-in/account/firm")
		if page.path == "/" || page.status < 400 {
			t.Errorf("%s: signed in at %s with %d", name, page.path, page.status)
		}
	}
	p.lie(nil)
	replace := func(old, replacement string) func(*http.Response) *http.Response {
		return func(r *http.Response) *http.Response {
			r.Header.Set("Location", strings.Replace(r.Header.Get("Location"), old, replacement, 1))
			return r
		}
	}
	s.browser(t).show("/sign-in/account/firm", replace("state=", "state=x")).want(t, http.StatusUnauthorized,
		"begin again")
	s.browser(t).show("/sign-in/account/firm", replace("code=", "iss=http%3A%2F%2Fevil&code=")).
		want(t, http.StatusUnauthorized, "another identity provider")
	s.browser(t).show("/sign-in/account/firm", replace("code=", "error=access_denied&code=")).
		want(t, http.StatusUnauthorized, "has not signed you in")

	// An answer counts once, and in the browser alone that asked.
	var answer string
	b := s.browser(t)
	b.show("/sign-in/account/firm", func(r *http.Response) *http.Response {
		to, err := r.Location()
		check(t, err)
		answer = to.RequestURI()
		s.browser(t).get(answer).want(t, http.StatusUnauthorized, "begun in another browser")
		return r
	}).want(t, http.StatusUnauthorized, "already answered") // the other one has used it up
	if _, err := s.DB.UserByName(t.Context(), "Test User"); err == nil {
		t.Error("somebody has come in")
	}
}

// Nobody's name or address makes them somebody who is there already; the person adds the account themselves.
func TestAccountsAreAddedByTheirPerson(t *testing.T) {
	s, p := federated(t)
	p.say("psd2-eng")
	ada := s.signedIn(t, "Test User", access.Compliance)
	s.browser(t).at("/sign-in/account/firm").want(t, http.StatusConflict, "There is a user")

	ada.at("/account/add/firm").want(t, http.StatusOK, "Add your account at", "id1")
	bob := s.signedIn(t, "Bob", access.Auditor)
	bob.at("/account/add/firm").want(t, http.StatusConflict, "belongs to somebody here already")
	bob.at("/confirm/account/firm").want(t, http.StatusForbidden, "another account than yours")
	ada.at("/confirm/account/firm").want(t, http.StatusOK)

	if page := s.browser(t).at("/sign-in/account/firm"); page.path != "/" {
		t.Errorf("ends at %s: %s", page.path, main(page.body))
	}
	// Who has shown it long ago has not shown it now.
	s.Now = s.Now.Add(20 * time.Minute)
	ada.at("/confirm/account/firm").want(t, http.StatusUnauthorized, "did not ask you again")
}

// A provider that is down is in nobody's way but of who signs in with it.
func TestProviderIsDown(t *testing.T) {
	s, p := federated(t)
	p.server.Close()
	s.browser(t).get("/sign-in/account/firm").want(t, http.StatusServiceUnavailable, "does not answer as expected")
	s.browser(t).get("/sign-in").want(t, http.StatusOK, "Sign in with the firm&#39;s directory")
	s.signedIn(t, "Ada", access.Admin).get("/people").want(t, http.StatusOK, "Ada")
	s.browser(t).get("/sign-in/account/other").want(t, http.StatusNotFound)
}

// A provider's word ends the sessions that began there, and nothing but a logout token is its word.
func TestBackChannelLogout(t *testing.T) {
	s, p := federated(t)
	p.say("psd2-eng")
	b, ada := s.browser(t), s.signedIn(t, "Ada", access.Auditor)
	b.at("/sign-in/account/firm").want(t, http.StatusOK)
	token := func(change func(map[string]any)) url.Values {
		claims := map[string]any{
			"iss":    p.issuer,
			"aud":    "sealkeeper",
			"iat":    s.Now.Unix(),
			"exp":    s.Now.Add(time.Minute).Unix(),
			"jti":    "1",
			"sub":    "id1",
			"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
		}
		change(claims)
		return url.Values{"logout_token": {p.sign(claims)}}
	}
	out := func(form url.Values) int {
		response, err := http.Post(s.url+"/sign-in/account/firm/logout", "application/x-www-form-urlencoded",
			bytes.NewBufferString(form.Encode()))
		check(t, err)
		check(t, response.Body.Close())
		return response.StatusCode
	}
	for name, form := range map[string]url.Values{
		"nothing":      {},
		"an ID token":  token(func(c map[string]any) { delete(c, "events") }),
		"with a nonce": token(func(c map[string]any) { c["nonce"] = "n" }),
		"about nobody": token(func(c map[string]any) { delete(c, "sub") }),
		"for another":  token(func(c map[string]any) { c["aud"] = "another" }),
		"of no time":   token(func(c map[string]any) { delete(c, "iat") }),
		"of another":   token(func(c map[string]any) { c["iss"] = "http://localhost:1/" }),
		"expired":      token(func(c map[string]any) { c["exp"] = s.Now.Add(-time.Hour).Unix() }),
	} {
		if status := out(form); status != http.StatusBadRequest {
			t.Errorf("%s is answered with %d", name, status)
		}
	}
	refused, err := s.DB.LatestAudit(t.Context(), 100)
	check(t, err)
	if !slices.ContainsFunc(refused, func(e audit.Entry) bool {
		return e.Action == access.SessionEnd && e.Outcome == audit.Denied && e.Object == "firm"
	}) {
		t.Error("nobody can see that somebody tried to end the sessions of others")
	}
	if status := out(token(func(c map[string]any) { c["sid"] = "another" })); status != http.StatusOK {
		t.Errorf("another session's end is answered with %d", status)
	}
	if page := b.get("/certificates"); page.path != "/certificates" {
		t.Errorf("a session has ended that was not meant: %s", page.path)
	}
	if status := out(token(func(map[string]any) {})); status != http.StatusOK {
		t.Errorf("answered with %d", status)
	}
	if page := b.get("/certificates"); page.path != "/sign-in" {
		t.Errorf("the session goes on at %s", page.path)
	}
	ada.get("/certificates").want(t, http.StatusOK)

	// Whoever signs in again stays signed in, though the same words are said again.
	again := token(func(c map[string]any) { c["exp"] = s.Now.Add(time.Hour).Unix() })
	s.Now = s.Now.Add(2 * time.Minute)
	b.at("/sign-in/account/firm").want(t, http.StatusOK)
	if status := out(again); status != http.StatusOK {
		t.Errorf("said again: answered with %d", status)
	}
	if page := b.get("/certificates"); page.path != "/certificates" {
		t.Errorf("what was said of the session before ends this one: %s", page.path)
	}
}
