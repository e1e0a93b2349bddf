package api_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/internal/workload"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/secret"
	wire "github.com/sealkeeper/sealkeeper/types/api"
	"github.com/sealkeeper/sealkeeper/web/api"
)

const reports = "system:serviceaccount:payments:reports"

// cluster is an API with an issuer of workloads, and an account whose service one of them is.
type cluster struct {
	*server
	issuer   *stack.Issuer
	account  service.Account
	identity wire.ServiceIdentity
	admin    *client
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{issuer: stack.NewIssuer(t)}
	wired := stack.NewWith(t, stack.Options{Outgoing: stack.Outgoing(t), Workloads: []string{c.issuer.URL}})
	c.server = serveOn(t, wired, func(*api.API) {})
	r := c.ActivateAt(stack.Institution)
	c.admin = c.as(t, "Root", access.Admin)
	bound := []service.Binding{{ApplicationID: r.ApplicationID, Environment: environment.Sandbox}}
	c.account, _ = c.ServiceBound("reports", bound, access.Transport)
	c.trust(c.account.ID, object{}).want(http.StatusCreated, &c.identity)
	return c
}

// trust adds the identity of the reports to an account.
func (c *cluster) trust(account string, change object) answer {
	in := object{
		"kind":     "workload",
		"issuer":   c.issuer.URL,
		"audience": "https://sealkeeper.example",
		"subject":  reports,
		"claims":   object{"environment": "prod-*"},
	}
	maps.Copy(in, change)
	return c.admin.call("POST", "/v1/service-accounts/"+account+"/identities", in)
}

// claims are those of a good token, with changes; nil takes a claim away.
func (c *cluster) claims(changes object) map[string]any {
	claims := map[string]any{
		"iss":         c.issuer.URL,
		"aud":         []string{"https://other.example", "https://sealkeeper.example"},
		"sub":         reports,
		"environment": "prod-2",
		"iat":         c.Now.Add(-time.Minute).Unix(),
		"nbf":         c.Now.Add(-time.Minute).Unix(),
		"exp":         c.Now.Add(time.Hour).Unix(),
	}
	for name, value := range changes {
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
	return claims
}

func (c *cluster) exchange(jwt string, more ...string) answer {
	form := url.Values{
		"grant_type":         {wire.GrantTokenExchange},
		"subject_token_type": {wire.TokenTypeJWT},
		"subject_token":      {jwt},
	}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	nobody := &client{t: c.admin.t, s: c.server}
	return nobody.send("POST", "/v1/token", "application/x-www-form-urlencoded", []byte(form.Encode()))
}

// bearer is a client with the token of an exchange that goes well.
func (c *cluster) bearer(t *testing.T) *client {
	t.Helper()
	var got struct {
		Token     string `json:"access_token"`
		Type      string `json:"token_type"`
		Kind      string `json:"issued_token_type"`
		ExpiresIn int    `json:"expires_in"`
	}
	a := c.exchange(c.issuer.Sign(c.claims(nil)))
	a.want(http.StatusOK, &got)
	if got.Type != "Bearer" || got.Kind != wire.TokenTypeAccess || got.ExpiresIn != 3600 ||
		a.header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(got.Token, "skp_") {
		t.Fatalf("got %+v, %v", got, a.header)
	}
	return &client{t: t, s: c.server, token: got.Token}
}

func TestWorkloadGetsTheTokenOfItsAccount(t *testing.T) {
	c := newCluster(t)
	first := c.bearer(t)
	first.call("GET", "/v1/tls", nil).want(http.StatusOK, nil)
	// A platform gives the same JWT until it ends, so it may be exchanged again: for another token, and on record.
	second := c.bearer(t)
	if second.token == first.token {
		t.Error("two exchanges gave one token")
	}
	entries, err := c.Audit.Latest(t.Context(), stack.Auditor, 50)
	check(t, err)
	done := 0
	for _, e := range entries {
		if e.Action == access.TokenExchange && e.Outcome == audit.Done {
			done++
			if e.CallerID != c.account.ID || e.Object != c.account.ID || !strings.Contains(e.Detail, reports) {
				t.Errorf("the entry is %+v", e)
			}
		}
	}
	if done != 2 {
		t.Errorf("%d exchanges are on record", done)
	}
	check(t, c.Accounts.Flush(t.Context()))
	var now wire.ServiceAccount
	path := "/v1/service-accounts/" + c.account.ID
	c.admin.call("GET", path, nil).want(http.StatusOK, &now)
	if len(now.Identities) != 1 || now.Identities[0].LastUsedAt == nil || len(now.Tokens) != 1 {
		t.Errorf("the account is %+v", now)
	}
	c.Now = c.Now.Add(time.Hour + time.Second)
	first.call("GET", "/v1/tls", nil).refused(http.StatusUnauthorized, "token_invalid")
	third := c.bearer(t)
	third.call("GET", "/v1/tls", nil).want(http.StatusOK, nil)
	c.as(t, "Later", access.Admin).call("DELETE", path+"/identities/"+c.identity.ID, nil).want(http.StatusOK, &now)
	if len(now.Identities) != 0 {
		t.Errorf("removed: %+v", now)
	}
	third.call("GET", "/v1/tls", nil).refused(http.StatusUnauthorized, "token_invalid")
	c.exchange(c.issuer.Sign(c.claims(nil))).refused(http.StatusUnauthorized, "workload_unknown")
}

func TestTokensOfWorkloadsThatAreRefused(t *testing.T) {
	c := newCluster(t)
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	good := c.claims(nil)
	asKey := func(algorithm jose.SignatureAlgorithm, key any, id string) string {
		return stack.SignWith(t, algorithm, jose.JSONWebKey{Key: key, KeyID: id}, good)
	}
	payload, err := json.Marshal(good)
	check(t, err)
	segment := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	signed := strings.Split(c.issuer.Sign(good), ".")
	forged, err := json.Marshal(c.claims(object{"sub": "system:serviceaccount:payments:admin"}))
	check(t, err)
	with := func(changes object) string { return c.issuer.Sign(c.claims(changes)) }
	for name, test := range map[string]struct{ jwt, code string }{
		"nothing":         {"", "workload_token_invalid"},
		"no JWT":          {"a.b", "workload_token_invalid"},
		"too long":        {with(object{"x": strings.Repeat("x", 17<<10)}), "workload_token_invalid"},
		"alg none":        {segment(`{"alg":"none"}`) + "." + segment(string(payload)) + ".", "workload_token_invalid"},
		"HS256":           {asKey(jose.HS256, []byte(strings.Repeat("k", 32)), "0"), "workload_token_invalid"},
		"unknown key":     {asKey(jose.ES256, stranger, "9"), "workload_token_invalid"},
		"another's key":   {asKey(jose.ES256, stranger, "0"), "workload_token_invalid"},
		"no key id":       {asKey(jose.ES256, stranger, ""), "workload_token_invalid"},
		"tampered":        {signed[0] + "." + segment(string(forged)) + "." + signed[2], "workload_token_invalid"},
		"unknown issuer":  {with(object{"iss": "https://issuer.example"}), "workload_token_invalid"},
		"issuer with /":   {with(object{"iss": c.issuer.URL + "/"}), "workload_token_invalid"},
		"expired":         {with(object{"exp": c.Now.Add(-time.Second).Unix()}), "workload_token_invalid"},
		"no end":          {with(object{"exp": nil}), "workload_token_invalid"},
		"not yet":         {with(object{"nbf": c.Now.Add(time.Hour).Unix()}), "workload_token_invalid"},
		"of the future":   {with(object{"iat": c.Now.Add(time.Hour).Unix()}), "workload_token_invalid"},
		"no time":         {with(object{"iat": nil}), "workload_token_invalid"},
		"good for years":  {with(object{"exp": c.Now.AddDate(1, 0, 0).Unix()}), "workload_token_long"},
		"no subject":      {with(object{"sub": nil}), "workload_token_invalid"},
		"audience":        {with(object{"aud": "https://other.example"}), "workload_unknown"},
		"no audience":     {with(object{"aud": nil}), "workload_unknown"},
		"subject":         {with(object{"sub": reports + "2"}), "workload_unknown"},
		"a claim missing": {with(object{"environment": nil}), "workload_unknown"},
		"another claim":   {with(object{"environment": "prod-2/x"}), "workload_unknown"},
		"claim of a list": {with(object{"environment": []string{"prod-2"}}), "workload_unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			a := c.exchange(test.jwt)
			a.t = t
			a.refused(http.StatusUnauthorized, test.code)
		})
	}
	c.exchange(c.issuer.Sign(good), "grant_type", "password").
		refused(http.StatusUnprocessableEntity, "exchange_invalid")
	c.exchange(c.issuer.Sign(good), "subject_token_type", wire.TokenTypeAccess).
		refused(http.StatusUnprocessableEntity, "exchange_invalid")
	(&client{t: t, s: c.server}).call("POST", "/v1/token", object{}).
		refused(http.StatusUnprocessableEntity, "exchange_invalid")
	c.exchange(c.issuer.Sign(good), "client_id", "another").refused(http.StatusUnauthorized, "workload_unknown")
	c.exchange(c.issuer.Sign(good), "client_id", c.account.Name).want(http.StatusOK, nil)
}

// Whoever sends tokens of keys that there are not does not have the issuer asked for each of them.
func TestIssuersKeysAreAskedForSeldom(t *testing.T) {
	c := newCluster(t)
	c.bearer(t)
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	for range 20 {
		jwt := stack.SignWith(t, jose.ES256, jose.JSONWebKey{Key: stranger, KeyID: rand.Text()}, c.claims(nil))
		c.exchange(jwt).refused(http.StatusUnauthorized, "workload_token_invalid")
	}
	if n := c.issuer.Asked(); n != 1 {
		t.Errorf("the keys were asked for %d times", n)
	}
}

func TestIssuerRotatesAndIsDown(t *testing.T) {
	issuer := stack.NewIssuer(t)
	now := time.Now()
	v := workload.New(workload.Config{
		Issuers: []string{issuer.URL},
		Asks:    stack.OutgoingAt(t, func() time.Time { return now }),
		Now:     func() time.Time { return now },
	})
	verify := func() error {
		_, err := v.Verify(t.Context(), secret.NewTextString(issuer.Sign(map[string]any{
			"iss": issuer.URL,
			"sub": "s",
			"aud": "a",
			"iat": now.Unix(),
			"exp": now.Add(time.Hour).Unix(),
		})))
		return err
	}
	code := func(want string) {
		t.Helper()
		if got := fault.Code(verify()); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	issuer.Down(true)
	code("workload_issuer_unavailable")
	issuer.Down(false)
	code("workload_issuer_unavailable") // it is left alone for a moment
	now = now.Add(6 * time.Second)
	check(t, verify())
	issuer.Down(true)
	now = now.Add(2 * time.Hour)
	check(t, verify()) // what is known of it goes on
	issuer.Rotate()
	now = now.Add(11 * time.Second)
	code("workload_issuer_unavailable") // a new key cannot be asked for
	issuer.Down(false)
	now = now.Add(11 * time.Second)
	check(t, verify())
}

func TestIdentitiesThatAreRefused(t *testing.T) {
	c := newCluster(t)
	other, _ := c.ServiceBound("other", nil, access.Transport)
	for code, change := range map[string]object{
		"workload_issuer_unknown": {"issuer": "https://issuer.example"},
		"identity_invalid":        {"subject": "*"},
	} {
		c.trust(other.ID, change).refused(http.StatusUnprocessableEntity, code)
	}
	for _, change := range []object{
		{"kind": "password"}, {"audience": ""}, {"subject": ""}, {"subject": "a\nb"}, {"claims": object{"": "x"}},
		{"claims": object{"a": ""}}, {"subject": strings.Repeat("x", 501)},
	} {
		c.trust(other.ID, change).refused(http.StatusUnprocessableEntity, "identity_invalid")
	}
	for range 20 {
		c.trust(other.ID, object{}).want(http.StatusCreated, nil)
	}
	c.trust(other.ID, object{}).refused(http.StatusConflict, "identities_at_limit")
	c.exchange(c.issuer.Sign(c.claims(nil))).refused(http.StatusUnprocessableEntity, "workload_ambiguous")
	c.exchange(c.issuer.Sign(c.claims(nil)), "client_id", other.ID).want(http.StatusOK, nil)
	c.admin.call("DELETE", "/v1/service-accounts/"+other.ID, nil).want(http.StatusOK, nil)
	c.exchange(c.issuer.Sign(c.claims(nil))).want(http.StatusOK, nil)
	c.trust(other.ID, object{}).refused(http.StatusConflict, "service_ended")
	live, _ := c.Service("live", access.Transport)
	c.trust(live.ID, object{}).refused(http.StatusForbidden, "session_needed")
	officer := c.as(t, "Ada", access.Compliance)
	officer.call("POST", "/v1/service-accounts/"+c.account.ID+"/identities", object{}).
		refused(http.StatusForbidden, "not_permitted")
}
