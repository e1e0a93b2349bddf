package registration

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/registration/email"
)

// Enrolment is an organization in one environment of a bank: its account on the
// portal and its customer organization there, made once and shared by all registrations.
type Enrolment struct {
	ID             string // made of the three below
	OrganizationID string
	GroupID        string
	Environment    environment.Name
	PortalAccount  string // address the account on the portal was made with
	CustomerName   string // name of the customer organization on the portal
	// AgreementNumber is what the bank calls so. Empty: the organizationIdentifier, which is likely.
	AgreementNumber string
	// when the agreement with the bank ends, as far as anybody was told; zero: nobody was
	AgreementEndsOn calendar.Date
	UpdatedAt       time.Time
}

// enrolmentID is the same for all registrations that share the enrolment, so that
// two who register at once need not agree on who makes it.
func enrolmentID(organizationID, groupID string, env environment.Name) string {
	return organizationID + "." + groupID + "." + string(env)
}

// newEnrolment is the enrolment nothing has been noted about yet.
func newEnrolment(organizationID, groupID string, env environment.Name) Enrolment {
	return Enrolment{
		ID:             enrolmentID(organizationID, groupID, env),
		OrganizationID: organizationID,
		GroupID:        groupID,
		Environment:    env,
	}
}

// ParseEnrolmentID tells whose and where an enrolment is by its id; false: the id is not of an enrolment.
func ParseEnrolmentID(id string) (Enrolment, bool) {
	parts := strings.Split(id, ".")
	if len(parts) != 3 || parts[0] == "" || parts[1] == "" {
		return Enrolment{}, false
	}
	env := environment.Name(parts[2])
	return newEnrolment(parts[0], parts[1], env), env == environment.Sandbox || env == environment.Live
}

// Agreement is the agreement number as far as it is known.
func (e Enrolment) Agreement(o Organization) string {
	if e.AgreementNumber != "" {
		return e.AgreementNumber
	}
	return o.OrganizationIdentifier
}

// EnrolmentAt is the enrolment of an organization at an institution, of which nothing has been noted yet.
func EnrolmentAt(organizationID string, in catalogue.Institution) Enrolment {
	return newEnrolment(organizationID, in.Group.ID, in.Environment)
}

// Check says what is wrong with the enrolment.
func (e Enrolment) Check() error { return e.validate() }

func (e Enrolment) validate() error {
	if err := checkLine(e.PortalAccount, e.CustomerName, e.AgreementNumber); err != nil {
		return err
	}
	if e.PortalAccount != "" && !catalogue.IsEmail(e.PortalAccount) {
		return fault.New(fault.Invalid, "portal_account_invalid",
			"Give the e-mail address the account on the bank's portal was made with, or nothing.")
	}
	if e.AgreementNumber != "" && !checklist.IsAgreementNumber(e.AgreementNumber) {
		return errAgreementNumber()
	}
	return nil
}

func (e Enrolment) fields() []field {
	return []field{
		{"portal_account", e.PortalAccount},
		{"customer_name", e.CustomerName},
		{"agreement_number", e.AgreementNumber},
		{"agreement_ends_on", e.AgreementEndsOn.String()},
	}
}

// EnrolmentView is an enrolment with its own part of the checklist.
type EnrolmentView struct {
	Enrolment     Enrolment
	Organization  Organization
	Group         catalogue.Group
	Zone          *time.Location // of the bank's clock
	Steps         []checklist.Step
	Warnings      []checklist.Gate
	Emails        []email.Email
	Registrations []Registration // the first of those that share it
	Sharing       listing.Count  // how many there are
}

// sharingShown is how many registrations an enrolment names: the list of registrations has the others.
const sharingShown = 100

// Enrolled is what can be asked of the list of enrolments: pages, forwards.
var Enrolled = listing.Spec{Name: "enrolments"}

// Enrolments returns a page of the list Enrolled: the enrolments that our registrations need, each once, by their ids.
func (s *Service) Enrolments(
	ctx context.Context, caller access.Caller, q listing.Query,
) (page listing.Page[EnrolmentView], err error) {
	reach, err := s.cfg.Audit.Reach(ctx, caller, access.RegistrationRead)
	if err != nil {
		return page, err
	}
	banks := map[string]string{}
	for _, in := range s.cfg.Catalogue.All() {
		banks[in.ID] = in.Group.ID + "." + string(in.Environment)
	}
	if page.Count, err = s.cfg.Enrolled.CountEnrolled(ctx, reach, banks); err != nil {
		return page, err
	}
	var begun Enrolment // the last of the page before: its organization may have more
	if !q.Cursor.None() {
		id, _ := q.Cursor.Values[0].(string)
		begun, _ = ParseEnrolmentID(id)
	}
	organizations := []string{begun.OrganizationID}
	for len(organizations) > 0 && len(page.Items) <= q.Limit {
		for _, id := range organizations {
			views, err := s.enrolmentsOf(ctx, reach, id)
			if err != nil {
				return page, err
			}
			page.Items = append(page.Items, slices.DeleteFunc(views, func(v EnrolmentView) bool {
				return id == begun.OrganizationID && v.Enrolment.ID <= begun.ID
			})...)
		}
		last := organizations[len(organizations)-1]
		organizations, err = s.cfg.Enrolled.OrganizationsEnrolled(ctx, reach, last, enrolledAtOnce)
		if err != nil {
			return page, err
		}
	}
	if len(page.Items) > q.Limit {
		page.Items = page.Items[:q.Limit]
		page.Next = q.At(false, page.Items[q.Limit-1].Enrolment.ID)
	}
	return page, nil
}

// enrolledAtOnce is how many organizations are looked for together.
const enrolledAtOnce = 20

// enrolmentsOf returns the enrolments of one organization, by their ids.
func (s *Service) enrolmentsOf(ctx context.Context, reach access.Reach, organization string) ([]EnrolmentView, error) {
	if organization == "" { // the list begins
		return nil, nil
	}
	var views []EnrolmentView
	seen := map[string]bool{}
	for _, in := range s.cfg.Catalogue.All() {
		e := EnrolmentAt(organization, in)
		if seen[e.ID] {
			continue
		}
		seen[e.ID] = true
		sharing, err := s.sharing(ctx, reach, e)
		if err != nil {
			return nil, err
		}
		if len(sharing.Items) == 0 {
			continue
		}
		records, err := s.recordsOfPage(ctx, sharing.Items)
		if err != nil {
			return nil, err
		}
		v, _, err := records.enrolmentView(ctx, records.enrolment(organization, in), in)
		if err != nil {
			return nil, err
		}
		view := enrolmentViewOf(v)
		view.Registrations, view.Sharing = sharing.Items, sharing.Count
		views = append(views, view)
	}
	slices.SortFunc(views, func(a, b EnrolmentView) int { return strings.Compare(a.Enrolment.ID, b.Enrolment.ID) })
	return views, nil
}

// sharing are the registrations that share an enrolment: the first, and how many there are.
func (s *Service) sharing(ctx context.Context, reach access.Reach, e Enrolment) (listing.Page[Registration], error) {
	q := Listed.Query().With(FilterOrganization, e.OrganizationID)
	q.Limit = sharingShown
	return s.cfg.Registrations.RegistrationPage(ctx, reach, q, s.institutionsOf(e))
}

// Enrolment returns one enrolment with its part of the checklist.
func (s *Service) Enrolment(ctx context.Context, caller access.Caller, id string) (EnrolmentView, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegistrationRead, id); err != nil {
		return EnrolmentView{}, err
	}
	return s.enrolmentByID(ctx, id)
}

func (s *Service) enrolmentByID(ctx context.Context, id string) (EnrolmentView, error) {
	e, ok := ParseEnrolmentID(id)
	if !ok {
		return EnrolmentView{}, errNoEnrolment()
	}
	view, _, err := s.enrolment(ctx, e)
	if err != nil {
		return EnrolmentView{}, err
	}
	v := enrolmentViewOf(view)
	sharing, err := s.sharing(ctx, access.Whole(), e)
	v.Registrations, v.Sharing = sharing.Items, sharing.Count
	return v, err
}

// institutionsOf are the ids of the institutions that an enrolment is about.
func (s *Service) institutionsOf(e Enrolment) []string {
	ids := []string{}
	for _, in := range s.cfg.Catalogue.All() {
		if in.Group.ID == e.GroupID && in.Environment == e.Environment {
			ids = append(ids, in.ID)
		}
	}
	return ids
}

func errNoEnrolment() error {
	return fault.New(fault.NotFound, "enrolment_unknown", "There is no such enrolment; choose one that is listed.")
}

// enrolment reads an enrolment on its own.
func (s *Service) enrolment(ctx context.Context, e Enrolment) (View, checklist.Facts, error) {
	in, ok := s.cfg.Catalogue.OfGroup(e.GroupID, e.Environment)
	if !ok {
		return View{}, checklist.Facts{}, errNoEnrolment()
	}
	records := s.newRecords(ctx)
	if err := s.readParties(ctx, &records, []string{e.OrganizationID}, []string{e.ID}); err != nil {
		return View{}, checklist.Facts{}, err
	}
	if _, ok := records.organizations[e.OrganizationID]; !ok {
		return View{}, checklist.Facts{}, errNoEnrolment()
	}
	if err := s.readNotes(ctx, &records, e.ID); err != nil {
		return View{}, checklist.Facts{}, err
	}
	return records.enrolmentView(ctx, records.enrolment(e.OrganizationID, in), in)
}

// enrolmentView is what a view has of an enrolment on its own: it is of no registration.
func (r records) enrolmentView(
	ctx context.Context, e Enrolment, in catalogue.Institution,
) (View, checklist.Facts, error) {
	v := View{Institution: in, Organization: r.organizations[e.OrganizationID], Enrolment: e}
	facts, err := r.fillSteps(ctx, &v)
	return v, facts, err
}

func enrolmentViewOf(v View) EnrolmentView {
	return EnrolmentView{
		Enrolment:    v.Enrolment,
		Organization: v.Organization,
		Group:        v.Institution.Group,
		Zone:         v.Institution.Zone(),
		Steps:        v.Steps,
		Emails:       v.Emails,
		Warnings:     v.Warnings,
	}
}
