package dev

import (
	"context"
	"errors"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/lab/bank/segments"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/vault"
)

// The firm whose certificates are being changed. It is another one than the evaluator's, which is theirs to describe.
const (
	demoOrganization = "PSDFR-ACPR-54321"
	demoCampaign     = "Demo, renewal of the certificates of 2026"
)

// demoBanks are where the firm is registered: the change is made at the first, agreed with the second for tomorrow, and
// the third has not answered.
var demoBanks = []string{"soc-gen-personal-sandbox", "soc-gen-business-sandbox", "soc-gen-corporate-sandbox"}

// demo is a firm in the making.
type demo struct {
	*Environment
	caller access.Caller
	now    time.Time
}

// loadCampaign has a firm of its own change its certificates at three banks, and leaves it half done.
func (e *Environment) loadCampaign(ctx context.Context, now time.Time) (name string, err error) {
	d := demo{e, access.OnHost("demo", access.Admin), now}
	var pairs []campaign.Pair
	for _, kind := range []certs.Kind{certs.QWAC, certs.QSealC} {
		old, err := d.store(ctx, kind, now.AddDate(-1, 0, 40), now.AddDate(0, 0, 40))
		if err != nil {
			return "", err
		}
		next, err := d.store(ctx, kind, now.AddDate(0, 0, -1), now.AddDate(1, 0, 0))
		if err == nil {
			err = e.Services.Vault.Link(ctx, d.caller, next, old)
		}
		if err != nil {
			return "", err
		}
		pairs = append(pairs, campaign.Pair{Old: old, New: next})
	}
	registrations, err := d.register(ctx, pairs)
	if err != nil {
		return "", err
	}
	campaigns := e.Services.Campaigns
	c, err := campaigns.Create(ctx, d.caller, campaign.Intent{Name: demoCampaign, Pairs: pairs})
	if err != nil {
		return "", err
	}
	if _, _, err = campaigns.Request(ctx, d.caller, c.ID, "The certificates end in 40 days."); err != nil {
		return "", err
	}
	if err := campaigns.Start(ctx, d.caller, c.ID); err != nil {
		return "", err
	}
	for i, r := range registrations {
		err := campaigns.Announce(ctx, d.caller, c.ID, r)
		if err == nil && i < 2 {
			err = campaigns.RecordAnswer(ctx, d.caller, c.ID, r, campaign.Answer{
				From:     "support",
				SwitchAt: now.AddDate(0, 0, i),
			})
		}
		if err != nil {
			return "", err
		}
	}
	return demoCampaign, nil
}

func (d demo) store(ctx context.Context, kind certs.Kind, from, to time.Time) (id string, err error) {
	issued, err := d.issuing.Issue(qtsp.Request{
		Kind:                   kind,
		OrganizationIdentifier: demoOrganization,
		NotBefore:              from,
		NotAfter:               to,
	})
	if err != nil {
		return "", err
	}
	stored, err := d.Services.Vault.Import(ctx, d.caller, vault.Files{
		Files: []certs.File{
			{Name: "demo.pem", Data: issued.CertificatePEM()},
			{Name: "demo.key", Data: issued.KeyPEM()},
		},
	})
	if err != nil {
		return "", err
	}
	return stored[0].ID, nil
}

// register takes the old certificates into use at each bank.
func (d demo) register(ctx context.Context, pairs []campaign.Pair) (ids []string, err error) {
	of := d.Services.Registrations
	firm, err := of.OrganizationNamed(ctx, d.caller, demoOrganization) // of an earlier day that did not get far
	if errors.Is(err, fault.NotFound) {
		firm, err = of.AddOrganization(ctx, d.caller, registration.Organization{
			LegalName:              "Démonstration Paiement SAS",
			Country:                "FR",
			OrganizationIdentifier: demoOrganization,
			ContactEmail:           "psd2@demonstration.example",
		})
	}
	if err != nil {
		return nil, err
	}
	application, err := of.AddApplication(ctx, d.caller, registration.Application{
		OrganizationID: firm.ID,
		Name:           "Démonstration",
		RedirectURIs:   []string{d.callback()},
		ClientURI:      "https://demonstration.example",
		TermsURI:       "https://demonstration.example/terms",
	})
	if err != nil {
		return nil, err
	}
	client, err := d.sim.Create(segments.Sandbox, demoOrganization, d.callback())
	if err != nil {
		return nil, err
	}
	for _, institution := range demoBanks {
		r, err := of.Register(ctx, d.caller, application.ID, institution)
		if err != nil {
			return nil, err
		}
		if err := d.takeIntoUse(ctx, r.ID, registration.BundleInput{
			QWACID:       pairs[0].Old,
			QSealCID:     pairs[1].Old,
			ClientID:     client.ID,
			ClientSecret: client.Secret,
		}); err != nil {
			return nil, err
		}
		ids = append(ids, r.ID)
	}
	return ids, nil
}

func (d demo) takeIntoUse(ctx context.Context, id string, in registration.BundleInput) error {
	of := d.Services.Registrations
	v, err := of.Registration(ctx, d.caller, id)
	if err != nil {
		return err
	}
	for _, step := range v.Steps {
		if step.Checked() || step.State == checklist.Done {
			continue
		}
		if err := of.SetStep(ctx, d.caller, id, step.ID, checklist.Done, ""); err != nil {
			return err
		}
	}
	b, err := of.SaveBundle(ctx, d.caller, id, in)
	if err != nil {
		return err
	}
	report, err := d.Services.Issuer.Test(ctx, d.caller, id)
	if err == nil && !report.Passed {
		err = errors.New("dev: the simulated bank does not take the demo's certificate")
	}
	if err != nil {
		return err
	}
	_, err = of.Activate(ctx, d.caller, id, b.Version)
	return err
}
