package registrations

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Connections tests the connection to a bank.
type Connections interface {
	Test(ctx context.Context, caller access.Caller, registrationID string) (issuer.TestReport, error)
}

// Reports keeps, in the browser's session, the report that the next page shows.
type Reports interface {
	Put(ctx context.Context, key string, value any)
	PopBytes(ctx context.Context, key string) []byte
}

func reportKey(registrationID string) string { return "report" + registrationID }

// TestConnection connects to the bank with the newest version.
func (h *Handler) TestConnection(c echo.Context, v session.Visit) error {
	ctx, id := c.Request().Context(), c.Param("id")
	result, err := h.Connections.Test(ctx, v.Caller, id)
	if err != nil {
		return h.Refuse(c, v, err)
	}
	kept, err := json.Marshal(newReport(result))
	if err != nil {
		return err
	}
	h.Reports.Put(ctx, reportKey(id), kept)
	return h.Pages.Redirect(c, link.Registration(id)+"#test")
}

// takeReport is the connection test just made, nil for none.
func (h *Handler) takeReport(ctx context.Context, tr *wording.Translator, id string) (*testResult, error) {
	kept := h.Reports.PopBytes(ctx, reportKey(id))
	if kept == nil {
		return nil, nil
	}
	var r report
	if err := json.Unmarshal(kept, &r); err != nil {
		return nil, err
	}
	return r.say(tr), nil
}

// report is a connection test on its way to the page that shows it. It keeps
// the codes of errors, by which they are said in other languages.
type report struct {
	Passed bool
	Says   note.Note
	Probes []probe
}

type probe struct {
	mtls.ProbeResult
	Code string
	Args []string // the values of the sentence that the code stands for
}

func newReport(t issuer.TestReport) report {
	r := report{Passed: t.Passed, Says: t.Says}
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
	mtls.ProbeResult
	Says wording.Sentence
}

// say concludes with the first probe that failed, or with the report's own sentence.
func (r report) say(tr *wording.Translator) *testResult {
	said := testResult{Passed: r.Passed, Says: tr.Note(r.Says)}
	for _, p := range r.Probes {
		said.Probes = append(said.Probes, probeResult{p.ProbeResult, p.say(tr)})
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
		return tr.Say("probe.ok_ends", p.TLSVersion, tr.Date(certs.Day(p.Server[0].NotAfter)))
	case p.OK:
		return tr.Say("probe.ok", p.TLSVersion)
	}
	return tr.Fault(fault.Error{Code: p.Code, Message: p.Summary, Args: p.Args})
}
