package ui_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// Copies of a key are on its certificate's page, and by holder on a page of their own, in both languages.
func TestPagesOfKeyCopies(t *testing.T) {
	wired := stack.New(t)
	s, f := newConsoleOn(t, wired), newFrench(t)
	id, _ := s.exportable(t)
	path := "/certificates/" + id
	ada, emma := s.signedIn(t, "Ada", access.Compliance), s.signedIn(t, "Emma", access.Auditor)
	ada.get("/key-copies").want(t, http.StatusOK, "No copy is known")
	ada.get(path).want(t, http.StatusOK, "copies from before that are not known", `id="copies">`)
	key, err := s.Vault.ExportKey(t.Context(), stack.Engineer, id, "pkcs12")
	check(t, err)
	key.KeyPEM.Wipe()
	typed := url.Values{
		"kind":   {"provider"},
		"holder": {"Host <b>"},
		"why":    {"Il porte le proxy."},
		"since":  {"tomorrow"},
	}
	ada.post(path+"/copies", typed).want(t, http.StatusUnprocessableEntity, "year-month-day", `id="copies" open>`)
	typed.Set("since", s.Now.AddDate(0, -1, 0).Format("2006-01-02"))
	emma.post(path+"/copies", typed).want(t, http.StatusForbidden, "Your role does not allow")
	ada.post(path+"/copies", typed).want(t, http.StatusOK, "Host &lt;b&gt;", "2 may still exist", "1 export", "PKCS#12")
	ada.post(path+"/copies", typed).want(t, http.StatusConflict, "recorded already")
	ada.get("/key-copies?q=host").want(t, http.StatusOK, "Host &lt;b&gt;", path+"#copies", "Il porte le proxy.")
	page, err := s.KeyCopies.OfCertificate(t.Context(), stack.Auditor, id)
	check(t, err)
	end := path + "/copies/" + page.Copies[0].ID + "/end"
	ada.post(end, url.Values{"how": {"Wiped."}, "on": {s.Now.Format("2006-01-02")}}).
		want(t, http.StatusOK, "1 may still exist", "Destroyed on")
	ada.post(end, url.Values{"how": {"Again."}, "on": {s.Now.Format("2006-01-02")}}).
		want(t, http.StatusConflict, "changed in the meantime")
	ada.lang = "fr"
	f.want(t, "the certificate", ada.get(path))
	f.want(t, "copies", ada.get("/key-copies"))
	ada.get("/key-copies?ended=true").want(t, http.StatusOK, "Détruite le", "chez un prestataire")
	f.want(t, "the audit log", ada.get("/audit"))
}
