package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

type request struct {
	ID        string `json:"id"`
	Kind      string `json:"kind"`
	State     string `json:"state"`
	Reason    string `json:"reason"`
	Note      string `json:"note"`
	MayDecide bool   `json:"may_decide"`
	Changes   []struct {
		Field string `json:"field"`
	} `json:"changes"`
}

func TestApprovals(t *testing.T) {
	s := serve(t)
	grace, linus := s.as(t, "Grace", access.Engineer, access.Compliance), s.as(t, "Linus", access.Admin)
	reader := s.as(t, "Bob", access.Auditor)
	registration := grace.prepare(stack.LiveAtSim)
	path := registration + "/bundles/1"
	var asked struct {
		Activated  bool   `json:"activated"`
		ApprovalID string `json:"approval_id"`
	}
	grace.call("POST", path+"/activate", object{"reason": "the bank has confirmed"}).want(http.StatusOK, &asked)
	one := "/v1/approvals/" + asked.ApprovalID
	var all, inbox []request
	reader.call("GET", "/v1/approvals", nil).items(&all)
	linus.call("GET", "/v1/approvals?state=inbox", nil).items(&inbox)
	if len(all) != 1 || len(inbox) != 1 || all[0].MayDecide || !inbox[0].MayDecide ||
		inbox[0].Reason != "the bank has confirmed" || len(inbox[0].Changes) < 4 {
		t.Fatalf("all %+v\ninbox %+v", all, inbox)
	}
	grace.call("GET", "/v1/approvals?state=inbox", nil).items(&inbox)
	if len(inbox) != 0 {
		t.Errorf("her own request waits for Grace: %+v", inbox)
	}
	reader.call("GET", "/v1/approvals?state=lost", nil).refused(http.StatusUnprocessableEntity,
		"filter_invalid")
	reader.call("GET", "/v1/approvals/nothing", nil).refused(http.StatusNotFound, "not_found")
	linus.call("POST", one+"/withdraw", nil).refused(http.StatusForbidden, "not_the_requester")
	for _, decision := range []string{"/approve", "/reject"} { // a token decides nothing
		linus.call("POST", one+decision, object{"note": "x"}).refused(http.StatusNotFound, "http_error")
	}
	linus.call("POST", path+"/retire", nil).refused(http.StatusConflict, "bundle_not_active")
	grace.call("POST", one+"/withdraw", object{"note": "not before Monday"}).want(http.StatusOK, nil)
	reader.call("GET", "/v1/approvals?state=withdrawn", nil).items(&all)
	if len(all) != 1 || all[0].Note != "not before Monday" {
		t.Errorf("got %+v", all)
	}
}

// TestTwoPeopleActivateAndRetire: one asks and another approves, for the way in and for the way out.
func TestTwoPeopleActivateAndRetire(t *testing.T) {
	s := serve(t)
	grace, linus := s.as(t, "Grace", access.Engineer, access.Compliance), s.as(t, "Linus", access.Admin)
	registration := grace.prepare(stack.LiveAtSim)
	path := registration + "/bundles/1"
	var asked struct {
		Activated  bool   `json:"activated"`
		ApprovalID string `json:"approval_id"`
	}
	grace.call("POST", path+"/activate", nil).want(http.StatusOK, &asked)
	grace.call("POST", "/v1/approvals/"+asked.ApprovalID+"/withdraw", object{"note": "not yet"}).want(http.StatusOK,
		nil)
	grace.call("POST", path+"/activate", nil).want(http.StatusOK, &asked)
	var decided request
	s.approves(t, "Linus", asked.ApprovalID)
	linus.call("GET", "/v1/approvals/"+asked.ApprovalID, nil).want(http.StatusOK, &decided)
	if decided.State != "approved" || decided.Note != "go" {
		t.Errorf("got %+v", decided)
	}
	var v view
	grace.call("GET", registration, nil).want(http.StatusOK, &v)
	if !v.Ready {
		t.Errorf("approved and not in use: %+v", v)
	}
	var retired struct {
		Retired    bool   `json:"retired"`
		ApprovalID string `json:"approval_id"`
	}
	grace.call("POST", path+"/retire", object{"reason": "the contract ends"}).want(http.StatusOK, &retired)
	if retired.Retired {
		t.Error("one person took it out of use")
	}
	linus.call("POST", path+"/retire", nil).refused(http.StatusConflict, "approval_open")
	s.approves(t, "Linus", retired.ApprovalID)
	grace.call("GET", registration, nil).want(http.StatusOK, &v)
	if v.Ready {
		t.Error("two people did not take it out of use")
	}
}

// A user's session and tokens are one person: another token is no second one.
func TestAnotherTokenIsNoSecondPerson(t *testing.T) {
	s := serve(t)
	grace := s.as(t, "Grace", access.Engineer, access.Compliance)
	path := grace.prepare(stack.LiveAtSim) + "/bundles/1/activate"
	grace.call("POST", path, nil).want(http.StatusOK, nil)
	token, err := s.identity.NewToken(t.Context(), "Grace", time.Hour)
	check(t, err)
	again := *grace
	again.token = token.Reveal()
	again.call("POST", path, nil).refused(http.StatusForbidden, "second_person_needed")
}
