package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/review"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// A review is started, proposed on and closed with a token; nobody confirms with one.
func TestReviewsByAPI(t *testing.T) {
	s := serve(t)
	s.as(t, "Eve", access.Engineer)
	bob := s.as(t, "Bob", access.Auditor)
	var r api.AccessReview
	bob.call("POST", "/v1/access-reviews", nil).want(http.StatusCreated, &r)
	bob.call("POST", "/v1/access-reviews", nil).refused(http.StatusConflict, "review_running")
	path := "/v1/access-reviews/" + r.ID
	var lines api.Page[api.AccessReviewLine]
	bob.call("GET", path+"/lines?kind=role&state=open&limit=500", nil).want(http.StatusOK, &lines)
	number := 0
	for _, l := range lines.Items {
		if l.Holder == "Eve" && l.What == "engineer" {
			number = l.Number
		}
	}
	if number == 0 || r.Undecided != r.Lines {
		t.Fatalf("%+v %+v", r, lines)
	}
	proposal := object{"lines": []object{{"number": number, "proposed_at": nil}}, "remove": true, "reason": "Has left."}
	bob.call("POST", path+"/proposals", proposal).want(http.StatusOK, &r)
	bob.call("POST", path+"/proposals", proposal).refused(http.StatusConflict, "review_line_changed")
	if a := bob.call("POST", path+"/confirmations", object{"numbers": []int{number}}); a.status != http.StatusNotFound {
		t.Errorf("confirming is answered with %d", a.status)
	}
	bob.call("GET", path+"/evidence", nil).refused(http.StatusConflict, "review_open")
	bob.call("POST", path+"/close", object{"remark": ""}).refused(http.StatusConflict, "review_undecided")
	bob.call("POST", path+"/close", object{"remark": "A drill."}).want(http.StatusOK, &r)
	if r.ClosedAt == nil || r.ClosedByName != "Bob" || r.ClosedBy == "" || r.ClosedBy == "Bob" || len(r.SHA256) != 64 {
		t.Errorf("%+v", r)
	}
	found, err := review.VerifyEvidence(strings.NewReader(string(bob.call("GET", path+"/evidence", nil).body)), "")
	if err != nil || found.Lines != r.Lines {
		t.Errorf("%+v, %v", found, err)
	}
}
