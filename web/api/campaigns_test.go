package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	wire "github.com/sealkeeper/sealkeeper/types/api"
)

// renewing is the API of a firm whose renewals are stored, and two people.
type renewing struct {
	*server
	stack.Renewal
	grace, linus *client // asks, and approves
}

func serveRenewal(t *testing.T) renewing {
	t.Helper()
	s := serve(t)
	return renewing{
		server:  s,
		Renewal: s.Renewal(),
		grace:   s.as(t, "Grace Engineer", access.Engineer),
		linus:   s.as(t, "Linus", access.Compliance),
	}
}

// planned returns the path of a campaign for both certificates.
func (r renewing) planned() string {
	r.grace.t.Helper()
	var c wire.Campaign
	r.grace.call("POST", "/v1/campaigns", object{
		"name": "Renewal",
		"pairs": []object{
			{"old": r.OldQWAC, "new": r.NewQWAC},
			{"old": r.OldQSealC, "new": r.NewQSealC},
		},
	}).want(http.StatusCreated, &c)
	if c.State != "draft" || c.States["planned"] != 2 || len(c.Pairs) != 2 || c.Pairs[0].NewSHA256 == "" {
		r.grace.t.Fatalf("planned is %+v", c)
	}
	return "/v1/campaigns/" + c.ID
}

// act does something with a campaign and returns it.
func (r renewing) act(path, act string) (c wire.Campaign) {
	r.grace.t.Helper()
	r.grace.call("POST", path+"/acts", object{"act": act, "reason": "the old ones end"}).want(http.StatusOK, &c)
	return c
}

// does does something with one registration and holds its state to what is wanted.
func (r renewing) does(line string, body object, state string) {
	r.grace.t.Helper()
	var l wire.CampaignLine
	r.grace.call("POST", line+"/acts", body).want(http.StatusOK, &l)
	if l.State != state {
		r.grace.t.Fatalf("after %v the registration is %s, want %s", body, l.State, state)
	}
}

// runs has the program do what is due, and holds the states of all registrations to what is wanted.
func (r renewing) runs(path string, states map[string]int) (c wire.Campaign) {
	r.grace.t.Helper()
	_, err := r.Campaigns.Run(r.grace.t.Context())
	check(r.grace.t, err)
	r.grace.call("GET", path, nil).want(http.StatusOK, &c)
	for state, n := range states {
		if c.States[state] != n {
			r.grace.t.Fatalf("the registrations are %v, want %v", c.States, states)
		}
	}
	return c
}

// TestCampaign: planned by one person, agreed to by another, told to each bank, carried out at the minute, and back.
func TestCampaign(t *testing.T) {
	r := serveRenewal(t)
	path := r.planned()
	r.act(path, "plan")
	r.grace.call("POST", path+"/acts", object{"act": "start"}).refused(http.StatusConflict, "campaign_state")
	asked := r.act(path, "request")
	if asked.ApprovalID == "" || asked.State != "draft" {
		t.Fatalf("requested is %+v", asked)
	}
	if err := r.approve(t, "Grace Engineer", asked.ApprovalID); err == nil {
		t.Error("one person was enough")
	}
	r.approves(t, "Linus", asked.ApprovalID)
	if c := r.act(path, "start"); c.State != "running" || c.ApprovedBy == "" || c.StartedAt == nil {
		t.Fatalf("started is %+v", c)
	}
	if c := r.act(path, "pause"); c.State != "paused" {
		t.Errorf("paused is %+v", c)
	}
	r.act(path, "start")
	at := r.Now.Add(30 * time.Minute)
	for _, id := range []string{r.Sandbox, r.Live} {
		r.tellsBank(path+"/registrations/"+id, at)
	}
	r.runs(path, map[string]int{"prepared": 2})
	r.does(path+"/registrations/"+r.Live, object{"act": "test"}, "tested")
	r.Now = at
	r.runs(path, map[string]int{"activated": 2})
	r.Now = at.Add(2 * time.Minute)
	if c := r.runs(path, map[string]int{"confirmed": 2}); c.State != "running" || len(c.Kept) != 0 {
		t.Errorf("while the old certificates are there it is %+v", c)
	}
	r.grace.call("POST", path+"/acts", object{"act": "keep", "certificate_id": r.OldQWAC}).
		refused(http.StatusUnprocessableEntity, "kept_reason_missing")
	var c wire.Campaign
	for _, id := range []string{r.OldQWAC, r.OldQSealC} {
		r.grace.call("POST", path+"/acts", object{"act": "keep", "certificate_id": id, "reason": "it signs elsewhere"}).
			want(http.StatusOK, &c)
	}
	if c.State != "done" || c.EndedAt == nil || len(c.Kept) != 2 || c.Kept[0].Reason != "it signs elsewhere" {
		t.Errorf("at the end it is %+v", c)
	}
	r.reports(path)
	r.does(path+"/registrations/"+r.Live, object{"act": "roll_back"}, "rolled_back")
	if c := r.act(path, "roll_back"); c.States["rolled_back"] != 2 {
		t.Errorf("rolled back is %+v", c)
	}
}

// reports holds the evidence of the campaign: a line for each registration says what was told, answered and done.
func (r renewing) reports(path string) {
	t := r.grace.t
	t.Helper()
	r.linus.call("GET", "/v1/campaigns/nothing/report", nil).refused(http.StatusNotFound, "not_found")
	file := r.linus.call("GET", path+"/report", nil)
	file.want(http.StatusOK, nil)
	lines := json.NewDecoder(bytes.NewReader(file.body))
	var head wire.CampaignReport
	check(t, lines.Decode(&head))
	if head.Kind != "campaign" || head.Registrations != 2 || head.ApprovedBy == "" || len(head.Pairs) != 2 ||
		head.ReportedBy == "" {
		t.Errorf("the report begins with %+v", head)
	}
	for range head.Registrations {
		var e wire.CampaignEvidence
		check(t, lines.Decode(&e))
		if e.Kind != "registration" || e.State != "confirmed" || e.InUse != e.NewVersion || e.ActivatedBy == "" ||
			e.AnnouncedBy == "" || e.AnswerFrom != "support" ||
			e.ToldSHA256 != head.Pairs[0].NewSHA256+" "+head.Pairs[1].NewSHA256 {
			t.Errorf("of a registration it says %+v", e)
		}
	}
	if lines.More() {
		t.Error("there is more than it announces")
	}
}

// tellsBank tells one bank, with the e-mail that is prepared, and notes its answer.
func (r renewing) tellsBank(line string, at time.Time) {
	t := r.grace.t
	t.Helper()
	var mail wire.EmailDraft
	r.grace.call("POST", line+"/email", object{"language": "fr"}).want(http.StatusOK, &mail)
	if mail.To == "" || !strings.HasPrefix(mail.Subject, "Nouveaux QWAC et QSealC de ") ||
		len(mail.Attachments) != 4 || !strings.Contains(mail.Body, stack.Organization) {
		t.Errorf("the e-mail is %+v", mail)
	}
	r.grace.call("POST", line+"/acts", object{"act": "answer", "from": "support"}).refused(http.StatusConflict,
		"line_state")
	r.does(line, object{"act": "announce"}, "announced")
	r.grace.call("POST", line+"/acts", object{"act": "answer"}).refused(http.StatusUnprocessableEntity,
		"answer_from_missing")
	r.does(line, object{"act": "answer", "from": "support", "note": "ticket 12"}, "answered")
	r.grace.call("POST", line+"/acts", object{"act": "schedule", "switch_at": at.AddDate(-1, 0, 0)}).refused(
		http.StatusUnprocessableEntity, "switch_at_past")
	r.does(line, object{"act": "schedule", "switch_at": at}, "answered")
	var l wire.CampaignLine
	r.linus.call("GET", line, nil).want(http.StatusOK, &l)
	if l.ToldSHA256 == "" || l.SwitchAt == nil || l.SwitchAt.Sub(at).Abs() > time.Microsecond ||
		l.AnswerNote != "ticket 12" {
		t.Errorf("the registration is %+v", l)
	}
}

// TestCampaignsAreListed also gives up and refuses.
func TestCampaignsAreListed(t *testing.T) {
	r := serveRenewal(t)
	path := r.planned()
	var rows []wire.CampaignRow
	r.linus.call("GET", "/v1/campaigns?state=draft", nil).items(&rows)
	if len(rows) != 1 || rows[0].Name != "Renewal" {
		t.Errorf("listed are %+v", rows)
	}
	var lines []wire.CampaignLine
	r.linus.call("GET", path+"/registrations?state=planned&limit=1", nil).items(&lines)
	if len(lines) != 1 || lines[0].NewQWAC != r.NewQWAC || lines[0].SwitchBy.IsZero() {
		t.Errorf("registrations are %+v", lines)
	}
	line := path + "/registrations/" + r.Sandbox
	r.grace.call("POST", path+"/acts", object{"act": "burn"}).refused(http.StatusUnprocessableEntity, "act_unknown")
	r.grace.call("POST", line+"/acts", object{"act": "burn"}).refused(http.StatusUnprocessableEntity, "act_unknown")
	r.grace.call("POST", line+"/acts", object{"act": "retry"}).refused(http.StatusConflict, "line_state")
	r.does(line, object{"act": "announce"}, "announced")
	r.does(line, object{"act": "answer", "from": "support", "refused": true, "note": "no"}, "failed")
	r.does(line, object{"act": "retry"}, "answered")
	var l wire.CampaignLine
	if r.grace.call("GET", line, nil).want(http.StatusOK, &l); l.SwitchAt != nil || l.FailedCode != "" {
		t.Errorf("nobody agreed to a moment, and it goes on at %v: %q", l.SwitchAt, l.FailedCode)
	}
	r.does(line, object{"act": "leave_out"}, "left_out")
	r.grace.call("GET", "/v1/campaigns/unknown", nil).refused(http.StatusNotFound, "not_found")
	auditor := r.as(t, "Otto", access.Auditor)
	auditor.call("POST", path+"/acts", object{"act": "end"}).refused(http.StatusForbidden, "not_permitted")
	if c := r.act(path, "end"); c.State != "ended" {
		t.Errorf("given up is %+v", c)
	}
	r.grace.call("POST", line+"/acts", object{"act": "announce"}).refused(http.StatusConflict, "campaign_state")
}

// TestSecretsOverTheAPI: client secrets are replaced by the same campaign, and no answer has one.
func TestSecretsOverTheAPI(t *testing.T) {
	r := serveRenewal(t)
	var c wire.Campaign
	r.grace.call("POST", "/v1/campaigns", object{
		"name": "Secrets",
		"secrets": object{
			"registrations": []string{r.Sandbox},
			"until":         r.Now.AddDate(0, 2, 0).Format(time.RFC3339),
		},
	}).want(http.StatusCreated, &c)
	if c.Kind != "client_secrets" || c.States["planned"] != 1 || c.Until == nil || len(c.Pairs) != 0 {
		t.Fatalf("planned is %+v", c)
	}
	path := "/v1/campaigns/" + c.ID
	r.act(path, "request")
	r.act(path, "start")
	line := path + "/registrations/" + r.Sandbox
	r.does(line, object{"act": "secret", "client_secret": stack.ClientSecret}, "prepared")
	runs := func(after time.Duration) {
		r.Now = r.Now.Add(after)
		_, err := r.Campaigns.Run(t.Context())
		check(t, err)
	}
	runs(0)
	runs(2 * time.Minute)
	r.does(line, object{"act": "former_ended"}, "ending")
	runs(0)
	var l wire.CampaignLine
	r.grace.call("GET", line, nil).want(http.StatusOK, &l)
	if l.State != "confirmed" || l.FormerEndedAt == nil || l.OldQWAC != "" {
		t.Errorf("at its end the registration is %+v", l)
	}
	if report := r.grace.call("GET", path+"/report", nil); strings.Contains(string(report.body), stack.ClientSecret) {
		t.Error("the report has the secret")
	}
	var f wire.Forecast
	r.grace.call("GET", "/v1/forecast", nil).want(http.StatusOK, &f)
	if f.Registrations != 2 || len(f.Loads) < 2 {
		t.Errorf("the forecast is %+v", f)
	}
}
