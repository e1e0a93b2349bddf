package certificates

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/lists"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// query is what is asked of the list: those that end first come first.
func query(c echo.Context) (listing.Query, error) {
	values := c.QueryParams()
	if values.Get(listing.ParamSort) == "" {
		values.Set(listing.ParamSort, endsFirst)
	}
	return vault.Certificates.Parse(values)
}

// ListFile is the list as a file for spreadsheets.
func (h *Handler) ListFile(c echo.Context, v session.Visit) error {
	q, err := query(c)
	if err != nil {
		return err
	}
	data, err := lists.Table[vault.Summary]{
		Head: []string{"id", "name", "kind", "state", "organization", "organization_identifier", "issuer", "serial",
			"sha256", "not_before", "not_after", "custody", "key_mode", "uses", "worst_finding", "severity"},
		Row: func(s vault.Summary) []string {
			return []string{s.ID, s.Name, string(s.Kind), string(s.State), s.Organization, s.OrganizationIdentifier,
				s.Issuer, s.Serial, s.SHA256, s.NotBefore.UTC().Format(time.RFC3339),
				s.NotAfter.UTC().Format(time.RFC3339), s.Custody, string(s.KeyMode), strconv.Itoa(s.Uses),
				s.Judgement.Worst.Code, string(s.Judgement.Worst.Severity)}
		},
		Page: func(q listing.Query) (listing.Page[vault.Summary], error) {
			return h.Vault.Page(c.Request().Context(), v.Caller, q)
		},
	}.File(q)
	if err != nil {
		return err
	}
	return h.Pages.Download(c, "certificates.csv", lists.CSV, data)
}

// maxChosen is how many certificates are retired at once: a page of the list.
const maxChosen = 50

// outcome is what became of one of several certificates.
type outcome struct {
	ID, Name string
	Done     bool              // it is retired; else it waits for a second person, or was refused
	Why      *wording.Sentence // why it was refused
}

type outcomesPage struct {
	page.Page
	Reason   string
	Outcomes []outcome
}

// RetireChosen retires several certificates for one reason, each as if it were the only one: what is refused to one
// does not keep the others.
func (h *Handler) RetireChosen(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	values, err := form.Values(c)
	if err != nil {
		return err
	}
	ids := form.Chosen(values)
	if len(ids) == 0 || len(ids) > maxChosen {
		return h.list(c, v, fault.New(fault.Invalid, "certificates_not_chosen",
			"Choose from 1 to %d certificates.", maxChosen))
	}
	named, err := h.Vault.Named(ctx, v.Caller, ids)
	if err != nil {
		return err
	}
	data := outcomesPage{Page: h.Pages.Page(c, "certificates", "retired.title"), Reason: form.Text(c, "reason")}
	data.Path = c.Request().URL.Path
	for _, id := range ids {
		o := outcome{ID: id, Name: named[id].Name}
		if o.Done, err = h.Vault.Retire(ctx, v.Caller, id, data.Reason); err != nil {
			if says, ok := errors.AsType[*fault.Error](err); !ok {
				return err
			} else if says.Code == "confirm_needed" { // once, and then for all of them
				return h.list(c, v, err)
			}
			o.Why = h.Pages.Translator(c).Problem(err)
		}
		data.Outcomes = append(data.Outcomes, o)
	}
	return h.Pages.Render(c, http.StatusOK, "certificates/retired", data)
}
