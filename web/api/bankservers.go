package api

import (
	"github.com/sealkeeper/sealkeeper/internal/bankservers"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// bankServers are the certificates that hosts of an institution have presented.
func (a *API) bankServers(r request[none]) ([]api.BankServer, error) {
	ctx, id := r.echo.Request().Context(), r.echo.Param("id")
	if _, err := a.Registrations.Institution(ctx, r.caller, id); err != nil {
		return nil, err
	}
	all, err := a.BankServers.OfInstitution(ctx, r.caller, id)
	return each(all, func(p bankservers.Presented) api.BankServer {
		return api.BankServer{
			Host:      p.Host,
			SHA256:    p.SHA256,
			Subject:   p.Subject,
			Issuer:    p.Issuer,
			NotBefore: p.NotBefore,
			NotAfter:  p.NotAfter,
			ChainSent: p.Sent,
			Trusted:   p.Trusted,
			FirstSeen: p.FirstSeen,
			LastSeen:  p.LastSeen,
		}
	}), err
}
