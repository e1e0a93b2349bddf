package ui_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
)

// changing is a firm with a campaign for two banks, and the person who works on it.
type changing struct {
	*console
	stack.Renewal
	b    *browser
	path string // of the campaign
	id   string
}

// plans goes from the renewal's page to the plan.
func plans(t *testing.T) changing {
	t.Helper()
	s := newConsole(t)
	c := changing{console: s, Renewal: s.Renewal(), b: s.signedIn(t, "Camille", access.Engineer)}
	c.b.get("/certificates/"+c.NewQWAC).want(t, http.StatusOK, "/campaigns/new?certificate="+c.NewQWAC)
	c.b.get("/campaigns/new?certificate="+c.NewQWAC).want(t, http.StatusOK, c.NewQSealC)
	planned := c.b.post("/campaigns", url.Values{"certificate": {c.NewQWAC, c.NewQSealC}, "name": {"Renewal"}})
	planned.want(t, http.StatusOK, "The change-over is planned.", "Request the agreement")
	c.path, c.id = planned.path, strings.TrimPrefix(planned.path, "/campaigns/")
	return c
}

// starts has two people agree and the campaign run.
func (c changing) starts(t *testing.T) {
	t.Helper()
	c.b.post(c.path+"/acts", url.Values{"act": {"request"}}).want(t, http.StatusOK, "a second person", "/approvals/")
	open, err := c.Approvals.Waiting(t.Context(), c.id)
	check(t, err)
	_, err = c.Approvals.Approve(t.Context(), stack.Officer, open[0].ID, "")
	check(t, err)
	c.b.get(c.path).want(t, http.StatusOK, `value="start"`)
	c.b.post(c.path+"/acts", url.Values{"act": {"start"}}).want(t, http.StatusOK, `value="pause"`)
}

// looks opens the campaign and a registration of it in both languages, and holds the state, and that there is a next
// act, to what is wanted.
func (c changing) looks(t *testing.T, registrationID string, state campaign.LineState, texts ...string) {
	t.Helper()
	line, _, err := c.Campaigns.Line(t.Context(), stack.Auditor, c.id, registrationID)
	check(t, err)
	if line.State != state {
		t.Fatalf("the registration is %s (%s), want %s", line.State, line.Failure.Text, state)
	}
	for _, lang := range []string{"fr", "en"} {
		c.b.lang = lang
		for _, path := range []string{c.path, c.path + "/registrations/" + registrationID} {
			page := c.b.get(path)
			page.want(t, http.StatusOK, `<html lang="`+lang+`">`)
			if at := unsaid.FindString(page.body); at != "" {
				t.Errorf("%s in %s holds %q:\n%s", path, lang, at, main(page.body))
			}
		}
	}
	c.b.get(c.path+"/registrations/"+registrationID).want(t, http.StatusOK, texts...)
}

func (c changing) acts(t *testing.T, registrationID string, form url.Values) {
	t.Helper()
	c.b.post(c.path+"/registrations/"+registrationID+"/acts", form).want(t, http.StatusOK, "Noted.")
}

// TestCampaignPages: in every state its pages say what is, in both languages, and lead on.
func TestCampaignPages(t *testing.T) {
	c := plans(t)
	c.looks(t, c.Live, campaign.Planned, `value="announce"`)
	c.starts(t)
	at := c.Now.Truncate(time.Minute).Add(20 * time.Minute) // within the session
	paris, err := time.LoadLocation("Europe/Paris")
	check(t, err)
	typed := at.In(paris).Format("2006-01-02T15:04")
	for _, id := range []string{c.Sandbox, c.Live} {
		c.acts(t, id, url.Values{"act": {"announce"}})
		c.looks(t, id, campaign.Announced, `value="answer"`)
		c.acts(t, id, url.Values{"act": {"answer"}, "from": {"support"}, "switch_at": {typed}})
		c.looks(t, id, campaign.Answered, "support")
	}
	c.runs(t, c.Now)
	c.looks(t, c.Live, campaign.Prepared, `value="test"`, `value="schedule"`)
	c.acts(t, c.Live, url.Values{"act": {"test"}})
	c.looks(t, c.Live, campaign.Tested, `value="schedule"`)
	c.runs(t, at)
	c.looks(t, c.Live, campaign.Activated, `value="roll_back"`)
	c.acts(t, c.Live, url.Values{"act": {"roll_back"}})
	c.looks(t, c.Live, campaign.RolledBack)
	c.runs(t, at.Add(2*time.Minute))
	c.looks(t, c.Sandbox, campaign.Confirmed, `value="roll_back"`)
	nora := c.signedIn(t, "Nora", access.Compliance)
	nora.get(c.path).want(t, http.StatusOK, "A version in use names it, so it cannot be retired.")
	again := registration.ChangeRequest{Version: 2}
	r, _, err := c.Registrations.RequestChange(t.Context(), stack.Engineer, c.Live, again)
	check(t, err)
	_, err = c.Approvals.Approve(t.Context(), stack.Officer, r.ID, "")
	check(t, err)
	c.retires(t, nora)
	c.b.get(c.path+"/report").want(t, http.StatusOK, "Report of the change-over", "u-officer",
		"change-overs", c.path+"/report.jsonl")
	c.b.get(c.path+"/report.jsonl").want(t, http.StatusOK, `"kind":"campaign"`, `"answer_from":"support"`)
	for _, path := range []string{c.path, c.path + "/registrations/" + c.Sandbox} {
		if strings.Contains(c.b.get(path).body, `value="roll_back"`) {
			t.Errorf("%s leads back to a certificate that is retired", path)
		}
	}
}

// retires has the campaign's page lead to the retirement of one old certificate by two people, and says why the other
// one stays.
func (c changing) retires(t *testing.T, nora *browser) {
	t.Helper()
	retire := "/certificates/" + c.OldQWAC + "/retire"
	c.b.get(c.path).want(t, http.StatusOK, "is for compliance officers", `value="keep"`)
	page := nora.get(c.path)
	page.want(t, http.StatusOK, "Every registration is settled", "These versions of bundles still name it",
		`action="`+retire+`"`, `value="keep"`)
	for _, act := range []string{"pause", "end"} {
		if strings.Contains(page.body, `value="`+act+`"`) {
			t.Errorf("what is over can be given up, or paused: %s", act)
		}
	}
	nora.post(retire, url.Values{"reason": {"replaced everywhere"}}).want(t, http.StatusOK, "A second person")
	c.b.get(c.path).want(t, http.StatusOK, "Retire a certificate: requested by", "/approvals/")
	open, err := c.Approvals.Waiting(t.Context(), c.OldQWAC)
	check(t, err)
	_, err = c.Approvals.Approve(t.Context(), stack.Officer, open[0].ID, "")
	check(t, err)
	c.b.get(c.path).want(t, http.StatusOK, "replaced everywhere")
	keep := url.Values{"act": {"keep"}, "certificate": {c.OldQSealC}, "reason": {" "}}
	c.b.post(c.path+"/acts", keep).want(t, http.StatusUnprocessableEntity, "Say why the old certificate stays.")
	keep.Set("reason", "it signs <b>documents</b>")
	c.b.lang = "fr"
	c.b.post(c.path+"/acts", keep).want(t, http.StatusOK, "noté.", "Ce que sont devenus les anciens certificats",
		"it signs &lt;b&gt;documents&lt;/b&gt;", "replaced everywhere")
	c.b.lang = "en"
	c.b.get(c.path).want(t, http.StatusOK, "/certificates/"+c.OldQWAC, "decided on", "done", c.path+"/report")
	c.b.get(c.path+"/report").want(t, http.StatusOK, "replaced everywhere", "decided on")
}

// TestCampaignPagesOfWhatStopped: a refusal and a failed test say why, and what can be done.
func TestCampaignPagesOfWhatStopped(t *testing.T) {
	c := plans(t)
	c.starts(t)
	c.acts(t, c.Live, url.Values{"act": {"announce"}})
	done, err := c.Vault.Retire(t.Context(), stack.Admin, c.NewQSealC, "a mistake")
	check(t, err)
	if !done {
		t.Fatal("a certificate that is nowhere in use takes two people")
	}
	c.looks(t, c.Sandbox, campaign.Planned, "was retired on", `value="leave_out"`)
	refused := c.b.post(c.path+"/registrations/"+c.Live+"/acts", url.Values{
		"act": {"answer"}, "from": {"support"}, "refused": {"yes"}, "switch_at": {"2030-01-01T10:00"},
	})
	refused.want(t, http.StatusUnprocessableEntity, "Say in the note why the bank refused.", `value="support"`)
	c.acts(t, c.Live, url.Values{
		"act":       {"answer"},
		"from":      {"support"},
		"note":      {"no <b>"},
		"refused":   {"yes"},
		"switch_at": {"2030-01-01T10:00"},
	})
	c.looks(t, c.Live, campaign.Failed, "The bank refused: no &lt;b&gt;", `value="retry"`)
	c.acts(t, c.Sandbox, url.Values{"act": {"leave_out"}})
	c.looks(t, c.Sandbox, campaign.LeftOut)
	c.b.post(c.path+"/acts", url.Values{"act": {"pause"}}).want(t, http.StatusOK, `value="start"`)
	c.b.post(c.path+"/acts", url.Values{"act": {"end"}}).want(t, http.StatusOK, "given up")
	// What was done with it is told with its name, and leads to it.
	auditor := c.signedIn(t, "Aude", access.Auditor)
	auditor.get("/").want(t, http.StatusOK, `<a href="`+c.path+`">Renewal</a>`)
	auditor.get("/audit").want(t, http.StatusOK, `<a href="`+c.path+`"`)
}

func (c changing) runs(t *testing.T, at time.Time) {
	t.Helper()
	c.Now = at
	_, err := c.Campaigns.Run(t.Context())
	check(t, err)
}

// A certificate whose renewal is stored asks for its change at the banks, and for nothing once that is done.
func TestHomeLeadsToTheChangeOver(t *testing.T) {
	s := newConsole(t)
	r := s.Renewal()
	old, err := s.Vault.Get(t.Context(), stack.Auditor, r.OldQWAC)
	check(t, err)
	s.Now = old.Leaf.NotAfter.AddDate(0, 0, -30)
	b := s.signedIn(t, "Camille", access.Engineer)
	page := b.get("/")
	page.want(t, http.StatusOK, "its renewal is stored", "/certificates/"+r.NewQWAC, "/certificates/"+r.NewQSealC)
	tasks, _, _ := strings.Cut(page.body, "Ending soonest")
	if strings.Contains(tasks, `href="/certificates/`+r.OldQWAC) {
		t.Errorf("a successor is asked for though it is stored:\n%s", main(page.body))
	}
	planned, err := s.Campaigns.Create(t.Context(), stack.Engineer, campaign.Intent{
		Name:  "QWAC",
		Pairs: []campaign.Pair{{Old: r.OldQWAC, New: r.NewQWAC}},
	})
	check(t, err)
	b.get("/").want(t, http.StatusOK, "its change-over at the banks is under way", "/campaigns/"+planned.ID)
	check(t, s.Campaigns.End(t.Context(), stack.Engineer, planned.ID))
	for _, id := range []string{r.Sandbox, r.Live} {
		b := s.SaveBundle(id, r.NewQWAC, r.NewQSealC)
		s.TestConnection(id)
		request, done, err := s.Registrations.RequestChange(t.Context(), stack.Engineer, id,
			registration.ChangeRequest{Version: b.Version})
		check(t, err)
		if !done {
			_, err = s.Approvals.Approve(t.Context(), stack.Officer, request.ID, "")
			check(t, err)
		}
	}
	if page := b.get("/"); strings.Contains(page.body, "its renewal is stored") {
		t.Errorf("a change is asked for that is done:\n%s", main(page.body))
	}
}
