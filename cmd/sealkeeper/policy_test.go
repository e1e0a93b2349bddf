package main

import (
	"os/user"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
)

// started is a desk whose service was started once, with a certificate in a draft on live.
func started(t *testing.T) (d desk, certificate, confirmation string) {
	t.Helper()
	d = newDesk(t)
	record := d.store()
	cfg, err := config.Load(d.path("embedded.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	s, closing, err := app.Open(t.Context(), cfg, discard(), app.Opening{Service: true})
	if err != nil {
		t.Fatal(err)
	}
	defer closing()
	ctx := t.Context()
	o, err := s.Registrations.AddOrganization(ctx, stack.Engineer, registration.Organization{
		LegalName:              "Exemple Paiement SAS",
		Country:                "FR",
		OrganizationIdentifier: stack.Organization,
		ContactEmail:           "psd2@exemple-paiement.example",
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.Registrations.AddApplication(ctx, stack.Engineer, registration.Application{
		OrganizationID: o.ID,
		Name:           "Exemple Budget",
		RedirectURIs:   []string{stack.RedirectURI},
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Registrations.Register(ctx, stack.Engineer, a.ID, stack.LiveAtSim)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Registrations.SaveBundle(ctx, stack.Engineer, r.ID, registration.BundleInput{
		QWACID: record.ID,
	}); err != nil {
		t.Fatal(err)
	}
	return d, record.ID, record.Confirmation()
}

func (d desk) refusedWith(environ, why string, args ...string) {
	d.t.Helper()
	if told, code := d.cli("", []string{environ}, args...); code != 1 || !strings.Contains(told, why) {
		d.t.Errorf("%s sealkeeper %s: exit %d, %s\nwant %q", environ, strings.Join(args, " "), code, told, why)
	}
}

// The environment of a command takes no second person away.
func TestCommandsWorkUnderThePolicyInForce(t *testing.T) {
	d, id, digits := started(t)
	const weak = "SEALKEEPER_FOUR_EYES=false"
	at := []string{"--config", d.path("embedded.yaml")}
	d.refusedWith("", "two people who are signed in", append([]string{
		"certificates", "retire", id, "--reason", "x",
	}, at...)...)
	d.refusedWith(weak, "four_eyes.live", append([]string{"certificates", "retire", id, "--reason", "x"}, at...)...)
	d.refusedWith(weak, "four_eyes.live", append([]string{"user", "add", "Mallory", "--role", "admin"}, at...)...)
	if told, code := d.cli("", []string{weak}, append([]string{"policy", "show"}, at...)...); code != 0 ||
		!strings.Contains(told, "DIFFERS: this configuration says false of four_eyes.live") {
		t.Errorf("exit %d, %s", code, told)
	}

	// Whoever breaks the glass is on record, and still destroys nothing that live has named.
	broken := append([]string{"policy", "break-glass", "four_eyes.live", "false", "--reason", "Ada is on leave"}, at...)
	d.must(broken...)
	if told := d.must(append([]string{"policy", "show"}, at...)...); !strings.Contains(told,
		"BROKEN GLASS by command line (") {
		t.Error(told)
	}
	d.must(append([]string{"certificates", "retire", id, "--reason", "x"}, at...)...)
	d.refused("not destroyed from the command line", append([]string{
		"certificates", "destroy", id, "--confirm", digits,
	}, at...)...)

	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	entries, err := d.database("db.sqlite").LatestAudit(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[access.Action]bool{}
	for _, e := range entries {
		seen[e.Action] = true
		if strings.HasPrefix(e.CallerID, "system:command") && !strings.HasPrefix(e.CallerName,
			"command line ("+me.Username+"@") {
			t.Errorf("%s is by %q", e.Action, e.CallerName)
		}
	}
	for _, action := range []access.Action{
		access.PolicyBegin, access.PolicyDiffers, access.PolicyBreakGlass, access.CertRetire,
	} {
		if !seen[action] {
			t.Errorf("the audit log lacks %s", action)
		}
	}
}
