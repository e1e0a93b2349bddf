package ui_test

import (
	"bytes"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	ical "github.com/arran4/golang-ical"

	"github.com/sealkeeper/sealkeeper/internal/access"
)

func TestACaseIsAcknowledgedAndAssignedOnItsPage(t *testing.T) {
	p := populate(t)
	b := p.signedIn(t, "Claire", access.Compliance)
	b.get("/alerts").want(t, http.StatusOK, "waits for a second person", "/alerts/"+p.alert)
	page := "/alerts/" + p.alert
	b.post(page+"/acknowledge", url.Values{"until": {"yesterday"}, "reason": {"x"}}).
		want(t, http.StatusUnprocessableEntity, "acknowledge")
	until := p.Now.AddDate(0, 0, 2).Format("2006-01-02")
	b.post(page+"/acknowledge", url.Values{"until": {until}, "reason": {"Ada looks at it <tonight>"}}).
		want(t, http.StatusOK, "Noted that you see to it.", "Ada looks at it &lt;tonight&gt;",
			"Claire sees to it until")
	b.post(page+"/owner", url.Values{"owner": {"Emma"}, "deputies": {"Otto, Zoe"}}).
		want(t, http.StatusOK, "The case was assigned.", "Emma (Otto, Zoe)")

	auditor := p.signedIn(t, "Otto", access.Auditor)
	auditor.get(page).want(t, http.StatusOK, "Acknowledging a case is for compliance officers and engineers.")
	auditor.post(page+"/acknowledge", url.Values{"until": {until}, "reason": {"x"}}).
		want(t, http.StatusForbidden, "Your role does not allow")
}

var calendarAddress = regexp.MustCompile(`<code>(http[^<]*/calendars/[^<]+)</code>`)

func TestACalendarAddressIsShownOnceAndRevoked(t *testing.T) {
	p := populate(t)
	b := p.signedIn(t, "Otto", access.Auditor)
	made := b.post("/alerts/calendars", nil)
	made.want(t, http.StatusOK, "it is not shown again")
	found := calendarAddress.FindStringSubmatch(made.body)
	if found == nil {
		t.Fatalf("no address:\n%s", made.body)
	}
	address, err := url.Parse(html.UnescapeString(found[1]))
	check(t, err)
	if again := b.get("/alerts"); calendarAddress.MatchString(again.body) {
		t.Error("the address is shown again")
	}
	stranger := p.browser(t)
	feed := stranger.get(address.RequestURI())
	feed.want(t, http.StatusOK, "BEGIN:VCALENDAR")
	parsed, err := ical.ParseCalendar(bytes.NewReader([]byte(feed.body)))
	if err != nil || len(parsed.Events()) == 0 {
		t.Fatalf("the calendar has %d events, %v", len(parsed.Events()), err)
	}
	revoke := regexp.MustCompile(`/alerts/calendars/[^/"]+/revoke`).FindString(b.get("/alerts").body)
	b.post(revoke, nil).want(t, http.StatusOK, "no longer works")
	stranger.get(address.RequestURI()).want(t, http.StatusNotFound)
}

func TestHomeNamesWhatHasBroken(t *testing.T) {
	p := newConsole(t)
	check(t, p.DB.NoteRun(t.Context(), "copy records to custody", "")) // it has not run, so there is nothing to note
	mine, err := p.DB.TakeTurn(t.Context(), "copy records to custody", "x", time.Minute)
	check(t, err)
	if !mine {
		t.Fatal("the turn is somebody's")
	}
	check(t, p.DB.NoteRun(t.Context(), "copy records to custody", "vault_timeout"))
	evaluate := func() {
		t.Helper()
		now := p.Now
		p.Now = time.Now().Add(10 * time.Minute) // the database's clock says since when a job fails
		_, err := p.Cases.Evaluate(t.Context())
		check(t, err)
		p.Now = now
	}
	evaluate()
	b := p.signedIn(t, "Claire", access.Compliance)
	const says = "The periodic work “copy records to custody” has failed since"
	b.get("/").want(t, http.StatusOK, says)
	check(t, p.DB.NoteRun(t.Context(), "copy records to custody", ""))
	evaluate()
	if page := b.get("/"); strings.Contains(page.body, says) {
		t.Error("it works again, and home does not know")
	}
}

// A step that waits for the bank is named by its title, and not by its code.
func TestStepsAreNamedInTheForecast(t *testing.T) {
	p := populate(t)
	b := p.signedIn(t, "Ada", access.Compliance)
	// On live the bank does what the sandbox leaves to its user, and the step is called so.
	for lang, titles := range map[string][]string{
		"en": {"Create the application", "Have the customer organization created"},
		"fr": {"Créer l'application", "Faire créer l'organisation cliente"},
	} {
		b.lang = lang
		page := b.get("/alerts")
		for _, title := range titles {
			page.want(t, http.StatusOK, html.EscapeString(title))
		}
		if strings.Contains(page.body, "slowest bank") || strings.Contains(page.body, "banque la plus lente") {
			t.Errorf("in %s a bank is told of where a colleague is waited for", lang)
		}
		if strings.Contains(page.body, "customer_organization") {
			t.Errorf("in %s a step is named by its code", lang)
		}
	}
}
