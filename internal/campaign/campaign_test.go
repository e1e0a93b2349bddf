package campaign_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// firm is a stack whose two certificates are in use at two of the simulated bank's institutions, one of them live, and
// whose renewals are stored.
type firm struct {
	*stack.Stack
	oldQWAC, newQWAC, oldQSealC, newQSealC string
	sandbox, live                          string // ids of the registrations
}

func newFirm(t *testing.T) *firm { return newFirmIn(t, storetest.SQLite(t)) }

func newFirmIn(t *testing.T, db *store.DB) *firm {
	t.Helper()
	s := stack.NewWith(t, stack.Options{DB: db})
	r := s.Renewal()
	return &firm{s, r.OldQWAC, r.NewQWAC, r.OldQSealC, r.NewQSealC, r.Sandbox, r.Live}
}

func (f *firm) pairs() []campaign.Pair {
	return []campaign.Pair{{Old: f.oldQWAC, New: f.newQWAC}, {Old: f.oldQSealC, New: f.newQSealC}}
}

// running is a campaign for both, agreed to by two people and started.
func (f *firm) running(t *testing.T) campaign.Campaign { return f.begun(t, f.pairs()) }

func (f *firm) begun(t *testing.T, pairs []campaign.Pair) campaign.Campaign {
	t.Helper()
	c := f.approved(t, pairs)
	check(t, f.Campaigns.Start(t.Context(), stack.Engineer, c.ID))
	return c
}

func (f *firm) approved(t *testing.T, pairs []campaign.Pair) campaign.Campaign {
	t.Helper()
	ctx := t.Context()
	c, err := f.Campaigns.Create(ctx, stack.Engineer, campaign.Intent{Name: "Renewal", Pairs: pairs})
	check(t, err)
	request, done, err := f.Campaigns.Request(ctx, stack.Engineer, c.ID, "the old ones end")
	check(t, err)
	if done {
		t.Fatal("one person was enough")
	}
	_, err = f.Approvals.Approve(ctx, stack.Officer, request.ID, "")
	check(t, err)
	return c
}

// secondOfficer is somebody else who may retire certificates.
func (f *firm) secondOfficer(t *testing.T) access.Caller {
	t.Helper()
	second := access.Caller{ID: "u-second", Name: "Nora", Roles: []access.Role{access.Compliance}}
	check(t, f.DB.AddUser(t.Context(), identity.User{
		ID:        second.ID,
		Name:      second.Name,
		Roles:     second.Roles,
		CreatedAt: f.Now,
	}))
	return second
}

// agreed notes for both registrations that the bank was told and takes the new certificates in an hour.
func (f *firm) agreed(t *testing.T, c campaign.Campaign) (at time.Time) {
	t.Helper()
	at = f.Now.Add(time.Hour)
	for _, r := range []string{f.sandbox, f.live} {
		check(t, f.Campaigns.Announce(t.Context(), stack.Officer, c.ID, r))
		check(t, f.Campaigns.RecordAnswer(t.Context(), stack.Officer, c.ID, r,
			campaign.Answer{From: "support", SwitchAt: at}))
	}
	return at
}

func (f *firm) run(t *testing.T) {
	t.Helper()
	_, err := f.Campaigns.Run(t.Context())
	check(t, err)
}

func (f *firm) active(t *testing.T, registrationID string) registration.Bundle {
	t.Helper()
	versions, err := f.Registrations.Versions(t.Context(), stack.Officer, registrationID)
	check(t, err)
	b := registration.View{Bundles: versions}.Active()
	if b == nil {
		t.Fatal("no version is in use")
	}
	return *b
}

func (f *firm) states(t *testing.T, c campaign.Campaign) string {
	t.Helper()
	now, err := f.DB.Campaign(t.Context(), c.ID)
	check(t, err)
	lines, err := f.DB.CampaignLines(t.Context(), c.ID)
	check(t, err)
	said := string(now.State)
	for _, l := range lines {
		said += " " + string(l.State)
		if l.Failure.Code != "" {
			said += ":" + l.Failure.Code
		}
	}
	return said
}

func TestCampaignOfTwoBanks(t *testing.T) { storetest.Each(t, testCampaignOfTwoBanks) }

func testCampaignOfTwoBanks(t *testing.T, db *store.DB) {
	f := newFirmIn(t, db)
	c := f.running(t)
	page, err := f.Campaigns.Lines(t.Context(), stack.Auditor, c.ID, campaign.Lines.Query())
	check(t, err)
	if len(page.Items) != 2 || page.Items[0].Swap.NewQWAC != f.newQWAC || page.Items[0].Plan.SwitchBy.IsZero() {
		t.Fatalf("the lines are %+v", page.Items)
	}
	at := f.agreed(t, c)
	f.run(t)
	if got := f.states(t, c); got != "running prepared prepared" {
		t.Errorf("before the minute: %s", got)
	}
	if b := f.active(t, f.live); b.QWACID != f.oldQWAC {
		t.Error("the new certificate is in use before the agreed minute")
	}
	f.Now = at
	f.run(t)
	if got := f.states(t, c); got != "running activated activated" {
		t.Fatalf("at the minute: %s", got)
	}
	for _, r := range []string{f.sandbox, f.live} {
		if b := f.active(t, r); b.QWACID != f.newQWAC || b.QSealCID != f.newQSealC ||
			b.ActivatedBy != "system:campaigns" {
			t.Errorf("in use is %+v", b)
		}
	}
	f.Now = at.Add(2 * time.Minute)
	f.run(t)
	if got := f.states(t, c); got != "running confirmed confirmed" {
		t.Errorf("after it: %s", got)
	}
	line, _, err := f.Campaigns.Line(t.Context(), stack.Auditor, c.ID, f.live)
	check(t, err)
	if qwac, _ := f.Vault.Get(t.Context(), stack.Officer, f.newQWAC); !strings.Contains(line.ToldSHA256,
		qwac.Leaf.SHA256) {
		t.Errorf("the bank was told of %q", line.ToldSHA256)
	}
	var backs sync.WaitGroup // two people go back everywhere at once
	for _, who := range []access.Caller{stack.Engineer, stack.Officer} {
		backs.Go(func() {
			if _, err := f.Campaigns.RollBack(t.Context(), who, c.ID); err != nil {
				t.Errorf("going back as %s: %v", who.Name, err)
			}
		})
	}
	backs.Wait()
	for _, r := range []string{f.sandbox, f.live} {
		if b := f.active(t, r); b.QWACID != f.oldQWAC {
			t.Errorf("the way back of %s led elsewhere", r)
		}
	}
}

// TestOldCertificatesAreRetiredOrKept: only then a campaign is done.
func TestOldCertificatesAreRetiredOrKept(t *testing.T) {
	storetest.Each(t, testOldCertificatesAreRetiredOrKept)
}

func testOldCertificatesAreRetiredOrKept(t *testing.T, db *store.DB) {
	f := newFirmIn(t, db)
	c := f.running(t)
	ctx := t.Context()
	keeps := func(certificate, reason string) error {
		return f.Campaigns.Keep(ctx, stack.Engineer, c.ID, certificate, reason)
	}
	refused := func(err error, code string) {
		t.Helper()
		if _, got, _ := fault.Public(err); got != code {
			t.Errorf("want %s: %v", code, err)
		}
	}
	refused(keeps(f.oldQWAC, "for signatures"), "campaign_open")
	at := f.agreed(t, c)
	f.Now = at
	f.run(t)
	f.Now = at.Add(2 * time.Minute)
	f.run(t)
	refused(keeps(f.newQWAC, "for signatures"), "campaign_not_old")
	refused(keeps(f.oldQSealC, " "), "kept_reason_missing")
	check(t, keeps(f.oldQSealC, "for signatures of documents"))
	f.run(t)
	if got := f.states(t, c); got != "running confirmed confirmed" {
		t.Errorf("one of two stays: %s", got)
	}
	done, err := f.Vault.Retire(ctx, stack.Officer, f.oldQWAC, "replaced everywhere")
	check(t, err)
	waiting, err := f.Approvals.Waiting(ctx, f.oldQWAC)
	check(t, err)
	f.run(t)
	if got := f.states(t, c); done || got != "running confirmed confirmed" {
		t.Errorf("before the second person: %t, %s", done, got)
	}
	_, err = f.Approvals.Approve(ctx, f.secondOfficer(t), waiting[0].ID, "")
	check(t, err)
	f.run(t)
	if got := f.states(t, c); got != "done confirmed confirmed" {
		t.Errorf("one retired, one kept: %s", got)
	}
	refused(keeps(f.oldQSealC, "again"), "campaign_state")
	found, _, _, err := f.Campaigns.Campaign(ctx, stack.Auditor, c.ID)
	check(t, err)
	if kept, ok := found.KeptAs(f.oldQSealC); !ok || kept.Reason != "for signatures of documents" ||
		kept.By != stack.Engineer.ID {
		t.Errorf("kept is %+v", found.Kept)
	}
}

// leaving is registrations of which one is at a bank that has left the catalogue.
type leaving struct {
	campaign.Registrations
	gone string
}

func (l leaving) Institution(
	ctx context.Context, caller access.Caller, id string,
) (catalogue.Institution, error) {
	if id == l.gone {
		return catalogue.Institution{}, fault.New(fault.NotFound, "institution_unknown", "There is no such bank.")
	}
	return l.Registrations.Institution(ctx, caller, id)
}

// TestABankThatLeftTheCatalogue: the others do not wait for it, and what it says is noted.
func TestABankThatLeftTheCatalogue(t *testing.T) {
	f := newFirm(t)
	c := f.approved(t, f.pairs())
	without := campaign.New(campaign.Config{
		Store:         f.DB,
		Registrations: leaving{f.Registrations, stack.Institution},
		Certificates:  f.Vault,
		Banks:         f.Issuer,
		Services:      f.Usage,
		Approvals:     app.NewRequests(f.Records, func() time.Time { return f.Now }),
		Audit:         f.Audit,
		Now:           func() time.Time { return f.Now },
	})
	ctx := t.Context()
	check(t, without.Start(ctx, stack.Engineer, c.ID))
	check(t, without.Announce(ctx, stack.Officer, c.ID, f.sandbox))
	mistyped := campaign.Answer{From: "support", SwitchAt: f.Now.AddDate(90, 0, 0)}
	err := without.RecordAnswer(ctx, stack.Officer, c.ID, f.sandbox, mistyped)
	if _, code, _ := fault.Public(err); code != "switch_at_far" {
		t.Errorf("a moment in another century: %v", err)
	}
	check(t, without.RecordAnswer(ctx, stack.Officer, c.ID, f.sandbox, campaign.Answer{From: "support"}))
	_, err = without.Run(ctx)
	check(t, err)
	if got := f.states(t, c); !strings.Contains(got, "prepared") || !strings.Contains(got, "planned") {
		t.Errorf("with a bank that is gone: %s", got)
	}
}

// TestWhatWasNotAgreedTo: an agreement covers the certificates, and nothing else.
func TestWhatWasNotAgreedTo(t *testing.T) {
	f := newFirm(t)
	c := f.running(t)
	f.SaveBundle(f.live, f.oldQWAC, f.oldQSealC) // a draft with another secret
	f.agreed(t, c)
	f.run(t)
	if got := f.states(t, c); got != "running prepared failed:draft_in_the_way" &&
		got != "running failed:draft_in_the_way prepared" {
		t.Errorf("%s", got)
	}
	if _, err := f.Campaigns.Create(t.Context(), stack.Engineer, campaign.Intent{
		Name:  "Again",
		Pairs: f.pairs(),
	}); !errors.Is(err, fault.Conflict) {
		t.Errorf("a registration is in two campaigns: %v", err)
	}
	if err := f.Campaigns.Start(t.Context(), stack.Auditor, c.ID); !errors.Is(err, fault.Denied) {
		t.Errorf("an auditor starts it: %v", err)
	}
	check(t, f.Campaigns.End(t.Context(), stack.Officer, c.ID))
	f.Now = f.Now.Add(2 * time.Hour)
	f.run(t)
	if b := f.active(t, f.sandbox); b.QWACID != f.oldQWAC {
		t.Error("a campaign that was given up went on")
	}
}

// TestATestThatFailsStops: nothing is changed, the reason is kept, and a person has it go on.
func TestATestThatFailsStops(t *testing.T) {
	f := newFirm(t)
	c := f.running(t)
	at := f.agreed(t, c)
	f.run(t)
	f.Bank.Close()
	f.Now = at
	f.run(t)
	if got := f.states(t, c); got != "running failed:campaign_test_failed failed:campaign_test_failed" {
		t.Fatalf("%s", got)
	}
	if b := f.active(t, f.live); b.QWACID != f.oldQWAC {
		t.Error("changed without a test")
	}
	check(t, f.Campaigns.Pause(t.Context(), stack.Engineer, c.ID))
	check(t, f.Campaigns.Retry(t.Context(), stack.Engineer, c.ID, f.live))
	if n, err := f.Campaigns.Run(t.Context()); n != 0 || err != nil {
		t.Errorf("a paused campaign does %d things, %v", n, err)
	}
}

// TestTheAgreedMinuteIsKept: where both sides change at one minute, a service that was down then asks a person.
func TestTheAgreedMinuteIsKept(t *testing.T) {
	f := newFirm(t)
	for key, value := range map[string]string{catalogue.KeyEffect: "same_minute", catalogue.KeyOverlap: "no"} {
		today := registration.BankFact{Key: key, Value: value, Source: "Ms Martin, by e-mail", Evidence: "ticket 12"}
		today.SaidOn = dayOf(t, f.Now)
		_, err := f.Registrations.RecordBankFact(t.Context(), stack.Officer, stack.LiveAtSim, false, today)
		check(t, err)
	}
	c := f.running(t)
	at := f.agreed(t, c)
	f.run(t)
	f.Now = at.Add(time.Hour)
	f.run(t)
	if got := f.states(t, c); !strings.Contains(got, "failed:moment_missed") || !strings.Contains(got, "activated") {
		t.Errorf("an hour late: %s", got)
	}
	if b := f.active(t, f.live); b.QWACID != f.oldQWAC {
		t.Error("changed at a minute that nobody agreed to")
	}
}

// TestBothCertificatesInOneOperation: a bank that changes both at once is not sent one, and says by when it stops
// accepting the former ones once it was told.
func TestBothCertificatesInOneOperation(t *testing.T) {
	f := newFirm(t)
	for key, value := range map[string]string{
		catalogue.KeyTogether: "yes", catalogue.KeyOverlap: "5 days", catalogue.KeyChannel: "email",
		catalogue.KeyLeadTime: "3", catalogue.KeyEffect: "at_once",
	} {
		said := registration.BankFact{Key: key, Value: value, Source: "Ms Martin, by e-mail", Evidence: "ticket 12"}
		said.SaidOn = dayOf(t, f.Now)
		_, err := f.Registrations.RecordBankFact(t.Context(), stack.Officer, stack.LiveAtSim, false, said)
		check(t, err)
	}
	c := f.begun(t, f.pairs()[:1])
	at := f.agreed(t, c)
	f.Now = at
	f.run(t)
	got := f.states(t, c)
	if !strings.Contains(got, "failed:both_certificates") || !strings.Contains(got, "activated") {
		t.Errorf("one of two certificates: %s", got)
	}
	if b := f.active(t, f.live); b.QWACID != f.oldQWAC {
		t.Error("one of two certificates was changed")
	}
	line, _, err := f.Campaigns.Line(t.Context(), stack.Auditor, c.ID, f.live)
	check(t, err)
	if left := line.Plan.SwitchBy.Sub(line.AnnouncedAt); left < 5*24*time.Hour || left > 12*24*time.Hour {
		t.Errorf("told on %v, the bank takes the former one until %v", line.AnnouncedAt, line.Plan.SwitchBy)
	}
}

func TestLists(t *testing.T) { storetest.Each(t, testLists) }

func testLists(t *testing.T, db *store.DB) {
	f := newFirmIn(t, db)
	c := f.running(t)
	q := campaign.Lines.Query().With(campaign.FilterState, string(campaign.Planned))
	q.Limit = 1
	first, err := f.Campaigns.Lines(t.Context(), stack.Auditor, c.ID, q)
	check(t, err)
	if len(first.Items) != 1 || first.Count.N != 2 || first.Next == "" {
		t.Errorf("the first page is %+v", first)
	}
	all, err := f.Campaigns.Page(t.Context(), stack.Auditor, campaign.Campaigns.Query())
	check(t, err)
	if len(all.Items) != 1 || all.Items[0].ID != c.ID {
		t.Errorf("the campaigns are %+v", all.Items)
	}
	_, counts, _, err := f.Campaigns.Campaign(t.Context(), stack.Auditor, c.ID)
	check(t, err)
	if counts.Total() != 2 || counts.Open() != 2 || counts.First.IsZero() {
		t.Errorf("the counts are %+v", counts)
	}
}
