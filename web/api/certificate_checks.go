package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/registers"
	"github.com/sealkeeper/sealkeeper/internal/revocation"
	"github.com/sealkeeper/sealkeeper/internal/trust"
	"github.com/sealkeeper/sealkeeper/types/api"
	"github.com/sealkeeper/sealkeeper/web/intake"
)

// certificateRevocation is what issuers have said of a certificate.
func (a *API) certificateRevocation(r request[none]) (api.CertificateRevocation, error) {
	results, err := a.Revocation.OfCertificate(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	return a.revocation(results, err)
}

// askCertificateRevocation asks them now.
func (a *API) askCertificateRevocation(r request[none]) (api.CertificateRevocation, error) {
	results, err := a.Revocation.AskNow(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	return a.revocation(results, err)
}

func (a *API) revocation(results []revocation.Result, err error) (api.CertificateRevocation, error) {
	if err != nil {
		return api.CertificateRevocation{}, err
	}
	return RevocationOf(results, a.Revocation.Asking()), nil
}

// RevocationOf is what is said of a certificate as JSON.
func RevocationOf(results []revocation.Result, asking bool) api.CertificateRevocation {
	return api.CertificateRevocation{Asking: asking, Elements: each(results, revocationElement)}
}

func revocationElement(r revocation.Result) api.RevocationElement {
	e := api.RevocationElement{Subject: r.Subject(), SHA256: r.SHA256, State: string(r.State)}
	if answer := r.Answer; answer.Source != "" {
		e.Answer = &api.RevocationAnswer{
			Means:      string(answer.Means),
			Source:     answer.Source,
			At:         answer.At,
			ThisUpdate: answer.ThisUpdate,
			NextUpdate: moment(answer.NextUpdate),
			Until:      answer.Until,
			RevokedAt:  moment(answer.RevokedAt),
			Reason:     answer.Reason,
			Responder:  answer.Responder,

			ResponderEnds:  moment(answer.ResponderEnds),
			ResponderState: string(answer.ResponderState),
			SHA256:         answer.SHA256,
		}
	}
	if attempt := r.Attempt; !attempt.At.IsZero() {
		e.Attempt = &api.RevocationAttempt{
			At:     attempt.At,
			Status: string(attempt.Status),
			Cause:  string(attempt.Cause),
			Means:  string(attempt.Means),
			Source: attempt.Source,
		}
	}
	if !r.AskAt.Equal(revocation.Never) {
		e.AskAt = moment(r.AskAt)
	}
	return e
}

// certificateTrust is what trusted lists say of a certificate.
func (a *API) certificateTrust(r request[none]) (api.CertificateTrust, error) {
	v, err := a.Trust.OfCertificate(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	if err != nil {
		return api.CertificateTrust{}, err
	}
	return TrustOf(v, a.Trust.Anchored(), a.Now()), nil
}

// trustedLists are the lists and how they stand.
func (a *API) trustedLists(r request[none]) (api.TrustedLists, error) {
	lists, err := a.Trust.Lists(r.echo.Request().Context(), r.caller)
	if err != nil {
		return api.TrustedLists{}, err
	}
	return TrustedListsOf(lists, a.Trust.Anchored(), a.Trust.Journal(), a.Now()), nil
}

// TrustOf is a verdict at a time as JSON.
func TrustOf(v trust.Verdict, anchored bool, now time.Time) api.CertificateTrust {
	t := api.CertificateTrust{
		Configured: anchored,
		State:      string(v.State),
		AtIssue:    string(v.AtIssue),
		Overdue:    v.Overdue(now),
	}
	if v.Found() {
		t.Service = &api.TrustedService{
			Provider: v.Provider,
			Name:     v.Service.Name,
			Status:   string(v.Current.Status),
			Since:    v.Current.Since,
			Purposes: append([]string{}, v.Current.Purposes...),
		}
		list := trustedList(v.List, now)
		t.List = &list
	}
	return t
}

// TrustedListsOf are lists at a time as JSON.
func TrustedListsOf(lists []trust.List, anchored bool, journal, now time.Time) api.TrustedLists {
	all := api.TrustedLists{
		Configured: anchored,
		Lists:      each(lists, func(l trust.List) api.TrustedList { return trustedList(l, now) }),
	}
	if !journal.IsZero() {
		all.JournalDate = journal.Format(time.DateOnly)
	}
	return all
}

func trustedList(l trust.List, now time.Time) api.TrustedList {
	list := api.TrustedList{
		URL:         l.URL,
		Territory:   l.Territory,
		ListOfLists: l.LOTL,
		Sequence:    l.Sequence,
		IssuedAt:    moment(l.Issued),
		NextUpdate:  moment(l.NextUpdate),
		ReadAt:      moment(l.ReadAt),
		Overdue:     l.Overdue(now),
		SHA256:      l.SHA256,
		AskAt:       l.AskAt,
	}
	if !l.TriedAt.IsZero() {
		list.Attempt = &api.TrustedListAttempt{At: l.TriedAt, Cause: string(l.Cause)}
	}
	return list
}

// certificateAuthorisation is what registers say of the authorisation in a certificate.
func (a *API) certificateAuthorisation(r request[none]) (api.Authorisation, error) {
	v, err := a.Registers.OfCertificate(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	return AuthorisationOf(v, a.Now()), err
}

// organizationAuthorisation is what registers say of an organization.
func (a *API) organizationAuthorisation(r request[none]) (api.Authorisation, error) {
	v, err := a.Registers.OfOrganization(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	return AuthorisationOf(v, a.Now()), err
}

// registers are those that are configured, and how they stand.
func (a *API) registers(r request[none]) ([]api.Register, error) {
	all, err := a.Registers.List(r.echo.Request().Context(), r.caller)
	return RegistersOf(all, a.Now()), err
}

// importRegister reads the file of the form field "file" as it comes.
func (a *API) importRegister(c echo.Context) error {
	ctx, caller := c.Request().Context(), callerOf(c)
	// before a large body is read
	if err := a.Audit.Permit(ctx, caller, access.RegisterImport, c.Param("id")); err != nil {
		return err
	}
	file, err := intake.Stream(c.Request())
	if err != nil {
		return err
	}
	one, err := a.Registers.Import(ctx, caller, c.Param("id"), file)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, registerOf(one, a.Now()))
}

// AuthorisationOf is a verdict at a time as JSON.
func AuthorisationOf(v registers.Verdict, now time.Time) api.Authorisation {
	return api.Authorisation{
		State:      string(v.State),
		Identifier: v.Identifier,
		Roles:      append([]string{}, v.Roles...),
		Countries:  append([]string{}, v.Countries...),
		Readings: each(v.Readings, func(one registers.Reading) api.RegisterReading {
			return readingOf(one, now)
		}),
	}
}

func readingOf(one registers.Reading, now time.Time) api.RegisterReading {
	reading := api.RegisterReading{
		Register: registerOf(one.Standing, now),
		State:    string(one.State),
		Missing:  []api.MissingRole{},
	}
	for _, m := range one.Answer.Missing {
		reading.Missing = append(reading.Missing, api.MissingRole{Role: m.Role, Country: m.Country})
	}
	if one.Found() {
		reading.Entry = &api.ListedFirm{
			Name:      one.Answer.Name,
			Type:      one.Answer.Type,
			ActsFor:   one.Answer.Of,
			Since:     moment(one.Answer.Since),
			Services:  append([]string{}, one.Answer.Services...),
			Countries: append([]string{}, one.Answer.Abroad...),
		}
	}
	return reading
}

// RegistersOf are registers at a time as JSON.
func RegistersOf(all []registers.Standing, now time.Time) []api.Register {
	return each(all, func(one registers.Standing) api.Register { return registerOf(one, now) })
}

func registerOf(one registers.Standing, now time.Time) api.Register {
	r := api.Register{
		ID:       one.ID,
		Asked:    one.Asked,
		AsOf:     moment(one.AsOf),
		ReadAt:   moment(one.ReadAt),
		Stale:    one.Stale(now),
		Imported: one.Imported,
		Entries:  one.Count,
		SHA256:   one.SHA256,
	}
	if !one.TriedAt.IsZero() {
		r.Attempt = &api.RegisterAttempt{At: one.TriedAt, Cause: string(one.Cause)}
	}
	if one.Asked && one.AskAt.Unix() > 0 {
		r.AskAt = moment(one.AskAt)
	}
	return r
}
