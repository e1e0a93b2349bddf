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
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// replaces plans a campaign of client secrets at both institutions, and has two people agree to it.
func replaces(t *testing.T) changing {
	t.Helper()
	s := newConsole(t)
	c := changing{console: s, Renewal: s.Renewal(), b: s.signedIn(t, "Camille", access.Engineer)}
	c.b.get("/campaigns").want(t, http.StatusOK, "/campaigns/secrets", "/campaigns/forecast")
	c.b.get("/campaigns/secrets").want(t, http.StatusOK, `value="`+stack.LiveAtSim+`"`, "1 registration in use")
	typed := url.Values{
		"institution": {stack.Institution, stack.LiveAtSim},
		"name":        {"Secrets <2027>"},
		"until":       {"someday"},
	}
	c.b.post("/campaigns/secrets", typed).want(t, http.StatusUnprocessableEntity, "Secrets &lt;2027&gt;", "checked")
	typed.Set("until", s.Now.AddDate(0, 2, 0).Format(time.DateOnly))
	planned := c.b.post("/campaigns/secrets", typed)
	planned.want(t, http.StatusOK, "The change-over is planned.", "another client secret")
	c.path, c.id = planned.path, strings.TrimPrefix(planned.path, "/campaigns/")
	return c
}

// TestSecretPages: in every state its pages say what is, in both languages, and lead on; no page has the secret.
func TestSecretPages(t *testing.T) {
	c := replaces(t)
	c.looks(t, c.Live, campaign.Planned, "once the change-over is agreed to")
	c.starts(t)
	c.looks(t, c.Live, campaign.Planned, `name="client_secret"`, "as soon as it is stored")
	c.acts(t, c.Live, url.Values{"act": {"secret"}, "client_secret": {stack.ClientSecret}})
	c.looks(t, c.Live, campaign.Prepared, `name="client_secret"`)
	c.runs(t, c.Now)
	c.looks(t, c.Live, campaign.Activated, `value="roll_back"`)
	c.runs(t, c.Now.Add(2*time.Minute))
	c.looks(t, c.Live, campaign.Followed, `value="former_ended"`, `value="roll_back"`)
	c.acts(t, c.Live, url.Values{"act": {"former_ended"}})
	c.looks(t, c.Live, campaign.Ending)
	c.runs(t, c.Now)
	c.looks(t, c.Live, campaign.Confirmed, "Former secret destroyed")
	report := c.b.get(c.path + "/report")
	report.want(t, http.StatusOK, "Former secret ended at the bank", "Camille")
	if strings.Contains(report.body, stack.ClientSecret) {
		t.Error("the report has the secret")
	}
	c.acts(t, c.Sandbox, url.Values{"act": {"leave_out"}})
	c.looks(t, c.Sandbox, campaign.LeftOut)
}

// TestSecretBesideTheFormerOne: where the bank accepts both, a person chooses when the new one comes into use.
func TestSecretBesideTheFormerOne(t *testing.T) {
	c := replaces(t)
	said := registration.BankFact{Source: "Ms Martin, by e-mail", Evidence: "ticket 12"}
	said.Key, said.Value = catalogue.KeySecretOverlap, "5 days"
	check(t, said.SaidOn.UnmarshalText([]byte(c.Now.Format(time.DateOnly))))
	_, err := c.Registrations.RecordBankFact(t.Context(), stack.Officer, stack.LiveAtSim, false, said)
	check(t, err)
	c.starts(t)
	c.looks(t, c.Live, campaign.Planned, `id="secret-at"`)
	path := c.path + "/registrations/" + c.Live + "/acts"
	chosen := c.Now.AddDate(0, 0, 1).Format(time.DateOnly) + "T10:00"
	c.b.post(path, url.Values{"act": {"secret"}, "switch_at": {chosen}}).
		want(t, http.StatusUnprocessableEntity, "Give the new client secret")
	late := url.Values{"act": {"secret"}, "client_secret": {stack.ClientSecret}, "switch_at": {"2030-01-01T10:00"}}
	c.b.post(path, late).want(t, http.StatusUnprocessableEntity, "The bank accepts the former secret until")
	c.acts(t, c.Live, url.Values{
		"act": {"secret"}, "client_secret": {stack.ClientSecret}, "switch_at": {chosen},
	})
	c.runs(t, c.Now)
	c.looks(t, c.Live, campaign.Prepared, `value="schedule"`)
}

// TestTimelineAndForecast: what is to come is on the home page and leads on; the year's work grows as validity falls.
func TestTimelineAndForecast(t *testing.T) {
	c := replaces(t)
	for lang, texts := range map[string][]string{
		"en": {"The coming 90 days", "client secrets to be replaced"},
		"fr": {"Les 90 jours à venir", "secrets client à remplacer"},
	} {
		c.b.lang = lang
		c.b.get("/").want(t, http.StatusOK, append(texts, c.path, `class="axis client_secrets"`)...)
		page := c.b.get("/campaigns/forecast")
		page.want(t, http.StatusOK, "47", "200")
		if at := unsaid.FindString(page.body); at != "" {
			t.Errorf("the forecast in %s holds %q", lang, at)
		}
	}
	c.b.lang = "en"
	c.b.get("/campaigns/forecast").want(t, http.StatusOK, "1 QWAC in use", "2 registrations", "Working days")
}
