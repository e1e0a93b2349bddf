package dev_test

import (
	"log/slog"
	"slices"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/lab/dev"
	"github.com/sealkeeper/sealkeeper/registration"
)

// The demo's campaign is half done: one bank has the new certificates, one has agreed, one has not answered.
func TestDemoHasACampaignHalfDone(t *testing.T) {
	ctx := t.Context()
	e, err := dev.Start(ctx, dev.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	firm := registration.Organization{
		LegalName:              "Démonstration Paiement SAS",
		Country:                "FR",
		OrganizationIdentifier: "PSDFR-ACPR-54321",
		ContactEmail:           "psd2@demonstration.example",
	} // it is there from a day on which the demo was cut short
	if _, err := e.Services.Registrations.AddOrganization(ctx, access.OnHost("demo", access.Admin), firm); err != nil {
		t.Fatal(err)
	}
	if loaded, err := e.LoadDemo(ctx); err != nil || len(loaded) != 4 {
		t.Fatalf("loaded %q, %v", loaded, err)
	}
	if _, err := e.Services.Campaigns.Run(ctx); err != nil {
		t.Fatal(err)
	}
	reader := access.OnHost("test", access.Admin)
	all, err := e.Services.Campaigns.Page(ctx, reader, campaign.Campaigns.Query())
	if err != nil || len(all.Items) != 1 || all.Items[0].State != campaign.Running {
		t.Fatalf("got %+v, %v", all.Items, err)
	}
	page, err := e.Services.Campaigns.Lines(ctx, reader, all.Items[0].ID, campaign.Lines.Query())
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]campaign.LineState{}
	for _, l := range page.Items {
		states[l.InstitutionID] = l.State
	}
	if !slices.Contains([]campaign.LineState{campaign.Activated, campaign.Confirmed},
		states["soc-gen-personal-sandbox"]) || states["soc-gen-corporate-sandbox"] != campaign.Announced ||
		!slices.Contains([]campaign.LineState{campaign.Answered, campaign.Prepared, campaign.Tested},
			states["soc-gen-business-sandbox"]) {
		t.Errorf("the lines are %v", states)
	}
}
