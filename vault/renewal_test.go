package vault_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/vault"
)

// renewals is a vault with certificates of one organization that end at different times.
func renewals(t *testing.T) (s *stack.Stack, issued func(years int, r qtsp.Request) *qtsp.Issued) {
	t.Helper()
	s = stack.New(t)
	return s, func(years int, r qtsp.Request) *qtsp.Issued {
		r.NotBefore, r.NotAfter = s.Now.AddDate(0, 0, -10), s.Now.AddDate(years, 0, 0)
		return s.QTSP.MustIssue(t, r)
	}
}

// inspected is what an upload that is not stored would renew.
func inspected(t *testing.T, s *stack.Stack, by access.Caller, c *qtsp.Issued) []vault.Predecessor {
	t.Helper()
	found, err := s.Vault.Inspect(t.Context(), by, vault.Files{
		Files: []certs.File{{Name: "a.pem", Data: c.CertificatePEM()}},
	})
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	return found[0].Renews
}

func ids(found []vault.Predecessor) map[string]vault.Recognition {
	by := map[string]vault.Recognition{}
	for _, p := range found {
		by[p.ID] = p.By
	}
	return by
}

func TestRenewalsAreRecognised(t *testing.T) {
	s, issued := renewals(t)
	find := func(c *qtsp.Issued) []vault.Predecessor {
		t.Helper()
		return inspected(t, s, stack.Officer, c)
	}
	old := s.ImportIssued(issued(1, qtsp.Request{}))
	seal := s.ImportIssued(issued(1, qtsp.Request{Kind: certs.QSealC}))
	next := issued(2, qtsp.Request{})
	if found := find(next); len(found) != 1 || found[0].ID != old || found[0].By != vault.ByIdentity ||
		vault.Likely(found) != old {
		t.Errorf("the renewal is of %+v", ids(found))
	}
	if found := find(issued(1, qtsp.Request{})); len(found) != 0 {
		t.Errorf("one that ends no later renews %v", ids(found))
	}
	fewer := find(issued(2, qtsp.Request{Roles: []string{"PSP_AI"}}))
	if ids(fewer)[old] != vault.ByOrganization || vault.Likely(fewer) != "" {
		t.Errorf("one with other roles: %v, likely %q", ids(fewer), vault.Likely(fewer))
	}
	// Two that nothing uses: nobody can tell which.
	twin := s.ImportIssued(issued(1, qtsp.Request{}))
	if found := find(next); len(found) != 2 || vault.Likely(found) != "" {
		t.Errorf("of two, %q is preset among %v", vault.Likely(found), ids(found))
	}
	// The one in use is meant.
	s.SaveBundle(s.Register(stack.Institution).ID, old, seal)
	if found := find(next); vault.Likely(found) != old {
		t.Errorf("of two, %q is preset and not the one in use", vault.Likely(found))
	}
	if _, kept := ids(find(next))[twin]; !kept {
		t.Error("the other one cannot be chosen any more")
	}
}

func TestLinkAndUnlink(t *testing.T) {
	s, issued := renewals(t)
	ctx := t.Context()
	old, next := s.ImportIssued(issued(1, qtsp.Request{})), s.ImportIssued(issued(2, qtsp.Request{}))
	third := s.ImportIssued(issued(3, qtsp.Request{}))
	seal := s.ImportIssued(issued(3, qtsp.Request{Kind: certs.QSealC}))
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	line := func(id string) (all []string) {
		t.Helper()
		versions, err := s.Vault.Line(ctx, stack.Officer, id)
		check(err)
		for i, r := range versions {
			if r.Line.Version != i+1 || (r.Line.Change == vault.First) != (i == 0) {
				t.Errorf("%s is version %d (%s) at %d", r.ID, r.Line.Version, r.Line.Change, i)
			}
			all = append(all, r.ID)
		}
		return all
	}
	check(s.Vault.Link(ctx, stack.Officer, third, next))
	check(s.Vault.Link(ctx, stack.Officer, next, old)) // with what followed it
	if got := line(third); !slices.Equal(got, []string{old, next, third}) {
		t.Errorf("the line is %v", got)
	}
	if err := s.Vault.Link(ctx, stack.Officer, next, old); !errors.Is(err, fault.Conflict) {
		t.Errorf("linked again: %v", err)
	}
	if err := s.Vault.Link(ctx, stack.Officer, seal, old); !errors.Is(err, fault.Invalid) {
		t.Errorf("a QSealC behind a QWAC: %v", err)
	}
	if err := s.Vault.Link(ctx, stack.Auditor, seal, old); !errors.Is(err, fault.Denied) {
		t.Errorf("by an auditor: %v", err)
	}
	check(s.Vault.Unlink(ctx, stack.Officer, next))
	if got := line(third); !slices.Equal(got, []string{next, third}) || len(line(old)) != 1 {
		t.Errorf("the lines are %v and %v", got, line(old))
	}
	if err := s.Vault.Unlink(ctx, stack.Officer, next); !errors.Is(err, fault.Conflict) {
		t.Errorf("unlinked again: %v", err)
	}
	// Custody has followed: its copy is what a lost database is rebuilt from.
	stale, err := s.DB.StaleCertificates(ctx, 10)
	if check(err); len(stale) != 0 {
		t.Errorf("%d documents are behind", len(stale))
	}
}
