package api

import (
	"github.com/sealkeeper/sealkeeper/internal/revocation"
	"github.com/sealkeeper/sealkeeper/types/api"
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
