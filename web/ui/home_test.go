package ui_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
)

func TestHomeSaysWhatNeedsAttention(t *testing.T) {
	p := populate(t)
	b := p.signedIn(t, "Ada", access.Compliance)
	page := b.get("/")
	ends := certs.Day(p.Now.AddDate(0, 0, 23)) // one day fewer is left when the banks' day is ahead of it
	left := fmt.Sprint(i18n.Days(p.Now, ends))
	page.want(t, http.StatusOK, "The certificate expired on", "ends in "+left+" days", "Bank&#39;s answer",
		"Societe Generale Professional (sandbox)", "has been waiting for the bank&#39;s answer since today",
		"Your decision is needed; it expires in 3 days", "Recent activity", "State of the parts", "Four-eyes on live")
	if !strings.Contains(page.body, ends.Format("2 January 2006")) {
		t.Error("days are shown without their date")
	}
	b.lang = "fr"
	b.get("/").want(t, http.StatusOK, "Le certificat a expiré le", "se termine dans "+left+" jours",
		"Votre décision est attendue", "attend la réponse de la banque")
}

// Recent activity says what was acted on, and leads there.
func TestRecentActivityNamesItsObjects(t *testing.T) {
	p := populate(t)
	ctx := t.Context()
	one, err := p.Vault.Get(ctx, stack.Engineer, p.certificate)
	check(t, err)
	for _, act := range []struct {
		action       access.Action
		object, want string
	}{
		{access.CertUse, p.certificate, `<a href="/certificates/` + p.certificate + `">` + one.Name + `</a>`},
		{access.CSRCreate, p.request, `<a href="/certificates/csrs/` + p.request + `">`},
		{
			access.ConnectionTest,
			p.ready,
			`<a href="/registrations/` + p.ready + `">Societe Generale Personal (sandbox)</a>`,
		},
		{
			access.RegistrationWrite,
			p.organization,
			`<a href="/organizations/` + p.organization + `">Exemple Paiement SAS</a>`,
		},
		{access.RegistrationWrite, p.application, `<a href="/applications/` + p.application + `">Exemple Budget</a>`},
		{access.RegistrationWrite, p.enrolment, `<a href="/enrolments/` + p.enrolment + `">Societe Generale</a>`},
		{access.ApprovalDecide, p.approval, `<a href="/approvals/` + p.approval + `">Activate a bundle · `},
		{
			access.AccountsRead,
			p.consent,
			`<a href="/consents/` + p.consent + `">Consent at Societe Generale Personal (sandbox)</a>`,
		},
		{access.UserManage, "Grace", "Change who there is and what they may do: Grace"},
		// gone: no name, no link
		{access.CertUse, "01a205e0-0000-7000-8000-000000000000", "Open a certificate for use <span"},
	} {
		check(t, p.Audit.Record(ctx, stack.Engineer, act.action, act.object, audit.Done, note.Note{}))
		b := p.signedIn(t, "Otto "+act.object, access.Auditor)
		page := b.get("/")
		_, recent, _ := strings.Cut(page.body, `aria-labelledby="recent"`)
		if recent, _, _ = strings.Cut(recent, "</section>"); !strings.Contains(recent, act.want) {
			t.Errorf("%s of %s: the page does not say %s:\n%s", act.action, act.object, act.want, recent)
		}
		for _, address := range regexp.MustCompile(`href="(/[^"]+)"`).FindAllStringSubmatch(recent, -1) {
			if led := b.get(address[1]); led.status != http.StatusOK {
				t.Errorf("recent activity leads to %s, which answers %d", address[1], led.status)
			}
		}
	}
}

func TestHomeLeadsNewcomers(t *testing.T) {
	s := newConsole(t)
	b := s.signedIn(t, "Ada", access.Admin)
	b.get("/").want(t, http.StatusOK, "Three steps to your first bank", `href="/certificates/upload"`, `href="/firm"`,
		`href="/institutions"`)
	for path, text := range map[string]string{
		"/certificates":  "No certificate yet",
		"/registrations": "No registration yet",
	} {
		b.get(path).want(t, http.StatusOK, text)
	}
}
