package ui_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/vault"
)

// TestStatesInABrowser looks at what a firm seldom sees: exportable keys, the end of a certificate, a
// consent nobody came back from, a draft beside what is in use.
func TestStatesInABrowser(t *testing.T) {
	p := populate(t)
	b := chromium(t, p.console)
	ada := p.signedIn(t, "Ada", access.Compliance)
	p.user(t, "Camille Durand", access.Compliance, access.Engineer)
	b.signsIn("Camille Durand")

	issued := p.QTSP.MustIssue(t, qtsp.Request{Organization: "Exemple \u202eSAS"})
	kept, err := p.Vault.Import(t.Context(), stack.Officer, vault.Files{
		KeyMode:      vault.KeyExportable,
		ExportReason: "A job that needs the file.",
		Files: []certs.File{
			{Name: "a.pem", Data: issued.CertificatePEM()},
			{Name: "a.key", Data: issued.KeyPEM()},
		},
	})
	check(t, err)
	retired := p.Import(qtsp.Request{Kind: certs.QSealC})
	ada.post("/certificates/"+retired+"/retire", url.Values{"reason": {"Replaced."}})
	ada.post("/certificates/"+kept[0].ID+"/allow-export", nil)
	p.SaveBundle(p.ready, p.Import(p.renewed(qtsp.Request{})), "")

	for name, path := range map[string]string{
		"certificates-ended":         "/certificates",
		"certificate-key-exportable": "/certificates/" + kept[0].ID,
		"certificate-retired":        "/certificates/" + retired,
		"compare-with":               "/certificates/" + kept[0].ID + "/compare",
		"approvals-waiting":          "/approvals",
		"consent-pending":            "/consents/" + p.consent,
		"refused":                    "/callback?error=access_denied",
		"incomplete":                 "/callback",
		"registration-changes":       "/registrations/" + p.ready,
	} {
		b.open(path)
		b.look(name)
	}
}

// Every page fits at every width, can be read there, and names its fields, in the longer of the two languages.
func TestEveryPageInABrowser(t *testing.T) {
	p := populate(t)
	b := chromium(t, p.console)
	p.user(t, "Root", access.Admin)
	b.signsIn("Root")
	b.submit(`footer button[value="fr"]`, `:lang(fr) h1`)
	for _, path := range p.paths() {
		b.open(path)
		b.look("page" + strings.ReplaceAll(path, "/", "-"))
	}
}
