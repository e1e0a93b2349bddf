package ui_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// TestArchiveInTheConsole archives and takes out again, without JavaScript, in both languages.
func TestArchiveInTheConsole(t *testing.T) {
	s := newConsole(t)
	r := s.Register(stack.Institution)
	v, err := s.Registrations.Registration(t.Context(), stack.Auditor, r.ID)
	check(t, err)
	b := s.signedIn(t, "Emma", access.Engineer)
	things := []string{
		"/registrations/" + r.ID, "/applications/" + v.Application.ID, "/organizations/" + v.Organization.ID,
	}
	into, out := url.Values{"archived": {"true"}}, url.Values{"archived": {"false"}}
	b.post(things[1]+"/archive", into).want(t, http.StatusConflict, "has registrations that are not archived")
	b.lang = "fr"
	b.post(things[2]+"/archive", into).want(t, http.StatusConflict, "archivez-les d&#39;abord")
	for i, path := range things {
		b.lang = []string{"en", "fr"}[i%2]
		says := map[string][]string{
			"en": {"The list shows it under", "Archived on", "Take out of the archive", "disabled"},
			"fr": {"L&#39;archivage est fait", "Archivage le", "Sortir des archives", "disabled"},
		}[b.lang]
		if offered := b.get(path).body; !strings.Contains(offered, `action="`+path+`/archive"`) {
			t.Errorf("%s offers no form", path)
		}
		b.post(path+"/archive", into).want(t, http.StatusOK, says...)
	}
	b.lang = "en"
	email := things[0] + "/steps/customer_organization/email"
	for _, path := range []string{"/enrolments/" + v.Enrolment.ID, email} {
		p := b.get(path)
		p.want(t, http.StatusOK, "Archived on")
		forms := strings.Index(p.body, `<form method="post" action="/registrations/`)
		if around := strings.Index(p.body, "<fieldset disabled>"); around < 0 || forms >= 0 && forms < around {
			t.Errorf("%s offers to change what is archived", path)
		}
	}
	for path, name := range map[string]string{
		"/registrations": v.Institution.Name,
		"/applications":  v.Application.Name,
		"/firm":          v.Organization.LegalName,
	} {
		if p := b.get(path); strings.Contains(p.body, ">"+name+"<") || !strings.Contains(p.body, "archived=true") {
			t.Errorf("%s lists what is archived, or does not offer it", path)
		}
		b.get(path+"?archived=true").want(t, http.StatusOK, name)
	}
	b.post(things[0]+"/archive", out).want(t, http.StatusConflict, "take that out of the archive first")
	for _, path := range []string{things[2], things[1], things[0]} {
		b.post(path+"/archive", out).want(t, http.StatusOK, "Taken out of the archive.")
	}
	auditor := s.signedIn(t, "Grace", access.Auditor)
	if p := auditor.get(things[0]); strings.Contains(p.body, "/archive") {
		t.Error("an auditor is offered to archive")
	}
}

// TestPeopleInPages searches people and turns pages, without JavaScript.
func TestPeopleInPages(t *testing.T) {
	s := newConsole(t)
	root := s.signedIn(t, "Root", access.Admin)
	s.user(t, "Hélène Martin", access.Engineer)
	root.get("/people?q=hele").want(t, http.StatusOK, "Hélène Martin", "1 in all")
	if p := root.get("/people?q=hele"); strings.Contains(p.body, ">Root</a>") {
		t.Error("others are listed too")
	}
	p := root.get("/people?limit=1")
	p.want(t, http.StatusOK, `rel="next"`)
	root.get("/people?sort=-created_at").want(t, http.StatusOK, "Hélène Martin")
	root.lang = "fr"
	root.get("/people?q=personne").want(t, http.StatusOK, "Rien ne correspond")
}
