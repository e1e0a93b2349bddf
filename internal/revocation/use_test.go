package revocation_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/internet"
	"github.com/sealkeeper/sealkeeper/internal/policy"
	"github.com/sealkeeper/sealkeeper/internal/revocation"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
)

// A certificate goes from good to revoked while a connector is in use. Where the firm has decided so, its use stops by
// itself, also for a client that is open already, in this process and in another; else people are told and decide.
func TestRevokedInUse(t *testing.T) {
	for _, stops := range []bool{true, false} {
		t.Run(fmt.Sprintf("stops %v", stops), func(t *testing.T) {
			s, service := stack.Asking(t, stack.Options{})
			ctx := t.Context()
			if !stops {
				decided := policy.Setting{Name: policy.StopSandbox, Version: 1, Value: "false", Way: policy.ByApproval}
				check(t, s.DB.AddPolicySettings(ctx, []policy.Setting{decided}))
			}
			qwac := s.QTSP.MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
			r := s.ActivateWith(qwac, s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC}))
			other := s.Replica()
			here, err := s.Issuer.Client(ctx, stack.Connector, r.ID)
			check(t, err)
			there, err := other.Issuer.Client(ctx, stack.Connector, r.ID)
			check(t, err)
			for _, client := range []*connector.Client{here, there} {
				if !works(ctx, client) {
					t.Fatal("no connection")
				}
			}

			service.Revoke(qwac.Certificate.X509.SerialNumber, 9)
			s.Now = s.Now.Add(time.Hour)
			due(t, s)
			check(t, s.Issuer.FollowReplicas(ctx))
			check(t, other.Issuer.FollowReplicas(ctx))
			for _, client := range []*connector.Client{here, there} {
				if works(ctx, client) == stops {
					t.Errorf("an open client: %+v", client.Probe(ctx))
				}
			}
			if _, err = s.Issuer.Client(ctx, stack.Connector, r.ID); (err != nil) != stops {
				t.Errorf("another client: %v", err)
			}
			wantTask(t, s, stops)
			wantNoActivation(t, s, r, qwac)
		})
	}
}

// works reports whether a handshake with the bank succeeds with our certificate.
func works(ctx context.Context, client *connector.Client) bool {
	for _, result := range client.Probe(ctx) {
		if !result.OK || result.Presented == "" {
			return false
		}
	}
	return true
}

func wantTask(t *testing.T, s *stack.Stack, stops bool) {
	t.Helper()
	tasks, err := s.Registrations.Today(t.Context(), stack.Engineer)
	check(t, err)
	kinds := map[registration.TaskKind]string{}
	for _, task := range tasks.Tasks {
		kinds[task.Kind] = task.Title
	}
	said := kinds[registration.CertificateRevoked]
	if !strings.Contains(said, "its issuer revoked it on") || (kinds[registration.InUseBlocked] != "") != stops {
		t.Errorf("today says %v", kinds)
	}
}

// wantNoActivation has a new version with the revoked certificate refused, whatever the policy says.
func wantNoActivation(t *testing.T, s *stack.Stack, r registration.Registration, qwac *qtsp.Issued) {
	t.Helper()
	record, err := s.DB.CertificateByFingerprint(t.Context(), qwac.Certificate.SHA256)
	check(t, err)
	b := s.SaveBundle(r.ID, record.ID, s.Import(qtsp.Request{Kind: certs.QSealC, KeyType: qtsp.P256}))
	_, err = s.Registrations.Activate(t.Context(), stack.Engineer, r.ID, b.Version)
	if _, code, said := fault.Public(err); code != "not_ready" || !strings.Contains(said, "it was revoked on") {
		t.Errorf("activated: %v", err)
	}
}

// What was revoked since the last question is found out before an activation.
func TestAskedBeforeAnActivation(t *testing.T) {
	s, service := stack.Asking(t, stack.Options{})
	ctx := t.Context()
	qwac := s.QTSP.MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
	r := s.Register(stack.Institution)
	s.DoSteps(r.ID)
	b := s.SaveBundle(r.ID, s.ImportIssued(qwac), s.Import(qtsp.Request{Kind: certs.QSealC, KeyType: qtsp.P256}))
	s.TestConnection(r.ID)
	due(t, s)
	service.Revoke(qwac.Certificate.X509.SerialNumber, 1)
	s.Now = s.Now.Add(15 * time.Minute) // nothing is due
	_, err := s.Registrations.Activate(ctx, stack.Engineer, r.ID, b.Version)
	wantCode(t, err, "not_ready")

	// An issuer that does not answer stands in nobody's way.
	service.Have(qtsp.Silent)
	b = s.SaveBundle(r.ID, s.Import(qtsp.Request{KeyType: qtsp.P256}), b.QSealCID)
	s.TestConnection(r.ID)
	done, err := s.Registrations.Activate(ctx, stack.Engineer, r.ID, b.Version)
	if check(t, err); !done {
		t.Error("not done")
	}
}

// An issuing certificate that is revoked takes its certificates along.
func TestRevokedIssuer(t *testing.T) {
	s, service := stack.Asking(t, stack.Options{})
	issued := s.QTSP.MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
	id := s.ImportIssued(issued)
	issuing, err := certs.ParseCertificate(issued.Chain[0])
	check(t, err)
	service.Revoke(issuing.X509.SerialNumber, 2)
	due(t, s)
	leaf, issuer := results(t, s, id)
	if leaf.State != revocation.Good || issuer.State != revocation.Revoked {
		t.Errorf("%s, %s", leaf.State, issuer.State)
	}
	elements, err := s.Revocation.Revoked(t.Context())
	check(t, err)
	if len(elements) != 1 || elements[0].CertificateID != id || elements[0].Position != 1 {
		t.Errorf("%+v", elements)
	}
}

// Two processes ask at the same time, and nothing that either learned is lost. The database goes away in the middle,
// and the next process goes on.
func TestTwoProcessesAndARestart(t *testing.T) {
	s, service := stack.Asking(t, stack.Options{})
	ctx := t.Context()
	var ids []string
	var revoked []*qtsp.Issued
	for i := range 20 {
		issued := s.QTSP.MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
		if ids = append(ids, s.ImportIssued(issued)); i%2 == 0 {
			revoked = append(revoked, issued)
		}
	}
	for _, issued := range revoked {
		service.Revoke(issued.Certificate.X509.SerialNumber, 4)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := s.Revocation.AskDue(gone); err == nil {
		t.Error("without a database nothing can be due")
	}
	var both sync.WaitGroup
	for _, process := range []*revocation.Service{s.Revocation, s.Replica().Revocation} {
		both.Go(func() {
			if _, err := process.AskDue(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	again := s.Replica()
	for i, id := range ids {
		all, err := again.Revocation.OfCertificate(ctx, stack.Auditor, id)
		check(t, err)
		want := revocation.Good
		if i%2 == 0 {
			want = revocation.Revoked
		}
		if all[0].State != want {
			t.Errorf("%d is %s", i, all[0].State)
		}
	}
	asked := service.Asked()
	if _, err := again.Revocation.AskDue(ctx); err != nil || service.Asked()["/issuing.crl"] != asked["/issuing.crl"] {
		t.Errorf("asked again after a restart: %v, %v", service.Asked(), err)
	}
}

// The daily load: the certificates of 50 issuers that publish lists take fewer than 200 questions, however many there
// are.
func TestQuestionsOfADay(t *testing.T) {
	const issuers, each = 50, 20 // so many as make several pages; with 200 of each it is as many questions
	services := make([]http.Handler, issuers)
	now := time.Now()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n int
		var rest string
		_, _ = fmt.Sscanf(r.URL.Path, "/%d/%s", &n, &rest)
		r.URL.Path = "/" + rest
		services[n].ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	clock := func() time.Time { return now }
	asks, err := internet.New(internet.Config{Allow: []string{"127.0.0.1"}, Now: clock})
	check(t, err)
	db := storetest.SQLite(t)
	s := stack.Wire(t, db, stack.Embedded(t, db), clock)
	total := fillMany(t, db, services, server.URL, each, clock)
	checker := revocation.New(revocation.Config{
		Store:  db,
		Asks:   asks,
		Audit:  s.Audit,
		Logger: slog.New(slog.DiscardHandler),
		Now:    clock,
	})
	before := 0
	for day := range 2 { // on the first, the issuers' issuers are found too
		begun := time.Now()
		for range 24 * 4 { // in quarters of an hour
			_, err := checker.AskDue(t.Context())
			check(t, err)
			now = now.Add(15 * time.Minute)
		}
		asked := total() - before
		before += asked
		t.Logf("day %d: %d questions for %d certificates, in %s", day+1, asked, issuers*each, time.Since(begun))
		if asked >= 200 || day > 0 && asked > 100 {
			t.Errorf("%d questions", asked)
		}
	}
	last, err := checker.OfCertificate(t.Context(), stack.Auditor, "c-49-19")
	if check(t, err); len(last) != 2 || last[0].State != revocation.Good || last[1].State != revocation.Good {
		t.Errorf("%+v", last)
	}
}

func fillMany(
	t *testing.T, db *store.DB, services []http.Handler, base string, each int, clock func() time.Time,
) (total func() int) {
	t.Helper()
	all := make([]*qtsp.Service, len(services))
	for n := range services {
		q, err := qtsp.NewAt(clock(), fmt.Sprintf("%s/%d", base, n))
		check(t, err)
		all[n], err = qtsp.NewService(q, clock)
		check(t, err)
		all[n].CountFor(7 * 24 * time.Hour)
		services[n] = all[n]
		issuing, err := certs.ParseCertificate(q.Chain()[0])
		check(t, err)
		first := q.MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
		for i := range each {
			issued := q.MustIssue(t, qtsp.Request{Key: first.Key.Signer()})
			_, err := db.RestoreCertificate(t.Context(), vault.Record{
				ID:        fmt.Sprintf("c-%d-%d", n, i),
				KeyID:     fmt.Sprintf("k-%d-%d", n, i),
				State:     vault.Stored,
				Name:      "a certificate",
				Leaf:      issued.Certificate,
				Chain:     []*certs.Certificate{issuing},
				CreatedAt: clock(),
			}, false)
			check(t, err)
		}
	}
	return func() (sum int) {
		for _, s := range all {
			for _, n := range s.Asked() {
				sum += n
			}
		}
		return sum
	}
}
