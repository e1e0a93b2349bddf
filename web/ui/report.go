package ui

import (
	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/internal/fault"
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
	connector.ProbeResult
	Code string
}

func newReport(t issuer.TestReport) report {
	r := report{Passed: t.Passed, Detail: t.Detail}
	for _, result := range t.Probes {
		p := probe{ProbeResult: result}
		if result.Err != nil {
			_, p.Code, _ = fault.Public(result.Err)
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
	return w.english(r.Detail)
}

func (w *words) probed(p probe) sentence {
	switch {
	case w.Lang() == i18n.English:
	case p.OK && p.IssuerAcceptable:
		return w.own("probe.ok", p.TLSVersion)
	case p.OK:
		return w.own("probe.issuer")
	default:
		if text, ok := w.said("fault."+p.Code, nil); ok {
			return sentence{Text: text}
		}
	}
	return w.english(p.Summary)
}
