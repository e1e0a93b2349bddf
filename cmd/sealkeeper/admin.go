package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

type migrateCmd struct{ configured }

// Run brings the schema up to date.
func (c migrateCmd) Run(env *environment) error {
	db, err := c.database(env)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := db.Migrate(env.ctx); err != nil {
		return err
	}
	env.printf("the database schema is up to date\n")
	return nil
}

type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Check the hash chain of the audit log; exit 1 and name the first broken entry if it is not whole."`
}

type auditVerifyCmd struct {
	configured
	Data string `help:"Data folder of 'sealkeeper dev' instead of a configuration." type:"existingdir" placeholder:"DIR"`
	Head string `help:"SEQ:HASH printed by an earlier run and kept elsewhere; shows whether newer entries were cut off." placeholder:"SEQ:HASH"`
}

// Run verifies the log.
func (c auditVerifyCmd) Run(env *environment) error {
	open := c.database
	if c.Data != "" {
		open = func(env *environment) (*store.DB, error) { return store.Open(env.ctx, devDSN(c.Data)) }
	}
	db, err := open(env)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	log := audit.New(db, time.Now)
	report, err := log.Verify(env.ctx)
	if err != nil {
		return err
	}
	if report.Broken != nil {
		env.printf("BROKEN at entry %d: %s\n%d entries before it are whole\n", report.Broken.Seq, report.Broken.Reason, report.Entries)
		return errSilent
	}
	if c.Head != "" {
		if err := log.Holds(env.ctx, c.Head); err != nil {
			env.printf("BROKEN: %v\n", err)
			return errSilent
		}
	}
	env.printf("ok: %d entries, head %d:%s\n", report.Entries, report.HeadSeq, report.HeadHash)
	return nil
}

type userCmd struct {
	Add  userAddCmd  `cmd:"" help:"Create a user and print a one-time sign-in link."`
	Link userLinkCmd `cmd:"" help:"Print a new one-time sign-in link for a user."`
}

type userAddCmd struct {
	configured
	Name string   `arg:"" help:"Name of the user."`
	Role []string `required:"" help:"compliance, engineer, connector, auditor or admin; may be repeated."`
}

// Run creates the user.
func (c userAddCmd) Run(env *environment) error {
	return c.withIdentity(env, func(s *identity.Service, publicURL string) error {
		roles := make([]access.Role, len(c.Role))
		for i, r := range c.Role {
			roles[i] = access.Role(r)
		}
		if _, err := s.AddUser(env.ctx, c.Name, roles); err != nil {
			return err
		}
		return printSignInLink(env, s, publicURL, c.Name)
	})
}

type userLinkCmd struct {
	configured
	Name string `arg:"" help:"Name of the user."`
}

// Run prints a link.
func (c userLinkCmd) Run(env *environment) error {
	return c.withIdentity(env, func(s *identity.Service, publicURL string) error {
		return printSignInLink(env, s, publicURL, c.Name)
	})
}

func printSignInLink(env *environment, s *identity.Service, publicURL, name string) error {
	link, err := s.NewSignInLink(env.ctx, name)
	if err != nil {
		return err
	}
	env.printf("%s/sign-in?token=%s\nworks once, within %s\n", publicURL, link.Reveal(), identity.LinkLifetime)
	return nil
}

type tokenCmd struct {
	Add tokenAddCmd `cmd:"" help:"Print a new bearer token for a user. It is not shown again."`
}

type tokenAddCmd struct {
	configured
	User string        `arg:"" help:"Name of the user the token acts for."`
	For  time.Duration `default:"2160h" help:"How long it is valid; 0 means until it is removed."`
}

// Run creates the token.
func (c tokenAddCmd) Run(env *environment) error {
	return c.withIdentity(env, func(s *identity.Service, _ string) error {
		token, err := s.NewToken(env.ctx, c.User, c.For)
		if err != nil {
			return err
		}
		env.printf("%s\n", token.Reveal())
		return nil
	})
}

// withIdentity runs f on the configured service's users.
func (c configured) withIdentity(env *environment, f func(s *identity.Service, publicURL string) error) error {
	cfg, err := c.load(env)
	if err != nil {
		return err
	}
	db, err := store.Open(env.ctx, cfg.Database.DSN)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return f(identity.New(db, db, audit.New(db, time.Now), time.Now), cfg.PublicURL)
}

type keysCmd struct {
	New keysNewCmd `cmd:"" help:"Write a new master key for embedded custody to a file. Keep a copy: without it nothing in custody can be opened."`
}

type keysNewCmd struct {
	File string `arg:"" help:"File to write; it must not exist." type:"path"`
}

// Run makes the key.
func (c keysNewCmd) Run(env *environment) error {
	if err := embedded.NewMasterKeyFile(c.File); err != nil {
		return err
	}
	env.printf("wrote %s\n", c.File)
	return nil
}

type versionCmd struct {
	JSON bool `help:"As JSON."`
}

// Run prints the version.
func (c versionCmd) Run(env *environment) error {
	v := struct {
		Version string `json:"version"`
		Go      string `json:"go"`
	}{Version: "(devel)", Go: "unknown"}
	if info, ok := debug.ReadBuildInfo(); ok {
		v.Version, v.Go = info.Main.Version, info.GoVersion
	}
	if c.JSON {
		return json.NewEncoder(env.out).Encode(v)
	}
	env.printf("sealkeeper %s, %s\n", v.Version, v.Go)
	return nil
}

type healthcheckCmd struct {
	URL string `arg:"" optional:"" default:"http://127.0.0.1:8420/healthz" help:"Address to ask."`
}

// Run asks once.
func (c healthcheckCmd) Run(env *environment) error {
	request, err := http.NewRequestWithContext(env.ctx, http.MethodGet, c.URL, nil)
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: 3 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("the service does not answer: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the service answers %s", response.Status)
	}
	return nil
}
