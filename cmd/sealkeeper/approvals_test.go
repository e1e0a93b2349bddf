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

var deskHandling = approval.Handling{
	Kind:    access.BundleActivate,
	Handler: described{},
}

// approvalDesk is requests for approval, and a terminal that shows them.
type approvalDesk struct {
	*approval.Service
	t   *testing.T
	dsn string
}

func newApprovalDesk(t *testing.T) approvalDesk {
	t.Helper()
	dsn := "sqlite://" + filepath.Join(t.TempDir(), "db.sqlite")
	db, err := store.Open(t.Context(), secret.NewTextString(dsn))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
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
	return approvalDesk{approval.NewService(s, deskHandling), t, dsn}
}

// ask asks for the activation at a bank and returns the request's id.
func (d approvalDesk) ask(by access.Caller, bank, reason string) string {
	d.t.Helper()
	asked, _, err := d.RequestChange(d.t.Context(), by, approval.NewRequest{
		Handling:    deskHandling,
		Object:      "r1",
		ObjectName:  bank,
		Environment: "live",
		Reason:      reason,
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return asked.ID
}

// shown is what a command prints.
func (d approvalDesk) shown(args ...string) string {
	d.t.Helper()
	var out, failed bytes.Buffer
	environ := []string{
		"SEALKEEPER_DATABASE_DSN=" + d.dsn,
		"SEALKEEPER_PUBLIC_URL=https://sealkeeper.example",
		"SEALKEEPER_CUSTODY_MODE=embedded",
		"SEALKEEPER_MASTER_KEY=k",
	}
	streams := cli.Streams{In: strings.NewReader(""), Out: &out, Err: &failed}
	if code := program().Run(d.t.Context(), args, environ, streams); code != 0 {
		d.t.Fatalf("%v ended with %d: %s", args, code, failed.String())
	}
	return out.String()
}

func TestApprovalsAreShown(t *testing.T) {
	d := newApprovalDesk(t)
	grace := access.Caller{ID: "u1", Name: "Grace", Roles: []access.Role{access.Engineer}}
	id := d.ask(grace, "The Bank", "it is time")
	if list := d.shown("approvals", "list"); !strings.Contains(list,
		id+"  open       bundle.activate of The Bank, requested by Grace") {
		t.Errorf("list: %s", list)
	}
	show := d.shown("approvals", "show", id)
	for _, want := range []string{
		"The Bank (live): open", "reason: it is time", "before: -", "after:  CN=One\n          CN=Two",
		"It is trusted.",
	} {
		if !strings.Contains(show, want) {
			t.Errorf("%q is not in\n%s", want, show)
		}
	}
	if _, err := d.Withdraw(t.Context(), grace, id, "not yet"); err != nil {
		t.Fatal(err)
	}
	if list := d.shown("approvals", "list"); !strings.Contains(list, "no request waits") {
		t.Errorf("list: %s", list)
	}
	if show := d.shown("approvals", "show", id) + d.shown("approvals", "list", "--all"); !strings.Contains(show,
		"note: not yet") || !strings.Contains(show, "withdrawn") {
		t.Errorf("show: %s", show)
	}
}

// TestApprovalsDoNotSteerTheTerminal: nobody writes a line of ours, nor anything but text.
func TestApprovalsDoNotSteerTheTerminal(t *testing.T) {
	d := newApprovalDesk(t)
	eve := access.Caller{ID: "u2", Name: "Eve\x1b[31m", Roles: []access.Role{access.Engineer}}
	id := d.ask(eve, "\x1b[2JBank", "\x1b[31mred\x1b[0m\nstate: approved")
	told := d.shown("approvals", "list") + d.shown("approvals", "show", id)
	if strings.Contains(told, "\x1b") || strings.Contains(told, "\nstate: approved") ||
		!strings.Contains(told, "reason: \ufffd[31mred\ufffd[0m\ufffdstate: approved\n") {
		t.Errorf("got %q", told)
	}
}
