package campaign_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/secret"
)

// replacing is a campaign that replaces the client secrets of both registrations, agreed to by two people and started.
func (f *firm) replacing(t *testing.T) campaign.Campaign {
	t.Helper()
	ctx := t.Context()
	c, err := f.Campaigns.Create(ctx, stack.Engineer, campaign.Intent{
		Name: "Secrets",
		Secrets: &campaign.SecretScope{
			Institutions: []string{stack.Institution, stack.LiveAtSim},
			Until:        f.Now.AddDate(0, 2, 0),
		},
	})
	check(t, err)
	request, done, err := f.Campaigns.Request(ctx, stack.Engineer, c.ID, "they are a year old")
	check(t, err)
	if done {
		t.Fatal("one person was enough")
	}
	if err := f.Campaigns.RecordSecret(ctx, stack.Engineer, c.ID, f.live, f.secret()); !errors.Is(err, fault.Conflict) {
		t.Errorf("a secret was recorded before two people agreed: %v", err)
	}
	_, err = f.Approvals.Approve(ctx, stack.Officer, request.ID, "")
	check(t, err)
	check(t, f.Campaigns.Start(ctx, stack.Engineer, c.ID))
	return c
}

// secret is one that the simulated bank knows.
func (f *firm) secret() campaign.NewSecret {
	return campaign.NewSecret{Text: secret.NewTextString(stack.ClientSecret)}
}

// says records what the live institution's bank has said.
func (f *firm) says(t *testing.T, key, value string) {
	t.Helper()
	said := registration.BankFact{Key: key, Value: value, Source: "Ms Martin, by e-mail", Evidence: "ticket 12"}
	said.SaidOn = dayOf(t, f.Now)
	_, err := f.Registrations.RecordBankFact(t.Context(), stack.Officer, stack.LiveAtSim, false, said)
	check(t, err)
}

func TestCampaignOfSecrets(t *testing.T) { storetest.Each(t, testCampaignOfSecrets) }

func testCampaignOfSecrets(t *testing.T, db *store.DB) {
	f := newFirmIn(t, db)
	f.says(t, catalogue.KeySecretOverlap, "5 days")
	c := f.replacing(t)
	ctx, former := t.Context(), f.active(t, f.live)
	beside := f.secret()
	beside.SwitchAt = f.Now.Add(time.Hour)
	check(t, f.Campaigns.RecordSecret(ctx, stack.Engineer, c.ID, f.live, beside))
	check(t, f.Campaigns.RecordSecret(ctx, stack.Engineer, c.ID, f.sandbox, f.secret())) // at once: nobody knows
	before, err := f.DB.TLSPosition(ctx)
	check(t, err)
	f.run(t)
	if b := f.active(t, f.live); b.CredentialsRef != former.CredentialsRef {
		t.Error("the new secret is in use before its moment")
	}
	if b := f.active(t, f.sandbox); b.Version != 2 {
		t.Errorf("where nobody knows whether both are accepted, in use is version %d", b.Version)
	}
	f.Now = f.Now.Add(time.Hour)
	f.run(t)
	f.Now = f.Now.Add(2 * time.Minute)
	f.run(t)
	if got := f.states(t, c); got != "running followed followed" {
		t.Fatalf("when every service has followed: %s", got)
	}
	if now, err := f.DB.TLSPosition(ctx); err != nil || now == before {
		t.Errorf("services were told of nothing: %v", err)
	}
	b := f.active(t, f.live)
	if b.QWACID != former.QWACID || b.ClientID != former.ClientID || b.CredentialsRef == former.CredentialsRef {
		t.Errorf("in use is %+v", b)
	}
	for _, r := range []string{f.sandbox, f.live} {
		check(t, f.Campaigns.EndFormer(ctx, stack.Officer, c.ID, r))
	}
	f.run(t)
	if got := f.states(t, c); got != "done confirmed confirmed" {
		t.Fatalf("when the former ones are ended: %s", got)
	}
	if _, _, err := f.Vault.Credentials(ctx, stack.Connector, former.CredentialsRef); !errors.Is(err, fault.NotFound) {
		t.Errorf("the former secret is still in custody: %v", err)
	}
	if _, text, err := f.Vault.Credentials(ctx, stack.Connector, b.CredentialsRef); err != nil || text.Empty() {
		t.Errorf("the new secret is gone: %v", err)
	}
	err = f.Campaigns.RollBackLine(ctx, stack.Engineer, c.ID, f.live)
	if !errors.Is(err, fault.Conflict) {
		t.Errorf("back to a secret that is destroyed: %v", err)
	}
}

// TestSecretsAreRolledBack: until the former secret is ended, it can be in use again, and is not destroyed.
func TestSecretsAreRolledBack(t *testing.T) {
	f := newFirm(t)
	c := f.replacing(t)
	ctx, former := t.Context(), f.active(t, f.live)
	check(t, f.Campaigns.RecordSecret(ctx, stack.Engineer, c.ID, f.live, f.secret()))
	f.run(t)
	check(t, f.Campaigns.RollBackLine(ctx, stack.Engineer, c.ID, f.live))
	if b := f.active(t, f.live); b.CredentialsRef != former.CredentialsRef {
		t.Error("the way back led elsewhere")
	}
	if err := f.Campaigns.EndFormer(ctx, stack.Officer, c.ID, f.live); !errors.Is(err, fault.Conflict) {
		t.Errorf("the secret in use was ended: %v", err)
	}
	err := f.Registrations.DestroySecret(ctx, access.CampaignRunner(), f.live, former.CredentialsRef)
	if !errors.Is(err, fault.Conflict) {
		t.Errorf("the secret in use was destroyed: %v", err)
	}
}

// TestWhoReplacesSecrets: what is refused, and to whom.
func TestWhoReplacesSecrets(t *testing.T) {
	f := newFirm(t)
	c := f.replacing(t)
	ctx := t.Context()
	for name, test := range map[string]struct {
		do   func() error
		kind error
	}{
		"a compliance officer has no secrets": {func() error {
			return f.Campaigns.RecordSecret(ctx, stack.Officer, c.ID, f.live, f.secret())
		}, fault.Denied},
		"an empty secret": {func() error {
			return f.Campaigns.RecordSecret(ctx, stack.Engineer, c.ID, f.live, campaign.NewSecret{})
		}, fault.Invalid},
		"no bank is told of a secret": {func() error {
			return f.Campaigns.Announce(ctx, stack.Engineer, c.ID, f.live)
		}, fault.Conflict},
		"nor written to": {func() error {
			_, err := f.Campaigns.PrepareEmail(ctx, stack.Engineer, c.ID, f.live, "en")
			return err
		}, fault.Conflict},
		"no bank answers about a secret": {func() error {
			return f.Campaigns.RecordAnswer(ctx, stack.Engineer, c.ID, f.live, campaign.Answer{From: "Ms Martin"})
		}, fault.Conflict},
		"certificates beside secrets": {func() error {
			_, err := f.Campaigns.Create(ctx, stack.Engineer, campaign.Intent{
				Name:    "Both",
				Pairs:   []campaign.Pair{{Old: "a", New: "b"}},
				Secrets: &campaign.SecretScope{Registrations: []string{f.live}, Until: f.Now.AddDate(0, 1, 0)},
			})
			return err
		}, fault.Invalid},
		"the former one is ended last": {func() error {
			return f.Campaigns.EndFormer(ctx, stack.Engineer, c.ID, f.live)
		}, fault.Conflict},
		"a day that is over": {func() error {
			_, err := f.Campaigns.Create(ctx, stack.Engineer, campaign.Intent{
				Name:    "Late",
				Secrets: &campaign.SecretScope{Registrations: []string{f.live}, Until: f.Now.Add(-time.Hour)},
			})
			return err
		}, fault.Invalid},
		"nothing in use": {func() error {
			_, err := f.Campaigns.Create(ctx, stack.Engineer, campaign.Intent{
				Name:    "Nothing",
				Secrets: &campaign.SecretScope{Registrations: []string{"none"}, Until: f.Now.AddDate(0, 1, 0)},
			})
			return err
		}, fault.Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			if err := test.do(); !errors.Is(err, test.kind) {
				t.Errorf("%v, want %v", err, test.kind)
			}
		})
	}
}

// TestGivenUpSecrets: a campaign that was given up leaves no former secret behind that the bank has ended.
func TestGivenUpSecrets(t *testing.T) {
	f := newFirm(t)
	f.says(t, catalogue.KeySecretOverlap, "yes")
	c := f.replacing(t)
	ctx, former := t.Context(), f.active(t, f.live)
	check(t, f.Campaigns.RecordSecret(ctx, stack.Engineer, c.ID, f.live, campaign.NewSecret{
		Text:     f.secret().Text,
		SwitchAt: f.Now,
	}))
	f.run(t)
	check(t, f.Campaigns.End(ctx, stack.Engineer, c.ID))
	if err := f.Campaigns.EndFormer(ctx, stack.Officer, c.ID, f.sandbox); !errors.Is(err, fault.Conflict) {
		t.Errorf("a secret in use was ended: %v", err)
	}
	check(t, f.Campaigns.EndFormer(ctx, stack.Officer, c.ID, f.live))
	if _, _, err := f.Vault.Credentials(ctx, stack.Connector, former.CredentialsRef); !errors.Is(err, fault.NotFound) {
		t.Errorf("the former secret is still in custody: %v", err)
	}
}
