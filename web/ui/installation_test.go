package ui_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
)

// Administrators and auditors see what the installation is made of; its parts are looked at when they ask for it.
func TestInstallationPage(t *testing.T) {
	s, f := newConsole(t), newFrench(t)
	bob := s.signedIn(t, "Bob", access.Auditor)
	page := bob.get("/installation")
	page.want(t, http.StatusOK, "Nobody has looked since", "Apache-2.0", "Embedded: sealed in the database", "SQLite")
	if strings.Contains(page.body, "All is well") {
		t.Error("the page looks at the parts by itself")
	}
	bob.post("/installation/look", nil).want(t, http.StatusOK, "Looked at on",
		"The audit log is append-only", "All is well.")
	bob.lang = "fr"
	f.want(t, "the installation", bob.get("/installation"))
	grace := s.signedIn(t, "Grace", access.Engineer)
	grace.get("/installation").want(t, http.StatusForbidden)
	grace.post("/installation/look", nil).want(t, http.StatusForbidden)
	if p := grace.get("/"); strings.Contains(p.body, `href="/installation"`) {
		t.Error("an engineer is offered the page")
	}
}
