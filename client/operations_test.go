package client_test

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/connector/stet"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// described is a service that does nothing, and holds each request to the description.
type described struct {
	t      *testing.T
	router routers.Router

	asked string // operation id of the last request
	body  string // of it
}

func newDescribed(t *testing.T) (*described, *openapi3.T) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("../web/api/openapi.yaml")
	check(t, err)
	router, err := legacy.NewRouter(doc)
	check(t, err)
	return &described{t: t, router: router}, doc
}

// ServeHTTP implements http.Handler.
func (d *described) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	route, params, err := d.router.FindRoute(r)
	if err != nil {
		d.t.Errorf("%s %s: %v", r.Method, r.URL, err)
		w.WriteHeader(http.StatusNotFound)
		return
	}
	body, _ := io.ReadAll(r.Body)
	d.asked, d.body = route.Operation.OperationID, string(body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	if err := openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
		Request:    r,
		PathParams: params,
		Route:      route,
		Options:    &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}); err != nil {
		d.t.Errorf("%s: the request is not as described: %v", route.Operation.OperationID, err)
	}
	for name := range r.URL.Query() {
		if route.Operation.Parameters.GetByInAndName("query", name) == nil {
			d.t.Errorf("%s has no parameter %s", route.Operation.OperationID, name)
		}
	}
	_, _ = w.Write([]byte(nothing(route.Operation)))
}

// nothing is an answer of the right kind with nothing in it.
func nothing(o *openapi3.Operation) string {
	for _, status := range []string{"200", "201"} {
		if response := o.Responses.Value(status); response != nil {
			for _, media := range response.Value.Content {
				if media.Schema.Value.Type.Is("array") {
					return "[]"
				}
			}
		}
	}
	return "{}"
}

// calls has a call of every method, with all there is to give.
var calls = map[string]func(ctx context.Context, c *client.Client) error{
	"listInstitutions": call(func(x ask) (any, error) { return x.c.ListInstitutions(x.ctx) }),
	"getInstitution":   call(func(x ask) (any, error) { return x.c.GetInstitution(x.ctx, "i") }),
	"listBankHosts":    call(func(x ask) (any, error) { return x.c.ListBankHosts(x.ctx, "i") }),
	"confirmBankIssuer": call(func(x ask) (any, error) {
		return x.c.ConfirmBankIssuer(x.ctx, "i", "h", api.BankIssuer{Authority: "a"})
	}),
	"listBankServers":    call(func(x ask) (any, error) { return x.c.ListBankServers(x.ctx, "i") }),
	"getInstallation":    call(func(x ask) (any, error) { return x.c.GetInstallation(x.ctx) }),
	"lookAtInstallation": call(func(x ask) (any, error) { return x.c.LookAtInstallation(x.ctx) }),
	"listAccessReviews": call(func(x ask) (any, error) {
		return x.c.ListAccessReviews(x.ctx, client.Listing{Limit: 7, Cursor: "c"})
	}),
	"startAccessReview": call(func(x ask) (any, error) { return x.c.StartAccessReview(x.ctx) }),
	"getAccessReview":   call(func(x ask) (any, error) { return x.c.GetAccessReview(x.ctx, "r") }),
	"listAccessReviewLines": call(func(x ask) (any, error) {
		return x.c.ListAccessReviewLines(x.ctx, "r", client.ReviewLineFilter{
			Listing: client.Listing{Limit: 7, Cursor: "c"},
			State:   "proposed",
			Kind:    "grant",
			Holder:  "u1",
		})
	}),
	"proposeAccessReview": call(func(x ask) (any, error) {
		return x.c.ProposeAccessReview(x.ctx, "r", api.ReviewProposal{
			Lines:  []api.SeenLine{{Number: 1}, {Number: 2}},
			Remove: true,
			Reason: "Left.",
		})
	}),
	"closeAccessReview": call(func(x ask) (any, error) {
		return x.c.CloseAccessReview(x.ctx, "r", api.CloseAccessReview{Remark: "One of us is ill."})
	}),
	"exportAccessReview": call(func(x ask) (any, error) { return x.c.ExportAccessReview(x.ctx, "r") }),
	"listIncidents": call(func(x ask) (any, error) {
		return x.c.ListIncidents(x.ctx, client.IncidentFilter{
			Listing:  client.Listing{Limit: 7, Cursor: "c", Sort: "declared_at"},
			Standing: "true",
		})
	}),
	"declareIncident": call(func(x ask) (any, error) {
		return x.c.DeclareIncident(x.ctx, api.NewIncident{
			CertificateID: "c",
			Reason:        "keyCompromise",
			What:          "The host was broken into.",
			HappenedOn:    someDay(),
		})
	}),
	"getIncident": call(func(x ask) (any, error) { return x.c.GetIncident(x.ctx, "i") }),
	"listIncidentUses": call(func(x ask) (any, error) {
		return x.c.ListIncidentUses(x.ctx, "i", client.Listing{Limit: 7, Cursor: "c"})
	}),
	"prepareIncidentLetter": call(func(x ask) (any, error) {
		return x.c.PrepareIncidentLetter(x.ctx, "i", api.IncidentLetter{Recipient: "qtsp", Language: "fr"})
	}),
	"recordIncidentTold": call(func(x ask) (any, error) {
		return x.c.RecordIncidentTold(x.ctx, "i", api.IncidentTold{Recipient: "qtsp"})
	}),
	"withdrawIncident": call(func(x ask) (any, error) {
		return x.c.WithdrawIncident(x.ctx, "i", api.WithdrawIncident{Reason: "Another certificate was meant."})
	}),
	"listKeyCopies": call(func(x ask) (any, error) {
		return x.c.ListKeyCopies(x.ctx, client.KeyCopyFilter{
			Listing:     client.Listing{Limit: 7, Cursor: "c", Search: "host", Sort: "created_at"},
			Certificate: "c",
			Kind:        "provider",
			Ended:       "false",
		})
	}),
	"getKeyCopies": call(func(x ask) (any, error) { return x.c.GetKeyCopies(x.ctx, "c") }),
	"declareKeyCopy": call(func(x ask) (any, error) {
		return x.c.DeclareKeyCopy(x.ctx, "c", api.NewKeyCopy{
			Kind:   "provider",
			Holder: "Host",
			Reason: "It runs the proxy.",
			Since:  someDay(),
		})
	}),
	"endKeyCopy": call(func(x ask) (any, error) {
		return x.c.EndKeyCopy(x.ctx, "k", api.EndKeyCopy{How: "Wiped.", DestroyedOn: someDay()})
	}),
	"getCertificate":      call(func(x ask) (any, error) { return x.c.GetCertificate(x.ctx, "c") }),
	"listCertificateLine": call(func(x ask) (any, error) { return x.c.ListCertificateLine(x.ctx, "c") }),
	"importCertificates":  call(func(x ask) (any, error) { return x.c.ImportCertificates(x.ctx, someFiles) }),
	"inspectCertificates": call(func(x ask) (any, error) { return x.c.InspectCertificates(x.ctx, someFiles) }),
	"exportKey":           call(func(x ask) (any, error) { return x.c.ExportKey(x.ctx, "c") }),
	"allowExport":         call(func(x ask) (any, error) { return x.c.AllowExport(x.ctx, "c") }),
	"listCSRs":            call(func(x ask) (any, error) { return x.c.ListCSRs(x.ctx, client.CSRFilter{}) }),
	"listOrganizations": call(func(x ask) (any, error) {
		return x.c.ListOrganizations(x.ctx, client.OrganizationFilter{
			Listing:  client.Listing{Limit: 7, Cursor: "c", Search: "exemple", Sort: "name"},
			Archived: true,
		})
	}),
	"listApplications": call(func(x ask) (any, error) {
		return x.c.ListApplications(x.ctx, client.ApplicationFilter{})
	}),
	"listEnrolments":      call(func(x ask) (any, error) { return x.c.ListEnrolments(x.ctx, client.Listing{}) }),
	"getEnrolment":        call(func(x ask) (any, error) { return x.c.GetEnrolment(x.ctx, "e") }),
	"getRegistration":     call(func(x ask) (any, error) { return x.c.GetRegistration(x.ctx, "r") }),
	"testConnection":      call(func(x ask) (any, error) { return x.c.TestConnection(x.ctx, "r") }),
	"getChecklist":        call(func(x ask) (any, error) { return x.c.GetChecklist(x.ctx, "r") }),
	"listHistory":         call(func(x ask) (any, error) { return x.c.ListHistory(x.ctx, "r") }),
	"getEvidence":         call(func(x ask) (any, error) { return x.c.GetEvidence(x.ctx, "f") }),
	"search":              call(func(x ask) (any, error) { return x.c.Search(x.ctx, "exemple") }),
	"today":               call(func(x ask) (any, error) { return x.c.Today(x.ctx) }),
	"getConsent":          call(func(x ask) (any, error) { return x.c.GetConsent(x.ctx, "c") }),
	"revokeConsent":       call(func(x ask) (any, error) { return x.c.RevokeConsent(x.ctx, "c") }),
	"listAccounts":        call(func(x ask) (any, error) { return x.c.ListAccounts(x.ctx, "c", there) }),
	"listBalances":        call(func(x ask) (any, error) { return x.c.ListBalances(x.ctx, "c", "a", there) }),
	"getCustomerIdentity": call(func(x ask) (any, error) { return x.c.GetCustomerIdentity(x.ctx, "c", there) }),
	"listBeneficiaries":   call(func(x ask) (any, error) { return x.c.ListBeneficiaries(x.ctx, "c", there) }),
	"getApproval":         call(func(x ask) (any, error) { return x.c.GetApproval(x.ctx, "a") }),
	"listPeople":          call(func(x ask) (any, error) { return x.c.ListPeople(x.ctx, client.PersonFilter{}) }),
	"linkCertificate": call(func(x ask) (any, error) {
		return x.c.LinkCertificate(x.ctx, "c", api.CertificateLink{Predecessor: "d"})
	}),
	"listPredecessors": call(func(x ask) (any, error) { return x.c.ListPredecessors(x.ctx, "c") }),
	"listBankFacts":    call(func(x ask) (any, error) { return x.c.ListBankFacts(x.ctx, "i") }),
	"recordBankFact": call(func(x ask) (any, error) {
		return x.c.RecordBankFact(x.ctx, "i", api.NewBankFact{
			Key:       "overlap",
			Value:     "yes",
			SaidOn:    someDay(),
			WholeBank: true,
		})
	}),
	"withdrawBankFact": call(func(x ask) (any, error) { return x.c.WithdrawBankFact(x.ctx, "i", "f") }),
	"listRegistrationImports": call(func(x ask) (any, error) {
		return x.c.ListRegistrationImports(x.ctx, client.Listing{Limit: 2})
	}),
	"requestRegistrationImport": call(func(x ask) (any, error) {
		return x.c.RequestRegistrationImport(x.ctx, someList)
	}),
	"checkRegistrationImport": call(func(x ask) (any, error) { return x.c.CheckRegistrationImport(x.ctx, someList) }),
	"getRegistrationImport":   call(func(x ask) (any, error) { return x.c.GetRegistrationImport(x.ctx, "i") }),
	"listImportedRegistrations": call(func(x ask) (any, error) {
		return x.c.ListImportedRegistrations(x.ctx, "i", client.ImportedFilter{State: "failed"})
	}),
	"listCampaigns": call(func(x ask) (any, error) {
		return x.c.ListCampaigns(x.ctx, client.CampaignFilter{State: "running"})
	}),
	"createCampaign": call(func(x ask) (any, error) {
		pairs := []api.NewCertificatePair{{Old: "a", New: "b"}}
		return x.c.CreateCampaign(x.ctx, api.NewCampaign{Name: "n", Pairs: pairs, Eves: true})
	}),
	"getForecast": call(func(x ask) (any, error) { return x.c.GetForecast(x.ctx) }),
	"getCampaign": call(func(x ask) (any, error) { return x.c.GetCampaign(x.ctx, "c") }),
	"actOnCampaign": call(func(x ask) (any, error) {
		return x.c.ActOnCampaign(x.ctx, "c", api.CampaignAct{Act: "request", Reason: "r"})
	}),
	"listCampaignRegistrations": call(func(x ask) (any, error) {
		return x.c.ListCampaignRegistrations(x.ctx, "c", client.CampaignFilter{State: "failed", Risk: "late"})
	}),
	"getCampaignRegistration": call(func(x ask) (any, error) { return x.c.GetCampaignRegistration(x.ctx, "c", "r") }),
	"actOnCampaignRegistration": call(func(x ask) (any, error) {
		at := time.Unix(1, 0).UTC()
		act := api.CampaignLineAct{Act: "answer", From: "f", Note: "n", Refused: true, SwitchAt: &at}
		return x.c.ActOnCampaignRegistration(x.ctx, "c", "r", act)
	}),
	"prepareCampaignEmail": call(func(x ask) (any, error) {
		return x.c.PrepareCampaignEmail(x.ctx, "c", "r", api.EmailLanguage{Language: "fr"})
	}),
	"invitePerson": call(func(x ask) (any, error) {
		return x.c.InvitePerson(x.ctx, api.InvitePerson{Name: "n", Roles: []string{"auditor"}})
	}),
	"getPerson":          call(func(x ask) (any, error) { return x.c.GetPerson(x.ctx, "a") }),
	"disablePerson":      call(func(x ask) (any, error) { return x.c.DisablePerson(x.ctx, "a") }),
	"revokeGrant":        call(func(x ask) (any, error) { return x.c.RevokeGrant(x.ctx, "a", "b") }),
	"endPersonSession":   call(func(x ask) (any, error) { return x.c.EndPersonSession(x.ctx, "a", "b") }),
	"listInvitations":    call(func(x ask) (any, error) { return x.c.ListInvitations(x.ctx) }),
	"withdrawInvitation": call(func(x ask) (any, error) { return x.c.WithdrawInvitation(x.ctx, "a") }),
	"withdraw":           call(func(x ask) (any, error) { return x.c.Withdraw(x.ctx, "a", api.Note{}) }),
	"getPayment":         call(func(x ask) (any, error) { return x.c.GetPayment(x.ctx, "p") }),
	"confirmPayment":     call(func(x ask) (any, error) { return x.c.ConfirmPayment(x.ctx, "p") }),
	"listCases": call(func(x ask) (any, error) {
		return x.c.ListCases(x.ctx, client.CaseFilter{Kind: "chain"})
	}),
	"getCase": call(func(x ask) (any, error) { return x.c.GetCase(x.ctx, "c") }),
	"acknowledgeCase": call(func(x ask) (any, error) {
		return x.c.AcknowledgeCase(x.ctx, "c", api.AcknowledgeCase{Until: time.Unix(1, 0).UTC(), Reason: "r"})
	}),
	"assignCase": call(func(x ask) (any, error) {
		return x.c.AssignCase(x.ctx, "c", api.AssignCase{Owner: "o", Deputies: []string{"d"}})
	}),
	"listComingAlerts":  call(func(x ask) (any, error) { return x.c.ListComingAlerts(x.ctx, 30) }),
	"listAlertChannels": call(func(x ask) (any, error) { return x.c.ListAlertChannels(x.ctx) }),
	"testAlertChannel":  call(func(x ask) (any, error) { return x.c.TestAlertChannel(x.ctx, "mail") }),
	"listAlertMessages": call(func(x ask) (any, error) { return x.c.ListAlertMessages(x.ctx) }),
	"listCaseEvents":    call(func(x ask) (any, error) { return x.c.ListCaseEvents(x.ctx, 5, 10) }),
	"listAudit": call(func(x ask) (any, error) {
		return x.c.ListAudit(x.ctx, client.AuditFilter{Object: "r1"})
	}),
	"reportCampaign":     call(func(x ask) (any, error) { return x.c.ReportCampaign(x.ctx, "c") }),
	"exportDoraRegister": call(func(x ask) (any, error) { return x.c.ExportDoraRegister(x.ctx, "B_05.01") }),
	"getCatalogueFiles":  call(func(x ask) (any, error) { return x.c.GetCatalogueFiles(x.ctx) }),
	"readCatalogueFiles": call(func(x ask) (any, error) { return x.c.ReadCatalogueFiles(x.ctx) }),
	"getCatalogueFile":   call(func(x ask) (any, error) { return x.c.GetCatalogueFile(x.ctx, "b", "aa") }),
	"takeCatalogueFile": call(func(x ask) (any, error) {
		return x.c.TakeCatalogueFile(x.ctx, "b", "aa", api.TakeCatalogueFile{Reason: "A new bank."})
	}),
	"reconsiderCatalogueFile": call(func(x ask) (any, error) {
		return x.c.ReconsiderCatalogueFile(x.ctx, "b", "aa")
	}),
	"declineCatalogueFile": call(func(x ask) (any, error) { return x.c.DeclineCatalogueFile(x.ctx, "b", "aa") }),
	"reviewApproval": call(func(x ask) (any, error) {
		return x.c.ReviewApproval(x.ctx, "a", api.ReviewApproval{Review: "In order."})
	}),
	"exportAudit":    call(func(x ask) (any, error) { return x.c.ExportAudit(x.ctx, "r1") }),
	"signAuditHead":  call(func(x ask) (any, error) { return x.c.SignAuditHead(x.ctx) }),
	"compareCustody": call(func(x ask) (any, error) { return x.c.CompareCustody(x.ctx) }),

	"listServiceAccounts": call(func(x ask) (any, error) {
		return x.c.ListServiceAccounts(x.ctx, client.ServiceAccountFilter{
			Listing: client.Listing{Limit: 7, Cursor: "c", Search: "reports", Sort: "-created_at"},
			Ended:   true,
		})
	}),
	"addServiceAccount": call(func(x ask) (any, error) { return x.c.AddServiceAccount(x.ctx, someAccount) }),
	"getServiceAccount": call(func(x ask) (any, error) { return x.c.GetServiceAccount(x.ctx, "s") }),
	"changeServiceAccount": call(func(x ask) (any, error) {
		return x.c.ChangeServiceAccount(x.ctx, "s", someAccount)
	}),
	"endServiceAccount":        call(func(x ask) (any, error) { return x.c.EndServiceAccount(x.ctx, "s") }),
	"revokeServiceToken":       call(func(x ask) (any, error) { return x.c.RevokeServiceToken(x.ctx, "s", "t") }),
	"listRegistrationServices": call(func(x ask) (any, error) { return x.c.ListRegistrationServices(x.ctx, "r") }),
	"listTLS":                  call(func(x ask) (any, error) { return x.c.ListTLS(x.ctx) }),
	"lookUpTLS":                call(func(x ask) (any, error) { return x.c.LookUpTLS(x.ctx, "Budget", "bank") }),
	"getTLS":                   call(func(x ask) (any, error) { return x.c.GetTLS(x.ctx, "r") }),
	"getTLSCredentials":        call(func(x ask) (any, error) { return x.c.GetTLSCredentials(x.ctx, "r") }),
	"exportTLS": call(func(x ask) (any, error) {
		return x.c.ExportTLS(x.ctx, "r", api.KeyExport{Version: 1})
	}),
	"watchTLS": call(func(x ask) (any, error) { return x.c.WatchTLS(x.ctx, "e-1", time.Second) }),

	"addServiceIdentity": call(func(x ask) (any, error) {
		return x.c.AddServiceIdentity(x.ctx, "s", api.NewServiceIdentity{
			Kind:     api.IdentityWorkload,
			Issuer:   "https://issuer.example",
			Audience: "https://sealkeeper.example",
			Subject:  "system:serviceaccount:payments:reports",
			Claims:   map[string]string{"environment": "production"},
		})
	}),
	"removeServiceIdentity": call(func(x ask) (any, error) { return x.c.RemoveServiceIdentity(x.ctx, "s", "i") }),
	"exchangeToken": func(ctx context.Context, c *client.Client) error {
		_, err := c.ExchangeToken(ctx, secret.NewTextString("a.b.c"), "reports")
		if fault.Code(err) == "answer_unreadable" { // nothing is no token
			err = nil
		}
		return err
	},
	"fetchToken": func(ctx context.Context, c *client.Client) error {
		_, err := c.FetchToken(ctx, secret.NewTextString("code"), secret.NewTextString("verifier"))
		if fault.Code(err) == "answer_unreadable" { // nothing is no token
			err = nil
		}
		return err
	},
	"listOwnTokens":  call(func(x ask) (any, error) { return x.c.ListOwnTokens(x.ctx) }),
	"revokeOwnToken": call(func(x ask) (any, error) { return x.c.RevokeOwnToken(x.ctx, "a") }),
	"revokeToken":    call(func(x ask) (any, error) { return x.c.RevokeToken(x.ctx, "a", "b") }),
	"issueServiceToken": call(func(x ask) (any, error) {
		return x.c.IssueServiceToken(x.ctx, "s", api.NewServiceToken{ExpiresAt: time.Unix(1, 0)})
	}),
	"lendBankToken": call(func(x ask) (any, error) {
		at := time.Unix(1, 0).UTC()
		return x.c.LendBankToken(x.ctx, "r", api.NewBankToken{ConsentID: "c", Refused: &at})
	}),
	"signHandshake": call(func(x ask) (any, error) {
		in := api.HandshakeRequest{Version: 1, Scheme: "ecdsa_secp256r1_sha256", Message: []byte("m")}
		return x.c.SignHandshake(x.ctx, "r", in)
	}),
	"listRegistrations": call(func(x ask) (any, error) {
		return x.c.ListRegistrations(x.ctx, client.RegistrationFilter{
			Listing:      client.Listing{Limit: 7, Cursor: "c", Search: "tpp", Sort: "-created_at"},
			Institution:  "i",
			Application:  "a",
			Organization: "o",
			Certificate:  "c",
			Environment:  "live",
		})
	}),
	"listCertificates": call(func(x ask) (any, error) {
		return x.c.ListCertificates(x.ctx, client.CertificateFilter{
			Listing:      client.Listing{Limit: 7, Cursor: "c", Search: "tpp", Sort: "name"},
			State:        api.CertificateRetired,
			Ended:        true,
			Kind:         certs.QWAC,
			Organization: "PSDFR-ACPR-12345",
			Finding:      rules.SeverityError,
			EndsInDays:   60,
		})
	}),
	"signDigests": call(func(x ask) (any, error) {
		digests := [][]byte{make([]byte, 32)}
		return x.c.SignDigests(x.ctx, "r", api.SigningRequest{Version: 1, Algorithm: "ecdsa-sha256", Digests: digests})
	}),
	"signHTTPRequest": call(func(x ask) (any, error) {
		return x.c.SignHTTPRequest(x.ctx, "r", api.HTTPSignatureRequest{
			Version:    1,
			Product:    "ais",
			Method:     "GET",
			URL:        "https://bank.example/accounts",
			Headers:    map[string]string{"psu-ip-address": "192.0.2.1"},
			BodySHA256: make([]byte, 32),
		})
	}),
	"reportTLS": call(func(x ask) (any, error) {
		return x.c.ReportTLS(x.ctx, api.ServiceReport{
			Instance: "host-1",
			InUse: []api.CertificateUse{{
				RegistrationID: "r",
				Host:           "bank.example:443",
				Version:        1,
				SHA256:         "00",
				LastUsedAt:     time.Unix(1, 0),
				Problem:        "p",
			}},
			Stopped: true,
		})
	}),
	"setCertificateChain": call(func(x ask) (any, error) {
		files := client.Files{Files: []certs.File{{Name: "ca.pem", Data: []byte("x")}}}
		return x.c.SetCertificateChain(x.ctx, "c", files)
	}),
	"getCertificateRevocation": call(func(x ask) (any, error) { return x.c.GetCertificateRevocation(x.ctx, "c") }),
	"askCertificateRevocation": call(func(x ask) (any, error) { return x.c.AskCertificateRevocation(x.ctx, "c") }),
	"getCertificateTrust":      call(func(x ask) (any, error) { return x.c.GetCertificateTrust(x.ctx, "c") }),
	"getTrustedLists":          call(func(x ask) (any, error) { return x.c.GetTrustedLists(x.ctx) }),
	"listRegisters":            call(func(x ask) (any, error) { return x.c.ListRegisters(x.ctx) }),
	"getCertificateAuthorisation": call(func(x ask) (any, error) {
		return x.c.GetCertificateAuthorisation(x.ctx, "c")
	}),
	"getOrganizationAuthorisation": call(func(x ask) (any, error) {
		return x.c.GetOrganizationAuthorisation(x.ctx, "o")
	}),
	"importRegister": call(func(x ask) (any, error) {
		return x.c.ImportRegister(x.ctx, "eba", "register.zip", []byte("x"))
	}),
	"completeCertificateChain": call(func(x ask) (any, error) { return x.c.CompleteCertificateChain(x.ctx, "c") }),
	"retireCertificate": call(func(x ask) (any, error) {
		return x.c.RetireCertificate(x.ctx, "c", api.RetireCertificate{Reason: "replaced"})
	}),
	"destroyCertificate": call(func(x ask) (any, error) {
		return x.c.DestroyCertificate(x.ctx, "c", api.DestroyCertificate{Confirmation: "01234567"})
	}),
	"createCSR": call(func(x ask) (any, error) {
		return x.c.CreateCSR(x.ctx, api.NewCSR{
			Kind:                   certs.QWAC,
			Key:                    "ecdsa-p256",
			CommonName:             "psd2.tpp.example",
			Organization:           "TPP SAS",
			OrganizationIdentifier: "PSDFR-ACPR-12345",
			Country:                "FR",
			Locality:               "Paris",
			State:                  "Paris",
			DNSNames:               []string{"psd2.tpp.example"},
			Roles:                  []string{"PSP_AI"},
			NCAName:                "ACPR",
			NCAID:                  "FR-ACPR",
			Replaces:               "c",
		})
	}),
	"addOrganization": call(func(x ask) (any, error) { return x.c.AddOrganization(x.ctx, someOrganization) }),
	"updateOrganization": call(func(x ask) (any, error) {
		return x.c.UpdateOrganization(x.ctx, "o", someOrganization)
	}),
	"addApplication": call(func(x ask) (any, error) {
		return x.c.AddApplication(x.ctx, api.NewApplication{
			OrganizationID: "o",
			Name:           "Budget",
			RedirectURIs:   []string{"https://tpp.example/callback"},
			ClientURI:      "https://tpp.example",
			TermsURI:       "https://tpp.example/terms",
		})
	}),
	"archiveOrganization": call(func(x ask) (any, error) {
		return x.c.ArchiveOrganization(x.ctx, "o", api.Archiving{Archived: true})
	}),
	"archiveApplication": call(func(x ask) (any, error) {
		return x.c.ArchiveApplication(x.ctx, "a", api.Archiving{Archived: true})
	}),
	"archiveRegistration": call(func(x ask) (any, error) {
		return x.c.ArchiveRegistration(x.ctx, "r", api.Archiving{Archived: true})
	}),
	"updateApplication": call(func(x ask) (any, error) {
		return x.c.UpdateApplication(x.ctx, "a", api.ApplicationChange{
			Name:         "Budget",
			RedirectURIs: []string{"https://tpp.example/callback"},
			ClientURI:    "https://tpp.example",
			TermsURI:     "https://tpp.example/terms",
		})
	}),
	"updateEnrolment": call(func(x ask) (any, error) {
		return x.c.UpdateEnrolment(x.ctx, "e", api.EnrolmentChange{
			PortalAccount:   "psd2@tpp.example",
			CustomerName:    "TPP",
			AgreementNumber: "1",
		})
	}),
	"register": call(func(x ask) (any, error) {
		return x.c.Register(x.ctx, api.NewRegistration{ApplicationID: "a", InstitutionID: "i"})
	}),
	"setStep":  call(func(x ask) (any, error) { return x.c.SetStep(x.ctx, "r", "s", someEdit()) }),
	"editStep": call(func(x ask) (any, error) { return x.c.EditStep(x.ctx, "r", "s", someEdit()) }),
	"saveBundle": call(func(x ask) (any, error) {
		return x.c.SaveBundle(x.ctx, "r", api.NewBundle{
			QWACID:       "q",
			QSealCID:     "s",
			ClientID:     "id",
			ClientSecret: secret.NewTextString("hunter2"),
			TrustAnchors: []string{},
			Revision:     "1",
		})
	}),
	"activateBundle": call(func(x ask) (any, error) {
		return x.c.ActivateBundle(x.ctx, "r", 2, api.ChangeRequest{Reason: "renewed", Content: "c"})
	}),
	"retireBundle": call(func(x ask) (any, error) { return x.c.RetireBundle(x.ctx, "r", 2, api.ChangeRequest{}) }),
	"addEvidence": call(func(x ask) (any, error) {
		return x.c.AddEvidence(x.ctx, "r", "s", "answer.txt", []byte("confirmed"))
	}),
	"prepareEmail": call(func(x ask) (any, error) {
		return x.c.PrepareEmail(x.ctx, "r", "s", api.NewEmail{Language: "fr", CertificateID: "c"})
	}),
	"recordSent": call(func(x ask) (any, error) {
		return x.c.RecordSent(x.ctx, "r", "s", api.EmailSent{At: time.Unix(1, 0), CertificateID: "c", Note: "n"})
	}),
	"recordAnswer": call(func(x ask) (any, error) {
		return x.c.RecordAnswer(x.ctx, "r", "s", api.EmailAnswer{From: "support", Confirmed: true, Note: "n"})
	}),
	"listConsents": call(func(x ask) (any, error) {
		days := 0
		return x.c.ListConsents(x.ctx, client.ConsentFilter{RegistrationID: "r", Customer: "c", ExpiringDays: &days})
	}),
	"startConsent": call(func(x ask) (any, error) {
		return x.c.StartConsent(x.ctx, api.NewConsent{
			RegistrationID: "r",
			RedirectURI:    "https://tpp.example/callback",
			Customer:       "c",
		})
	}),
	"completeConsent": call(func(x ask) (any, error) {
		return x.c.CompleteConsent(x.ctx, api.ConsentReturn{State: "s", Code: "c", Error: "e", Description: "d"})
	}),
	"listTransactions": call(func(x ask) (any, error) {
		return x.c.ListTransactions(x.ctx, "c", "a b", client.TransactionQuery{
			From:   "2026-01-31",
			To:     "2026-02-28",
			After:  "ref",
			Limit:  3,
			Cursor: "next",
		}, there)
	}),
	"getPolicy": call(func(x ask) (any, error) { return x.c.GetPolicy(x.ctx) }),
	"changePolicy": call(func(x ask) (any, error) {
		return x.c.ChangePolicy(x.ctx, "four_eyes.live", api.ChangePolicy{Value: "true", Reason: "two of us now"})
	}),
	"listApprovals": call(func(x ask) (any, error) {
		return x.c.ListApprovals(x.ctx, client.ApprovalFilter{State: client.Inbox, Kind: "bundle.retire", Object: "r"})
	}),
	"listPayments": call(func(x ask) (any, error) {
		return x.c.ListPayments(x.ctx, client.PaymentFilter{RegistrationID: "r", PaymentInformationID: "p"})
	}),
	"createPayment": call(func(x ask) (any, error) {
		return x.c.CreatePayment(x.ctx, api.NewPayment{
			RegistrationID:       "r",
			PaymentInformationID: "inv-42",
			Kind:                 pis.Future,
			Amount:               "12.50",
			Currency:             "EUR",
			DebtorIBAN:           "FR7630006000011234567890189",
			CreditorName:         "Example Merchant",
			CreditorIBAN:         "FR7630006000011234567890189",
			CreditorBIC:          "AGRIFRPP",
			Reference:            "ref",
			Remittance:           "Invoice 42",
			ExecutionDate:        "2026-12-24",
			RedirectURI:          "https://tpp.example/callback",
			CustomerIP:           "192.0.2.7",
		})
	}),
	"completePayment": call(func(x ask) (any, error) {
		return x.c.CompletePayment(x.ctx, api.PaymentReturn{State: "s", Code: "c", Error: "e"})
	}),
	"cancelPayment": call(func(x ask) (any, error) {
		return x.c.CancelPayment(x.ctx, "p", api.CancelPayment{Reason: pis.ReasonDUPL})
	}),
	"resolvePayment": call(func(x ask) (any, error) {
		return x.c.ResolvePayment(x.ctx, "p", api.ResolvePayment{AtBank: true, ResourceID: "b", Reason: "asked"})
	}),
}

// ask is what a call is made with.
type ask struct {
	ctx context.Context //nolint:containedctx // of one call
	c   *client.Client
}

func call(f func(ask) (any, error)) func(context.Context, *client.Client) error {
	return func(ctx context.Context, c *client.Client) error {
		_, err := f(ask{ctx, c})
		return err
	}
}

var (
	there    = stet.Customer{IPAddress: "192.0.2.7", UserAgent: "Firefox"}
	someList = client.RegistrationList{
		Name:    "list.yaml",
		List:    []byte("registrations: []"),
		Secrets: secret.NewTextString("a: hunter2"),
		Reason:  "r",
	}
	someFiles = client.Files{
		Files:        []certs.File{{Name: "cert.pem", Data: []byte("A")}, {Name: "cert.key", Data: []byte("B")}},
		Passphrase:   secret.NewTextString("hunter2"),
		Name:         "new",
		KeyMode:      api.KeyExportable,
		ExportReason: "a proxy needs the file",
		Replaces:     []string{"c", "d"},
	}
	someOrganization = api.NewOrganization{
		LegalName:              "TPP SAS",
		Country:                "FR",
		OrganizationIdentifier: "PSDFR-ACPR-12345",
		NCA:                    "FR-ACPR",
		ContactEmail:           "psd2@tpp.example",
		Contacts:               []api.Contact{{Name: "Ada", Role: "compliance", Email: "ada@tpp.example", Phone: "1"}},
	}
)

var someAccount = api.NewServiceAccount{
	Name:        "reports",
	Owner:       "data team",
	Description: "nightly reports",
	Purposes:    []api.ServicePurpose{api.PurposeTransport},
	Bindings: []api.ServiceBinding{{ApplicationID: "a", InstitutionID: "i"}, {
		ApplicationID: "a",
		Environment:   "live",
	}},
	Limits: api.ServiceLimits{PerSecond: 10, PerDay: 100},
	Reason: "new reports",
}

func someDay() calendar.Date { return calendar.Of(time.Unix(1, 0), time.UTC) }

func someEdit() api.StepEdit {
	state, text, at := api.StepDone, "note", time.Unix(1, 0).UTC()
	return api.StepEdit{State: &state, Note: &text, Owner: &text, DueAt: &at, RemindAt: &at}
}

// TestEveryOperation: each operation of the description has the method of its name, which asks for it as described.
func TestEveryOperation(t *testing.T) {
	service, doc := newDescribed(t)
	web := httptest.NewServer(service)
	t.Cleanup(web.Close)
	c, err := client.New(client.Config{URL: web.URL + "/v1/", Token: secret.NewTextString("token")})
	check(t, err)
	for id, call := range calls {
		t.Run(id, func(t *testing.T) {
			check(t, call(t.Context(), c))
			if service.asked != id {
				t.Errorf("it asks for %s", service.asked)
			}
		})
	}

	var operations, methods []string
	for _, item := range doc.Paths.Map() {
		for _, o := range item.Operations() {
			operations = append(operations, o.OperationID)
		}
	}
	for method := range reflect.TypeFor[*client.Client]().Methods() {
		methods = append(methods, strings.ToLower(method.Name[:1])+method.Name[1:])
	}
	slices.Sort(operations)
	slices.Sort(methods)
	// The other form of watchTLS, and what asks for nothing.
	methods = slices.DeleteFunc(methods, func(id string) bool {
		return id == "streamTLS" || id == "closeIdleConnections"
	})
	// The description itself has no types.
	operations = slices.DeleteFunc(operations, func(id string) bool { return id == "describe" })
	if diff := cmp.Diff(operations, methods); diff != "" {
		t.Errorf("operations (-) and methods (+) differ:\n%s", diff)
	}
	if diff := cmp.Diff(methods, slices.Sorted(maps.Keys(calls))); diff != "" {
		t.Errorf("methods (-) and those called here (+) differ:\n%s", diff)
	}
}

// TestSecretsArrive: what prints as [redacted] is sent as it is.
func TestSecretsArrive(t *testing.T) {
	service, _ := newDescribed(t)
	web := httptest.NewServer(service)
	t.Cleanup(web.Close)
	c, err := client.New(client.Config{URL: web.URL, Token: secret.NewTextString("token")})
	check(t, err)
	for _, id := range []string{
		"saveBundle", "importCertificates", "inspectCertificates", "requestRegistrationImport",
		"checkRegistrationImport",
	} {
		check(t, calls[id](t.Context(), c))
		if !strings.Contains(service.body, "hunter2") || strings.Contains(service.body, secret.Redacted) {
			t.Errorf("%s sends %s", id, service.body)
		}
	}
	check(t, calls["saveBundle"](t.Context(), c))
	if !strings.Contains(service.body, `"trust_anchors":[]`) {
		t.Errorf("an empty list of trust anchors is not sent: %s", service.body)
	}
	_, err = c.SaveBundle(t.Context(), "r", api.NewBundle{ClientID: "id"})
	check(t, err)
	if service.body != `{"client_id":"id"}` {
		t.Errorf("what is left out is sent: %s", service.body)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
