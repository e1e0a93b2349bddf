package certificates

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/keycopies"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/lists"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// Copies knows where copies of private keys may be.
type Copies interface {
	OfCertificate(ctx context.Context, caller access.Caller, certificateID string) (keycopies.Key, error)
	Declare(
		ctx context.Context, caller access.Caller, certificateID string, d keycopies.Declaration,
	) (keycopies.Copy, error)
	End(ctx context.Context, caller access.Caller, copyID, how string, on time.Time) (keycopies.Copy, error)
	Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[keycopies.Copy], error)
	Count(ctx context.Context, caller access.Caller, q listing.Query) (listing.Count, error)
}

// keyCopy is a copy as pages show it.
type keyCopy struct {
	keycopies.Copy
	DeclaredBy, EndedBy string // names
}

// keyPart is what a certificate's page says of copies of its key.
type keyPart struct {
	keycopies.Key
	OriginBy string
	Copies   []keyCopy
	Today    string
	Typed    bool // the form was refused
}

// Open is how many of the copies shown may still be there.
func (k keyPart) Open() int {
	n := 0
	for _, c := range k.Copies {
		if !c.Ended() {
			n++
		}
	}
	return n
}

// CopyKinds are those that people declare.
func (p certificatePage) CopyKinds() []keycopies.Kind { return keycopies.Declarable() }

func (h *Handler) named(ctx context.Context, copies []keycopies.Copy) []keyCopy {
	out := make([]keyCopy, len(copies))
	for i, c := range copies {
		out[i] = keyCopy{
			Copy:       c,
			DeclaredBy: h.People.Name(ctx, c.DeclaredBy),
			EndedBy:    h.People.Name(ctx, c.Ending.By),
		}
	}
	return out
}

func (h *Handler) keyPart(c echo.Context, v session.Visit, id string) (keyPart, error) {
	ctx := c.Request().Context()
	key, err := h.Copies.OfCertificate(ctx, v.Caller, id)
	return keyPart{
		Key:      key,
		OriginBy: h.People.Name(ctx, key.Origin.By),
		Copies:   h.named(ctx, key.Copies),
		Today:    form.Day(h.Now()),
		Typed:    c.FormValue("holder") != "" || c.FormValue("how") != "",
	}, err
}

// DeclareCopy takes down that somebody holds a copy of the key.
func (h *Handler) DeclareCopy(c echo.Context, v session.Visit) error {
	id := c.Param("id")
	since, err := form.ParseDay(form.Text(c, "since"))
	if err == nil {
		_, err = h.Copies.Declare(c.Request().Context(), v.Caller, id, keycopies.Declaration{
			Kind:   keycopies.Kind(c.FormValue("kind")),
			Holder: form.Text(c, "holder"),
			Reason: form.Text(c, "why"),
			Since:  since,
		})
	}
	if err != nil {
		return h.show(c, v, err)
	}
	return c.Redirect(http.StatusSeeOther, link.Certificate(id)+"#copies")
}

// EndCopy takes down that a copy was destroyed.
func (h *Handler) EndCopy(c echo.Context, v session.Visit) error {
	id := c.Param("id")
	on, err := form.ParseDay(form.Text(c, "on"))
	if err == nil {
		_, err = h.Copies.End(c.Request().Context(), v.Caller, c.Param("copy"), form.Text(c, "how"), on)
	}
	if err != nil {
		return h.show(c, v, err)
	}
	return c.Redirect(http.StatusSeeOther, link.Certificate(id)+"#copies")
}

type copiesPage struct {
	page.Page
	List lists.List
	Rows []keyCopy
}

// copyFilters are those that the page offers, in order.
var copyFilters = [][2]string{
	{keycopies.FilterEnded, "false"},
	{keycopies.FilterEnded, "true"},
	{keycopies.FilterKind, string(keycopies.Provider)},
	{keycopies.FilterKind, string(keycopies.Account)},
	{keycopies.FilterKind, string(keycopies.Person)},
}

// ListCopies shows copies by holder, each with what is affected if that one is breached.
func (h *Handler) ListCopies(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	q, found, err := lists.Read(c, v.Caller, keycopies.Listed, h.Copies.Page)
	if err != nil {
		return err
	}
	data := copiesPage{
		Page: h.Pages.Page(c, "certificates", "key_copies.title"),
		List: lists.Of(c, q, found),
		Rows: h.named(ctx, found.Items),
	}
	data.Path = c.Request().URL.RequestURI()
	for _, f := range copyFilters {
		err := data.List.Filter(f[0], f[1], func(name, value string) (listing.Count, error) {
			return h.Copies.Count(ctx, v.Caller, q.With(name, value))
		})
		if err != nil {
			return err
		}
	}
	return h.Pages.Render(c, http.StatusOK, "certificates/key_copies", data)
}
