package ui_test

import (
	"crypto/x509"
	"encoding/pem"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/internet"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

var shownChain = regexp.MustCompile(`(?s)<textarea name="chain_pem" hidden>(.*?)</textarea>`)

// A person who forgot the issuing certificate fetches it from the address in the certificate, looks at it, and uses it.
func TestAChainIsCompletedOnItsPage(t *testing.T) {
	q := qtsp.Must(t)
	pki := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(q.Chain()[0])
	}))
	t.Cleanup(pki.Close)
	asks, err := internet.New(internet.Config{Allow: []string{"127.0.0.1"}})
	check(t, err)
	alone := func() *qtsp.Issued {
		issued := q.MustIssue(t, qtsp.Request{Change: func(c *x509.Certificate) {
			c.IssuingCertificateURL = []string{pki.URL + "/ca.cer"}
		}})
		issued.Chain = nil
		return issued
	}
	for what, client := range map[string]*internet.Client{"allowed": asks, "private": mustAsk(t), "off": nil} {
		s := newConsoleOn(t, stack.NewWith(t, stack.Options{Outgoing: client}))
		path := "/certificates/" + s.ImportIssued(alone())
		ada, emma := s.signedIn(t, "Ada", access.Compliance), s.signedIn(t, "Emma", access.Engineer)
		emma.get(path).want(t, http.StatusOK, "was not given", "for compliance officers")
		ada.get(path).want(t, http.StatusOK, "Complete the chain", "Upload issuing certificates")
		offered := ada.post(path+"/chain/completion", nil)
		switch what {
		case "private":
			offered.want(t, http.StatusConflict, "is a private address")
			continue
		case "off":
			offered.want(t, http.StatusConflict, "this installation asks nobody")
			continue
		}
		offered.want(t, http.StatusOK, "Nothing is stored yet", pki.URL+"/ca.cer", "Sealkeeper Test Qualified CA")
		ada.get(path).want(t, http.StatusOK, "No issuing certificate was uploaded with it")
		shown := url.Values{"chain_pem": {html.UnescapeString(shownChain.FindStringSubmatch(offered.body)[1])}}
		emma.post(path+"/chain", shown).want(t, http.StatusForbidden, "Your role does not allow")
		ada.post(path+"/chain", shown).want(t, http.StatusOK, "The next connection presents it")
		if page := ada.get(path); strings.Contains(page.body, "was not given") {
			t.Error("the finding is still there")
		}
		ada.post(path+"/chain", shown).want(t, http.StatusConflict, "is this one already")
		ada.get("/audit").want(t, http.StatusOK, "Change a certificate&#39;s chain")
	}
}

func mustAsk(t *testing.T) *internet.Client {
	t.Helper()
	asks, err := internet.New(internet.Config{})
	check(t, err)
	return asks
}

// Issuing certificates that are uploaded alone are offered to the certificates they belong to.
func TestIssuingCertificatesAloneAreOffered(t *testing.T) {
	s, f := newConsole(t), newFrench(t)
	issued := s.QTSP.MustIssue(t, qtsp.Request{})
	issuing := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: issued.Chain[0]})
	alone := *issued
	alone.Chain = nil
	path := "/certificates/" + s.ImportIssued(&alone)
	ada := s.signedIn(t, "Ada", access.Compliance)
	ca, whole := certs.File{Name: "ca.pem", Data: issuing}, certs.File{Name: "a.pem", Data: issued.CertificatePEM()}
	ada.upload("/certificates/check", "", ca).want(t, http.StatusOK, "Nothing is stored yet", "Use this chain", path)
	ada.upload("/certificates/upload", "", ca).want(t, http.StatusOK, "Use this chain", path)
	ada.upload("/certificates/upload", "", whole).want(t, http.StatusOK, "Use this chain", path)
	ada.lang = "fr"
	f.want(t, "offers", ada.upload("/certificates/upload", "", whole))
	f.want(t, "the certificate", ada.get(path))
	f.want(t, "completion", ada.post(path+"/chain/completion", nil))
	f.want(t, "nothing chosen", ada.upload(path+"/chain/files", ""))
	f.want(t, "the leaf alone", ada.upload(path+"/chain/files", "", certs.File{
		Name: "a",
		Data: alone.CertificatePEM(),
	}))
	ada.upload(path+"/chain/files", "", ca).want(t, http.StatusOK, "La prochaine connexion")
	f.want(t, "afterwards", ada.get("/audit"))
}
