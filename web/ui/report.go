package ui

import (
	"errors"

	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
)

// report is a connection test on its way, in the session, to the page that
// shows it. It keeps the codes of errors, by which they are said in other languages.
type report struct {
	Passed bool
	Detail string
	Probes []probe
}

type probe struct {
	mtls.ProbeResult
	Code string
	Args []string // the values of the sentence that the code stands for
}

func newReport(t issuer.TestReport) report {
	r := report{Passed: t.Passed, Detail: t.Detail}
	for _, result := range t.Probes {
		p := probe{ProbeResult: result}
		if result.Err != nil {
			_, p.Code, _ = fault.Public(result.Err)
			if e, ok := errors.AsType[*fault.Error](result.Err); ok {
				p.Args = e.Args
			}
		}
		r.Probes = append(r.Probes, p)
	}
	return r
}

// reported is a report's conclusion: that of the first probe that failed, or its own.
func (w *words) reported(r report) sentence {
	if r.Passed {
		return w.own("test.passed")
	}
	for _, p := range r.Probes {
		if !p.OK {
			return w.probed(p)
		}
	}
	return w.recorded(r.Detail)
}

func (w *words) probed(p probe) sentence {
	switch {
	case w.Lang() == i18n.English:
		return w.english(p.Summary)
	case p.OK && !p.IssuerAcceptable:
		return w.own("probe.issuer")
	case p.OK && p.BankEndsSoon():
		return w.own("probe.ok_ends", p.TLSVersion, w.Date(p.Server[0].NotAfter))
	case p.OK:
		return w.own("probe.ok", p.TLSVersion)
	}
	return w.refusal(fault.Error{Code: p.Code, Message: p.Summary, Args: p.Args})
}
