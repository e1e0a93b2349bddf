package ui_test

import (
	"crypto/x509"
	"encoding/asn1"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
)

// renewed is a certificate of the second year that overlaps the first by 20 days.
func (s *console) renewed(r qtsp.Request) qtsp.Request {
	r.NotBefore, r.NotAfter = s.Now.AddDate(0, 0, -10), s.Now.AddDate(1, 0, 0)
	return r
}

func (s *console) old() qtsp.Request {
	return qtsp.Request{NotBefore: s.Now.AddDate(-1, 0, 0), NotAfter: s.Now.AddDate(0, 0, 10)}
}

func TestComparison(t *testing.T) {
	s := newConsole(t)
	older := s.Import(s.old())
	newer := s.Import(s.renewed(qtsp.Request{Roles: []string{"PSP_AI"}, KeyType: qtsp.P256}))
	seal := s.Import(qtsp.Request{Kind: certs.QSealC})
	b := s.signedIn(t, "Otto", access.Auditor)

	page := b.get("/certificates/" + newer)
	page.want(t, http.StatusOK, "Compare with another certificate", `<option value="`+older+`"`)
	for _, id := range []string{seal, newer} {
		if strings.Contains(page.body, `<option value="`+id+`"`) {
			t.Error("a certificate is offered that cannot be compared")
		}
	}
	for _, path := range []string{
		"/certificates/" + newer + "/compare?with=" + older,
		"/certificates/" + older + "/compare?with=" + newer,
	} {
		page := b.get(path)
		page.want(t, http.StatusOK, "Banks will refuse what needs the lost role: PSP_PI.", "RSA 3072", "ECDSA P-256",
			"Both are valid for 20 days", "Banks see the same organization.", "9 things stay the same")
		// The older one is left, and what is serious comes first.
		table := page.body[strings.Index(page.body, "<table"):]
		for _, order := range [][2]string{{older, newer}, {"lost role", "Both are valid for 20 days"}} {
			if strings.Index(table, order[0]) > strings.Index(table, order[1]) {
				t.Errorf("%s: %s comes after %s", path, order[0], order[1])
			}
		}
	}
	b.lang = "fr"
	b.get("/certificates/"+newer+"/compare?with="+older).want(t, http.StatusOK, "les banques refuseront",
		"valides pendant 20 jours", "Numéro de série")
	b.get("/certificates/"+newer+"/compare?with=none").want(t, http.StatusNotFound)
}

// The address without the other certificate asks for it, or says that there is none.
func TestComparisonAsksWithWhat(t *testing.T) {
	s := newConsole(t)
	only := s.Import(s.old())
	b := s.signedIn(t, "Otto", access.Auditor)
	b.get("/certificates/"+only+"/compare").want(t, http.StatusOK, "no other certificate of its kind",
		`href="/certificates/`+only+`"`)
	other := s.Import(s.renewed(qtsp.Request{}))
	b.get("/certificates/"+only+"/compare?with=").want(t, http.StatusOK, "The other certificate",
		`<option value="`+other+`"`)
	b.get("/certificates/unknown/compare").want(t, http.StatusNotFound, "Page not found")
	b.lang = "fr"
	b.get("/certificates/"+only+"/compare").want(t, http.StatusOK, "Comparer")
}

// Two certificates issued the same day keep their places, from whichever page one comes.
func TestComparisonOfTheSameDay(t *testing.T) {
	s := newConsole(t)
	same := qtsp.Request{NotBefore: s.Now.AddDate(0, 0, -1), NotAfter: s.Now.AddDate(1, 0, 0)}
	first := s.Import(same)
	s.Now = s.Now.Add(time.Second)
	second := s.Import(same)
	b := s.signedIn(t, "Otto", access.Auditor)
	for _, pair := range [][2]string{{first, second}, {second, first}} {
		page := b.get("/certificates/" + pair[0] + "/compare?with=" + pair[1])
		table := page.body[strings.Index(page.body, "<table"):]
		if strings.Index(table, first) > strings.Index(table, second) {
			t.Errorf("%s: what was stored later is left", page.path)
		}
	}
}

func TestUploadIsComparedWithWhatItMayReplace(t *testing.T) {
	s := newConsole(t)
	older := s.Import(s.old())
	b := s.signedIn(t, "Ada", access.Compliance)
	next := s.QTSP.MustIssue(t, s.renewed(qtsp.Request{}))
	b.upload("/certificates/check", "", certs.File{Name: "a.pem", Data: next.CertificatePEM()}).
		want(t, http.StatusOK, "Compared with the one it may replace", `href="/certificates/`+older+`"`, "This upload",
			"Both are valid for 20 days")
	stranger := s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC})
	page := b.upload("/certificates/check", "", certs.File{Name: "a.pem", Data: stranger.CertificatePEM()})
	if strings.Contains(page.body, "Compared with") {
		t.Error("a QSealC is compared with a QWAC")
	}
}

func TestDraftLinksToTheComparison(t *testing.T) {
	s := newConsole(t)
	r := s.Activate()
	view, err := s.Registrations.Registration(t.Context(), stack.Engineer, r.ID)
	check(t, err)
	b := s.signedIn(t, "Emma", access.Engineer)
	if page := b.get("/registrations/" + r.ID); strings.Contains(page.body, "/compare?with=") {
		t.Error("there is nothing to compare, and a link to it")
	}
	next := s.Import(s.renewed(qtsp.Request{}))
	_, err = s.Registrations.SaveBundle(t.Context(), stack.Engineer, r.ID, registration.BundleInput{QWACID: next})
	check(t, err)
	page := b.get("/registrations/" + r.ID)
	page.want(t, http.StatusOK, `href="/certificates/`+view.Active().QWACID+`/compare?with=`+next+`"`,
		"Compare with the one in use")
	if strings.Count(page.body, "/compare?with=") != 1 {
		t.Error("the QSealC did not change, and is to be compared")
	}
}

// pairs are renewals that between them have every outcome of rules.Diff.
func pairs(t *testing.T, s *console) [][2]*certs.Certificate {
	t.Helper()
	issue := func(r qtsp.Request) *certs.Certificate { return s.QTSP.MustIssue(t, r).Certificate }
	base := issue(s.old())
	uses := func(all ...x509.ExtKeyUsage) *certs.Certificate {
		return issue(s.renewed(qtsp.Request{Change: func(c *x509.Certificate) { c.ExtKeyUsage = all }}))
	}
	gap := s.renewed(qtsp.Request{Roles: []string{"PSP_AI", "PSP_PI", "PSP_IC"}})
	gap.NotBefore = s.Now.AddDate(0, 0, 20)
	stranger := issue(qtsp.Request{
		Kind:                   certs.QSealC,
		KeyType:                qtsp.P256,
		Organization:           "Beispiel GmbH",
		OrganizationIdentifier: "PSDDE-BAFIN-54321",
		Country:                "DE",
		NCAName:                "Federal Financial Supervisory Authority",
		NCAID:                  "DE-BAFIN",
		Roles:                  []string{"PSP_AI"},
		NotBefore:              s.old().NotBefore.AddDate(0, 0, 1),
		NotAfter:               s.old().NotAfter.AddDate(0, 0, -1),
		Change: func(c *x509.Certificate) {
			c.PolicyIdentifiers, c.Policies = []asn1.ObjectIdentifier{{1, 2, 3}}, nil
		},
	})
	elsewhere := *issue(s.renewed(qtsp.Request{}))
	elsewhere.Issuer = "CN=Another Qualified CA"
	return [][2]*certs.Certificate{
		{base, base},
		{base, stranger},
		{base, &elsewhere},
		{base, issue(gap)},
		{uses(x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth), uses(x509.ExtKeyUsageServerAuth)},
		{uses(x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth), uses(x509.ExtKeyUsageClientAuth)},
		{uses(x509.ExtKeyUsageClientAuth), uses(x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth)},
	}
}

// Every fact and every outcome of rules.Diff is said in French, and no other.
func TestConsequencesInFrench(t *testing.T) {
	s := newConsole(t)
	all, err := i18n.Load()
	check(t, err)
	seen := map[string]bool{}
	for _, pair := range pairs(t, s) {
		for _, d := range rules.Diff(pair[0], pair[1]) {
			outcome := string(d.Severity)
			if d.Same {
				outcome = "same"
			}
			for lang, key := range map[i18n.Lang]string{
				i18n.English: "fact." + d.Field,
				i18n.French:  "consequence." + d.Field + "." + outcome,
			} {
				seen[key] = true
				if !all[lang].Has(key) {
					t.Errorf("%s has no %q: %s", lang, key, d.Consequence)
				}
			}
		}
	}
	for _, key := range all[i18n.French].Keys() {
		if (strings.HasPrefix(key, "consequence.") || strings.HasPrefix(key, "fact.")) && !seen[key] {
			t.Errorf("rules.Diff never says %q", key)
		}
	}
}

// TestRenewalIsPreset: what the upload recognises is chosen in the form; what was stored without it is linked on its
// page, and taken out of the line again.
func TestRenewalIsPreset(t *testing.T) {
	s := newConsole(t)
	older := s.Import(s.old())
	b := s.signedIn(t, "Ada", access.Compliance)
	next := s.QTSP.MustIssue(t, s.renewed(qtsp.Request{}))
	b.upload("/certificates/check", "", certs.File{Name: "a.pem", Data: next.CertificatePEM()}).
		want(t, http.StatusOK, `form="upload"`, `<option value="`+older+`" selected>`, "Sealkeeper Test QTSP",
			"organization, kind and roles are the same")
	id := s.ImportIssued(next)
	b.get("/certificates/"+id).want(t, http.StatusOK, "Does it renew another certificate?",
		`<option value="`+older+`" selected>`)
	b.post("/certificates/"+id+"/link", url.Values{"predecessor": {older}}).want(t, http.StatusOK,
		"stands behind the one whose place it takes", "Version 2", "It is no renewal")
	b.get("/certificates").want(t, http.StatusOK, `href="/certificates/`+id+`"`)
	b.lang = "fr"
	b.post("/certificates/"+id+"/unlink", nil).want(t, http.StatusOK, "en remplace aucun autre", "Renouvelle-t-il")
	b.post("/certificates/"+id+"/unlink", nil).want(t, http.StatusConflict, "ne remplace aucun autre certificat")
}
