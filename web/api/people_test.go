package api_test

import (
	"net/http"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/secret"
)

type person struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Roles      []string `json:"roles"`
	DisabledAt *string  `json:"disabled_at"`
	Sessions   int      `json:"sessions"`
}

// TestPeople: with a token people are seen, proposed and shut out, and nobody is let in.
func TestPeople(t *testing.T) {
	s := serve(t)
	root, bob := s.as(t, "Root", access.Admin), s.as(t, "Bob", access.Auditor)
	grace := s.as(t, "Grace", access.Engineer)
	user, err := s.DB.UserByName(t.Context(), "Grace")
	check(t, err)
	session, err := s.identity.BeginSession(t.Context(), user.ID, identity.ByLink, "", "Mozilla/5.0")
	check(t, err)

	var all []person
	bob.call("GET", "/v1/people?q=grac", nil).items(&all)
	found := false
	for _, p := range all {
		found = found || p.Name == "Grace" && p.Sessions == 1
	}
	if !found {
		t.Errorf("got %+v", all)
	}
	var one struct {
		Person   person `json:"person"`
		Sessions []struct {
			ID string `json:"id"`
		} `json:"sessions"`
	}
	path := "/v1/people/" + user.ID
	root.call("GET", path, nil).want(http.StatusOK, &one)
	if len(one.Sessions) != 1 || one.Sessions[0].ID != session.ID {
		t.Errorf("got %+v", one)
	}
	root.call("DELETE", path+"/sessions/"+session.ID, nil).want(http.StatusOK, &one)
	if len(one.Sessions) != 0 {
		t.Errorf("the session goes on: %+v", one)
	}
	root.call("POST", path+"/disable", nil).want(http.StatusOK, &one)
	if one.Person.DisabledAt == nil {
		t.Errorf("got %+v", one)
	}
	grace.call("GET", "/v1/certificates", nil).refused(http.StatusUnauthorized, "token_invalid")

	var invited struct {
		ID       string `json:"id"`
		LinkMade bool   `json:"link_made"`
	}
	proposal := object{"name": "Camille Durand", "roles": []string{"compliance"}}
	root.call("POST", "/v1/people", proposal).want(http.StatusCreated, &invited)
	if invited.ID == "" || invited.LinkMade {
		t.Errorf("got %+v", invited)
	}
	caller, err := s.identity.Caller(t.Context(), secret.NewTextString(root.token))
	check(t, err)
	_, _, _, err = s.identity.MakeInvitationLink(t.Context(), caller, invited.ID)
	if fault.Code(err) != "session_needed" {
		t.Errorf("a token lets somebody in: %v", err)
	}
	root.call("POST", "/v1/people", object{"name": "R", "roles": []string{"root"}}).refused(
		http.StatusUnprocessableEntity, "role_unknown")
	root.call("POST", "/v1/people", object{"name": "bob", "roles": []string{"admin"}}).refused(
		http.StatusConflict, "person_name_taken")
	var left []object
	bob.call("GET", "/v1/invitations", nil).want(http.StatusOK, &left)
	if len(left) != 1 {
		t.Errorf("got %+v", left)
	}
	root.call("DELETE", "/v1/invitations/"+invited.ID, nil).want(http.StatusOK, &left)
	if len(left) != 0 {
		t.Errorf("got %+v", left)
	}
	me, err := s.DB.UserByName(t.Context(), "Root")
	check(t, err)
	root.call("POST", "/v1/people/"+me.ID+"/disable", nil).refused(http.StatusForbidden, "own_rights")
}
