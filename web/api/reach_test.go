package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	wire "github.com/sealkeeper/sealkeeper/types/api"
	"github.com/sealkeeper/sealkeeper/web/api"
)

// What somebody who is limited to one organization is answered on each route that reads, asked about a thing of their
// own: 200, or 403 where the right everywhere is needed, or 404 where what is asked about is no organization's. A route
// that is not here fails.
const (
	seen    = http.StatusOK
	refused = http.StatusForbidden
	hidden  = http.StatusNotFound
)

var readings = map[string]int{
	"/v1/alerts/ahead":                                seen,
	"/v1/applications":                                seen,
	"/v1/approvals":                                   seen,
	"/v1/approvals/:id":                               seen,
	"/v1/audit":                                       seen,
	"/v1/cases":                                       seen,
	"/v1/certificates":                                seen,
	"/v1/certificates/:id":                            seen,
	"/v1/certificates/:id/authorisation":              seen,
	"/v1/certificates/:id/key-copies":                 seen,
	"/v1/certificates/:id/line":                       seen,
	"/v1/certificates/:id/predecessors":               seen,
	"/v1/certificates/:id/revocation":                 seen,
	"/v1/certificates/:id/trust":                      seen,
	"/v1/checklists/:id":                              seen,
	"/v1/checklists/:id/history":                      seen,
	"/v1/consents":                                    seen,
	"/v1/consents/:id":                                seen,
	"/v1/csrs":                                        seen,
	"/v1/enrolments":                                  seen,
	"/v1/enrolments/:id":                              seen,
	"/v1/evidence/:id":                                seen,
	"/v1/incidents":                                   seen,
	"/v1/incidents/:id":                               seen,
	"/v1/incidents/:id/uses":                          seen,
	"/v1/institutions":                                seen,
	"/v1/institutions/:id":                            seen,
	"/v1/key-copies":                                  seen,
	"/v1/openapi.yaml":                                seen,
	"/v1/organizations":                               seen,
	"/v1/organizations/:id/authorisation":             seen,
	"/v1/payments":                                    seen,
	"/v1/payments/:id":                                seen,
	"/v1/registrations":                               seen,
	"/v1/registrations/:id":                           seen,
	"/v1/search":                                      seen,
	"/v1/today":                                       seen,
	"/v1/tokens":                                      seen,
	"/v1/installation":                                refused,
	"/v1/access-reviews":                              refused,
	"/v1/access-reviews/:id":                          refused,
	"/v1/access-reviews/:id/lines":                    refused,
	"/v1/access-reviews/:id/evidence":                 refused,
	"/v1/alerts/channels":                             refused,
	"/v1/alerts/events":                               refused,
	"/v1/alerts/messages":                             refused,
	"/v1/campaigns":                                   refused,
	"/v1/campaigns/:id":                               refused,
	"/v1/campaigns/:id/registrations":                 refused,
	"/v1/campaigns/:id/registrations/:registration":   refused,
	"/v1/campaigns/:id/report":                        refused,
	"/v1/forecast":                                    refused,
	"/v1/institutions/:id/facts":                      refused,
	"/v1/invitations":                                 refused,
	"/v1/people":                                      refused,
	"/v1/people/:id":                                  refused,
	"/v1/catalogue-files":                             refused,
	"/v1/catalogue-files/:bank/:sha256":               refused,
	"/v1/policy":                                      refused,
	"/v1/registration-imports":                        refused,
	"/v1/service-accounts":                            refused,
	"/v1/service-accounts/:id":                        refused,
	"/v1/registrations/:id/services":                  refused,
	"/v1/tls":                                         refused,
	"/v1/tls/events":                                  refused,
	"/v1/tls/lookup":                                  refused,
	"/v1/dora-register":                               refused,
	"/v1/audit/export":                                refused,
	"/v1/custody":                                     hidden,
	"/v1/institutions/:id/hosts":                      refused,
	"/v1/institutions/:id/servers":                    refused,
	"/v1/registers":                                   hidden,
	"/v1/registration-imports/:id":                    hidden,
	"/v1/registration-imports/:id/registrations":      hidden,
	"/v1/trusted-lists":                               hidden,
	"/v1/cases/:id":                                   hidden,
	"/v1/tls/:registration":                           refused,
	"/v1/tls/:registration/credentials":               refused,
	"/v1/consents/:id/accounts":                       hidden, // somebody else began it
	"/v1/consents/:id/accounts/:account/balances":     hidden, // somebody else began it
	"/v1/consents/:id/accounts/:account/transactions": hidden, // somebody else began it
	"/v1/consents/:id/beneficiaries":                  hidden, // somebody else began it
	"/v1/consents/:id/identity":                       hidden, // somebody else began it
}

// firm is what one organization has, and the texts by which it would be recognised in an answer.
type firm struct {
	belongings
	csr, incident, evidence, copy string
	texts                         []string
}

// firm makes an organization with one of everything.
func (s *server) firm(t *testing.T, root *client, identifier, institution string) firm {
	t.Helper()
	f := firm{belongings: s.belonging(t, root, identifier, institution)}
	var m made
	var c wire.Certificate
	root.call("GET", "/v1/certificates/"+f.certificate, nil).want(http.StatusOK, &c)
	client := "client-" + identifier
	root.call("PUT", "/v1/registrations/"+f.registration+"/bundle", object{
		"qwac_id": f.certificate, "client_id": client, "client_secret": secretText,
	}).want(http.StatusOK, nil)
	root.call("PUT", "/v1/checklists/"+f.registration+"/steps/portal_account", object{"note": "note " + identifier}).
		want(http.StatusOK, nil)
	root.upload("/v1/checklists/"+f.registration+"/steps/portal_account/evidence",
		part{field: "file", file: "proof-" + identifier + ".txt", data: []byte("proof of " + identifier)}).
		want(http.StatusCreated, &m)
	f.evidence = m.ID
	order := ordered(f.belongings).(object)
	order["organization"] = "Ordered " + identifier
	root.call("POST", "/v1/csrs", order).want(http.StatusCreated, &m)
	f.csr = m.ID
	root.call("POST", "/v1/certificates/"+f.certificate+"/key-copies",
		object{"kind": "provider", "holder": "Holder " + identifier, "reason": "x",
			"since": s.Now.AddDate(0, 0, -1).Format(time.DateOnly)}).want(http.StatusCreated, &m)
	f.copy = m.ID
	declared := root.store(qtsp.Request{OrganizationIdentifier: identifier})
	root.call("POST", "/v1/incidents", object{
		"certificate_id": declared, "reason": "keyCompromise", "what": "Stolen from " + identifier,
		"happened_on": s.Now.AddDate(0, 0, -1).Format(time.DateOnly),
	}).want(http.StatusCreated, &m)
	f.incident = m.ID
	f.texts = []string{
		identifier, f.organization, f.application, f.registration, f.certificate, c.SHA256, f.consent, f.payment,
		f.request, f.evidence, f.csr, f.copy, declared, f.incident, client,
	}
	return f
}

// families are those whose things belongings have.
var families = []string{
	"certificates", "applications", "organizations", "enrolments", "checklists", "registrations", "consents",
	"payments",
	"approvals",
}

// at is a route's address for a thing of the firm's.
func (f firm) at(route string) string {
	for family, id := range map[string]string{
		"/v1/evidence/": f.evidence, "/v1/incidents/": f.incident, "/v1/institutions/": stack.Institution,
	} {
		if strings.HasPrefix(route, family) {
			route = strings.Replace(route, ":id", id, 1)
		}
	}
	if !slices.Contains(families, strings.Split(route, "/")[2]) {
		route = strings.Replace(route, ":id", "x", 1)
	}
	return f.belongings.at(route)
}

// TestNobodySeesAnotherFirm has somebody who is limited to one of two firms read everything there is: nothing of the
// other is in any answer, and what is the other's is answered as what is nowhere.
func TestNobodySeesAnotherFirm(t *testing.T) {
	s := serve(t)
	root := s.as(t, "root", access.Admin)
	own := s.firm(t, root, stack.Organization, stack.Institution)
	other := s.firm(t, root, otherOrganization, stack.LiveAtSim)
	s.shares(t, root, &own, &other)
	nobody := firm{belongings: belongings{
		identifier: "PSDFR-ACPR-00000", organization: "no-o", application: "no-a", registration: "no-r",
		enrolment: "no-o.societegenerale.live", certificate: "no-c", consent: "no-n", payment: "no-p", request: "no-q",
	}, evidence: "no-e", incident: "no-i"}
	c := s.as(t, "Claire", access.Limited)
	for _, role := range []access.Role{access.Compliance, access.Engineer} {
		s.grant(t, "Claire", access.RoleGrant{
			Role: role, Scope: access.Scope{Kind: access.ScopeOrganization, Value: own.organization},
		})
	}
	for _, route := range handler(&api.API{}).Routes() {
		if route.Method != http.MethodGet {
			continue
		}
		want, there := readings[route.Path]
		a := c.call("GET", own.at(route.Path), nil)
		if !there || a.status != want {
			t.Errorf("%q: %d, want %d; say in the table what somebody limited to an organization may read\n%.300s",
				route.Path, a.status, want, a.body)
		}
		foreign, missing := c.call("GET", other.at(route.Path), nil), c.call("GET", nobody.at(route.Path), nil)
		if foreign.status != missing.status || codeOf(foreign) != codeOf(missing) {
			t.Errorf("%s: another firm's is told from what is nowhere: %d %s, %d %s", route.Path,
				foreign.status, codeOf(foreign), missing.status, codeOf(missing))
		}
		for _, a := range []answer{a, foreign} {
			for _, text := range other.texts {
				if bytes.Contains(a.body, []byte(text)) {
					t.Errorf("%s shows %s of another firm:\n%.2000s", route.Path, text, a.body)
				}
			}
		}
	}
	for _, text := range other.texts {
		var found wire.Found
		c.call("GET", "/v1/search?q="+url.QueryEscape(text), nil).want(http.StatusOK, &found)
		if len(found.Groups) > 0 {
			t.Errorf("the search finds %s of another firm: %+v", text, found)
		}
	}
}

// shares has a registration of each firm use the certificate of the first one, which is declared compromised, so that
// its page, its uses, its incident and its alert know of both.
func (s *server) shares(t *testing.T, root *client, own, other *firm) {
	t.Helper()
	var m made
	for _, f := range []*firm{own, other} {
		root.call("POST", "/v1/registrations", newRegistration(f.belongings)).want(http.StatusCreated, &m)
		s.Fill(m.ID, own.certificate, "")
		f.texts = append(f.texts, m.ID)
		check(t, s.DB.AddApproval(t.Context(), approval.Request{
			ID: "retire-" + f.identifier, Kind: access.BundleRetire, Object: m.ID, State: approval.Open,
			RequestedBy: "somebody", RequestedAt: s.Now, ExpiresAt: s.Now.Add(time.Hour),
		}))
		root.call("PUT", "/v1/enrolments/"+f.enrolment, object{"customer_name": "Customer of " + f.identifier}).
			want(http.StatusOK, nil)
	}
	root.call("POST", "/v1/incidents", object{
		"certificate_id": own.certificate, "reason": "superseded", "what": "Used by two.",
		"happened_on": s.Now.AddDate(0, 0, -1).Format(time.DateOnly),
	}).want(http.StatusCreated, &m)
	own.incident = m.ID
	s.Now = s.Now.Add(30 * time.Minute) // requests have waited for long enough to be told of
	_, err := s.Cases.Evaluate(t.Context())
	check(t, err)
}

// counts is how many there are in a list.
func (c *client) counts(path string) int {
	c.t.Helper()
	var page wire.Page[any]
	c.call("GET", path, nil).want(http.StatusOK, &page)
	return page.Count
}

// What belongs to a part is not missing from its lists: alerts about requests and steps, and what happened to
// enrolments. What is nobody's part is in no export.
func TestNothingOfAPartIsMissing(t *testing.T) {
	s := serve(t)
	root := s.as(t, "root", access.Admin)
	own := s.firm(t, root, stack.Organization, stack.Institution)
	other := s.firm(t, root, otherOrganization, stack.LiveAtSim)
	s.shares(t, root, &own, &other)
	check(t, s.Audit.Record(t.Context(), access.Caller{ID: "u-root", Name: "root"}, access.BankFactRecord,
		stack.Institution, audit.Done, note.Note{}))
	if n := root.counts("/v1/cases?kind=approval"); n < 2 {
		t.Fatalf("there are %d alerts about requests", n)
	}
	for name, part := range map[string]struct {
		scope    access.Scope
		requests int // that wait: each firm has one in the sandbox
	}{
		"Claire": {access.Scope{Kind: access.ScopeOrganization, Value: own.organization}, 1},
		"Emil":   {access.Scope{Kind: access.ScopeEnvironment, Value: "sandbox"}, 2},
		"Lea":    {access.Scope{Kind: access.ScopeEnvironment, Value: "live"}, 0},
	} {
		c := s.as(t, name, access.Limited)
		s.grant(t, name, access.RoleGrant{Role: access.Compliance, Scope: part.scope})
		if n := c.counts("/v1/cases?kind=approval"); n != part.requests {
			t.Errorf("%s: %d alerts about requests", name, n)
		}
		if name == "Lea" {
			continue
		}
		if n := c.counts("/v1/audit?object=" + own.enrolment); n == 0 {
			t.Errorf("%s: nothing happened to the enrolment", name)
		}
		if n := c.counts("/v1/audit?object=" + other.enrolment); n != 0 {
			t.Errorf("%s: %d entries about another enrolment", name, n)
		}
		c.call("GET", "/v1/audit/export?object="+own.registration, nil).want(http.StatusOK, nil)
		if a := c.call("GET", "/v1/audit/export?object="+stack.Institution, nil); a.status == http.StatusOK {
			t.Errorf("%s: what a bank has said is exported", name)
		}
	}
}

// TestSharedCertificatesTellOfOwnUses has two firms use a certificate: the incident and the request to retire it tell
// whoever is limited to one of them of its uses, and only that there are others.
func TestSharedCertificatesTellOfOwnUses(t *testing.T) {
	s := serve(t)
	root := s.as(t, "root", access.Admin)
	own := s.firm(t, root, stack.Organization, stack.Institution)
	other := s.firm(t, root, otherOrganization, stack.LiveAtSim)
	s.shares(t, root, &own, &other)
	check(t, s.DB.AddApproval(t.Context(), approval.Request{
		ID: "retire-certificate", Kind: access.CertRetire, Object: own.certificate, State: approval.Open,
		RequestedBy: "somebody", RequestedAt: s.Now, ExpiresAt: s.Now.Add(time.Hour),
		Changes: []approval.Change{
			{Field: "bundle", Of: own.registration, Consequence: "ours"},
			{Field: "bundle", Of: other.texts[len(other.texts)-1], Consequence: "theirs"},
		},
	}))
	c := s.as(t, "Claire", access.Limited)
	s.grant(t, "Claire", access.RoleGrant{
		Role: access.Compliance, Scope: access.Scope{Kind: access.ScopeOrganization, Value: own.organization},
	})
	for _, who := range []struct {
		*client
		uses      int
		elsewhere bool
	}{{c, 1, true}, {root, 2, false}} {
		var i wire.Incident
		who.call("GET", "/v1/incidents/"+own.incident, nil).want(http.StatusOK, &i)
		var page wire.Page[wire.IncidentRow]
		who.call("GET", "/v1/incidents?limit=1", nil).want(http.StatusOK, &page)
		for _, row := range []wire.IncidentRow{i.IncidentRow, page.Items[0]} {
			if row.ID == own.incident && (row.InUse != who.uses || row.Uses != who.uses || row.Untold != who.uses ||
				row.InUseElsewhere != who.elsewhere) {
				t.Errorf("of %d uses the incident says %+v", who.uses, row)
			}
		}
		asked := string(who.call("GET", "/v1/approvals/retire-certificate", nil).body)
		if strings.Contains(asked, "theirs") == who.elsewhere || !strings.Contains(asked, "ours") ||
			strings.Contains(asked, "you do not see") != who.elsewhere {
			t.Errorf("the request says %s", asked)
		}
		asked = string(who.call("GET", "/v1/approvals?state=open", nil).body)
		if strings.Contains(asked, "theirs") == who.elsewhere {
			t.Errorf("the list of requests says %s", asked)
		}
	}
}

// TestNobodyTakesAnotherFirmsKey has somebody who is limited to one firm upload a certificate of that firm for the key
// of another one, which is in custody: everybody has seen its public half.
func TestNobodyTakesAnotherFirmsKey(t *testing.T) {
	s := serve(t)
	root := s.as(t, "root", access.Admin)
	own := s.belonging(t, root, stack.Organization, stack.Institution)
	s.belonging(t, root, otherOrganization, stack.LiveAtSim)
	theirs := s.QTSP.MustIssue(t, qtsp.Request{OrganizationIdentifier: otherOrganization})
	root.upload("/v1/certificates", pemFiles(theirs)...).want(http.StatusCreated, nil)
	c := s.as(t, "Claire", access.Limited)
	s.grant(t, "Claire", access.RoleGrant{
		Role: access.Compliance, Scope: access.Scope{Kind: access.ScopeOrganization, Value: own.organization},
	})
	taken := s.QTSP.MustIssue(t, qtsp.Request{OrganizationIdentifier: stack.Organization, Key: theirs.Key.Signer()})
	c.upload("/v1/certificates", pemFiles(taken)[:1]...).refused(http.StatusForbidden, "key_not_here")
	var previews []struct {
		KeyInCustody bool `json:"key_in_custody"`
	}
	c.upload("/v1/certificates/inspect", pemFiles(taken)[:1]...).want(http.StatusOK, &previews)
	if len(previews) != 1 || previews[0].KeyInCustody {
		t.Errorf("a preview tells of another firm's key: %+v", previews)
	}
}

func codeOf(a answer) string {
	var p wire.Problem
	_ = json.Unmarshal(a.body, &p)
	return p.Code
}
