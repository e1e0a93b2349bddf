package stack

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sealkeeper/sealkeeper/internal/internet"
)

// Issuer vouches for workloads, as a Kubernetes cluster does.
type Issuer struct {
	URL string
	t   testing.TB

	mu    sync.Mutex
	keys  []*ecdsa.PrivateKey
	down  bool
	asked int // how often its keys were asked for
}

// NewIssuer starts an issuer.
func NewIssuer(t testing.TB) *Issuer {
	t.Helper()
	i := &Issuer{t: t}
	s := httptest.NewServer(i)
	t.Cleanup(s.Close)
	i.URL = s.URL
	i.Rotate()
	return i
}

// ServeHTTP implements http.Handler.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	var answer any
	switch {
	case i.down:
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case strings.HasSuffix(r.URL.Path, "/openid-configuration"):
		answer = map[string]any{
			"issuer":                                i.URL,
			"jwks_uri":                              i.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"ES256", "HS256", "none"},
		}
	default:
		i.asked++
		set := jose.JSONWebKeySet{}
		for n, key := range i.keys {
			set.Keys = append(set.Keys, jose.JSONWebKey{Key: key.Public(), KeyID: strconv.Itoa(n), Use: "sig"})
		}
		answer = set
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// Rotate makes another key, with which it signs from now on.
func (i *Issuer) Rotate() {
	i.mu.Lock()
	defer i.mu.Unlock()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		i.t.Fatal(err)
	}
	i.keys = append(i.keys, key)
}

// Down has it answer nothing, or again.
func (i *Issuer) Down(down bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.down = down
}

// Asked is how often its keys were asked for.
func (i *Issuer) Asked() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.asked
}

// Sign makes a JWT of claims with its newest key.
func (i *Issuer) Sign(claims map[string]any) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	n := len(i.keys) - 1
	return SignWith(i.t, jose.ES256, jose.JSONWebKey{Key: i.keys[n], KeyID: strconv.Itoa(n)}, claims)
}

// SignWith makes a JWT of claims.
func SignWith(t testing.TB, algorithm jose.SignatureAlgorithm, key any, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Outgoing asks whoever is on this machine.
func Outgoing(t testing.TB) *internet.Client { return OutgoingAt(t, time.Now) }

// OutgoingAt is Outgoing with a clock.
func OutgoingAt(t testing.TB, now func() time.Time) *internet.Client {
	t.Helper()
	asks, err := internet.New(internet.Config{Allow: []string{"127.0.0.1"}, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return asks
}
