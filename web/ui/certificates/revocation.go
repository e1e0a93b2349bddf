package certificates

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/revocation"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// Revocation knows what issuers say of certificates.
type Revocation interface {
	Asking() bool
	OfCertificate(ctx context.Context, caller access.Caller, id string) ([]revocation.Result, error)
	AskNow(ctx context.Context, caller access.Caller, id string) ([]revocation.Result, error)
}

// revocationRow is what the page says of one certificate.
type revocationRow struct {
	revocation.Result
	now time.Time
}

// Reason is why it was revoked.
func (r revocationRow) Reason() string { return r.Answer.ReasonName() }

// Current reports whether the answer still counts.
func (r revocationRow) Current() bool { return r.Answer.Until.After(r.now) }

// Failed reports whether something else came of the last question than the answer that is shown.
func (r revocationRow) Failed() bool {
	came := revocation.State(r.Attempt.Status)
	return !r.Attempt.At.IsZero() && came != revocation.Good && came != revocation.Revoked
}

// Cause is what came of the last question.
func (r revocationRow) Cause() string {
	return cmp.Or(string(r.Attempt.Cause), string(r.Attempt.Status))
}

// Next is when its issuer is asked again; zero: never.
func (r revocationRow) Next() time.Time {
	if r.AskAt.Equal(revocation.Never) {
		return time.Time{}
	}
	return r.AskAt
}

func (h *Handler) revocation(c echo.Context, v session.Visit, data *certificatePage) error {
	results, err := h.Revocation.OfCertificate(c.Request().Context(), v.Caller, data.Record.ID)
	for _, r := range results {
		data.Revocation = append(data.Revocation, revocationRow{r, h.Now()})
	}
	data.Asking = h.Revocation.Asking()
	return err
}

// AskRevocation has the issuer asked now.
func (h *Handler) AskRevocation(c echo.Context, v session.Visit) error {
	id := c.Param("id")
	if _, err := h.Revocation.AskNow(c.Request().Context(), v.Caller, id); err != nil {
		return h.show(c, v, err)
	}
	return c.Redirect(http.StatusSeeOther, link.Certificate(id)+"#revocation")
}
