package api

import (
	"strconv"

	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/types/api"
)

func bundleOf(v registration.View, b registration.Bundle) api.Bundle {
	out := api.Bundle{
		Version:         b.Version,
		State:           api.BundleState(b.State),
		Content:         b.Content(),
		QWACID:          b.QWACID,
		QSealCID:        b.QSealCID,
		ClientID:        b.ClientID,
		HasClientSecret: b.CredentialsRef != "" && v.Institution.GivesSecret(),
		Credentials:     credentialsOf(b),
		SecretEndsOn:    b.SecretEndsOn,
		TrustAnchors:    listed(b.TrustAnchors),
		NoClientAuth:    b.NoClientAuth,
		TestedAt:        moment(b.Test.At),
		TestPassed:      b.Test.Passed,
		TestDetail:      b.Test.Says.Text,
		ActivatedBy:     b.ActivatedBy,
		ActivatedAt:     moment(b.ActivatedAt),
		CreatedAt:       b.CreatedAt,
	}
	if waiting := v.WaitingFor(b.Version); waiting != nil {
		out.RequestedBy, out.ApprovalID = waiting.RequestedBy, waiting.ID
	}
	return out
}

func credentialsOf(b registration.Bundle) map[string]string {
	if b.Credentials == nil {
		return map[string]string{}
	}
	return b.Credentials
}

func (a *API) saveBundle(r request[api.NewBundle]) (api.Registration, error) {
	id := r.echo.Param("id")
	defer r.body.ClientSecret.Wipe()
	for _, value := range r.body.Credentials {
		defer value.Wipe()
	}
	_, err := a.Registrations.SaveBundle(r.echo.Request().Context(), r.caller, id, registration.BundleInput(r.body))
	if err != nil {
		return api.Registration{}, err
	}
	return a.view(r.echo, r.caller, id)
}

func (a *API) test(r request[none]) (api.TestReport, error) {
	report, err := a.Issuer.Test(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	return api.TestReport{
		Version: report.Version,
		Passed:  report.Passed,
		Detail:  report.Says.Text,
		Probes:  each(report.Probes, probeOf),
	}, err
}

func (a *API) activate(r request[api.ChangeRequest]) (api.BundleActivation, error) {
	waits, done, view, err := a.requestChange(r, false)
	return api.BundleActivation{Activated: done, ApprovalID: waits, Registration: view}, err
}

func (a *API) retire(r request[api.ChangeRequest]) (api.BundleRetirement, error) {
	waits, done, view, err := a.requestChange(r, true)
	return api.BundleRetirement{Retired: done, ApprovalID: waits, Registration: view}, err
}

func (a *API) requestChange(
	r request[api.ChangeRequest], retire bool,
) (waits string, done bool, view api.Registration, err error) {
	id, ctx, action := r.echo.Param("id"), r.echo.Request().Context(), access.BundleActivate
	if retire {
		action = access.BundleRetire
	}
	if err := a.Audit.Permit(ctx, r.caller, action, id); err != nil {
		return "", false, view, err
	}
	version, err := strconv.Atoi(r.echo.Param("version"))
	if err != nil {
		return "", false, view, fault.New(fault.NotFound, "bundle_unknown", "Bundle versions are numbers: 1, 2, 3.")
	}
	asked, done, err := a.Registrations.RequestChange(ctx, r.caller, id, registration.ChangeRequest{
		Version: version,
		Retire:  retire,
		Reason:  r.body.Reason,
		Content: r.body.Content,
	})
	if err != nil {
		return "", false, view, err
	}
	if !done {
		waits = asked.ID
	}
	view, err = a.view(r.echo, r.caller, id)
	return waits, done, view, err
}

func probeOf(p mtls.ProbeResult) api.Probe {
	out := api.Probe{
		Host:                 p.Host,
		OK:                   p.OK,
		Summary:              p.Summary,
		TLSVersion:           p.TLSVersion,
		Protocol:             p.Protocol,
		CertificateRequested: p.CertificateRequested,
		AcceptableIssuers:    p.AcceptableIssuers,
		IssuerNames:          p.IssuerNames,
		IssuerAcceptable:     p.IssuerAcceptable,
		Presented:            p.Presented,
		Alert:                p.Alert,
	}
	for _, c := range p.Server {
		out.Server = append(out.Server, api.ServerCertificate(c))
	}
	return out
}
