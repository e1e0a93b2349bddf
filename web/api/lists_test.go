package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// bounded are the operations that answer with a list that is not read in pages, each with what bounds it.
var bounded = map[string]string{
	"listCertificateLine":          "versions of one certificate, made by hand",
	"listPredecessors":             "the newest that could be",
	"listRegisters":                "configured",
	"listInstitutions":             "the catalogue's files",
	"listBankServers":              "the certificates of one bank's hosts",
	"listBankHosts":                "the catalogue's hosts of one bank",
	"listBankFacts":                "what was recorded by hand about one bank",
	"listOwnTokens":                "a person has at most a few",
	"listInvitations":              "open ones, which end by themselves",
	"listHistory":                  "what people did to one thing",
	"listAlertChannels":            "configured",
	"listAlertMessages":            "the newest 50",
	"getTrustedLists":              "the countries of the EEA",
	"getCatalogueFiles":            "the files of one folder",
	"getForecast":                  "the months ahead, and the first of what comes",
	"listAccounts":                 "a customer's, as the bank answers, which is bounded",
	"listBalances":                 "an account's, as the bank answers, which is bounded",
	"listBeneficiaries":            "a customer's, as the bank answers, which is bounded",
	"listComingAlerts":             "the days asked for",
	"listTLS":                      "what one service account is bound to",
	"listRegistrationServices":     "accounts bound to one registration",
	"search":                       "the first of each kind",
	"today":                        "the first of each kind",
	"compareCustody":               "the first 1,000",
	"getKeyCopies":                 "copies of one key",
	"getCampaign":                  "pairs of one campaign; its lines have pages",
	"getInstallation":              "settings",
	"getPolicy":                    "settings",
	"watchTLS":                     "a batch of events",
	"getCertificateRevocation":     "one chain",
	"getCertificate":               "findings of one certificate",
	"getCertificateAuthorisation":  "one authorisation",
	"getOrganizationAuthorisation": "one authorisation",
	"getInstitution":               "one catalogue entry",
	"getRegistration":              "one registration; its versions are made by hand",
	"getApproval":                  "what one change does",
	"getPerson":                    "what one person signs in with",
	"getEnrolment":                 "one organization's registrations at one bank",
	"getChecklist":                 "one checklist",
	"getServiceAccount":            "one account, of at most 100 bindings",
	"lookUpTLS":                    "one registration",
	"getTLS":                       "one registration",
	"getCase":                      "thresholds of one case",
}

// Whatever answers a GET with a list is read in pages by cursor, or is bounded by what it is about.
func TestListsArePaged(t *testing.T) {
	doc := description(t)
	for path, item := range doc.Paths.Map() {
		operation := item.Get
		if operation == nil {
			continue
		}
		name, why := operation.OperationID, bounded[operation.OperationID]
		paged := has(item.Parameters, "limit") || has(operation.Parameters, "limit")
		if paged && !has(operation.Parameters, "cursor") && !has(operation.Parameters, "after") {
			t.Errorf("%s has limit and no cursor", path)
		}
		switch lists := answersList(operation); {
		case lists && !paged && why == "":
			t.Errorf("%s (%s) answers with a list without limit and cursor", path, name)
		case why != "" && (!lists || paged):
			t.Errorf("%s is said to be bounded, and has pages or no list", name)
		}
	}
}

func has(all openapi3.Parameters, name string) bool { return all.GetByInAndName("query", name) != nil }

// answersList reports whether an answer is a list, or has one at its top.
func answersList(operation *openapi3.Operation) bool {
	for code, response := range operation.Responses.Map() {
		if !strings.HasPrefix(code, "2") {
			continue
		}
		content := response.Value.Content.Get("application/json")
		if content == nil || content.Schema == nil {
			continue
		}
		if content.Schema.Value.Type.Is("array") {
			return true
		}
		for _, property := range content.Schema.Value.Properties {
			if property.Value.Type.Is("array") {
				return true
			}
		}
	}
	return false
}

// What a request asks of a list counts, or is refused: nothing is left out silently.
func TestListsIgnoreNothing(t *testing.T) {
	reader := serve(t).as(t, "reader", access.Auditor)
	for query, code := range map[string]string{
		"certificates?kind=qwac;state=stored":  "query_invalid",
		"certificates?kind=%zz":                "query_invalid",
		"certificates?kind=":                   "filter_invalid",
		"registrations?certificate=&limit=1":   "filter_invalid",
		"audit/export?object=":                 "filter_invalid",
		"dora-register?template=":              "filter_invalid",
		"tls/events?cursor=1%":                 "query_invalid",
		"certificates?kind=qwac&colour=purple": "parameter_unknown",
	} {
		reader.call("GET", "/v1/"+query, nil).refused(http.StatusUnprocessableEntity, code)
	}
	reader.call("GET", "/v1/certificates?cursor=&q=&kind=qwac", nil).want(http.StatusOK, nil)
}

// Things are archived and taken out again, and lists have them where they are asked for.
func TestArchiveByTheAPI(t *testing.T) {
	s := serve(t)
	c := s.as(t, "Grace", access.Engineer)
	path := c.register(stack.Institution)
	var r struct {
		ID            string
		ApplicationID string  `json:"application_id"`
		ArchivedAt    *string `json:"archived_at"`
	}
	c.call("GET", path, nil).want(http.StatusOK, &r)
	var a struct {
		OrganizationID string `json:"organization_id"`
	}
	application := "/v1/applications/" + r.ApplicationID
	c.call("PUT", application+"/archived", object{"archived": true}).refused(409, "archive_registrations")
	c.call("PUT", path+"/archived", object{"archived": true}).want(http.StatusOK, &r)
	if r.ArchivedAt == nil {
		t.Error("the answer does not say that it is archived")
	}
	c.call("PUT", application+"/archived", object{"archived": true}).want(http.StatusOK, &a)
	organization := "/v1/organizations/" + a.OrganizationID
	c.call("PUT", organization+"/archived", object{"archived": true}).want(http.StatusOK, nil)
	c.call("PUT", organization, object{"legal_name": "x", "country": "FR", "organization_identifier": "x",
		"contact_email": "x"}).refused(409, "archived")
	for _, at := range []string{organization, application, path} { // what says neither does not take it out again
		c.call("PUT", at+"/archived", object{}).refused(422, "json_invalid")
	}
	for _, list := range []string{"organizations", "applications", "registrations"} {
		var kept, archived []struct{ ID string }
		c.call("GET", "/v1/"+list, nil).items(&kept)
		c.call("GET", "/v1/"+list+"?archived=true", nil).items(&archived)
		if len(kept) != 0 || len(archived) != 1 {
			t.Errorf("%s: %d kept, %d archived", list, len(kept), len(archived))
		}
	}
	c.call("PUT", path+"/archived", object{"archived": false}).refused(409, "archived_above")
	c.call("PUT", "/v1/registrations/none/archived", object{"archived": true}).refused(404, "not_found")
}
