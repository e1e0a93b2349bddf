package sds_test

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	envoytls "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sealkeeper/sealkeeper/client/clienttest"
	"github.com/sealkeeper/sealkeeper/cmd/sealkeeper-sds/sds"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// fingerprint is the SHA-256 of the certificate in a secret, which must have the key that belongs to it.
func fingerprint(t *testing.T, s *envoytls.Secret) string {
	t.Helper()
	c := s.GetTlsCertificate()
	pair, err := tls.X509KeyPair([]byte(c.GetCertificateChain().GetInlineString()), c.GetPrivateKey().GetInlineBytes())
	if err != nil {
		t.Fatalf("the secret %q: %v", s.GetName(), err)
	}
	sum := sha256.Sum256(pair.Certificate[0])
	return hex.EncodeToString(sum[:])
}

// takes waits for a certificate with a fingerprint.
func (e *envoy) takes(name, sha256 string) {
	e.t.Helper()
	got := e.take()
	for ; got == nil && !e.has; got = e.take() { // a name that is not known yet is answered with nothing first
	}
	if got.GetName() != name || fingerprint(e.t, got) != sha256 {
		e.t.Fatalf("%q has another certificate than %s", got.GetName(), sha256)
	}
}

// reaches waits until it has a certificate with a fingerprint; others may come before.
func (e *envoy) reaches(sha256 string) {
	e.t.Helper()
	for got := e.take(); got == nil || fingerprint(e.t, got) != sha256; got = e.take() {
	}
}

// begins waits for the first certificates of several names, in whatever order they come.
func (e *envoy) begins(want map[string]string) {
	e.t.Helper()
	for len(want) > 0 {
		if got := e.take(); got != nil {
			if fingerprint(e.t, got) != want[got.GetName()] {
				e.t.Fatalf("%q has another certificate than %s", got.GetName(), want[got.GetName()])
			}
			delete(want, got.GetName())
		}
	}
}

// told waits until the server has told Sealkeeper something of a registration.
func (s *site) told(what string, is func(api.CertificateUse) bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	if s.Reported(ctx, func(r api.ServiceReport) bool { return slices.ContainsFunc(r.InUse, is) }) {
		return
	}
	s.t.Fatalf("it was not reported that %s: %+v", what, s.Reports())
}

// Each activation reaches every open stream, under each name, and also where another registration changed first
// (Teleport 56626 and 62813).
func TestEachActivationReachesEveryStreamTeleport62813(t *testing.T) {
	s := newSite(t)
	a, b := s.Add("Budget", "bank-a"), s.Add("Budget", "bank-b")
	a.AllowExport()
	b.AllowExport()
	first, other := a.Activate(), b.Activate()
	byID, byName, both := s.envoy(a.ID), s.envoy("Budget@bank-a"), s.envoy(a.ID, b.ID)
	byID.takes(a.ID, first)
	byName.takes("Budget@bank-a", first)
	both.begins(map[string]string{a.ID: first, b.ID: other})
	for range 5 {
		other = b.Activate()
		both.takes(b.ID, other)
		next := a.Activate()
		byID.takes(a.ID, next)
		byName.takes("Budget@bank-a", next)
		both.takes(a.ID, next)
	}
	s.told("version 6 is in use", func(u api.CertificateUse) bool {
		return u.RegistrationID == a.ID && u.Version == 6 && u.Problem == "" && u.Host == "bank.example:443"
	})
	if n := s.Asked("POST /v1/tls/{registration}/export"); n != 12 {
		t.Errorf("%d exports of 12 versions", n)
	}
}

// What a proxy refuses is not sent again (istio 21111), and Sealkeeper is told which version the proxy has and why.
func TestRefusedVersionIsHeldIstio21111(t *testing.T) {
	s := newSite(t)
	r := s.Add("Budget", "bank")
	r.AllowExport()
	first := r.Activate()
	e := s.envoy(r.ID)
	e.takes(r.ID, first)
	r.Activate()
	e.refuse("Failed to load certificate chain from <inline>\x1b[31m")
	s.told("the proxy has refused version 2", func(u api.CertificateUse) bool {
		return u.Version == 1 && u.SHA256 == first && u.Problem ==
			api.ProblemRefusedByProxy+"Failed to load certificate chain from <inline> [31m (payments/proxy-1)"
	})
	e.quiet("nothing")
	if !strings.Contains(s.log.String(), `"name":"`+r.ID+`"`) {
		t.Error("the log does not name the secret") // Envoy does not (envoy 38246)
	}
	third := r.Activate()
	e.takes(r.ID, third)
	s.told("the proxy has version 3", func(u api.CertificateUse) bool { return u.Version == 3 && u.Problem == "" })
}

// A name that nobody knows is answered at once, and again as soon as it is known (kuma 16764).
func TestEveryNameIsAnsweredKuma16764(t *testing.T) {
	s := newSite(t)
	remote := s.Add("Budget", "remote")
	remote.Activate()
	s.knows(remote.ID)
	e := s.envoy("nothing", "nothing/trust", remote.ID)
	for range 3 {
		if got := e.take(); got != nil {
			t.Errorf("%s was handed out", got.GetName())
		}
	}
	if !strings.Contains(s.log.String(), "sealkeeper egress") {
		t.Error("the log does not say what else to use for a key in custody")
	}
	late := s.Add("Budget", "late")
	late.AllowExport()
	e.ask("Budget@late")
	if got := e.take(); got != nil {
		t.Error("a registration without a version was handed out")
	}
	e.takes("Budget@late", late.Activate())
}

// Also a name whose configuration cannot be read is answered, and the proxy waits no longer than it has to.
func TestNameIsAnsweredWithoutSealkeeperEnvoy14000(t *testing.T) {
	s := newSite(t)
	r := s.Add("Budget", "bank")
	r.AllowExport()
	r.Activate()
	early := s.envoy(r.ID)
	for early.take() == nil { // until it is known
	}
	other := s.Add("Budget", "other")
	other.AllowExport()
	s.Fail("database_unavailable")
	fingerprint := other.Activate()
	e := s.envoy(other.ID)
	if got := e.take(); got != nil {
		t.Errorf("%s was handed out", got.GetName())
	}
	s.Fail("")
	e.takes(other.ID, fingerprint)
}

// What is asked for anew is sent, what is not asked for any more is not, and what a registration loses is taken back.
func TestResubscriptionAndRemovalIstio50186(t *testing.T) {
	s := newSite(t)
	a, b := s.Add("Budget", "a"), s.Add("Budget", "b")
	a.AllowExport()
	b.AllowExport()
	ofA, ofB := a.Activate(), b.Activate()
	e := s.envoy(a.ID)
	e.takes(a.ID, ofA)
	e.ask(b.ID)
	e.takes(b.ID, ofB)
	a.Activate() // which nobody asks for
	ofB = b.Activate()
	e.takes(b.ID, ofB)
	e.ask(a.ID, b.ID)
	ofA = a.Activate()
	e.reaches(ofA)
	b.Unbind()
	if got := e.take(); got != nil {
		t.Errorf("%s was sent instead of taken back", got.GetName())
	}
	a.Block()
	if got := e.take(); got != nil {
		t.Errorf("%s was sent instead of taken back", got.GetName())
	}
	e.takes(a.ID, a.Activate())
}

// A proxy that connects again gets what it asks for, and what it had counts until then.
func TestReconnect(t *testing.T) {
	s := newSite(t)
	r := s.Add("Budget", "bank")
	r.AllowExport()
	e := s.envoy(r.ID)
	e.take()
	e = s.envoy(r.ID)
	r.Activate()
	for e.take() == nil {
	}
	s.told("version 1 is in use", func(u api.CertificateUse) bool { return u.Version == 1 })
	e.end()
	second := r.Activate()
	s.told("the proxy still has version 1", func(u api.CertificateUse) bool { return u.Version == 1 })
	e = s.envoy(r.ID)
	e.reaches(second)
	s.told("version 2 is in use", func(u api.CertificateUse) bool { return u.Version == 2 })

	// Without Sealkeeper, what is in use is handed out on.
	s.Cut()
	again := s.envoy(r.ID)
	again.takes(r.ID, second)
	s.Restore()
	third := r.Activate()
	e.takes(r.ID, third)
	again.takes(r.ID, third)
}

// The trust anchors come with the names that the bank's certificate must have one of.
func TestTrustAnchorsNameTheBank(t *testing.T) {
	s := newSite(t)
	bank := s.StartBank(http.NotFoundHandler())
	r := s.Add("Budget", "bank")
	r.AllowExport()
	r.Activate()
	s.knows(r.ID)
	e := s.envoy(r.ID, r.ID+"/trust")
	first, second := e.take(), e.take() // in the order in which they are known
	if first.GetTlsCertificate() == nil {
		first, second = second, first
	}
	certificate, trust := first, second.GetValidationContext()
	c := certificate.GetTlsCertificate()
	pair, err := tls.X509KeyPair([]byte(c.GetCertificateChain().GetInlineString()), c.GetPrivateKey().GetInlineBytes())
	check(t, err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(trust.GetTrustedCa().GetInlineString()))
	match := trust.GetMatchTypedSubjectAltNames()
	if len(match) != 1 || match[0].GetMatcher().GetExact() != "127.0.0.1" ||
		match[0].GetSanType() != envoytls.SubjectAltNameMatcher_IP_ADDRESS {
		t.Errorf("the bank's certificate must match %v", match)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: pool}}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Get(bank)
	check(t, err)
	_ = response.Body.Close()
}

// The incremental protocol: removal is said, and what a proxy has already is not sent again.
func TestDelta(t *testing.T) {
	s := newSite(t)
	r := s.Add("Budget", "bank")
	r.AllowExport()
	first := r.Activate()
	s.knows(r.ID)
	type talk = func(*discovery.DeltaDiscoveryRequest) *discovery.DeltaDiscoveryResponse
	open := func(in *discovery.DeltaDiscoveryRequest) talk {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		t.Cleanup(cancel)
		stream, err := s.dial().DeltaSecrets(ctx)
		check(t, err)
		check(t, stream.Send(in))
		return func(next *discovery.DeltaDiscoveryRequest) *discovery.DeltaDiscoveryResponse {
			if next != nil {
				check(t, stream.Send(next))
				return nil
			}
			answer, err := stream.Recv()
			check(t, err)
			return answer
		}
	}
	call := open(&discovery.DeltaDiscoveryRequest{TypeUrl: secretType, ResourceNamesSubscribe: []string{r.ID}})
	answer := call(nil)
	secret := &envoytls.Secret{}
	check(t, answer.GetResources()[0].GetResource().UnmarshalTo(secret))
	if fingerprint(t, secret) != first {
		t.Error("another certificate")
	}
	call(&discovery.DeltaDiscoveryRequest{ResponseNonce: answer.GetNonce()})
	s.told("version 1 is in use", func(u api.CertificateUse) bool { return u.Version == 1 })
	has := map[string]string{r.ID: answer.GetResources()[0].GetVersion()}
	r.Activate()
	answer = call(nil)
	call(&discovery.DeltaDiscoveryRequest{ResponseNonce: answer.GetNonce(), ErrorDetail: &rpc.Status{Message: "no"}})
	s.told("version 2 is refused", func(u api.CertificateUse) bool { return u.Version == 1 && u.Problem != "" })
	call(&discovery.DeltaDiscoveryRequest{ResourceNamesSubscribe: []string{"nothing"}})
	if answer = call(nil); len(answer.GetRemovedResources()) != 1 || answer.GetRemovedResources()[0] != "nothing" {
		t.Errorf("a name that nobody knows: %v", answer)
	}
	r.Block()
	if answer = call(nil); len(answer.GetRemovedResources()) != 1 || answer.GetRemovedResources()[0] != r.ID {
		t.Errorf("a registration out of use: %v", answer)
	}
	r.Activate()
	has[r.ID] = call(nil).GetResources()[0].GetVersion()
	second := open(&discovery.DeltaDiscoveryRequest{
		TypeUrl:                 secretType,
		ResourceNamesSubscribe:  []string{r.ID, "nothing"},
		InitialResourceVersions: has,
	})
	if answer = second(nil); len(answer.GetRemovedResources()) != 1 {
		t.Error("what the proxy has already was sent")
	}
}

func TestFetch(t *testing.T) {
	s := newSite(t)
	r, remote := s.Add("Budget", "bank"), s.Add("Budget", "remote")
	r.AllowExport()
	first := r.Activate()
	remote.Activate()
	fetch := func(names ...string) (*discovery.DiscoveryResponse, error) {
		return s.dial().FetchSecrets(t.Context(), &discovery.DiscoveryRequest{ResourceNames: names})
	}
	s.knows(r.ID)
	s.knows(remote.ID)
	answer, err := fetch(r.ID)
	check(t, err)
	secret := &envoytls.Secret{}
	check(t, answer.GetResources()[0].UnmarshalTo(secret))
	if fingerprint(t, secret) != first {
		t.Error("another certificate")
	}
	if _, err := fetch(r.ID, "nothing"); status.Code(err) != codes.NotFound {
		t.Errorf("a name that nobody knows: %v", err)
	}
	if _, err := fetch(remote.ID); status.Code(err) != codes.FailedPrecondition ||
		!strings.Contains(err.Error(), "sealkeeper egress") {
		t.Errorf("a key in custody: %v", err)
	}
}

// What a hostile proxy asks for is bounded.
func TestBounds(t *testing.T) {
	s := newSite(t, func(c *sds.Config) { c.Streams, c.Names = 2, 3 })
	fails := func(what string, want codes.Code, names ...string) {
		t.Helper()
		e := s.envoy(names...)
		for {
			select {
			case <-e.answers:
				continue
			case err := <-e.failed:
				if status.Code(err) != want {
					t.Errorf("%s: %v", what, err)
				}
			case <-time.After(time.Minute):
				t.Errorf("%s is let through", what)
			}
			return
		}
	}
	fails("a stream that asks for much", codes.ResourceExhausted, "a", "b", "c", "d")
	fails("a long name", codes.InvalidArgument, strings.Repeat("a", 600))
	fails("much in one message", codes.ResourceExhausted, strings.Repeat("a", 300<<10))
	for range 2 {
		s.envoy("a").take()
	}
	fails("one stream too many", codes.ResourceExhausted, "a")
}

// A proxy that does not read holds up nobody else, and not the end of the server either.
func TestProxyThatDoesNotReadEnvoy42438(t *testing.T) {
	s := newSite(t)
	r := s.Add("Budget", "bank")
	r.AllowExport()
	first := r.Activate()
	stuck, err := s.dial().StreamSecrets(t.Context())
	check(t, err)
	check(t, stuck.Send(&discovery.DiscoveryRequest{ResourceNames: []string{r.ID}}))
	e := s.envoy(r.ID)
	e.reaches(first)
	for range 100 { // more than the window of a stream takes
		next := r.Activate()
		e.takes(r.ID, next)
	}
}

// One activation reaches 200 proxies, and is exported once.
func TestActivationReachesManyProxiesTeleport43976(t *testing.T) {
	s := newSite(t)
	r := s.Add("Budget", "bank")
	r.AllowExport()
	r.Activate()
	all := make([]*envoy, 200)
	for i := range all {
		all[i] = s.envoy(r.ID)
	}
	for _, e := range all {
		for e.take() == nil {
		}
	}
	began := time.Now()
	next := r.Activate()
	for _, e := range all {
		e.takes(r.ID, next)
	}
	t.Logf("%d proxies after %s", len(all), time.Since(began).Round(time.Millisecond))
	if n := s.Asked("POST /v1/tls/{registration}/export"); n != 2 {
		t.Errorf("%d exports of 2 versions", n)
	}
}

// Health is never green with a certificate that has ended, and says why.
func TestHealthSpire2061(t *testing.T) {
	s := newSite(t)
	pages := httptest.NewServer(s.server.Pages())
	t.Cleanup(pages.Close)
	get := func(page string) (int, string) {
		response, err := http.Get(pages.URL + page) //nolint:noctx // of a test
		check(t, err)
		defer func() { _ = response.Body.Close() }()
		body := new(strings.Builder)
		check(t, response.Write(body))
		return response.StatusCode, body.String()
	}
	if code, _ := get("/healthz"); code != http.StatusOK {
		t.Errorf("before anybody asks: %d", code)
	}
	r := s.Add("Budget", "bank")
	r.AllowExport()
	r.Activate()
	e := s.envoy(r.ID)
	for e.take() == nil {
	}
	if code, body := get("/healthz"); code != http.StatusOK {
		t.Errorf("with a certificate: %s", body)
	}
	const version = `sealkeeper_sds_version{institution="bank",registration="r-1"} 1`
	if _, body := get("/metrics"); !strings.Contains(body, version) ||
		!strings.Contains(body, "sealkeeper_sds_healthy 1") {
		t.Errorf("metrics: %s", body)
	}
	r.ActivateFor(time.Second)
	e.refuse("no") // the proxy keeps the first, which is good
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		code, body := get("/healthz")
		if code == http.StatusServiceUnavailable && strings.Contains(body, "ended") {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("with a certificate that has ended: %s", body)
		}
	}
	if _, body := get("/status"); strings.Contains(body, "PRIVATE") || !strings.Contains(body, "payments/proxy-1") {
		t.Errorf("status: %s", body)
	}
	r.Activate()
	for e.take() == nil {
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if code, body := get("/healthz"); code == http.StatusOK {
			break
		} else if time.Now().After(end) {
			t.Fatalf("with a new certificate: %s", body)
		}
	}
}

// Where Sealkeeper refuses the account, no proxy gets a key that it does not have; those that have one keep it.
func TestRefusedAccountHandsOutNoKey(t *testing.T) {
	s := newSite(t)
	r := s.Add("Budget", "bank")
	r.AllowExport()
	first := r.Activate()
	early := s.envoy(r.ID)
	for early.take() == nil { // until it is known
	}
	if now := s.server.Status(); !now.Healthy {
		t.Fatalf("it is not healthy: %s", now.Error)
	}
	s.Tokens() // none
	for end := time.Now().Add(time.Minute); s.server.Status().Healthy; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it is healthy still")
		}
	}
	late := s.envoy(r.ID)
	if got := late.take(); got != nil {
		t.Errorf("%s was handed out", got.GetName())
	}
	_, err := s.dial().FetchSecrets(t.Context(), &discovery.DiscoveryRequest{ResourceNames: []string{r.ID}})
	if status.Code(err) != codes.PermissionDenied {
		t.Errorf("it was fetched: %v", err)
	}
	if s.envoy(r.ID+"/trust").take().GetValidationContext() == nil { // which is no secret
		t.Error("the trust anchors are held back")
	}
	early.quiet("nothing")
	s.Tokens(clienttest.Token)
	late.takes(r.ID, first)
}

// Where the system's CA certificates cannot be read for a while, proxies keep those from before.
func TestTrustAnchorsOutlastTheirFileGhostunnel219(t *testing.T) {
	var missing atomic.Bool
	s := newSite(t, func(c *sds.Config) {
		c.SystemRoots = func() (string, error) {
			if missing.Load() {
				return "", errors.New("there is no such file")
			}
			return "# the system's", nil
		}
	})
	r := s.Add("Budget", "bank")
	r.AllowExport()
	r.TrustSystemRoots()
	first := r.Activate()
	known := s.envoy(r.ID)
	for known.take() == nil {
	}
	e := s.envoy(r.ID, r.ID+"/trust")
	e.takes(r.ID, first)
	anchors := e.take().GetValidationContext().GetTrustedCa().GetInlineString()
	if !strings.Contains(anchors, "# the system's") {
		t.Fatalf("the anchors are %q", anchors)
	}
	missing.Store(true)
	e.takes(r.ID, r.Activate())
	e.quiet("nothing")
	now := s.server.Status()
	if len(now.Registrations) != 1 || !now.Registrations[0].Healthy || now.Registrations[0].Problem == "" {
		t.Errorf("status: %+v", now)
	}
	missing.Store(false)
	if trust := e.take(); trust.GetName() != r.ID+"/trust" {
		t.Errorf("%s was sent", trust.GetName())
	}
}
