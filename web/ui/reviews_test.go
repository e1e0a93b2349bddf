package ui_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/review"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// Access is reviewed at the console by two people, in both languages: what is removed is gone, and the evidence
// verifies.
func TestPagesOfAReview(t *testing.T) {
	s, f := newConsole(t), newFrench(t)
	own := s.ofFirm(t, stack.Organization, stack.Institution)
	eve := s.user(t, "Eve", access.Engineer, access.Auditor)
	root := access.Caller{ID: "u-root", Name: "Root", Roles: []access.Role{access.Admin}}
	check(t, s.cfg.Identity.Grant(t.Context(), root, eve.ID, access.RoleGrant{
		Role:  access.Compliance,
		Scope: access.Scope{Kind: access.ScopeOrganization, Value: own["organizations"]},
	}))
	ada, bob := s.signedIn(t, "Ada", access.Admin), s.signedIn(t, "Bob", access.Auditor)
	s.signedIn(t, "Grace", access.Engineer).get("/access-reviews").want(t, http.StatusForbidden)
	bob.get("/people").want(t, http.StatusOK, `href="/access-reviews"`)
	bob.get("/access-reviews").want(t, http.StatusOK, "No review yet", "Start a review")
	bob.post("/access-reviews", nil).want(t, http.StatusOK, "The review was started.", "Firm "+stack.Organization)
	ada.post("/access-reviews", nil).want(t, http.StatusConflict, "Another review of access is open")
	page, err := s.DB.ReviewPage(t.Context(), review.Listed.Query())
	check(t, err)
	path := "/access-reviews/" + page.Items[0].ID
	of := func(kind review.Kind, what string) string { // as a form has it now
		lines, err := s.DB.ReviewLines(t.Context(), page.Items[0].ID,
			review.ListedLines.Query().With(review.FilterHolder, eve.ID).With(review.FilterKind, string(kind)))
		check(t, err)
		for _, l := range lines.Items {
			if l.What == what && l.Proposed.At.IsZero() {
				return strconv.Itoa(l.Number)
			} else if l.What == what {
				return fmt.Sprintf("%d@%d", l.Number, l.Proposed.At.UnixMicro())
			}
		}
		t.Fatalf("there is no line about %s", what)
		return ""
	}
	lines := []string{of(review.KindRole, "engineer"), of(review.KindGrant, "compliance")}
	asked := url.Values{"line": lines, "decision": {"remove"}}
	bob.post(path+"/proposals", asked).want(t, http.StatusUnprocessableEntity, "Say why it is no longer needed",
		`value="`+lines[0]+`" checked`, `value="`+lines[1]+`" checked`)
	asked.Set("reason", "Works elsewhere.")
	bob.post(path+"/proposals", asked).want(t, http.StatusOK, "Another person confirms it.", "Remove, proposed by Bob")
	bob.post(path+"/proposals", asked).want(t, http.StatusConflict, "The line was changed in the meantime")
	confirmed := url.Values{"line": {of(review.KindRole, "engineer"), of(review.KindGrant, "compliance")}}
	bob.post(path+"/confirmations", confirmed).want(t, http.StatusForbidden, "Somebody other than who proposed it")
	ada.get(path+"?state=proposed").want(t, http.StatusOK, "Confirm as proposed", confirmed.Get("line"))
	ada.post(path+"/confirmations", confirmed).want(t, http.StatusOK, "Confirmed.", "Proposed by Bob, confirmed by Ada")
	u, err := s.DB.UserByID(t.Context(), eve.ID)
	check(t, err)
	if len(u.Roles) != 1 || u.Roles[0] != access.Auditor || len(u.Grants) != 0 {
		t.Errorf("Eve still has %v and %v", u.Roles, u.Grants)
	}
	ada.lang, bob.lang = "fr", "fr"
	f.want(t, "the review", ada.get(path))
	f.want(t, "a refusal", bob.post(path+"/close", nil))
	f.want(t, "reviews", ada.get("/access-reviews"))
	bob.lang = "en"
	bob.post(path+"/close", nil).want(t, http.StatusConflict, "lines are undecided")
	bob.post(path+"/close", url.Values{"remark": {"Grace is away."}}).want(t, http.StatusOK, "The review is closed.")
	bob.get(path+"/print").want(t, http.StatusOK, "SHA-256 of the lines", "Grace is away.")
	f.want(t, "the page to be printed", ada.get(path+"/print"))
	ada.get("/audit").want(t, http.StatusOK, "Ingénieur de Eve\u00a0: retiré", "Des lignes restent à décider")
	f.want(t, "the audit log", ada.get("/audit"))
	file := bob.get(path + "/evidence.jsonl")
	if found, err := review.VerifyEvidence(strings.NewReader(file.body), ""); err != nil || found.Lines < 5 {
		t.Errorf("%+v, %v", found, err)
	}
}
