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
		says         note.Note
	}{
		{
			action: access.CertUse,
			object: p.certificate,
			want:   `<a href="/certificates/` + p.certificate + `">` + one.Name + `</a>`,
		},
		{action: access.CSRCreate, object: p.request, want: `<a href="/certificates/csrs/` + p.request + `">`},
		{
			action: access.RegistrationWrite,
			object: p.blocked,
			want:   "<small><span>step “Test the connection”: done</span></small>",
			says:   note.New("step_state", "step %s: %s", "connection_tested", "done"),
		},
		{
			action: access.ConnectionTest,
			object: p.ready,
			want:   `<a href="/registrations/` + p.ready + `">Societe Generale Personal (sandbox)</a>`,
		},
		{
			action: access.RegistrationWrite,
			object: p.organization,
			want:   `<a href="/organizations/` + p.organization + `">Exemple Paiement SAS</a>`,
		},
		{
			action: access.RegistrationWrite,
			object: p.application,
			want:   `<a href="/applications/` + p.application + `">Exemple Budget</a>`,
		},
		{
			action: access.RegistrationWrite,
			object: p.enrolment,
			want:   `<a href="/enrolments/` + p.enrolment + `">Societe Generale</a>`,
		},
		{
			action: access.ApprovalDecide,
			object: p.approval,
			want:   `<a href="/approvals/` + p.approval + `">Activate a bundle · `,
		},
		{
			action: access.AccountsRead,
			object: p.consent,
			want:   `<a href="/consents/` + p.consent + `">Consent at Societe Generale Personal (sandbox)</a>`,
		},
		{action: access.UserManage, object: "Grace", want: "Change who there is and what they may do: Grace"},
		// gone: no name, no link
		{
			action: access.CertUse,
			object: "01a205e0-0000-7000-8000-000000000000",
			want:   "Open a certificate for use <span",
		},
	} {
		check(t, p.Audit.Record(ctx, stack.Engineer, act.action, act.object, audit.Done, act.says))
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
