package api

import (
	"github.com/sealkeeper/sealkeeper/internal/bankservers"
	"github.com/sealkeeper/sealkeeper/types/api"
)

func bankServerOf(p bankservers.Presented) api.BankServer {
	return api.BankServer{
		Host:      p.Host,
		SHA256:    p.SHA256,
		Subject:   p.Subject,
		Issuer:    p.Issuer,
		Authority: p.Authority,
		NotBefore: p.NotBefore,
		NotAfter:  p.NotAfter,
		ChainSent: p.Sent,
		Trusted:   p.Trusted,
		Reason:    string(p.Reason),
		Issuing:   p.Issuing,
		FirstSeen: p.FirstSeen,
		LastSeen:  p.LastSeen,
	}
}

// bankServers are the certificates that hosts of an institution have presented.
func (a *API) bankServers(r request[none]) ([]api.BankServer, error) {
	ctx, id := r.echo.Request().Context(), r.echo.Param("id")
	if _, err := a.Registrations.Institution(ctx, r.caller, id); err != nil {
		return nil, err
	}
	all, err := a.BankServers.OfInstitution(ctx, r.caller, id)
	return each(all, bankServerOf), err
}

// bankHosts are the hosts of an institution, with what has happened there.
func (a *API) bankHosts(r request[none]) ([]api.BankHost, error) {
	ctx, id := r.echo.Request().Context(), r.echo.Param("id")
	if _, err := a.Registrations.Institution(ctx, r.caller, id); err != nil {
		return nil, err
	}
	all, err := a.BankServers.History(ctx, r.caller, id)
	return each(all, bankHostOf), err
}

func bankHostOf(h bankservers.History) api.BankHost {
	return api.BankHost{
		Host:         h.Host.Host,
		Authority:    h.Authority,
		Confirmable:  h.Confirmable(),
		FailingSince: moment(h.FailingSince),
		Reason:       string(h.Reason),
		Alert:        h.Alert,
		LookedAt:     moment(h.LookedAt),
		Presents:     each(h.Presents, bankServerOf),
		Events: each(h.Events, func(e bankservers.Event) api.BankHostEvent {
			return api.BankHostEvent{At: e.At, What: string(e.What), Detail: e.Detail, Times: e.Times, LastAt: e.LastAt}
		}),
		Said: each(h.Said, func(s bankservers.Said) api.BankHostSaid {
			return api.BankHostSaid{
				Service:  s.Account,
				Instance: s.Instance,
				SHA256:   s.SHA256,
				Issuer:   s.Issuer,
				NotAfter: moment(s.NotAfter),
				Sent:     s.Sent,
				Reason:   string(s.Reason),
				SeenAt:   s.SeenAt,
			}
		}),
	}
}

// confirmBankIssuer records that the issuer of what a host presents is right.
func (a *API) confirmBankIssuer(r request[api.BankIssuer]) ([]api.BankHost, error) {
	ctx, id := r.echo.Request().Context(), r.echo.Param("id")
	if _, err := a.Registrations.Institution(ctx, r.caller, id); err != nil {
		return nil, err
	}
	if err := a.BankServers.Confirm(ctx, r.caller, id, r.echo.Param("host"), r.body.Authority); err != nil {
		return nil, err
	}
	all, err := a.BankServers.History(ctx, r.caller, id)
	return each(all, bankHostOf), err
}
