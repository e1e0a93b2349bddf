package stack

import (
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/secret"
)

// The administrators who make service accounts, and agree to what they are given on live.
var (
	Admin      = access.Caller{ID: "u-admin", Name: "Root", Roles: []access.Role{access.Admin}}
	OtherAdmin = access.Caller{ID: "u-other-admin", Name: "Toor", Roles: []access.Role{access.Admin}}
)

// Service makes a service account that is bound to all applications there are now, on sandbox and live, and
// returns it with a token.
func (s *Stack) Service(name string, purposes ...access.Purpose) (service.Account, secret.Text) {
	s.t.Helper()
	applications, err := s.DB.ApplicationPage(s.t.Context(), access.Whole(), registration.Applications.Query())
	if err != nil {
		s.t.Fatal(err)
	}
	var bindings []service.Binding
	for _, a := range applications.Items {
		for _, env := range []environment.Name{environment.Sandbox, environment.Live} {
			bindings = append(bindings, service.Binding{ApplicationID: a.ID, Environment: env})
		}
	}
	return s.ServiceBound(name, bindings, purposes...)
}

// ServiceBound is Service with other bindings.
func (s *Stack) ServiceBound(
	name string, bindings []service.Binding, purposes ...access.Purpose,
) (service.Account, secret.Text) {
	s.t.Helper()
	ctx := s.t.Context()
	s.joinAdmins()
	a, asked, done, err := s.Accounts.Add(ctx, Admin, service.Input{
		Name:        name,
		Owner:       "a test",
		Description: "for a test",
		Grant:       service.Grant{Purposes: purposes, Bindings: bindings},
	})
	if err == nil && !done {
		_, err = s.Approvals.Approve(ctx, OtherAdmin, asked.ID, "")
	}
	if err != nil {
		s.t.Fatal(err)
	}
	_, token, err := s.Accounts.IssueToken(ctx, Admin, a.ID, s.Now.Add(24*time.Hour))
	if err != nil {
		s.t.Fatal(err)
	}
	return a, token
}

// joinAdmins records the administrators, once.
func (s *Stack) joinAdmins() {
	for _, c := range []access.Caller{Admin, OtherAdmin} {
		if _, err := s.DB.UserByID(s.t.Context(), c.ID); err != nil {
			s.join(c)
		}
	}
}
