package main

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/secret"
)

type described struct{}

func (described) Describe(context.Context, approval.Request) ([]approval.Change, string, error) {
	return []approval.Change{{Field: "trust_anchors", After: "CN=One\nCN=Two", Consequence: "It is trusted."}}, "f", nil
}

func (described) Apply(context.Context, access.Caller, approval.Request) error { return nil }

func TestApprovalsAreShown(t *testing.T) {
	dsn := "sqlite://" + filepath.Join(t.TempDir(), "db.sqlite")
	db, err := store.Open(t.Context(), secret.NewTextString(dsn))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	log := audit.New(db, time.Now)
	s := approval.New(approval.Config{
		Store:  db,
		People: identity.New(db, log, time.Now),
		Audit:  log,
		Now:    time.Now,
		Policy: approval.Policy{TwoPeople: map[environment.Name]bool{environment.Live: true}, ExpiresAfter: time.Hour},
	})
	s.Handle(approval.BundleActivate, access.BundleActivate, described{})
	grace := access.Caller{ID: "u1", Name: "Grace", Roles: []access.Role{access.Engineer}}
	asked, _, err := s.Submit(t.Context(), grace, approval.Proposal{
		Kind:        approval.BundleActivate,
		Object:      "r1",
		ObjectName:  "The Bank",
		Environment: "live",
		Reason:      "it is time",
	})
	if err != nil {
		t.Fatal(err)
	}
	shown := func(args ...string) string {
		var out, failed bytes.Buffer
		environ := []string{
			"SEALKEEPER_DATABASE_DSN=" + dsn,
			"SEALKEEPER_PUBLIC_URL=https://sealkeeper.example",
			"SEALKEEPER_CUSTODY_MODE=embedded",
			"SEALKEEPER_MASTER_KEY=k",
		}
		if code := program().Run(t.Context(), args, environ, cli.Streams{
			In:  strings.NewReader(""),
			Out: &out,
			Err: &failed,
		}); code != 0 {
			t.Fatalf("%v ended with %d: %s", args, code, failed.String())
		}
		return out.String()
	}
	if list := shown("approvals", "list"); !strings.Contains(list,
		asked.ID+"  open       bundle.activate of The Bank, asked for by Grace") {
		t.Errorf("list: %s", list)
	}
	show := shown("approvals", "show", asked.ID)
	for _, want := range []string{
		"The Bank (live): open", "reason: it is time", "before: -", "after:  CN=One\n          CN=Two",
		"It is trusted.",
	} {
		if !strings.Contains(show, want) {
			t.Errorf("%q is not in\n%s", want, show)
		}
	}
	if _, err := s.Withdraw(t.Context(), grace, asked.ID, "not yet"); err != nil {
		t.Fatal(err)
	}
	if list := shown("approvals", "list"); !strings.Contains(list, "no request waits") {
		t.Errorf("list: %s", list)
	}
	if show := shown("approvals", "show", asked.ID) + shown("approvals", "list", "--all"); !strings.Contains(show,
		"note: not yet") || !strings.Contains(show, "withdrawn") {
		t.Errorf("show: %s", show)
	}
}
