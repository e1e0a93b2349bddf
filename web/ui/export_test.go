package ui_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/exportlink"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

var (
	exportAddress = regexp.MustCompile(`http://[^<]*/export\?token=\w+`)
	passphraseOf  = regexp.MustCompile(`<code id="passphrase">(\w+)</code>`)
)

// exportable stores a certificate whose key two people have made exportable, and returns it with its id.
func (s *console) exportable(t *testing.T) (id string, issued *qtsp.Issued) {
	t.Helper()
	issued = s.QTSP.MustIssue(t, qtsp.Request{})
	return s.ImportExportable(issued), issued
}

// A link hands out a key once, within ten minutes, with the rights of who made it.
func TestExportLink(t *testing.T) {
	s := newConsole(t)
	id, issued := s.exportable(t)
	emma := s.signedIn(t, "Emma", access.Engineer)
	path := "/certificates/" + id
	emma.get(path).want(t, http.StatusOK, "Make a link to the key", "Java key store (JKS)")
	make := func(format string) (address, passphrase string) {
		t.Helper()
		page := emma.post(path+"/export-links", url.Values{"format": {format}})
		page.want(t, http.StatusOK, "This is shown once", "The link works once")
		if found := passphraseOf.FindStringSubmatch(page.body); found != nil {
			passphrase = found[1]
		}
		return strings.TrimPrefix(exportAddress.FindString(page.body), s.url), passphrase
	}
	emma.post(path+"/export-links", url.Values{"format": {"zip"}}).
		want(t, http.StatusUnprocessableEntity, "The format is pem, pkcs12 or jks.")

	address, passphrase := make("pkcs12")
	anybody := s.browser(t)
	anybody.get(address).want(t, http.StatusOK, "Emma made this link", "Fetch the file")
	anybody.get(address).want(t, http.StatusOK, "Fetch the file") // looking uses nothing up
	file := anybody.post(address, nil)
	if got := file.header.Get("Content-Disposition"); file.status != http.StatusOK ||
		!strings.HasSuffix(got, `.p12"`) || file.header.Get("Content-Type") != "application/x-pkcs12" {
		t.Fatalf("%d, %s", file.status, got)
	}
	key, leaf, _, err := pkcs12.DecodeChain([]byte(file.body), passphrase)
	if err != nil || key == nil || !slices.Equal(leaf.Raw, issued.Certificate.X509.Raw) {
		t.Fatalf("the file holds something else: %v", err)
	}
	anybody.post(address, nil).want(t, http.StatusNotFound, "This link does not work")
	anybody.get(address).want(t, http.StatusNotFound, "Ask whoever sent it for another one.")
	anybody.lang = "fr"
	newFrench(t).want(t, "a link that is over", anybody.get(address))
	anybody.lang = "en"

	address, passphrase = make("pem")
	if passphrase != "" {
		t.Error("a PEM file has a passphrase")
	}
	anybody.post(address, nil).want(t, http.StatusOK, "BEGIN PRIVATE KEY", "BEGIN CERTIFICATE")

	address, _ = make("jks")
	s.Now = s.Now.Add(exportlink.Lifetime)
	anybody.post(address, nil).want(t, http.StatusNotFound, "This link does not work")

	emma = s.browser(t)
	emma.signIn("Emma")
	address, _ = make("jks")
	user, err := s.DB.UserByName(t.Context(), "Emma")
	check(t, err)
	check(t, s.cfg.Identity.SetRoles(t.Context(), stack.Admin, user.ID, []access.Role{access.Auditor}))
	anybody.post(address, nil).want(t, http.StatusForbidden)

	entries, err := s.DB.LatestAudit(t.Context(), 200)
	check(t, err)
	made, fetched := 0, 0
	for _, e := range entries {
		if e.Action == access.KeyExport && e.Object == id && e.Outcome == "done" {
			if e.Code == "export_link_made" {
				made++
			} else {
				fetched++
			}
		}
		if strings.Contains(e.Detail+strings.Join(e.Args, ""), "token=") {
			t.Errorf("the log has a link: %+v", e)
		}
	}
	if made != 4 || fetched != 2 {
		t.Errorf("%d links made and %d fetched are in the log", made, fetched)
	}
}

// Making a link takes somebody who has shown that it is them, and a key that may be exported.
func TestExportLinksAreRefused(t *testing.T) {
	s := newConsole(t)
	id, _ := s.exportable(t)
	held := s.Import(qtsp.Request{})
	emma := s.signedIn(t, "Emma", access.Engineer)
	jks := url.Values{"format": {"jks"}}
	emma.post("/certificates/"+held+"/export-links", jks).want(t, http.StatusConflict, "never leaves custody")
	s.signedIn(t, "Otto", access.Auditor).post("/certificates/"+id+"/export-links", jks).want(t, http.StatusForbidden)
	s.Now = s.Now.Add(access.ConfirmedFor)
	emma.post("/certificates/"+id+"/export-links", jks).want(t, http.StatusForbidden, "Confirm that it is you")
	caller := stack.Engineer
	caller.Way = access.ByToken
	if _, err := s.ExportLinks.Make(t.Context(), caller, id, "pem"); err == nil {
		t.Error("a bearer token made a link")
	}
	s.browser(t).get("/export?token=nothing").want(t, http.StatusNotFound, "This link does not work")
}
