package identity_test

import (
	"context"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
)

// parts knows sandbox, and nothing else.
type parts struct{}

func (parts) NameOf(_ context.Context, s access.Scope) (string, error) {
	if s != sandbox {
		return "", fault.NotFound
	}
	return "Sandbox of Exemple", nil
}

var (
	sandbox = access.Scope{Kind: access.ScopeEnvironment, Value: "sandbox"}
	live    = access.Scope{Kind: access.ScopeEnvironment, Value: "live"}
)

func TestGrants(t *testing.T) {
	onEach(t, func(t *testing.T, b *bench, root access.Caller) {
		ctx := t.Context()
		bob, err := b.AddUser(ctx, "Bob", []access.Role{access.Auditor})
		if err != nil {
			t.Fatal(err)
		}
		now := func() access.Caller {
			u, err := b.PersonByID(ctx, root, bob.ID)
			if err != nil {
				t.Fatal(err)
			}
			return u.Caller(b.now)
		}
		engineer := access.RoleGrant{Role: access.Engineer, Scope: sandbox}
		wants(t, "before parts are known", b.Grant(ctx, root, bob.ID, engineer), "scope_unknown")
		b.KnowScopes(parts{})
		for code, g := range map[string]access.RoleGrant{
			"role_unknown":  {Role: access.Limited, Scope: sandbox},
			"scope_unknown": {Role: access.Engineer, Scope: live},
			"grant_is_role": {Role: access.Engineer, Scope: access.Everything},
			"grant_over":    {Role: access.Engineer, Scope: sandbox, EndsAt: b.now},
		} {
			wants(t, code, b.Grant(ctx, root, bob.ID, g), code)
		}
		wants(t, "one's own", b.Grant(ctx, root, root.ID, engineer), "own_rights")
		wants(t, "an auditor", b.Grant(ctx, b.atConsole(bob), root.ID, engineer), "not_permitted")
		token := root
		token.Way = access.ByToken
		wants(t, "a token", b.Grant(ctx, token, bob.ID, engineer), "session_needed")
		stale := root
		stale.ConfirmedAt = b.now.Add(-time.Hour)
		wants(t, "nobody confirmed", b.Grant(ctx, stale, bob.ID, engineer), "confirm_needed")

		wants(t, "the grant", b.Grant(ctx, root, bob.ID, engineer), "")
		said, err := b.db.LatestAudit(ctx, 1)
		if err != nil || said[0].Detail != "role engineer granted, environment Sandbox of Exemple, until -" ||
			said[0].Args[4] != sandbox.Value {
			t.Errorf("the log says %+v, %v", said, err)
		}
		wants(t, "twice", b.Grant(ctx, root, bob.ID, engineer), "grant_exists")
		here, there := access.Place{Environment: "sandbox"}, access.Place{Environment: "live"}
		c := now()
		if !c.MayAt(access.BundleWrite, here) || c.MayAt(access.BundleWrite, there) || c.May(access.BundleWrite) {
			t.Error("it does not hold where it was given, or elsewhere too")
		}
		changed, err := b.ChangedRights(ctx, root.ID, bob.ID, b.now.Add(-time.Hour))
		if err != nil || !changed {
			t.Errorf("who granted it is not known for it: %v", err)
		}
		until := access.RoleGrant{Role: access.Compliance, Scope: access.Everything, EndsAt: b.now.Add(time.Hour)}
		wants(t, "until a moment", b.Grant(ctx, root, bob.ID, until), "")
		if !now().May(access.CertImport) {
			t.Error("a role until a moment does not count before it")
		}
		b.now = b.now.Add(time.Hour)
		if now().May(access.CertImport) {
			t.Error("a role until a moment counts at it")
		}
		until.EndsAt = b.now.Add(time.Hour)
		root.ConfirmedAt = b.now
		wants(t, "again, after its end", b.Grant(ctx, root, bob.ID, until), "")

		// Whoever loses their last role, by the groups of an identity provider, loses what came on top of it.
		if err := b.db.SetRoles(ctx, bob.ID, nil); err != nil {
			t.Fatal(err)
		}
		if c := now(); len(c.Roles) > 0 || len(c.Parts) > 0 {
			t.Errorf("without a role they may %v %v", c.Roles, c.Parts)
		}
		if err := b.db.RemoveUser(ctx, bob.ID); err != nil {
			t.Fatal(err)
		}
	})
}
