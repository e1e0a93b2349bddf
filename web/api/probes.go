package api

import (
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/types/api"
)

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
