package campaign_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/client/source"
	"github.com/sealkeeper/sealkeeper/connector/duration"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
)

// size is how large the drill is: a registration at each of the five banks for each application.
type size struct {
	applications, services, requests int
	pause                            time.Duration // of a service between two requests with a registration
}

// sized is the size of the drill: all of it with SEALKEEPER_DRILL=whole, as by `make drill`.
func sized() size {
	if os.Getenv("SEALKEEPER_DRILL") == "whole" {
		return size{applications: 12, services: 20, requests: 100_000, pause: 40 * time.Millisecond}
	}
	return size{applications: 1, services: 2, requests: 1000, pause: 5 * time.Millisecond}
}

// drill is one change of certificates, from the upload of the renewals to the end of the old ones.
type drill struct {
	*firm
	t      *testing.T
	size   size
	ahead  atomic.Int64 // of the real time
	banks  []*drillBank
	uses   []*use
	made   chan struct{} // something was requested since somebody looked
	old    *qtsp.Issued
	next   *qtsp.Issued
	killed map[string]map[string]bool // calls at which a process died, by registration
	c      campaign.Campaign
}

func (d *drill) now() time.Time { return time.Now().Add(time.Duration(d.ahead.Load())) }

// until turns the clock to a moment to come.
func (d *drill) until(at time.Time) {
	d.ahead.Store(int64(max(time.Until(at), time.Duration(d.ahead.Load()))))
}

// under waits while so many requests are made.
func (d *drill) under(requests int) {
	d.t.Helper()
	for enough := d.total() + int64(requests); d.total() < enough; {
		select {
		case <-d.made:
		case <-time.After(time.Minute):
			d.t.Fatal("no service calls its bank any more")
		}
	}
}

// TestDrill: at five banks, each with a model of acceptance and a rule of its own, one campaign replaces both
// certificates of every registration while services call the banks, and processes die at every step of it. Where a bank
// accepts both, no request fails. Where it does not, exactly those fail that are made within the gap that the plan has
// predicted.
func TestDrill(t *testing.T) {
	began := time.Now()
	d := newDrill(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var calling sync.WaitGroup
	for _, u := range d.uses {
		calling.Go(func() { u.callOnAndOn(ctx, d.size.pause, d.made) })
	}
	share := d.size.requests / 20 // each part of the drill has at least so many requests
	d.under(share)
	d.upload()
	d.plan()
	for _, b := range d.inOrder() {
		d.change(b, share)
	}
	d.confirm()
	d.end()
	d.under(share)
	d.under(max(0, d.size.requests-int(d.total())))
	stop()
	calling.Wait()
	d.check()
	for _, b := range d.banks {
		t.Logf("%s, %s: %d requests, %d failed, %d of them within the predicted gap", b.institution, b.model,
			b.requests.Load(), b.failed.Load(), b.gap.Load())
	}
	t.Logf("%d registrations, %d services, %d requests, %s", len(d.uses), d.size.services, d.total(),
		time.Since(began).Round(time.Second))
}

func newDrill(t *testing.T) *drill {
	t.Helper()
	d := &drill{t: t, size: sized(), made: make(chan struct{}, 1), killed: map[string]map[string]bool{}}
	s := stack.NewWith(t, stack.Options{Clock: d.now})
	d.old = s.QTSP.MustIssue(t, qtsp.Request{})
	d.firm = &firm{
		Stack:     s,
		oldQWAC:   s.ImportIssued(d.old),
		oldQSealC: s.Import(qtsp.Request{Kind: certs.QSealC}),
	}
	texts := make([][]byte, len(rules))
	for i := range rules {
		b, text := startBank(t, s, i, d.old.Certificate)
		d.banks, texts[i] = append(d.banks, b), text
	}
	check(t, s.Catalogue.Take(texts, nil))
	d.register()
	d.serve()
	return d
}

// register takes the old certificates into use for each application at each bank.
func (d *drill) register() {
	d.t.Helper()
	ctx := d.t.Context()
	first := d.Register(d.banks[0].institution)
	a, err := d.DB.ApplicationByID(ctx, first.ApplicationID)
	check(d.t, err)
	for i := range d.size.applications {
		if i > 0 {
			next := registration.Application{
				OrganizationID: a.OrganizationID,
				Name:           fmt.Sprintf("Exemple %d", i),
				RedirectURIs:   a.RedirectURIs,
				ClientURI:      a.ClientURI,
				TermsURI:       a.TermsURI,
			}
			a, err = d.Registrations.AddApplication(ctx, stack.Engineer, next)
			check(d.t, err)
		}
		for _, b := range d.banks {
			r := first
			if i > 0 || b != d.banks[0] {
				r, err = d.Registrations.Register(ctx, stack.Engineer, a.ID, b.institution)
				check(d.t, err)
			}
			d.TakeIntoUse(r.ID, d.oldQWAC, d.oldQSealC)
			d.uses = append(d.uses, &use{bank: b, id: r.ID, application: a.ID})
		}
	}
}

// serve has each service use its share of the registrations, at several banks.
func (d *drill) serve() {
	d.t.Helper()
	handler, err := d.Handler()
	check(d.t, err)
	web := httptest.NewServer(handler)
	d.t.Cleanup(web.Close)
	d.t.Cleanup(web.CloseClientConnections) // streams end with the feed, which no one waits for here
	ctx, stop := context.WithCancel(context.Background())
	ran := make(chan struct{})
	go func() { defer close(ran); d.Feed.Run(ctx) }()
	d.t.Cleanup(func() { stop(); <-ran })
	connection := mtls.Defaults()
	connection.HandshakeTimeout, connection.RequestTimeout = duration.Duration(patience), duration.Duration(patience)
	for i := range d.size.services {
		name := fmt.Sprintf("service-%d", i)
		var mine []*use
		var bindings []service.Binding
		for k := i; k < len(d.uses); k += d.size.services {
			u := d.uses[k]
			in, _ := d.Catalogue.Institution(u.bank.institution)
			mine = append(mine, u)
			bindings = append(bindings, service.Binding{
				ApplicationID: u.application,
				InstitutionID: in.ID,
				Environment:   in.Environment,
			})
		}
		account, _ := d.ServiceBound(name, bindings, access.Transport)
		_, token, err := d.Accounts.IssueToken(d.t.Context(), stack.Admin, account.ID, d.now().AddDate(0, 3, 0))
		check(d.t, err)
		set, err := source.OpenAll(d.t.Context(), source.Config{
			Client:     client.Config{URL: web.URL, Token: token},
			Instance:   name,
			Connection: connection,
		})
		check(d.t, err)
		d.t.Cleanup(func() { _ = set.Close() })
		for _, s := range set.Sources() {
			k := slices.IndexFunc(mine, func(u *use) bool { return u.id == s.Name().ID })
			mine[k].by = s
		}
	}
	for _, u := range d.uses {
		in, _ := d.Catalogue.Institution(u.bank.institution)
		u.tokenURL, _ = in.Profile["token_url"].(string)
	}
}

// upload stores the renewals, which are recognised, and takes them for what replaces the old ones.
func (d *drill) upload() {
	d.t.Helper()
	ctx := d.t.Context()
	later := d.old.Certificate.NotAfter.AddDate(1, 0, 0)
	d.next = d.QTSP.MustIssue(d.t, qtsp.Request{NotAfter: later})
	found, err := d.Vault.Predecessors(ctx, stack.Officer, d.next.Certificate)
	check(d.t, err)
	if vault.Likely(found) != d.oldQWAC {
		d.t.Fatalf("the renewal is not recognised: %+v", found)
	}
	d.newQWAC = d.ImportIssued(d.next)
	d.newQSealC = d.Import(qtsp.Request{Kind: certs.QSealC, NotAfter: later})
	check(d.t, d.Vault.Link(ctx, stack.Officer, d.newQWAC, d.oldQWAC))
	check(d.t, d.Vault.Link(ctx, stack.Officer, d.newQSealC, d.oldQSealC))
}

// plan begins the campaign by two people, and tells the banks that want to be told.
func (d *drill) plan() {
	d.t.Helper()
	ctx := d.t.Context()
	d.c = d.running(d.t)
	lines, err := d.DB.CampaignLines(ctx, d.c.ID)
	check(d.t, err)
	if len(lines) != len(d.uses) {
		d.t.Fatalf("%d registrations are planned, of %d", len(lines), len(d.uses))
	}
	for _, l := range lines {
		i := slices.Index(d.banks, d.bank(l))
		if i == 0 { // it is not told
			continue
		}
		check(d.t, d.Campaigns.Announce(ctx, stack.Officer, d.c.ID, l.RegistrationID))
		told, err := d.DB.CampaignLine(ctx, d.c.ID, l.RegistrationID)
		check(d.t, err)
		check(d.t, d.Campaigns.RecordAnswer(ctx, stack.Officer, d.c.ID, l.RegistrationID, campaign.Answer{
			From:     "Ms Martin",
			SwitchAt: told.Plan.Suggested.Add(time.Duration(i) * 30 * time.Minute), // each bank by itself
		}))
	}
	d.killedAndContinued()
}

func (d *drill) bank(l campaign.Line) *drillBank {
	i := slices.IndexFunc(d.banks, func(b *drillBank) bool { return b.institution == l.InstitutionID })
	return d.banks[i]
}

// moment is when the registrations at a bank are to be changed, and whether a gap is predicted there.
func (d *drill) moment(b *drillBank) (at time.Time, gap bool) {
	d.t.Helper()
	lines, err := d.DB.CampaignLines(d.t.Context(), d.c.ID)
	check(d.t, err)
	for _, l := range lines {
		if l.InstitutionID != b.institution {
			continue
		}
		if l.State != campaign.Prepared || l.SwitchAt.IsZero() || !at.IsZero() && !l.SwitchAt.Equal(at) {
			d.t.Fatalf("%s at %s: %+v", l.State, b.institution, l)
		}
		at, gap = l.SwitchAt, l.Plan.Gap
	}
	return at, gap
}

// inOrder are the banks as their moments come.
func (d *drill) inOrder() []*drillBank {
	banks := slices.Clone(d.banks)
	slices.SortStableFunc(banks, func(a, b *drillBank) int {
		first, _ := d.moment(a)
		second, _ := d.moment(b)
		return first.Compare(second)
	})
	return banks
}

// killedAndContinued has what is due be done by processes that die, each a call later than the one before, and then by
// one that does not.
func (d *drill) killedAndContinued() {
	d.t.Helper()
	for _, calls := range []int{0, 1, 2, 3, 1, 2} {
		_, _ = d.dies(calls, d.killed, d.now).Run(d.t.Context())
	}
	for range 10 {
		n, err := d.Campaigns.Run(d.t.Context())
		check(d.t, err)
		if n == 0 {
			return
		}
	}
	d.t.Fatal("there is always something to do")
}

// change goes through the change at one bank: first there, then here.
func (d *drill) change(b *drillBank, share int) {
	d.t.Helper()
	at, gap := d.moment(b)
	if want := b.model == rules[4].model; gap != want {
		d.t.Errorf("a gap is predicted at %s: %v", b.institution, gap)
	}
	d.until(at)
	b.phase.Store(atTheBank)
	fingerprint, err := b.Announce(stack.ClientID, d.next.Certificate.Raw)
	check(d.t, err)
	if b.model != rules[4].model { // there, the call was enough
		check(d.t, b.Accept(stack.ClientID, fingerprint))
	}
	if gap {
		b.phase.Store(inTheGap)
		d.under(share)
		b.phase.Store(atOurs)
	}
	d.killedAndContinued()
	d.followed(b)
	b.phase.Store(afterChange)
	d.under(share)
}

// confirm waits until every service has said that it presents the new certificates alone, and has that noted.
func (d *drill) confirm() {
	d.t.Helper()
	ctx := d.t.Context()
	for _, u := range d.uses {
		for {
			v, err := d.Registrations.WithVersions(ctx, u.id)
			check(d.t, err)
			o, err := d.Usage.Overview(ctx, stack.Officer, v)
			check(d.t, err)
			if o.Finished() {
				break
			}
			d.under(10)
		}
	}
	d.until(d.now().Add(2 * time.Minute))
	d.killedAndContinued()
}

// followed waits until every service has the new certificate.
func (d *drill) followed(b *drillBank) {
	d.t.Helper()
	for _, u := range d.uses {
		for u.bank == b {
			updated := u.by.Updated()
			if u.by.Status().SHA256 == d.next.Certificate.SHA256 {
				break
			}
			select {
			case <-updated:
			case <-d.made:
			case <-time.After(time.Minute):
				d.t.Fatalf("%s does not follow at %s", u.id, b.institution)
			}
		}
	}
}

// end takes the old certificate off the banks' lists, and retires it here, since nothing uses it any more: with that
// the campaign is done.
func (d *drill) end() {
	d.t.Helper()
	ctx := d.t.Context()
	_, counts, _, err := d.Campaigns.Campaign(ctx, stack.Auditor, d.c.ID)
	check(d.t, err)
	if counts.Open() > 0 {
		d.t.Fatalf("the campaign and its registrations are %s", d.states(d.t, d.c))
	}
	for _, b := range d.banks {
		if b.model == rules[2].model {
			check(d.t, b.Withdraw(stack.ClientID, d.old.Certificate.SHA256))
		}
	}
	second := d.secondOfficer(d.t)
	for _, id := range []string{d.oldQWAC, d.oldQSealC} {
		done, err := d.Vault.Retire(ctx, stack.Officer, id, "replaced everywhere")
		check(d.t, err)
		if done {
			d.t.Error("one person has retired what live has named")
		}
		waiting, err := d.Approvals.Waiting(ctx, id)
		check(d.t, err)
		_, err = d.Approvals.Approve(ctx, second, waiting[0].ID, "")
		check(d.t, err)
	}
	_, err = d.Campaigns.Run(ctx)
	check(d.t, err)
	if now, err := d.DB.Campaign(ctx, d.c.ID); err != nil || now.State != campaign.Done {
		d.t.Errorf("the old certificates are retired, and the campaign is %s, %v", now.State, err)
	}
}

func (d *drill) total() (n int64) {
	for _, b := range d.banks {
		n += b.requests.Load()
	}
	return n
}

// check compares what happened with what was to happen.
func (d *drill) check() {
	d.t.Helper()
	ctx := d.t.Context()
	for _, u := range d.uses {
		if said := u.mistakes.Load(); said != nil {
			d.t.Errorf("a request was answered otherwise than predicted: %s", *said)
		}
		if died := d.killed[u.id]; len(died) != 4 {
			d.t.Errorf("processes died for %s at %v, and not at every step", u.id, died)
		}
		versions, err := d.Registrations.Versions(ctx, stack.Officer, u.id)
		check(d.t, err)
		if b := (registration.View{Bundles: versions}).Active(); b == nil || b.Version != 2 || b.QWACID != d.newQWAC ||
			b.QSealCID != d.newQSealC {
			d.t.Errorf("in use for %s is %+v", u.id, b)
		}
	}
	for _, b := range d.banks {
		if failed := b.failed.Load(); !b.oneAtATime() && failed > 0 {
			d.t.Errorf("%s accepts both, and %d requests failed", b.institution, failed)
		}
		if b.model == rules[4].model && b.gap.Load() == 0 {
			d.t.Errorf("no request was made in the gap at %s", b.institution)
		}
	}
	report, err := d.Campaigns.Report(ctx, stack.Auditor, d.c.ID)
	check(d.t, err)
	told := 0
	check(d.t, report.Each(ctx, report.Len(), func(e campaign.Evidence) error {
		if e.ActivatedBy == "system:campaigns" && e.Serving.Finished() && e.Serving.Over() == 1 {
			told++
		}
		return nil
	}))
	if told != len(d.uses) {
		d.t.Errorf("the report has the change of %d registrations, of %d", told, len(d.uses))
	}
}
