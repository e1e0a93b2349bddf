package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/types/api"
	webapi "github.com/sealkeeper/sealkeeper/web/api"
)

// alone are the commands that read neither a service's answers nor its database: they work on files, on Vault with a
// token of Vault's, or begin and end a login.
var alone = []string{
	"audit verify-export", "catalogue check", "diff", "inspect", "keys new", "login", "logout", "vault bootstrap",
	"vault policy", "vault secret-id", "version",
}

// TestEveryCommandHasOneAuthority: a command asks a running service with somebody's token, and then the table of
// permissions decides as for any program (TestEveryRouteOnAPart, TestStolenTokenUsesWhatItIsBoundTo), or it works on
// the configured database as the server's operator. None does both, and a new one has to say which.
func TestEveryCommandHasOneAuthority(t *testing.T) {
	parser, err := kong.New(&commands{})
	mustBe(t, err)
	asking, operators := 0, 0
	for _, leaf := range parser.Model.Leaves(true) {
		name := strings.TrimPrefix(leaf.Path(), "sealkeeper ")
		asks := holds(leaf.Target.Type(), reflect.TypeFor[cli.Service]())
		works := holds(leaf.Target.Type(), reflect.TypeFor[cli.Configured]())
		none := slices.ContainsFunc(alone, func(one string) bool { return strings.HasPrefix(name+" ", one+" ") })
		switch {
		case asks && !works && !none:
			asking++
		case works && !asks && !none:
			operators++
		case none && !asks && !works:
		default:
			t.Errorf("%s: asks a service %v, is the operator's %v, listed as neither %v", name, asks, works, none)
		}
	}
	if asking < 50 || operators < 20 {
		t.Errorf("%d commands ask a service, and %d are the operator's", asking, operators)
	}
}

// holds reports whether a command has the flags of a kind.
func holds(in, kind reflect.Type) bool {
	if in == kind {
		return true
	}
	if in.Kind() != reflect.Struct {
		return false
	}
	for f := range in.Fields() {
		if f.Anonymous && holds(f.Type, kind) {
			return true
		}
	}
	return false
}

// lasting are the commands that go on until they are told to end.
var lasting = []string{"agent", "egress", "alerts events"}

// judgedFirst are the commands whose words are judged before rights are: words that mean nothing are refused to
// everybody in the same way.
var judgedFirst = []string{
	"alerts test", "campaign at", "institutions confirm", "institutions hosts", "institutions servers", "people end",
	"people invite", "people revoke-token",
}

// unsaid are actions that operations need and whose descriptions do not name them.
var unsaid = map[string]access.Action{
	"confirmPayment":            access.PaymentConfirm,
	"editStep":                  access.RegistrationWrite,
	"getChecklist":              access.RegistrationRead,
	"getConsent":                access.ConsentRead,
	"getCustomerIdentity":       access.AccountsRead,
	"getPayment":                access.PaymentRead,
	"getRegistration":           access.RegistrationRead,
	"listAccounts":              access.AccountsRead,
	"listApplications":          access.RegistrationRead,
	"listBalances":              access.AccountsRead,
	"listBeneficiaries":         access.AccountsRead,
	"listCampaignRegistrations": access.CampaignRead,
	"listCampaigns":             access.CampaignRead,
	"listConsents":              access.ConsentRead,
	"listImportedRegistrations": access.RegistrationRead,
	"listOrganizations":         access.RegistrationRead,
	"listPayments":              access.PaymentRead,
	"listRegistrationImports":   access.RegistrationRead,
	"listRegistrationServices":  access.ServiceRead,
	"listRegistrations":         access.RegistrationRead,
	"listTransactions":          access.AccountsRead,
	"prepareCampaignEmail":      access.CampaignRead,
	"prepareEmail":              access.RegistrationRead,
	"recordAnswer":              access.RegistrationWrite,
	"recordSent":                access.RegistrationWrite,
	"revokeConsent":             access.ConsentRevoke,
	"search":                    access.RegistrationRead,
	"startConsent":              access.ConsentStart,
	"today":                     access.RegistrationRead,
}

// asked is a service that notes which operation it was asked for last, and how it answered.
type asked struct {
	handler   http.Handler
	router    routers.Router
	operation string
	needs     []access.Action
	status    int
	code      string
}

var action = regexp.MustCompile("`([a-z_]+\\.[a-z_]+)`")

// ServeHTTP implements http.Handler.
func (a *asked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	found := httptest.NewRecorder()
	a.handler.ServeHTTP(found, r)
	if route, _, err := a.router.FindRoute(r); err == nil {
		a.operation, a.needs = route.Operation.OperationID, nil
		if needs := unsaid[a.operation]; needs != "" {
			a.needs = []access.Action{needs}
		}
		_, needs, _ := strings.Cut(strings.Join(strings.Fields(route.Operation.Description), " "), "Needs the action")
		for _, m := range action.FindAllStringSubmatch(needs, -1) {
			a.needs = append(a.needs, access.Action(m[1]))
		}
		var p api.Problem
		_ = json.Unmarshal(found.Body.Bytes(), &p)
		a.status, a.code = found.Code, p.Code
	}
	maps.Copy(w.Header(), found.Header())
	w.WriteHeader(found.Code)
	_, _ = found.Body.WriteTo(w)
}

// words are what a command is called with: something for each argument and each flag that it requires.
func words(leaf *kong.Node, file string) []string {
	args := strings.Fields(strings.TrimPrefix(leaf.Path(), "sealkeeper "))
	args = slices.DeleteFunc(args, func(word string) bool { return strings.HasPrefix(word, "<") })
	value := func(v *kong.Value) string {
		switch {
		case v.Enum != "":
			first, _, _ := strings.Cut(v.Enum, ",")
			return first
		case v.Target.Kind() == reflect.Int,
			v.Target.Kind() == reflect.Slice && v.Target.Type().Elem().Kind() != reflect.String:
			return "1"
		case v.Tag.Type == "path", v.Tag.Type == "existingfile":
			return file
		}
		return "x"
	}
	for _, p := range leaf.Positional {
		args = append(args, value(p))
	}
	for _, f := range leaf.Flags {
		if f.Required {
			args = append(args, "--"+f.Name, value(f.Value))
		}
	}
	return args
}

// family is the program with the family of one command only: it is made anew for each command, and reading all of them
// each time took nearly all of the test's time.
func family(leaf *kong.Node) cli.Program {
	for leaf.Parent.Parent != nil {
		leaf = leaf.Parent
	}
	p := program()
	for f := range reflect.TypeFor[commands]().Fields() {
		if f.Type == leaf.Target.Type() {
			p.Commands = reflect.New(reflect.StructOf([]reflect.StructField{f})).Interface()
		}
	}
	return p
}

// TestEveryCommandByRole has every role run every command that asks a service: it is refused for want of rights exactly
// if the description of the operation that it asks for names an action that the role does not allow.
func TestEveryCommandByRole(t *testing.T) {
	s := stack.New(t)
	handler, err := s.Handler()
	mustBe(t, err)
	doc, err := openapi3.NewLoader().LoadFromData(webapi.Description())
	mustBe(t, err)
	doc.Servers = nil
	router, err := legacy.NewRouter(doc)
	mustBe(t, err)
	service := &asked{handler: handler, router: router}
	web := httptest.NewServer(service)
	t.Cleanup(web.Close)
	file := filepath.Join(t.TempDir(), "a.txt")
	mustBe(t, os.WriteFile(file, []byte("x"), 0o600))
	parser, err := kong.New(&commands{})
	mustBe(t, err)
	asking, refusals := map[string]bool{}, 0
	for _, role := range []access.Role{access.Compliance, access.Engineer, access.Auditor, access.Limited} {
		_, err := s.Identity.AddUser(t.Context(), string(role), []access.Role{role})
		mustBe(t, err)
		token, err := s.Identity.NewToken(t.Context(), string(role), time.Hour)
		mustBe(t, err)
		for _, leaf := range parser.Model.Leaves(true) {
			name := strings.TrimPrefix(leaf.Path(), "sealkeeper ")
			if !holds(leaf.Target.Type(), reflect.TypeFor[cli.Remote]()) || slices.Contains(lasting, name) {
				continue
			}
			service.operation = ""
			var out, failed bytes.Buffer
			args, environ := append(words(leaf, file), "--server", web.URL), []string{"SK_TOKEN=" + token.Reveal()}
			streams := cli.Streams{In: strings.NewReader(""), Out: &out, Err: &failed}
			family(leaf).Run(t.Context(), args, environ, streams)
			if service.operation == "" {
				continue // its words mean nothing, which the command finds out by itself
			}
			asking[name] = true
			want := slices.ContainsFunc(service.needs, func(a access.Action) bool { return !role.May(a) })
			got := service.code == "not_permitted"
			if want != got && (got || !slices.Contains(judgedFirst, name) || service.status < http.StatusBadRequest) {
				t.Errorf("%s as %s: %s needs %v, and answers %d %s", name, role, service.operation, service.needs,
					service.status, service.code)
			}
			if got {
				refusals++
			}
		}
	}
	if len(asking) < 60 || refusals < 60 {
		t.Errorf("%d commands were tried, and %d refusals seen", len(asking), refusals)
	}
}

// TestCommandsOnAPart has somebody whose role holds on one firm work with the commands: they see what is theirs, act
// on it, and nothing of another firm is there for them.
func TestCommandsOnAPart(t *testing.T) {
	s := stack.New(t)
	handler, err := s.Handler()
	mustBe(t, err)
	web := httptest.NewServer(handler)
	t.Cleanup(web.Close)
	own := s.Register(stack.Institution)
	o, err := s.Registrations.AddOrganization(t.Context(), stack.Engineer, registration.Organization{
		LegalName:              "Autre Paiement SA",
		Country:                "FR",
		OrganizationIdentifier: "PSDFR-ACPR-54321",
		ContactEmail:           "psd2@autre.example",
	})
	mustBe(t, err)
	a, err := s.Registrations.AddApplication(t.Context(), stack.Engineer, registration.Application{
		OrganizationID: o.ID,
		Name:           "Autre Budget",
		RedirectURIs:   []string{stack.RedirectURI},
	})
	mustBe(t, err)
	theirs, err := s.Registrations.Register(t.Context(), stack.Engineer, a.ID, stack.Institution)
	mustBe(t, err)
	firm, err := s.Registrations.OrganizationNamed(t.Context(), stack.Engineer, stack.Organization)
	mustBe(t, err)
	eve, err := s.Identity.AddUser(t.Context(), "Eve", []access.Role{access.Limited})
	mustBe(t, err)
	mustBe(t, s.Identity.Grant(t.Context(), access.Caller{ID: "u-root", Roles: []access.Role{access.Admin}}, eve.ID,
		access.RoleGrant{
			Role:  access.Engineer,
			Scope: access.Scope{Kind: access.ScopeOrganization, Value: firm.ID},
		}))
	token, err := s.Identity.NewToken(t.Context(), "Eve", time.Hour)
	mustBe(t, err)
	for _, test := range []struct{ command, says, never string }{
		{"registrations list", own.ID, theirs.ID},
		{"registrations show " + own.ID, "QWAC is missing", theirs.ID},
		{"registrations show " + theirs.ID, "no such thing", "Autre"},
		{"checklist set " + own.ID + " portal_account done", "", ""},
		{"checklist set " + theirs.ID + " portal_account done", "not in it", "Autre"},
		{"organizations list", "Exemple", "Autre"},
		{"applications list", "Exemple", "Autre"},
		{"search Autre", "", "Autre Paiement"},
		{"search Exemple", "Exemple", ""},
		{"audit list", "does not allow", theirs.ID},
		{"people list", "does not allow", "Eve"},
		{"access-reviews start", "does not allow", ""},
	} {
		var out bytes.Buffer
		args := append(strings.Fields(test.command), "--server", web.URL)
		code := program().Run(t.Context(), args, []string{"SK_TOKEN=" + token.Reveal()},
			cli.Streams{In: strings.NewReader(""), Out: &out, Err: &out})
		refused := slices.Contains([]string{"no such thing", "not in it", "does not allow"}, test.says)
		if got := out.String(); (code != 0) != refused || !strings.Contains(got, test.says) ||
			test.never != "" && strings.Contains(got, test.never) {
			t.Errorf("%s ends with %d:\n%s", test.command, code, got)
		}
	}
}
