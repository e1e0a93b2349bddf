package ui_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// TestChangeOverInABrowser: two people change the certificates at two banks, in French, from the renewal's page on.
func TestChangeOverInABrowser(t *testing.T) {
	s := newConsole(t)
	r := s.Renewal()
	b := inFrench(t, s, "Camille Durand", access.Engineer)
	b.open("/certificates/" + r.NewQWAC)
	b.look("changeover-renewal")
	b.submit(`a[href^="/campaigns/new"]`, "#name")
	b.look("changeover-new")
	b.fill(map[string]string{"#name": "Renouvellement 2026"})
	b.submit("main form button.primary", "#reason")
	b.look("changeover-draft")
	path := strings.TrimPrefix(b.address(), s.url)
	b.fill(map[string]string{"#reason": "Les anciens certificats se terminent."})
	b.submit(`form[action$="/acts"] button.primary`, `a[href^="/approvals/"]`)
	b.look("changeover-waiting")
	second := inFrench(t, s, "Jean Martin", access.Compliance)
	second.submit(`.tasks a[href^="/approvals/"]`, ".changes")
	second.look("changeover-approval")
	second.submit(`form[action$="/approve"] button.primary`, ".note.good")
	b.open(path)
	b.look("changeover-approved")
	b.submit(`button[value="start"]`, `button[value="pause"]`)
	b.look("changeover-running")
	at := s.Now.Truncate(time.Minute).Add(20 * time.Minute) // within the session
	for _, id := range []string{r.Sandbox, r.Live} {
		b.tellsTheBank(path+"/registrations/"+id, at)
	}
	b.runs(at.Add(-time.Minute))
	b.open(path + "/registrations/" + r.Live)
	b.sees(`button[value="test"]`)
	b.look("changeover-line-prepared")
	b.runs(at)
	for _, id := range []string{r.Sandbox, r.Live} {
		b.open("/registrations/" + id)
		b.sees(`a[href="/certificates/` + r.NewQWAC + `"]`)
	}
	b.runs(at.Add(2 * time.Minute))
	b.open(path)
	b.sees(`main a[href="/certificates/` + r.OldQWAC + `"]`)
	if text := evaluate[string](b, `document.querySelector("main").innerText`); !strings.Contains(text, "terminé") {
		t.Errorf("at the end the page says:\n%s", text)
	}
	b.look("changeover-done")
	b.open("/campaigns")
	b.look("changeover-list")
}

// TestSecretsInABrowser: client secrets are replaced at two banks, in French, and the home page has the change-over on
// its axis.
func TestSecretsInABrowser(t *testing.T) {
	s := newConsole(t)
	r := s.Renewal()
	b := inFrench(t, s, "Camille Durand", access.Engineer)
	b.open("/campaigns")
	b.submit(`a[href="/campaigns/secrets"]`, "#until")
	b.look("secrets-new")
	b.fill(map[string]string{"#name": "Secrets 2027", "#until": s.Now.AddDate(0, 2, 0).Format(time.DateOnly)})
	for _, id := range []string{stack.Institution, stack.LiveAtSim} {
		b.click(`input[value="`+id+`"]`, `input[value="`+id+`"]:checked`)
	}
	b.submit("main form button.primary", "#reason")
	b.look("secrets-draft")
	path := strings.TrimPrefix(b.address(), s.url)
	b.submit(`form[action$="/acts"] button.primary`, `a[href^="/approvals/"]`)
	second := inFrench(t, s, "Jean Martin", access.Compliance)
	second.submit(`.tasks a[href^="/approvals/"]`, ".changes")
	second.look("secrets-approval")
	second.submit(`form[action$="/approve"] button.primary`, ".note.good")
	b.open(path)
	b.submit(`button[value="start"]`, `button[value="pause"]`)
	line := path + "/registrations/" + r.Live
	b.open(line)
	b.look("secrets-line-planned")
	b.fill(map[string]string{"#client_secret": stack.ClientSecret})
	b.submit("section:has(#client_secret) button.primary", ".note.good")
	b.runs(s.Now)
	b.runs(s.Now.Add(2 * time.Minute))
	b.open(line)
	b.look("secrets-line-followed")
	b.submit(`button[value="former_ended"]`, ".note.good")
	b.runs(s.Now)
	b.open(line)
	b.look("secrets-line-confirmed")
	b.open("/")
	b.sees(`.timeline .axis.client_secrets`)
	b.look("timeline")
	b.submit(`a[href="/campaigns/forecast"]`, "table")
	b.look("forecast")
}

// inFrench is somebody's browser, signed in and in French.
func inFrench(t *testing.T, s *console, name string, role access.Role) *tab {
	t.Helper()
	b := chromium(t, s)
	s.user(t, name, role)
	b.signsIn(name)
	b.submit(`footer button[value="fr"]`, `:lang(fr) .who`)
	return b
}

// tellsTheBank notes that the bank was told, and the moment it answered.
func (b *tab) tellsTheBank(line string, at time.Time) {
	b.t.Helper()
	b.open(line)
	b.look("changeover-line-planned")
	b.submit(`button[value="announce"]`, "#from")
	b.look("changeover-line-announced")
	paris, err := time.LoadLocation("Europe/Paris")
	check(b.t, err)
	b.fill(map[string]string{"#from": "support", "#answer-at": at.In(paris).Format("2006-01-02T15:04")})
	b.submit("section:has(#from) button.primary", ".note.good")
	b.look("changeover-line-answered")
}

// runs has the program do what is due at a moment.
func (b *tab) runs(at time.Time) {
	b.t.Helper()
	b.s.Now = at
	_, err := b.s.Campaigns.Run(b.t.Context())
	check(b.t, err)
}
