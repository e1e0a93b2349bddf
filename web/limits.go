package web

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/web/api"
)

// maxForm bounds every body but an upload's, in bytes. The largest form is a bundle with twenty trust anchors.
const maxForm = 128 << 10

// Limits are what a request may cost before anybody looks at it, signed in or not.
type Limits struct {
	InFlight   int           // requests being answered at once
	Uploads    int           // those among them that hold files in memory
	Watchers   int           // services waiting for changes, which are not among them
	Arriving   int           // bodies that come in before it is known whose they are, which are not among them either
	FromOne    int           // those of one address
	Wait       time.Duration // for a place, before a request is told to come again
	FormTime   time.Duration // for a form or JSON to arrive
	UploadTime time.Duration // for files to arrive
}

// DefaultLimits suit a process with some hundred megabytes of memory.
var DefaultLimits = Limits{
	InFlight:   512,
	Uploads:    4,
	Watchers:   12_000,
	Arriving:   512,
	FromOne:    64,
	Wait:       10 * time.Second,
	FormTime:   10 * time.Second,
	UploadTime: time.Minute,
}

// uploads are the routes that take files. They read them bounded, part by part, with package intake.
var uploads = []string{
	"/certificates/check",
	"/certificates/upload",
	"/enrolments/:id/steps/:step/evidence",
	"/imports",
	"/imports/check",
	"/registers/:id/file",
	"/registrations/:id/steps/:step/evidence",
	"/v1/certificates",
	"/v1/certificates/inspect",
	"/v1/checklists/:id/steps/:step/evidence",
	"/v1/registration-imports",
	"/v1/registration-imports/check",
	"/v1/registers/:id/file",
}

// waiting is the route on which services wait for changes: for as long as they like, with nothing in memory but
// their place.
const waiting = "/v1/tls/events"

// reports is the route on which services say what they use: up to a thousand hosts each.
const reports = "/v1/tls/reports"

// probes are answered however many requests there are.
var probes = []string{"/healthz", "/readyz", "/metrics"}

// gate refuses bodies that nothing here needs, before any of them is read, and
// lets no more requests in than can be answered.
type gate struct {
	limits                        Limits
	inFlight, uploading, watching chan struct{}
	arriving                      *arrivals
}

func newGate(l Limits) gate {
	return gate{
		limits:    l,
		inFlight:  make(chan struct{}, l.InFlight),
		uploading: make(chan struct{}, l.Uploads),
		watching:  make(chan struct{}, l.Watchers),
		arriving:  newArrivals(l.Arriving, l.FromOne),
	}
}

func (g gate) middleware(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if slices.Contains(probes, c.Path()) {
			return next(c)
		}
		upload := c.Request().Method == http.MethodPost && slices.Contains(uploads, c.Path())
		if !upload {
			if err := g.receive(c); err != nil {
				return err
			}
		}
		places := g.inFlight
		if c.Path() == waiting {
			places = g.watching
		}
		if err := g.enter(c, places); err != nil {
			return err
		}
		defer func() { <-places }()
		if !upload {
			arriveWithin(c, g.limits.FormTime)
			return next(c)
		}
		if err := g.enter(c, g.uploading); err != nil {
			return err
		}
		defer func() { <-g.uploading }()
		arriveWithin(c, g.limits.UploadTime)
		return next(c)
	}
}

// enter takes a place, or says after a while that there is none.
func (g gate) enter(c echo.Context, places chan struct{}) error {
	select {
	case places <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(g.limits.Wait)
	defer timer.Stop()
	select {
	case places <- struct{}{}:
		return nil
	case <-c.Request().Context().Done():
	case <-timer.C:
	}
	return busy()
}

func busy() error {
	return fault.New(fault.Unavailable, "busy", "Too many requests are being served at the moment; try again shortly.").
		RetryAfter(time.Second)
}

// arriveWithin ends a connection whose body comes too slowly. Once it is there, the deadline is lifted: passing while
// the request is being answered, it would cancel that. Recorders in tests have no deadline to set.
func arriveWithin(c echo.Context, d time.Duration) {
	r := c.Request()
	if _, there := r.Body.(arrived); there || r.ContentLength == 0 {
		return
	}
	control := http.NewResponseController(c.Response())
	_ = control.SetReadDeadline(time.Now().Add(d))
	r.Body = &arriving{r.Body, func() { _ = control.SetReadDeadline(time.Time{}) }}
}

// arriving is a body that says when all of it is there.
type arriving struct {
	io.ReadCloser
	there func()
}

func (a *arriving) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		a.there()
	}
	return n, err
}

// receive refuses files where none are expected, and bodies that are too large. A form of the console is parsed here,
// so that no later reading of one of its fields takes a body that was cut off for one that lacks the field. The body of
// a request with a token is read once the token was looked at.
func (g gate) receive(c echo.Context) error {
	r := c.Request()
	kind, _, _ := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if strings.HasPrefix(kind, "multipart/") {
		return fault.New(fault.Invalid, "multipart_unexpected",
			"Files are not accepted here; send the fields as a form or as JSON.")
	}
	form := kind == echo.MIMEApplicationForm
	limit := int64(maxForm)
	if c.Path() == reports && !form && r.Header.Get(echo.HeaderAuthorization) != "" {
		limit = api.MaxReport // read once it is known whose it is
	}
	if r.ContentLength > limit {
		return bodyTooLarge(nil, limit)
	}
	r.Body = http.MaxBytesReader(c.Response(), r.Body, limit)
	if r.ContentLength == 0 || !form && r.Header.Get(echo.HeaderAuthorization) != "" {
		return nil
	}
	arriveWithin(c, g.limits.FormTime)
	if err := g.arriving.whole(c); err != nil || !form {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return fault.Wrap(err, fault.Invalid, "form_broken", "The form cannot be read; send it again.")
	}
	return nil
}

func bodyTooLarge(cause error, limit int64) error {
	return fault.Wrap(cause, fault.TooLarge, "body_too_large", "The request body is larger than %d KB.", limit>>10)
}
