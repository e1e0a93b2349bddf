package api

import (
	"time"

	"github.com/sealkeeper/sealkeeper/internal/trust"
	"github.com/sealkeeper/sealkeeper/types/api"
)

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
