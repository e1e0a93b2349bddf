package registrations

import (
	"errors"
	"slices"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// report is a connection test on its way to the page that shows it. It keeps
// the codes of errors, by which they are said in other languages.
type report struct {
	Passed bool
	Detail string
	Probes []probe
}

type probe struct {
	connector.ProbeResult
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

// testResult is a connection test in the reader's words.
type testResult struct {
	Passed bool
	Says   wording.Sentence
	Probes []probeResult
}

type probeResult struct {
	connector.ProbeResult
	Says wording.Sentence
}

// say concludes with the first probe that failed, or with the report's own sentence.
func (r report) say(tr *wording.Translator) *testResult {
	said := testResult{Passed: r.Passed, Says: tr.Recorded(r.Detail)}
	if r.Passed {
		said.Says = tr.Say("test.passed")
	}
	for _, p := range r.Probes {
		said.Probes = append(said.Probes, probeResult{p.ProbeResult, p.say(tr)})
	}
	failed := slices.IndexFunc(said.Probes, func(p probeResult) bool { return !p.OK })
	if !r.Passed && failed >= 0 {
		said.Says = said.Probes[failed].Says
	}
	return &said
}

func (p probe) say(tr *wording.Translator) wording.Sentence {
	switch {
	case tr.Lang() == i18n.English:
		return tr.English(p.Summary)
	case p.OK && !p.IssuerAcceptable:
		return tr.Say("probe.issuer")
	case p.OK && p.BankEndsSoon():
		return tr.Say("probe.ok_ends", p.TLSVersion, tr.Date(p.Server[0].NotAfter))
	case p.OK:
		return tr.Say("probe.ok", p.TLSVersion)
	}
	return tr.Fault(fault.Error{Code: p.Code, Message: p.Summary, Args: p.Args})
}
