package ui_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

// A good draft must not hide that the version in use has stopped working.
func TestStoppedVersionIsSeenBesideAGoodDraft(t *testing.T) {
	s := newConsole(t)
	soon := s.QTSP.MustIssue(t, qtsp.Request{NotAfter: s.Now.Add(time.Hour)})
	r := s.ActivateWith(soon, s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC}))
	s.SaveBundle(r.ID, s.Import(qtsp.Request{}), "")
	s.TestConnection(r.ID)
	s.Now = s.Now.Add(2 * time.Hour)
	b := s.signedIn(t, "Ada", access.Compliance)
	b.get("/registrations/"+r.ID).want(t, http.StatusOK, "Version 1 is active and can no longer be used", "expired on",
		"Version 2")
	_, err := s.Vault.JudgeAgain(t.Context()) // as a job does
	check(t, err)
	b.get("/").want(t, http.StatusOK, "The certificate expired on")
	b.lang = "fr"
	b.get("/registrations/"+r.ID).want(t, http.StatusOK, "La version 1 est active et n&#39;est plus utilisable")
}
