// Package dora answers one question: what does Sealkeeper know for the register of information that DORA asks for?
//
// The templates and their columns are those of Commission Implementing Regulation (EU) 2024/2956. What is not known is
// empty: contracts, their terms and prices, functions, LEIs.
package dora

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/spreadsheet"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/vault"
)

// The templates that something is known for, and how many columns each has.
const (
	Entities     = "B_01.02" // within the scope of consolidation
	Arrangements = "B_02.01" // contractual arrangements, in general
	Services     = "B_02.02" // contractual arrangements, specific information
	Providers    = "B_05.01" // ICT third-party service providers
)

var columns = map[string]int{Entities: 11, Arrangements: 5, Services: 18, Providers: 12}

// Templates are those that something is known for.
func Templates() []string { return []string{Entities, Arrangements, Services, Providers} }

// Columns are the codes of a template's columns: c0010, c0020 and so on.
func Columns(template string) []string {
	codes := make([]string, columns[template])
	for i := range codes {
		codes[i] = fmt.Sprintf("c%04d", (i+1)*10)
	}
	return codes
}

// Row is one of a template.
type Row struct {
	Template string            `json:"template"`
	About    string            `json:"about"`   // for people: organization, qtsp, bank or vault, and its name
	Columns  map[string]string `json:"columns"` // by code; what is not known is left out
}

// Use says that an organization has registrations at an institution.
type Use struct{ OrganizationID, InstitutionID string }

// Store has what the firm uses.
type Store interface {
	// BanksUsed returns at which institutions organizations have registrations, at most as many as limit.
	BanksUsed(ctx context.Context, limit int) ([]Use, error)
	// CertificateOfEachIssuer returns one stored certificate of each organization and issuer, at most as many as limit.
	CertificateOfEachIssuer(ctx context.Context, limit int) ([]vault.Record, error)
	// EveryOrganization returns the firm's legal entities by id, at most as many as limit.
	EveryOrganization(ctx context.Context, limit int) ([]registration.Organization, error)
}

// Config is what a Service is made of.
type Config struct {
	Store     Store
	Catalogue *catalogue.Catalogue
	Vault     string // host of the Vault that has custody; empty: custody is in the database
	Audit     *audit.Log
}

// Service knows the rows. It is safe for concurrent use.
type Service struct{ cfg Config }

// New returns a Service.
func New(cfg Config) *Service { return &Service{cfg} }

// What is read is bounded: organizations, and pairs of one with an institution or an issuer.
const (
	most     = 1000
	mostUses = 100_000
)

// provider is somebody whom organizations depend on.
type provider struct {
	kind, name, country string
	code, codeType      string // by which a register knows it; empty: not known
	users               []string
}

// reference stands for the number of a contract, which people know.
func (p provider) reference() string {
	sum := sha256.Sum256([]byte(p.kind + "\x00" + p.name + "\x00" + p.country + "\x00" + p.code))
	return "SK-" + p.kind + "-" + hex.EncodeToString(sum[:4])
}

func (p provider) about() string { return p.kind + " " + p.name }

// Rows returns what is known, template by template.
func (s *Service) Rows(ctx context.Context, caller access.Caller) ([]Row, error) {
	for _, action := range []access.Action{access.CertList, access.RegistrationRead} {
		if err := s.cfg.Audit.Permit(ctx, caller, action, ""); err != nil {
			return nil, err
		}
	}
	organizations, err := s.cfg.Store.EveryOrganization(ctx, most+1)
	if err != nil {
		return nil, err
	}
	issuers, err := s.cfg.Store.CertificateOfEachIssuer(ctx, mostUses+1)
	if err != nil {
		return nil, err
	}
	banks, err := s.cfg.Store.BanksUsed(ctx, mostUses+1)
	if err != nil {
		return nil, err
	}
	if len(organizations) > most || max(len(issuers), len(banks)) > mostUses {
		return nil, fault.New(fault.Conflict, "dora_too_many",
			"There are more than %d organizations, or %d uses of issuers and banks by them; this export is for fewer.",
			most, mostUses)
	}
	providers := slices.Concat(qtsps(issuers, organizations), s.banks(banks), s.custody(organizations))
	return rows(organizations, providers), nil
}

func rows(organizations []registration.Organization, providers []provider) (all []Row) {
	add := func(template, about string, known map[string]string) {
		for code, value := range known {
			if value == "" {
				delete(known, code)
			}
		}
		all = append(all, Row{template, about, known})
	}
	names := map[string]string{}
	for _, o := range organizations {
		names[o.ID] = o.LegalName
		add(Entities, "organization "+o.LegalName, map[string]string{"c0020": o.LegalName, "c0030": o.Country})
	}
	for _, p := range providers {
		add(Arrangements, p.about(), map[string]string{"c0010": p.reference()})
	}
	for _, p := range providers {
		for _, id := range p.users {
			add(Services, p.about()+", used by "+names[id], map[string]string{
				"c0010": p.reference(),
				"c0030": p.code,
				"c0040": p.codeType,
			})
		}
	}
	for _, p := range providers {
		add(Providers, p.about(), map[string]string{
			"c0010": p.code,
			"c0020": p.codeType,
			"c0050": p.name,
			"c0080": p.country,
		})
	}
	return all
}

// semantics is an identifier of ETSI EN 319 412-1 section 5.1.4, whose kind a register knows.
var semantics = regexp.MustCompile(`^(VAT|NTR|LEI)([A-Z]{2})-(.+)$`)

// qtsps are the issuers of certificates, as these name them.
func qtsps(issued []vault.Record, organizations []registration.Organization) []provider {
	ids := map[string]string{}
	for _, o := range organizations {
		ids[o.OrganizationIdentifier] = o.ID
	}
	byName := map[string]*provider{}
	for _, r := range issued {
		issuer := r.Leaf.IssuerName
		p := provider{kind: "qtsp", name: cmp.Or(issuer.Organization(), issuer.CommonName()), country: issuer.Country()}
		if part := semantics.FindStringSubmatch(issuer.OrganizationIdentifier()); part != nil {
			p.code, p.codeType = part[3], part[2]+"_"+strings.Replace(part[1], "NTR", "CRN", 1)
			if part[1] == "LEI" {
				p.codeType = "LEI"
			}
		}
		into := use(byName, p)
		if id := ids[r.Leaf.OrganizationIdentifier]; id != "" && !slices.Contains(into.users, id) {
			into.users = append(into.users, id)
		}
	}
	return sorted(byName)
}

func (s *Service) banks(used []Use) []provider {
	byName := map[string]*provider{}
	for _, u := range used {
		in, ok := s.cfg.Catalogue.Institution(u.InstitutionID)
		p := provider{kind: "bank", name: u.InstitutionID} // it is no longer in the catalogue
		if ok {
			p.name, p.country = in.Group.Name, in.Group.Country
		}
		into := use(byName, p)
		if !slices.Contains(into.users, u.OrganizationID) {
			into.users = append(into.users, u.OrganizationID)
		}
	}
	return sorted(byName)
}

// custody is whoever runs the Vault. Of them the host is known, and every organization depends on it.
func (s *Service) custody(organizations []registration.Organization) []provider {
	if s.cfg.Vault == "" {
		return nil
	}
	p := provider{kind: "vault", name: s.cfg.Vault}
	for _, o := range organizations {
		p.users = append(p.users, o.ID)
	}
	return []provider{p}
}

func use(all map[string]*provider, p provider) *provider {
	if all[p.reference()] == nil {
		all[p.reference()] = &p
	}
	return all[p.reference()]
}

func sorted(all map[string]*provider) []provider {
	list := make([]provider, 0, len(all))
	for _, p := range all {
		slices.Sort(p.users)
		list = append(list, *p)
	}
	slices.SortFunc(list, func(a, b provider) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.code, b.code))
	})
	return list
}

// WriteLines writes rows as JSON lines.
func WriteLines(w io.Writer, all []Row) error {
	encoder := json.NewEncoder(w)
	for _, r := range all {
		if err := encoder.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

// WriteCSV writes the rows of one template with the codes of its columns.
func WriteCSV(w io.Writer, all []Row, template string) error {
	codes := Columns(template)
	if len(codes) == 0 {
		return fault.New(fault.Invalid, "dora_template_unknown", "There are rows for the templates %s.",
			strings.Join(Templates(), ", "))
	}
	var lines [][]string
	for _, r := range all {
		if r.Template != template {
			continue
		}
		line := make([]string, len(codes))
		for i, code := range codes {
			line[i] = r.Columns[code]
		}
		lines = append(lines, line)
	}
	return spreadsheet.Write(w, codes, lines)
}
