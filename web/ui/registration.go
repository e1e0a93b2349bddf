package ui

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/problem"
)

type registrationPage struct {
	page
	registration.View
	Waiting      []blocker // what still blocks the version that would be used next
	Stopped      []blocker // what blocks the active version, when the draft has blockers of its own
	Standing     standing
	Shared       []stepView // done once for all registrations of the enrolment
	Own          []stepView
	EnrolmentURL string
	QWACs        []vault.Record
	QSealCs      []vault.Record
	Newest       registration.Bundle
	Form         bundleForm
	Slots        []slot
	Hosts        []string // of the bank, as its profile has them
	Anchors      int      // trust anchors of its own; 0: the system's
	Pair         []check  // what is to be said of the two certificates together
	QWACChange   string   // comparison of the draft's with the one in use, "" when there is none
	QSealCChange string
	Versions     []version
	Report       *report // of the test just made
	FourEyes     bool    // this registration's activations take two people
}

// Complete reports whether the newest version has everything a connection needs.
func (p registrationPage) Complete() bool {
	return p.Newest.QWACID != "" && p.Newest.QSealCID != "" && p.Newest.CredentialsRef != ""
}

// version is a bundle version with names in place of ids.
type version struct {
	registration.Bundle
	QWAC, QSealC  string
	By, Activator string
	Activatable   bool // draft or superseded
	Rollback      bool
	Request       *approval.Request // that waits for a second person; nil: none
	MayDecide     bool              // this reader may be that person
}

func (u *UI) registration(c echo.Context, v visit) error {
	return u.registrationPage(c, v, http.StatusOK, nil, nil)
}

// registrationFailed shows the registration again with the reason why
// something was not done.
func (u *UI) registrationFailed(c echo.Context, v visit, err error) error {
	return u.registrationPage(c, v, problem.Of(err).Status, u.words(c).problem(err), nil)
}

// registrationPage shows a registration. typed is a bundle's form that was refused, nil for none.
func (u *UI) registrationPage(c echo.Context, v visit, status int, why *sentence, typed *bundleForm) error {
	ctx := c.Request().Context()
	view, err := u.cfg.Registrations.Registration(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	data := registrationPage{
		page:     u.page(c, "registrations", view.Institution.Name),
		View:     view,
		Standing: u.words(c).standing(view),
		FourEyes: u.cfg.Approvals.Required(view.Institution.Environment),
	}
	data.Hosts, data.Anchors = hosts(view.Institution.Profile), anchors(view.Institution.Profile)
	data.Path, data.Problem = "/registrations/"+view.Registration.ID, why
	if data.Form = bundleFormOf(view); typed != nil {
		typed.Revision = data.Form.Revision // saved again, it takes the place of what is shown now
		data.Form = *typed
	}
	if err := u.fillBundles(ctx, v, u.words(c), &data); err != nil {
		return err
	}
	if err := u.fillChecklist(ctx, v, u.words(c), &data); err != nil {
		return err
	}
	if stored := u.cfg.Sessions.PopBytes(ctx, sessionReport+view.Registration.ID); stored != nil {
		data.Report = &report{}
		if err := json.Unmarshal(stored, data.Report); err != nil {
			return err
		}
	}
	return u.render(c, status, "registration", data)
}

// fillChecklist says the steps: those shared by all registrations of the enrolment, and this one's own.
func (u *UI) fillChecklist(ctx context.Context, v visit, w *words, data *registrationPage) error {
	history, err := u.cfg.Registrations.History(ctx, v.Caller, data.Registration.ID)
	if err != nil {
		return err
	}
	data.EnrolmentURL = pathOf("enrolments", data.Enrolment.ID)
	for _, step := range u.checklist(ctx, w, checklistPage{
		base:        data.Path,
		application: data.Application.ID,
		steps:       data.Steps,
		emails:      data.Emails,
		history:     history,
		caller:      v.Caller,
	}) {
		if step.Scope == catalogue.EnrolmentScope {
			data.Shared = append(data.Shared, step)
		} else {
			data.Own = append(data.Own, step)
		}
	}
	return nil
}

// fillBundles names the certificates and people of the versions.
func (u *UI) fillBundles(ctx context.Context, v visit, w *words, data *registrationPage) error {
	var records []vault.Record
	if v.Caller.May(access.CertList) {
		var err error
		if records, err = u.cfg.Vault.List(ctx, v.Caller); err != nil {
			return err
		}
	}
	names := map[string]string{}
	for _, r := range records {
		names[r.ID] = r.Name
		switch {
		case r.State != vault.Stored:
		case r.Leaf.Kind == certs.QWAC:
			data.QWACs = append(data.QWACs, r)
		case r.Leaf.Kind == certs.QSealC:
			data.QSealCs = append(data.QSealCs, r)
		}
	}
	findings := u.findingsByID(records)
	if len(data.Bundles) > 0 {
		data.Newest = data.Bundles[0]
	}
	if pair := u.pairFindings(data.Newest, records); len(pair) > 0 {
		data.Pair = w.findings(pair)
		findings[data.Newest.QSealCID] = append(findings[data.Newest.QSealCID], pair...)
	}
	if draft, active := data.Draft(), data.Active(); draft != nil && active != nil && len(records) > 0 {
		data.QWACChange, data.QSealCChange = changeURL(active.QWACID, draft.QWACID), changeURL(active.QSealCID,
			draft.QSealCID)
	}
	data.Slots = u.slots(ctx, w, data)
	if data.Draft() != nil { // else Waiting says it
		for _, b := range data.InUse {
			data.Stopped = append(data.Stopped, w.blocker(data.View, b, findings))
		}
	}
	for _, b := range data.Blockers {
		data.Waiting = append(data.Waiting, w.blocker(data.View, b, findings))
	}
	for _, b := range data.Bundles {
		data.Versions = append(data.Versions, u.version(ctx, v, data.View, b, names))
	}
	return nil
}

// changeURL compares the certificate in use with another that is to take its place.
func changeURL(inUse, next string) string {
	if inUse == "" || next == "" || inUse == next {
		return ""
	}
	return compareURL(inUse, next)
}

// pairFindings judges the two certificates of a bundle together.
func (u *UI) pairFindings(b registration.Bundle, records []vault.Record) []certs.Finding {
	var pair [2]*certs.Certificate
	for i, id := range []string{b.QWACID, b.QSealCID} {
		if j := slices.IndexFunc(records, func(r vault.Record) bool { return r.ID == id }); j >= 0 {
			pair[i] = records[j].Leaf
		}
	}
	if pair[0] == nil || pair[1] == nil {
		return nil
	}
	return certs.JudgePair(pair[0], pair[1], u.cfg.Now())
}

func (u *UI) version(
	ctx context.Context, v visit, view registration.View, b registration.Bundle, names map[string]string,
) version {
	said := version{
		Bundle:      b,
		QWAC:        names[b.QWACID],
		QSealC:      names[b.QSealCID],
		By:          u.personName(ctx, b.CreatedBy),
		Activator:   u.personName(ctx, b.ActivatedBy),
		Activatable: b.State != registration.Active,
		Rollback:    b.State == registration.Superseded,
		Request:     view.WaitingFor(b.Version),
	}
	if b.State == registration.Active {
		said.Request = view.Waiting(approval.BundleRetire, b.Version)
	}
	said.MayDecide = said.Request != nil && u.cfg.Approvals.MayDecide(v.Caller, *said.Request)
	return said
}
