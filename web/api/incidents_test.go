package api_test

import (
	"net/http"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/types/api"
)

func TestIncidentsByAPI(t *testing.T) {
	s := serve(t)
	officer := s.as(t, "Ada", access.Compliance)
	r := s.ActivateAt(stack.Institution)
	v, err := s.Registrations.Registration(t.Context(), stack.Engineer, r.ID)
	check(t, err)
	declared := object{"certificate_id": v.Active().QWACID, "reason": "keyCompromise", "what": "Broken into.",
		"happened_on": "2020-01-02"}
	var i api.Incident
	officer.call("POST", "/v1/incidents", declared).want(http.StatusCreated, &i)
	if i.InUse != 1 || i.Untold != 1 || i.Over || i.Key.Origin.Kind != "uploaded" {
		t.Errorf("%+v", i)
	}
	officer.call("POST", "/v1/incidents", declared).refused(http.StatusConflict, "incident_open")
	path := "/v1/incidents/" + i.ID
	var uses api.Page[api.IncidentUse]
	officer.call("GET", path+"/uses?limit=1", nil).want(http.StatusOK, &uses)
	if len(uses.Items) != 1 || !uses.Items[0].InUse || uses.Items[0].RegistrationID != r.ID {
		t.Errorf("%+v", uses)
	}
	var letter api.EmailDraft
	officer.call("POST", path+"/letters", object{"recipient": r.ID, "language": "fr"}).want(http.StatusOK, &letter)
	if letter.To == "" || len(letter.EML) == 0 {
		t.Errorf("%+v", letter)
	}
	officer.call("POST", path+"/told", object{"recipient": "qtsp"}).want(http.StatusOK, &i)
	officer.call("POST", path+"/withdraw", object{"reason": "Another was meant."}).want(http.StatusOK, &i)
	if i.QTSPToldAt == nil || i.ApprovalID == "" || i.WithdrawnAt != nil {
		t.Errorf("%+v", i)
	}
	var page api.Page[api.IncidentRow]
	officer.call("GET", "/v1/incidents?standing=true", nil).want(http.StatusOK, &page)
	if len(page.Items) != 1 {
		t.Errorf("%+v", page)
	}
}
