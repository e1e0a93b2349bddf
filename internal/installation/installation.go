// Package installation answers one question: what is this installation made of, and how is it?
//
// What it takes time to find out is asked when somebody wants it, and kept with the time by the process that was asked.
package installation

import (
	"context"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/version"
)

// Setting is one thing that can be configured. A secret's value is redacted.
type Setting struct {
	Name   string // its key in the file, or its variable in the environment
	Value  string
	Source string // default, file or environment
}

// Part is something that the program needs.
type Part struct {
	Name    string
	Health  func(ctx context.Context) error
	Warning func() error // what will be in the way before long; may be nil
}

// Finding is what a look at a part has found; without either, all is well.
type Finding struct {
	Part             string
	Problem, Warning error
}

// Look is what was found when somebody looked last.
type Look struct {
	At       time.Time // zero: nobody has, since this process was started
	Findings []Finding
}

// Facts are what the installation is made of.
type Facts struct {
	Build    version.Build
	Database string // sqlite or postgres
	Schema   int64  // the newest migration that the database has taken
	Custody  string // vault or embedded
	Settings []Setting
	Modules  []version.Module // of others, that the program is built from
	Look     Look
}

// Config is what a Service is made of. Every field is required, but for Settings.
type Config struct {
	Settings []Setting
	Custody  string
	// Database returns which one it is, and the newest migration that it has taken.
	Database func(ctx context.Context) (kind string, schema int64, err error)
	Parts    []Part
	Audit    *audit.Log
	Now      func() time.Time
}

// Service knows the installation. It is safe for concurrent use.
type Service struct {
	cfg Config

	mu   sync.Mutex
	last Look
}

// New returns the service.
func New(cfg Config) *Service { return &Service{cfg: cfg} }

// Facts returns what the installation is made of, and what was found last.
func (s *Service) Facts(ctx context.Context, caller access.Caller) (Facts, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.InstallationRead, ""); err != nil {
		return Facts{}, err
	}
	kind, schema, err := s.cfg.Database(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	return Facts{
		Build:    version.Of(),
		Database: kind,
		Schema:   schema,
		Custody:  s.cfg.Custody,
		Settings: s.cfg.Settings,
		Modules:  version.Modules(),
		Look:     s.last,
	}, err
}

// patience is how long a look may take: all parts are looked at at once, so that one that hangs makes no other late.
const patience = 10 * time.Second

// Look looks at every part now.
func (s *Service) Look(ctx context.Context, caller access.Caller) error {
	if err := s.cfg.Audit.Permit(ctx, caller, access.InstallationRead, ""); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	found := Look{At: s.cfg.Now(), Findings: make([]Finding, len(s.cfg.Parts))}
	var asked sync.WaitGroup
	for i, p := range s.cfg.Parts {
		asked.Go(func() {
			found.Findings[i] = Finding{Part: p.Name, Problem: p.Health(ctx)}
			if p.Warning != nil {
				found.Findings[i].Warning = p.Warning()
			}
		})
	}
	asked.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = found
	return nil
}

// CompareClocks asks another machine's clock, such as the database's, and says if it differs from this one's by more
// than 30 seconds.
func CompareClocks(ctx context.Context, ask func(context.Context) (time.Time, error)) error {
	asked := time.Now()
	there, err := ask(ctx)
	if err != nil {
		return err
	}
	off := there.Sub(asked.Add(time.Since(asked) / 2)).Abs()
	if off <= maxClockDifference {
		return nil
	}
	return fault.New(fault.Conflict, "clocks_differ", "The clocks are %s apart; have both machines follow NTP.",
		off.Round(time.Second))
}

const maxClockDifference = 30 * time.Second
