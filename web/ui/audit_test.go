package ui_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

// The log is filtered, verified, signed and exported at the console, and who may not read it does none of that.
func TestAuditPages(t *testing.T) {
	s := newConsole(t)
	bob, grace := s.signedIn(t, "Bob", access.Auditor), s.signedIn(t, "Grace", access.Engineer)
	certificate := s.Import(qtsp.Request{})
	bob.get("/audit").want(t, http.StatusOK, "Audit log", "Store a certificate", "newest")
	page := bob.get("/audit?object=" + certificate)
	page.want(t, http.StatusOK, "Store a certificate", "Life of one object")
	if strings.Contains(page.body, `class="outcome denied"`) {
		t.Error("the filter shows something else")
	}
	bob.get("/audit?outcome=failed&from=2020-01-01&until=2020-01-02").want(t, http.StatusOK, "Nothing matches")
	bob.get("/audit").want(t, http.StatusOK, `href="/audit?fold=machines"`)
	program := access.SystemCaller("watcher")
	for range 3 {
		check(t, s.Audit.Record(t.Context(), program, access.AccountsRead, certificate, audit.Done, note.Note{}))
	}
	bob.get("/audit?fold=machines&object="+certificate).want(t, http.StatusOK, "3 entries like this one",
		"Show each entry", "Store a certificate")
	each := regexp.MustCompile(`href="(/audit\?[^"]*)">3 entries`).FindStringSubmatch(
		bob.get("/audit?fold=machines&action=accounts.read").body)
	if each == nil || strings.Count(bob.get(html.UnescapeString(each[1])).body, `class="outcome done"`) != 3 {
		t.Errorf("the row with three entries opens %q", each)
	}
	bob.get("/audit?outcomes=failed").want(t, http.StatusUnprocessableEntity)
	bob.post("/audit/verify", nil).want(t, http.StatusOK, "The log is whole")
	bob.get("/audit/life?object="+certificate).want(t, http.StatusOK, "Store a certificate", "sealkeeper-audit")
	bob.get("/audit/life?object=nothing").want(t, http.StatusNotFound)

	file := bob.get("/audit/export?object=" + certificate)
	found, err := audit.VerifyExport(strings.NewReader(file.body), "")
	if err != nil || found.Entries == 0 {
		t.Errorf("%+v, %v", found, err)
	}
	bob.post("/audit/head", nil).want(t, http.StatusOK, `"key":"sealkeeper-audit+`)

	for _, path := range []string{
		"/audit",
		"/audit/life?object=" + certificate,
		"/audit/export?object=" + certificate,
	} {
		grace.get(path).want(t, http.StatusForbidden)
	}
	grace.post("/audit/verify", nil).want(t, http.StatusForbidden)
	grace.post("/audit/head", nil).want(t, http.StatusForbidden)
}
