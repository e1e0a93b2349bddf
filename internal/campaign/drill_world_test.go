package campaign_test

import (
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/client/source"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/lab/bank"
	"github.com/sealkeeper/sealkeeper/lab/bank/portal"
	"github.com/sealkeeper/sealkeeper/lab/bank/segments"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/secret"
)

// rules are how five banks recognise a certificate, and what a change of it takes there: each model of acceptance,
// each effect and each answer to the question whether both certificates are accepted side by side.
var rules = []struct {
	model       portal.Acceptance
	environment string
	facts       map[string]string
}{
	{portal.ByOrganization, segments.Sandbox, map[string]string{
		catalogue.KeyChannel: "none", catalogue.KeyEffect: "at_once", catalogue.KeyOverlap: "yes",
	}},
	{portal.BySubject, segments.Live, map[string]string{
		catalogue.KeyChannel: "email", catalogue.KeyLeadTime: "3", catalogue.KeyEffect: "approval",
		catalogue.KeyOverlap: "yes",
	}},
	{portal.ByFingerprint, segments.Live, map[string]string{
		catalogue.KeyChannel: "ticket", catalogue.KeyLeadTime: "1",
		catalogue.KeyEffect: "next_working_day 14:00 cut-off 09:59", catalogue.KeyOverlap: "5 days",
	}},
	{portal.OneCertificate, segments.Live, map[string]string{
		catalogue.KeyChannel: "portal", catalogue.KeyLeadTime: "0", catalogue.KeyEffect: "same_minute",
		catalogue.KeyOverlap: "no",
	}},
	{portal.ByRegistration, segments.Sandbox, map[string]string{
		catalogue.KeyChannel: "api", catalogue.KeyLeadTime: "0", catalogue.KeyEffect: "at_once",
		catalogue.KeyOverlap: "no", catalogue.KeyTogether: "yes",
	}},
}

// bankFile is a catalogue file of one institution at a simulated bank.
const bankFile = `id: %[1]s
name: %[1]s
country: FR
registration: manual
acceptance: {%[2]s}
profile:
  accept: application/json
  time_zone: Europe/Paris
  signature: {algorithm: rsa-sha256, ais_headers: [client-id, digest, x-request-id], 
    pis_headers: [digest, x-request-id], separator: ",", key_id: "{base}/{name}_{sha256}", key_id_name: qsealc,
    digest_empty_body: true}
  extra_headers: {client-id: "{client_id}"}
  oauth: {token_auth: basic, ais_scope: aisp, pis_scope: pisp, send_scope: false, consent_days: 180}
  href_mode: append-to-base
  authorize_url: %[4]q
  token_url: %[5]q
  ais_base_url: %[6]q
  pis_base_url: %[7]q
  connection: {trust_anchors: [%[8]q], retry_backoff: 1ms, handshake_timeout: 1m}
environments:
  %[3]s:
    name: Drill
    steps:
      - {id: live, scope: registration, who: compliance, check: activated, title: {en: Live, fr: Actif},
         why: {en: W, fr: P}, how: {en: H, fr: C}}
segments:
  personal:
    name: Personal
    tokens: {access_minutes: 30, refresh: none, source: "https://bank.example", verified: 2026-11-01}
institutions:
  - {id: %[1]s, name: %[1]s, segment: personal, environment: %[3]s, scopes: [ais, pis]}
`

// How far a bank that accepts one certificate at a time is with the change.
const (
	beforeChange int64 = iota
	atTheBank          // it changes over; nobody knows which certificate a request meets
	inTheGap           // it has changed over, and we have not
	atOurs             // we change over
	afterChange
)

// patience is how long a handshake may take: what is slow because this machine is busy is no failure of a change-over.
const patience = time.Minute

// drillBank is a bank of the drill.
type drillBank struct {
	*bank.Server
	institution string
	model       portal.Acceptance
	phase       atomic.Int64

	requests, failed, gap atomic.Int64 // gap: of those that failed, what was made within the predicted gap
}

// oneAtATime reports whether the bank lets go of a certificate when it accepts the next.
func (b *drillBank) oneAtATime() bool {
	return b.model == portal.OneCertificate || b.model == portal.ByRegistration
}

// startBank starts a bank that knows the firm's client with a certificate, and returns its catalogue file too.
func startBank(t *testing.T, s *stack.Stack, i int, old *certs.Certificate) (*drillBank, []byte) {
	t.Helper()
	r := rules[i]
	certificate, err := s.QTSP.ServerCertificate("127.0.0.1")
	check(t, err)
	sim, err := bank.New(bank.Config{
		ServerCertificate: certificate,
		QTSPRoots:         s.QTSP.Pool(),
		Acceptance:        r.model,
		Patience:          patience,
		Clients: []portal.Client{{
			ID:                     stack.ClientID,
			Secret:                 secret.NewTextString(stack.ClientSecret),
			OrganizationIdentifier: stack.Organization,
			RedirectURIs:           []string{stack.RedirectURI},
			Environment:            r.environment,
			Subject:                old.Subject,
			Certificates:           []string{old.SHA256},
		}},
	})
	check(t, err)
	server, err := sim.Start("127.0.0.1:0", "127.0.0.1:0")
	check(t, err)
	t.Cleanup(server.Close)
	b := &drillBank{Server: server, institution: fmt.Sprintf("drill-%d", i+1), model: r.model}
	at, _ := server.Institution(map[string]string{
		segments.Sandbox: stack.Institution,
		segments.Live:    stack.LiveAtSim,
	}[r.environment])
	var facts []string
	for key, value := range r.facts {
		facts = append(facts, fmt.Sprintf("%s: {value: %q, source: %q, verified: 2026-11-01}", key, value,
			"https://bank.example"))
	}
	root := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.QTSP.Root().Raw}))
	return b, fmt.Appendf(nil, bankFile, b.institution, strings.Join(facts, ", "), r.environment, at.AuthorizeURL,
		at.TokenURL, at.AISBaseURL, at.PISBaseURL, root)
}

// use is a registration of the drill, and the service that calls its bank with it.
type use struct {
	bank        *drillBank
	id          string // of the registration
	application string // its id
	tokenURL    string
	by          *source.Source
	mistakes    atomic.Pointer[string] // the first request that failed, or did not, against what was predicted
}

// ask makes one request and reports whether the bank took the certificate.
func (u *use) ask(ctx context.Context) (taken bool, said string) {
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {"pisp"}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, u.tokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return false, err.Error()
	}
	r.SetBasicAuth(stack.ClientID, stack.ClientSecret)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := u.by.HTTPClient().Do(r)
	if err != nil {
		return false, err.Error()
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK, response.Status
}

// callOnAndOn makes requests until ctx ends, and holds each to what was predicted for its moment.
func (u *use) callOnAndOn(ctx context.Context, pause time.Duration, made chan<- struct{}) {
	for next := time.NewTicker(pause); ; <-next.C {
		from := u.bank.phase.Load()
		taken, said := u.ask(ctx)
		until := u.bank.phase.Load()
		if ctx.Err() != nil {
			return
		}
		u.bank.requests.Add(1)
		if !taken {
			u.bank.failed.Add(1)
		}
		within := from == until && from == inTheGap
		outside := !u.bank.oneAtATime() || from == until && (from == beforeChange || from == afterChange)
		if within && !taken {
			u.bank.gap.Add(1)
		}
		if within && taken || outside && !taken {
			text := fmt.Sprintf("%s of %s in phase %d to %d: taken %v, %s", u.id, u.bank.institution, from, until,
				taken, said)
			u.mistakes.CompareAndSwap(nil, &text)
		}
		select {
		case made <- struct{}{}:
		default: // nobody has looked since the last one
		}
	}
}

var errDead = fmt.Errorf("the process is gone: %w", context.Canceled)

// dying is a process that dies: after so many calls for each registration, the last of which has its effect and gives
// no answer, nothing it does has any.
type dying struct {
	campaign.Store
	campaign.Registrations
	campaign.Banks

	mu     sync.Mutex
	calls  int            // for each registration
	made   map[string]int // by registration
	killed map[string]map[string]bool
}

func (d *dying) burn(registrationID, call string) (effect, answer bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.made[registrationID]++
	n := d.made[registrationID]
	if n == d.calls {
		if d.killed[registrationID] == nil {
			d.killed[registrationID] = map[string]bool{}
		}
		d.killed[registrationID][call] = true
	}
	return n <= d.calls, n < d.calls
}

// UpdateLine implements campaign.Store.
func (d *dying) UpdateLine(ctx context.Context, l campaign.Line) error {
	effect, answer := d.burn(l.RegistrationID, "note")
	if effect {
		if err := d.Store.UpdateLine(ctx, l); err != nil || answer {
			return err
		}
	}
	return errDead
}

// PrepareSwap implements campaign.Registrations.
func (d *dying) PrepareSwap(
	ctx context.Context, by access.Caller, id string, w registration.Swap,
) (version int, err error) {
	effect, answer := d.burn(id, "prepare")
	if effect {
		if version, err = d.Registrations.PrepareSwap(ctx, by, id, w); err != nil || answer {
			return version, err
		}
	}
	return 0, errDead
}

// CarryOut implements campaign.Registrations.
func (d *dying) CarryOut(
	ctx context.Context, by access.Caller, id string, w registration.Swap, r approval.Request,
) error {
	effect, answer := d.burn(id, "carry out")
	if effect {
		if err := d.Registrations.CarryOut(ctx, by, id, w, r); err != nil || answer {
			return err
		}
	}
	return errDead
}

// Test implements campaign.Banks.
func (d *dying) Test(ctx context.Context, by access.Caller, id string) (report issuer.TestReport, err error) {
	effect, answer := d.burn(id, "test")
	if effect {
		if report, err = d.Banks.Test(ctx, by, id); err != nil || answer {
			return report, err
		}
	}
	return issuer.TestReport{}, errDead
}

// dies returns the campaigns of a process that dies; killed gathers at which calls.
func (f *firm) dies(calls int, killed map[string]map[string]bool, now func() time.Time) *campaign.Service {
	d := &dying{
		Store:         f.DB,
		Registrations: f.Registrations,
		Banks:         f.Issuer,
		calls:         calls,
		made:          map[string]int{},
		killed:        killed,
	}
	return campaign.New(campaign.Config{
		Store:         d,
		Registrations: d,
		Certificates:  f.Vault,
		Banks:         d,
		Services:      f.Usage,
		Approvals:     app.NewRequests(f.Records, now),
		Audit:         f.Audit,
		Now:           now,
	})
}
