package ui_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
)

// certify answers a request, PEM, as a QTSP would.
func certify(t *testing.T, s *console, csr string) certs.File {
	t.Helper()
	issued, err := s.QTSP.Answer(csr, qtsp.Request{})
	check(t, err)
	return certs.File{Name: "from-qtsp.pem", Data: issued.CertificatePEM()}
}

// qwacOrder is the form filled in. P-256 keys are made faster than RSA's.
func qwacOrder() url.Values {
	return url.Values{
		"kind":                    {"qwac"},
		"domains":                 {"psd2.exemple.example\r\nwww.exemple.example\r\n"},
		"organization":            {"Exemple Paiement SAS"},
		"country":                 {"fr"},
		"organization_identifier": {stack.Organization},
		"role":                    {"PSP_AI", "PSP_PI"},
		"algorithm":               {"ecdsa-p256"},
	}
}

func TestRequestFormIsFilledFromTheFirm(t *testing.T) {
	s := newConsole(t)
	b := s.signedIn(t, "Ada", access.Compliance)
	b.get("/certificates/csr").want(t, http.StatusOK, `name="organization" required value=""`,
		`value="rsa-3072" selected`, `value="qwac" required checked`)

	for _, o := range []registration.Organization{{
		LegalName:              "Exemple Paiement SAS",
		Country:                "FR",
		OrganizationIdentifier: stack.Organization,
	},
		{LegalName: "Beispiel Zahlung GmbH", Country: "DE", OrganizationIdentifier: "PSDDE-BAFIN-54321"}} {
		o.ContactEmail = "psd2@exemple.example"
		_, err := s.Registrations.AddOrganization(t.Context(), stack.Engineer, o)
		check(t, err)
	}
	all, err := s.Registrations.OrganizationPage(t.Context(), stack.Engineer, registration.Organizations.Query())
	check(t, err)
	for _, o := range all.Items {
		nca := map[string]string{"FR": "FR-ACPR", "DE": "DE-BAFIN"}[o.Country]
		b.get("/certificates/csr?organization="+o.ID).want(t, http.StatusOK, `required value="`+o.LegalName+`"`,
			`value="`+o.Country+`"`,
			`value="`+o.OrganizationIdentifier+`"`, `value="`+nca+`"`, `value="`+o.ID+`" selected`)
	}
}

func TestRefusedRequestsKeepWhatWasTyped(t *testing.T) {
	s := newConsole(t)
	b := s.signedIn(t, "Ada", access.Compliance)
	for name, test := range map[string]struct {
		field, value, says string
	}{
		"no role":         {"role", "", "at least one role"},
		"no domain":       {"domains", "", "at least one domain name"},
		"not a domain":    {"domains", "https://exemple", "&#34;https://exemple&#34; is not a domain name"},
		"bad number":      {"organization_identifier", "ACPR 12345", "not well formed"},
		"bad country":     {"country", "XX", "not a country code"},
		"no organization": {"organization", "", "legal name"},
		"bad authority":   {"nca_id", "ACPR", "does not identify an authority"},
		"weak key":        {"algorithm", "rsa-512", "rsa-512"},
		"no kind":         {"kind", "", "QWAC or a QSealC"},
	} {
		form := qwacOrder()
		form.Set("locality", `Paris "2e"`)
		form.Set(test.field, test.value)
		if test.value == "" {
			form.Del(test.field)
		}
		page := b.post("/certificates/csr", form)
		if page.status != http.StatusUnprocessableEntity || !strings.Contains(page.body, test.says) {
			t.Errorf("%s: %d, %s", name, page.status, main(page.body))
		}
		page.want(t, 422, `role="alert"`, `value="Paris &#34;2e&#34;"`, "<details open>")
		for field, kept := range map[string]string{
			"domains":      "psd2.exemple.example",
			"role":         `value="PSP_PI" checked`,
			"organization": `value="Exemple Paiement SAS"`,
			"algorithm":    `value="ecdsa-p256" selected`,
			"kind":         `value="qwac" required checked`,
		} {
			if field != test.field && !strings.Contains(page.body, kept) {
				t.Errorf("%s: the form lost %s", name, kept)
			}
		}
	}
	b.get("/certificates").want(t, http.StatusOK, "No certificate yet")
	if page := b.get("/certificates"); strings.Contains(page.body, "/certificates/csrs/") {
		t.Error("a refused request is listed")
	}
}

func TestFromRequestToCertificate(t *testing.T) {
	s := newConsole(t)
	b := s.signedIn(t, "Ada", access.Compliance)
	page := b.post("/certificates/csr", qwacOrder())
	page.want(t, http.StatusOK, "The key was generated and is in custody", "What to do next", "www.exemple.example",
		"ECDSA P-256",
		"PSP_AI", "Prudential Supervisory", "-----BEGIN CERTIFICATE REQUEST-----", "Waiting for the QTSP")
	request := page.path
	if !strings.HasPrefix(request, "/certificates/csrs/") {
		t.Fatalf("requesting ends at %s", request)
	}
	id := strings.TrimPrefix(request, "/certificates/csrs/")

	s.Now = s.Now.AddDate(0, 0, 3)
	b.signIn("Ada")
	for _, path := range []string{"/", "/certificates"} {
		b.get(path).want(t, http.StatusOK, request, "QWAC PSDFR-ACPR-12345", "3 days ago")
	}
	csr := b.get(request + "/csr")
	csr.want(t, http.StatusOK, "-----BEGIN CERTIFICATE REQUEST-----")
	if got := csr.header.Get("Content-Type"); got != "application/pkcs10" {
		t.Errorf("Content-Type %q", got)
	}
	disposition := regexp.MustCompile(`^attachment; filename="QWAC-PSDFR-ACPR-12345-[0-9a-f]{8}\.csr"$`)
	if got := csr.header.Get("Content-Disposition"); !disposition.MatchString(got) {
		t.Errorf("Content-Disposition %q", got)
	}

	answer := certify(t, s, csr.body)
	b.upload("/certificates/check", "", answer).want(t, http.StatusOK, "Nothing has been stored yet",
		"The private key is in custody already")
	page = b.upload("/certificates/upload", "", answer)
	page.want(t, http.StatusOK, "Its private key was found in custody")
	if page.path != "/firm" { // the organization is not recorded yet
		t.Errorf("storing ends at %s", page.path)
	}
	b.get("/certificates/"+id).want(t, http.StatusOK, "PSDFR-ACPR-12345")
	b.get(request).want(t, http.StatusOK, "The certificate has arrived", `href="/certificates/`+id+`"`)
	for path, waits := range map[string]string{"/": "was requested", "/certificates": request} {
		if page := b.get(path); strings.Contains(page.body, waits) {
			t.Errorf("%s still waits for the certificate", path)
		}
	}
}

func TestRenewalWithoutANewKeyNeedsNoKeyFile(t *testing.T) {
	s := newConsole(t)
	b := s.signedIn(t, "Ada", access.Compliance)
	first := s.QTSP.MustIssue(t, s.old())
	s.ImportIssued(first)
	next := s.renewed(qtsp.Request{})
	next.Key = qtsp.Stranger(first.Key.Public())
	renewed := certs.File{Name: "renewed.pem", Data: s.QTSP.MustIssue(t, next).CertificatePEM()}
	b.upload("/certificates/check", "", renewed).want(t, http.StatusOK, "Nothing has been stored yet",
		"The private key is in custody already", "The key is the same")
	b.upload("/certificates/upload", "", renewed).want(t, http.StatusOK, "Its private key was found in custody")
}

func TestSealIsRequestedWithoutDomains(t *testing.T) {
	s := newConsole(t)
	b := s.signedIn(t, "Emma", access.Engineer)
	form := qwacOrder() // the browser sends the field that the page hides
	form.Set("kind", "qsealc")
	page := b.post("/certificates/csr", form)
	page.want(t, http.StatusOK, "QSealC PSDFR-ACPR-12345", "Storing certificates is for compliance officers")
	if strings.Contains(page.body, "www.exemple.example") {
		t.Error("a QSealC was requested for a domain name")
	}
}

func TestWhoMayRequest(t *testing.T) {
	s := newConsole(t)
	request := s.signedIn(t, "Ada", access.Compliance).post("/certificates/csr", qwacOrder()).path
	auditor := s.signedIn(t, "Otto", access.Auditor)
	if page := auditor.get("/certificates"); strings.Contains(page.body, `href="/certificates/csr"`) {
		t.Error("an auditor is offered to request a certificate")
	}
	page := auditor.get("/certificates/csr")
	page.want(t, http.StatusOK, "Requesting certificates is for compliance officers and engineers.")
	if strings.Contains(page.body, `name="organization_identifier"`) {
		t.Error("an auditor is shown the form")
	}
	auditor.post("/certificates/csr", qwacOrder()).want(t, http.StatusForbidden, "Your role does not allow")
	auditor.get(request).want(t, http.StatusOK, "QWAC PSDFR-ACPR-12345")
	auditor.get("/audit").want(t, http.StatusOK, "Request a certificate", `href="`+request+`"`)

	auditor.get("/certificates/csrs/none").want(t, http.StatusNotFound, "no such CSR")
}

func TestRequestThatIsBeingMade(t *testing.T) {
	s := newConsole(t)
	check(t, s.DB.BeginCSR(t.Context(), vault.CSR{
		ID:        "0190aaaa-0000-7000-8000-000000000000",
		State:     vault.CSRPending,
		Name:      "QWAC PSDFR-ACPR-12345",
		Kind:      certs.QWAC,
		CreatedAt: s.Now,
		CreatedBy: "u-officer",
	}))
	b := s.signedIn(t, "Otto", access.Auditor)
	path := "/certificates/csrs/0190aaaa-0000-7000-8000-000000000000"
	page := b.get(path)
	page.want(t, http.StatusOK, "still being made", "Being made")
	if strings.Contains(page.body, path+"/csr") {
		t.Error("a request is offered that is not there yet")
	}
	b.get(path+"/csr").want(t, http.StatusConflict, "try again in a moment")
	b.get("/certificates").want(t, http.StatusOK, path)
}
