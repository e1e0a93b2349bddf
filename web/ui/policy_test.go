package ui_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// One person asks for another policy, another one sees what it means and agrees.
func TestPolicyInTheConsole(t *testing.T) {
	s := newConsole(t)
	ada, joan := s.signedIn(t, "Ada", access.Compliance), s.signedIn(t, "Joan", access.Admin)
	s.signedIn(t, "Emma", access.Engineer).get("/policy").want(t, http.StatusOK, "four_eyes.live",
		"nobody has decided it", "is for compliance officers and administrators")
	ask := url.Values{"name": {"four_eyes.live"}, "value": {"false"}, "reason": {"Joan leaves."}}
	ada.post("/policy", url.Values{"name": {"four_eyes.live"}, "value": {"no"}, "reason": {"x"}}).want(t, 422,
		"true or false")
	ada.post("/policy", ask).want(t, http.StatusOK, "A second person has to approve it.", "Joan leaves.")
	request := regexp.MustCompile(`href="(/approvals/[^"]+)"`).FindStringSubmatch(joan.get("/approvals").body)[1]
	joan.get(request).want(t, http.StatusOK, "Change the policy", "One person alone can change what is in use",
		"Changes of what is in use on live", "two people", "one person is enough")
	joan.post(request+"/approve", nil).want(t, http.StatusOK, "Approved and carried out.")
	ada.get("/policy").want(t, http.StatusOK, "one person is enough", "Changes of what is in use on live", "3 days",
		"requested and approved", "Joan")
	ada.get("/").want(t, http.StatusOK, "off: one person can change what is in use")

	// What was done on the server is said until people decide it again.
	check(t, s.Policy.BreakGlass(t.Context(), access.Operator(), "four_eyes.sandbox", "true", "a trial"))
	ada.get("/policy").want(t, http.StatusOK,
		"The setting “Changes of what is in use in the sandbox” was changed on the server",
		"<q>a trial</q>", "command line (")
	log := ada.get("/audit")
	log.want(t, http.StatusOK, "Change the policy without a second person",
		"before: two people; since then: one person is enough",
		`<a href="/policy">Changes of what is in use on live</a>`)
	if strings.Contains(main(log.body), "four_eyes") {
		t.Error("the log says the name of a setting as the configuration has it")
	}
}

// Whoever sends customers of live elsewhere is told that it was asked for.
func TestRedirectURIsOfLiveAreAskedFor(t *testing.T) {
	s := newConsole(t)
	r := s.Register(stack.LiveAtSim)
	s.DoSteps(r.ID)
	b := s.SaveBundle(r.ID, s.Import(qtsp.Request{}), s.Import(qtsp.Request{Kind: certs.QSealC}))
	s.TestConnection(r.ID)
	_, err := s.Registrations.Activate(t.Context(), stack.Engineer, r.ID, b.Version)
	check(t, err)
	ada := s.signedIn(t, "Ada", access.Compliance)
	first := regexp.MustCompile(`href="(/approvals/[^"]+)"`).FindStringSubmatch(ada.get("/approvals").body)[1]
	ada.post(first+"/approve", nil).want(t, http.StatusOK, "Approved and carried out.")

	path := "/applications/" + r.ApplicationID
	ada.post(path, url.Values{"name": {"Exemple Budget"}, "redirect_uris": {"https://attacker.example/cb"}}).
		want(t, http.StatusOK, "somebody else has to approve it. Nothing has changed yet.", stack.RedirectURI)
	ada.post("/registrations/"+r.ID+"/steps/subscribe_pisp", url.Values{"state": {"todo"}}).
		want(t, http.StatusOK, "Nothing has changed yet.")
	emma := s.signedIn(t, "Emma", access.Engineer)
	emma.get("/approvals").want(t, http.StatusOK, "Change where customers are sent back to",
		"Switch payments on or off")
	open, err := s.Approvals.List(t.Context(), stack.Engineer, approval.Filter{Kind: access.ApplicationChange})
	check(t, err)
	request := "/approvals/" + open[0].ID
	emma.get(request).want(t, http.StatusOK, "https://attacker.example/cb", "sent back to these addresses",
		`href="`+path)
	emma.lang = "fr"
	emma.get(request).want(t, http.StatusOK, "Changer où les clients sont renvoyés", "sont renvoyés à ces adresses")
}
