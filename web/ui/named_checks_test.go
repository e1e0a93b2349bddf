package ui_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/registers"
	"github.com/sealkeeper/sealkeeper/lab/authority"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// The page of a certificate has each check by its name, with what came of it, from where, and how old that is: dated
// rules, revocation, trusted lists and the register.
func TestNamedChecksOfACertificate(t *testing.T) {
	wired, _ := stack.Asking(t,
		stack.Options{Registers: app.Registers{Sources: []registers.Source{{ID: registers.EBA}}}})
	s, f := newConsoleOn(t, wired), newFrench(t)
	path := "/certificates/" + s.Import(qtsp.Request{
		KeyType:   qtsp.RSA2048,
		NotBefore: time.Date(2027, 1, 2, 0, 0, 0, 0, time.UTC), // two days after such keys have ended
	})
	listed := authority.New(func() time.Time { return s.Now })
	listed.List(authority.Firm{
		Authority: "FR_ACPR",
		Number:    "12345",
		Services:  map[string][]string{"FR": {"PS_070", "PS_080"}},
		Changes:   []string{"2019-01-01"},
	})
	ada := s.signedIn(t, "Ada", access.Compliance)
	ada.importing("eba", listed.Register()).want(t, http.StatusOK, "The register was imported")
	_, err := s.Trust.ReadDue(t.Context())
	check(t, err)
	_, err = s.Revocation.AskDue(t.Context())
	check(t, err)
	base := s.QTSP.Base()
	for lang, said := range map[string][]string{
		"en": {
			"certificates issued after 31 December 2026 are for keys of 3000 bits", "TS 119 312 V2.1.1 clause 8.4",
			"Not revoked", "Answered ", "(revocation list)",
			"Signed by Sealkeeper Test Qualified CA, Sealkeeper Test QTSP.",
			"Counts until ", base + "/issuing.crl",
			"Granted", "granted since ", ", read ", base + qtsp.TrustedListPath,
			"Register of the EBA", "Data of ", "A person imported the file",
		},
		"fr": {
			"les certificats délivrés après le 31 décembre 2026 sont pour des clés de 3000 bits",
			"Non révoqué", "Réponse du ", "Valable jusqu&#39;au ", base + "/issuing.crl",
			" depuis le ", ", lue le ", base + qtsp.TrustedListPath,
			"Données du ", "lues le ",
		},
	} {
		ada.lang = lang
		page := ada.get(path)
		page.want(t, http.StatusOK, said...)
		if lang == "fr" {
			f.want(t, "the certificate", page)
		}
	}
}
