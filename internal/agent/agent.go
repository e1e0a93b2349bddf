// Package agent answers one question: how do programs that only read files, such as nginx, get the certificates in use?
// An agent follows one registration, writes its bundle into a folder, whole and in one step, and tells the program.
package agent

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/clock"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/keyfile"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Service is Sealkeeper, as the agent asks it.
type Service interface {
	GetTLS(ctx context.Context, registration string) (api.TLSConfiguration, error)
	LookUpTLS(ctx context.Context, application, institution string) (api.TLSConfiguration, error)
	ExportTLS(ctx context.Context, registration string, in api.KeyExport) (api.ExportedKeys, error)
	WatchTLS(ctx context.Context, cursor string, wait time.Duration) (api.TLSEvents, error)
	ReportTLS(ctx context.Context, in api.ServiceReport) (api.ReportAnswer, error)
}

// Notifier tells the program that the files are others.
type Notifier interface {
	Notify(ctx context.Context) error
}

// Config is what an Agent is made of.
type Config struct {
	Service Service
	// Registration is an id; or Application and Institution are given, each as a name or id.
	Registration, Application, Institution string
	Folder                                 string
	Formats                                []keyfile.Format // at least one
	Notifier                               Notifier         // nil: nobody is told
	Instance                               string           // as it calls itself in reports
	Logger                                 *slog.Logger
	Now                                    func() time.Time
}

// Agent writes files. One goroutine runs it; Status and Pages are for any.
type Agent struct {
	cfg    Config
	state  state
	folder folder
	id     string // of the registration, once it is known
	cursor string
	untold bool  // the program has not taken the files in use over
	wrong  error // why what is active is not in use
	report time.Time
	read   time.Time // when the configuration was read last
}

// New returns an Agent.
func New(cfg Config) *Agent {
	return &Agent{cfg: cfg, folder: folder{cfg.Folder}, id: cfg.Registration}
}

const (
	watchFor   = 25 * time.Second // for how long a question for changes waits
	firstBound = 500 * time.Millisecond
	lastBound  = 30 * time.Second
	// notReadyFor is how long a registration that is out of use is not asked for again.
	notReadyFor = time.Minute
	// rereadAfter is how long what no event has told of may stay unread.
	rereadAfter = time.Hour
)

// Run writes files until ctx ends. It fails at the start if waiting does not help; after that it keeps the last good
// files, whatever happens.
func (a *Agent) Run(ctx context.Context) error {
	if err := a.folder.open(); err != nil {
		return err
	}
	began := a.folder.current().Version > 0 // files there are good ones
	a.untold = began && !a.folder.told()    // the one before ended between writing and telling
	a.note()
	bound := firstBound
	for ctx.Err() == nil {
		err := a.once(ctx)
		a.wrong = err
		a.ended(ctx, err)
		a.tell(ctx, false)
		switch {
		case ctx.Err() != nil:
		case err == nil:
			began, bound = true, firstBound
			continue
		case !began && final(err):
			return err
		default:
			a.cfg.Logger.Error("the files stay as they are", slog.String("error", err.Error()))
			clock.Pause(ctx, waitAfter(err, bound))
			bound = min(2*bound, lastBound)
		}
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	a.tell(stopping, true)
	return nil
}

// note has others see which files there are.
func (a *Agent) note() {
	in, changed := a.folder.current(), a.folder.written()
	a.state.set(func(s *state) { s.in, s.changed, s.untold = in, changed, a.untold })
}

// ended has others see how a round has ended.
func (a *Agent) ended(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	a.note()
	now := a.cfg.Now()
	a.state.set(func(s *state) {
		s.problem = err
		if err != nil {
			s.failed = now
			s.failures++
		}
	})
}

// heard has others see that Sealkeeper has answered.
func (a *Agent) heard(err error) {
	kind, _, _ := fault.Public(err)
	if now := a.cfg.Now(); err == nil || kind != fault.Unavailable && kind != fault.Internal {
		a.state.set(func(s *state) { s.contact = now })
	}
}

// once asks for changes, waiting for one, and makes the files those of the active version.
func (a *Agent) once(ctx context.Context) error {
	if a.id != "" && a.cursor != "" && !a.untold && a.wrong == nil && a.cfg.Now().Sub(a.read) < rereadAfter {
		events, err := a.cfg.Service.WatchTLS(ctx, a.cursor, watchFor)
		a.heard(err)
		if err != nil {
			return err
		}
		if !a.concerns(events) {
			a.cursor = events.Cursor
			return nil
		}
		if err := a.apply(ctx); err != nil {
			return err
		}
		a.cursor = events.Cursor // not before: what failed is told again
		return nil
	}
	events, err := a.cfg.Service.WatchTLS(ctx, a.cursor, 0) // before the configuration, so that no change is missed
	a.heard(err)
	if err != nil {
		return err
	}
	if err := a.apply(ctx); err != nil {
		return err
	}
	a.cursor = events.Cursor
	return nil
}

func (a *Agent) concerns(events api.TLSEvents) bool {
	named := false
	for _, e := range events.Events {
		named = named || e.RegistrationID == a.id
	}
	return named || events.Complete // where it is not named, reading says why
}

// apply makes the files those of the active version, and tells the program.
func (a *Agent) apply(ctx context.Context) error {
	c, err := a.configuration(ctx)
	if err != nil {
		return err
	}
	a.id, a.read = c.RegistrationID, a.cfg.Now()
	about := aboutOf(c, a.cfg.Formats)
	if !a.folder.current().same(about) {
		if err := a.write(ctx, c, about); err != nil {
			return err
		}
		a.untold = true
		a.note()
		a.cfg.Logger.Info("files written", slog.Int("version", c.Version), slog.String("sha256", c.Transport.SHA256))
	}
	if !a.untold {
		return nil
	}
	if a.cfg.Notifier != nil {
		if err := a.cfg.Notifier.Notify(ctx); err != nil {
			return err
		}
	}
	a.untold, a.report = false, time.Time{}
	return a.folder.setTold()
}

func (a *Agent) configuration(ctx context.Context) (api.TLSConfiguration, error) {
	if a.id != "" {
		return a.cfg.Service.GetTLS(ctx, a.id)
	}
	return a.cfg.Service.LookUpTLS(ctx, a.cfg.Application, a.cfg.Institution)
}

func (a *Agent) write(ctx context.Context, c api.TLSConfiguration, about About) error {
	keys, err := a.cfg.Service.ExportTLS(ctx, c.RegistrationID, api.KeyExport{Version: c.Version})
	if err != nil {
		return err
	}
	if keys.Transport == nil {
		return fault.New(fault.Conflict, "not_exportable",
			"The QWAC's key does not leave custody, so there is no file to write: upload one as exportable.")
	}
	files, err := filesOf(c, keys, a.cfg.Formats, a.cfg.Now())
	if err != nil {
		return err
	}
	defer func() {
		for _, f := range files {
			clear(f.data)
		}
	}()
	return a.folder.write(about, files)
}

// every is how often the agent reports.
const every = time.Minute

// tell reports which version the program uses. That a report fails is no reason to stop.
func (a *Agent) tell(ctx context.Context, stopped bool) {
	now, in := a.cfg.Now(), a.folder.current()
	if in.Version == 0 || in.RegistrationID == "" || a.untold && a.wrong == nil {
		return
	}
	if !stopped && a.wrong == nil && now.Sub(a.report) < every {
		return
	}
	a.report = now
	r := api.ServiceReport{Instance: a.cfg.Instance, InUse: []api.CertificateUse{}, Stopped: stopped}
	problem := fault.Sentence(a.wrong)
	for _, host := range in.Hosts {
		r.InUse = append(r.InUse, api.CertificateUse{
			RegistrationID: in.RegistrationID,
			Host:           host,
			Version:        in.Version,
			SHA256:         in.SHA256,
			Problem:        problem,
		})
	}
	if _, err := a.cfg.Service.ReportTLS(ctx, r); err != nil && ctx.Err() == nil {
		a.cfg.Logger.Warn("the report failed", slog.String("error", err.Error()))
	}
}

// final reports whether waiting does not help.
func final(err error) bool {
	code := fault.Code(err)
	return errors.Is(err, fault.Unauthenticated) || errors.Is(err, fault.Denied) || errors.Is(err, fault.NotFound) ||
		errors.Is(err, fault.Invalid) || code == "not_exportable" || code == "lookup_ambiguous"
}

// waitAfter is how long to wait after a failure: a random time up to the bound (full jitter).
func waitAfter(err error, bound time.Duration) time.Duration {
	wait := rand.N(bound) //nolint:gosec // jitter is no secret
	if code := fault.Code(err); code == "not_ready" || code == "registration_unknown" {
		wait += notReadyFor
	}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		wait = max(wait, e.After)
	}
	return wait
}
