package existing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Verdict is what would become of a line.
type Verdict string

// The verdicts.
const (
	VerdictNew     Verdict = "new"
	VerdictThere   Verdict = "there" // the same registration is here already
	VerdictRefused Verdict = "refused"
)

// Judged is a list with what is to be said about it. Nothing of it is stored.
type Judged struct {
	SHA256        string
	Lines         []JudgedLine
	Complaints    []Complaint // in the order of the file
	Organizations []string    // identifiers of those that would be made
	Applications  []string    // names of those that would be made
	Lacking       []Missing   // certificates that are not in custody
}

// Refused reports whether the list cannot come in as it is.
func (j Judged) Refused() bool { return len(j.Complaints) > 0 }

// Live reports whether one of the registrations is at a bank's live environment.
func (j Judged) Live() bool {
	return slices.ContainsFunc(j.Lines, func(l JudgedLine) bool { return l.Environment == environment.Live })
}

// Count is how many lines have a verdict.
func (j Judged) Count(v Verdict) int {
	n := 0
	for i := range j.Lines {
		if j.Lines[i].Verdict == v {
			n++
		}
	}
	return n
}

// Missing is a certificate that lines name and custody does not have.
type Missing struct {
	SHA256        string
	Kind          certs.Kind
	Registrations int // lines that name it
}

// JudgedLine is one registration of a list.
type JudgedLine struct {
	Position    int // from 1
	Line        int // of the file, on which it begins
	Institution string
	Application string
	Environment environment.Name
	Verdict     Verdict
	Lacking     bool // a certificate of it is not in custody
	Steps       int  // that would be marked as done before

	QWAC, QSealC   string // SHA-256
	ClientID       string
	registrationID string // of the one that is there

	entry    registrationEntry
	in       catalogue.Institution
	identity string // organizationIdentifier
}

// Check judges a list and stores nothing. Without secrets it is not asked whether they are all there.
func (s *Service) Check(
	ctx context.Context, caller access.Caller, listFile []byte, secrets secret.Text,
) (Judged, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegistrationImport, ""); err != nil {
		return Judged{}, err
	}
	given, err := readSecrets(secrets)
	if err != nil {
		return Judged{}, err
	}
	j, err := s.judge(ctx, listFile, given)
	if err != nil {
		return Judged{}, err
	}
	return j.Judged, nil
}

// judgement is a list on its way to being judged.
type judgement struct {
	Judged
	*reader

	list          list
	organizations map[string]registration.Organization // by identifier, those of the list and those that are there
	applications  map[[2]string]registration.Application
	newParties    struct {
		organizations []registration.Organization
		applications  []registration.Application
	}
	holdings   map[string]registration.Holding
	there      map[[2]string]registration.Registration // by application id and institution
	bundles    map[string][]registration.Bundle
	steps      map[string][]checklist.Record
	enrolments map[string]registration.Enrolment
	wanted     map[[2]string]stepEntry // by enrolment and step, what the lines before say
	noted      map[string]registrationEntry
}

func (s *Service) judge(ctx context.Context, listFile []byte, secrets map[string]string) (*judgement, error) {
	sum := sha256.Sum256(listFile)
	l, r, err := readList(listFile)
	if err != nil {
		return nil, err
	}
	j := &judgement{reader: r, list: l, wanted: map[[2]string]stepEntry{}, noted: map[string]registrationEntry{}}
	j.SHA256 = hex.EncodeToString(sum[:])
	if err := s.judgeParties(ctx, j); err != nil {
		return nil, err
	}
	s.resolve(j)
	if err := s.readRecords(ctx, j); err != nil {
		return nil, err
	}
	for i := range j.Lines {
		if err := s.judgeLine(ctx, j, &j.Lines[i], secrets); err != nil {
			return nil, err
		}
	}
	j.lacking()
	j.Complaints = j.sorted()
	return j, nil
}

func (s *Service) judgeParties(ctx context.Context, j *judgement) error {
	if err := s.readParties(ctx, j); err != nil {
		return err
	}
	given := map[string]bool{}
	for _, e := range j.list.organizations {
		if given[e.identifier] {
			j.say(e.first, "import_organization_twice", "The organization %s is in the list twice.", e.identifier)
			continue
		}
		given[e.identifier] = true
		j.organization(e)
	}
	named := map[[2]string]bool{}
	for _, e := range j.list.applications {
		key := [2]string{e.organization, e.name}
		if named[key] {
			j.say(e.first, "import_application_twice", "The application %s is in the list twice.", e.name)
			continue
		}
		named[key] = true
		j.application(e, key)
	}
	return nil
}

// readParties reads the organizations and applications that the list names.
func (s *Service) readParties(ctx context.Context, j *judgement) error {
	identifiers, names := map[string]bool{}, map[string]bool{}
	for _, e := range j.list.organizations {
		identifiers[e.identifier] = true
	}
	for _, e := range j.list.applications {
		identifiers[e.organization], names[e.name] = true, true
	}
	for _, e := range j.list.registrations {
		identifiers[e.organization], names[e.application] = true, true
	}
	organizations, err := s.cfg.PartyLookup.OrganizationsByIdentifier(ctx, slices.Sorted(maps.Keys(identifiers)))
	if err != nil {
		return err
	}
	applications, err := s.cfg.PartyLookup.ApplicationsNamed(ctx, slices.Sorted(maps.Keys(names)))
	if err != nil {
		return err
	}
	owners := map[string]bool{}
	for _, a := range applications {
		owners[a.OrganizationID] = true
	}
	others, err := s.cfg.PartyLookup.OrganizationsByID(ctx, slices.Sorted(maps.Keys(owners)))
	if err != nil {
		return err
	}
	j.organizations = map[string]registration.Organization{}
	j.applications = map[[2]string]registration.Application{}
	byID := map[string]string{}
	for _, o := range append(organizations, others...) {
		j.organizations[o.OrganizationIdentifier], byID[o.ID] = o, o.OrganizationIdentifier
	}
	for _, a := range applications {
		j.applications[[2]string{byID[a.OrganizationID], a.Name}] = a
	}
	return nil
}

func (j *judgement) organization(e organizationEntry) {
	o, err := registration.Organization{
		LegalName:              e.legalName,
		Country:                e.country,
		OrganizationIdentifier: e.identifier,
		ContactEmail:           e.contactEmail,
	}.Checked()
	if strings.ContainsAny(o.OrganizationIdentifier, " \t") {
		j.say(e.first, "import_identifier_blank",
			"There is a blank in the number %s; write it as in the certificates.", e.identifier)
		return
	}
	if err != nil {
		j.add(e.first, err)
		return
	}
	if there, known := j.organizations[o.OrganizationIdentifier]; known {
		j.same(e.first, "legal_name", there.LegalName, o.LegalName)
		j.same(e.first, "country", there.Country, o.Country)
		j.same(e.first, "contact_email", there.ContactEmail, o.ContactEmail)
		return
	}
	j.organizations[o.OrganizationIdentifier] = o
	j.newParties.organizations = append(j.newParties.organizations, o)
	j.Organizations = append(j.Organizations, o.OrganizationIdentifier)
}

func (j *judgement) application(e applicationEntry, key [2]string) {
	if _, known := j.organizations[e.organization]; !known {
		j.say(e.first, "import_organization_unknown",
			"The organization %s is neither in the list nor here; add it to the list's organizations.", e.organization)
		return
	}
	a := registration.Application{
		Name:         e.name,
		RedirectURIs: e.redirectURIs,
		ClientURI:    e.clientURI,
		TermsURI:     e.termsURI,
	}
	if err := a.Check(); err != nil {
		j.add(e.first, err)
		return
	}
	if there, known := j.applications[key]; known {
		j.same(e.first, "redirect_uris", strings.Join(there.RedirectURIs, " "), strings.Join(a.RedirectURIs, " "))
		j.same(e.first, "client_uri", there.ClientURI, a.ClientURI)
		j.same(e.first, "terms_uri", there.TermsURI, a.TermsURI)
		return
	}
	a.OrganizationID = j.organizations[e.organization].ID // empty: that is new too
	j.applications[key] = a
	j.newParties.applications = append(j.newParties.applications, a)
	j.Applications = append(j.Applications, a.Name)
}

// same complains where what is here differs from what the list says. What the list leaves out does not differ.
func (j *judgement) same(line int, field, there, given string) {
	if given != "" && there != given {
		j.say(line, "import_differs", "%s is %q here, and %q in the list: correct the list, or change it here first.",
			field, there, given)
	}
}

// resolve finds out which application and institution each line names.
func (s *Service) resolve(j *judgement) {
	first := map[[3]string]int{}
	for i, e := range j.list.registrations {
		l := JudgedLine{
			Position:    i + 1,
			Line:        e.first,
			Institution: e.institution,
			Application: e.application,
			QWAC:        e.qwac,
			QSealC:      e.qsealc,
			ClientID:    e.clientID,
			entry:       e,
		}
		in, known := s.cfg.Catalogue.Institution(e.institution)
		if !known {
			j.say(e.first, "import_institution_unknown",
				"There is no institution %q in the catalogue; choose one that it lists.", e.institution)
		}
		l.in, l.Environment = in, in.Environment
		l.identity = j.identityOf(e)
		key := [3]string{l.identity, e.application, e.institution}
		if at, twice := first[key]; twice {
			j.say(e.first, "import_line_twice", "The same registration is on line %d already.", at)
		} else {
			first[key] = e.first
		}
		j.Lines = append(j.Lines, l)
	}
}

// identityOf is whose application a line names; the organization may be left out where one alone has such a one.
func (j *judgement) identityOf(e registrationEntry) string {
	var found []string
	for key := range j.applications {
		if key[1] == e.application && (e.organization == "" || e.organization == key[0]) {
			found = append(found, key[0])
		}
	}
	switch len(found) {
	case 1:
		return found[0]
	case 0:
		j.say(e.first, "import_application_unknown",
			"The application %q is neither in the list nor here; add it to the list's applications.", e.application)
	default:
		j.say(e.first, "import_application_ambiguous",
			"Several organizations have an application %q; say which organization is meant.", e.application)
	}
	return ""
}

func (l JudgedLine) applicationIn(j *judgement) registration.Application {
	return j.applications[[2]string{l.identity, l.entry.application}]
}

// lacking gathers the certificates that custody does not have.
func (j *judgement) lacking() {
	at := map[string]int{}
	for i := range j.Lines {
		l := &j.Lines[i]
		for _, slot := range []struct {
			digest string
			kind   certs.Kind
		}{{l.QWAC, certs.QWAC}, {l.QSealC, certs.QSealC}} {
			if _, held := j.holdings[slot.digest]; held || slot.digest == "" || l.Verdict != VerdictNew {
				continue
			}
			l.Lacking = true
			n, known := at[slot.digest]
			if !known {
				n, at[slot.digest] = len(j.Lacking), len(j.Lacking)
				j.Lacking = append(j.Lacking, Missing{SHA256: slot.digest, Kind: slot.kind})
			}
			j.Lacking[n].Registrations++
		}
	}
}
