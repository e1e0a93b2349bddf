package access_test

import (
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
)

func TestScopes(t *testing.T) {
	at := access.Place{Organization: "o1", Environment: "live", BankGroup: "sg"}
	for _, test := range []struct {
		scope access.Scope
		place access.Place
		want  bool
	}{
		{access.Everything, at, true},
		{access.Everything, access.Place{}, true},
		{access.Scope{Kind: access.ScopeOrganization, Value: "o1"}, at, true},
		{access.Scope{Kind: access.ScopeOrganization, Value: "o2"}, at, false},
		{access.Scope{Kind: access.ScopeOrganization, Value: "live"}, at, false},
		{access.Scope{Kind: access.ScopeEnvironment, Value: "live"}, at, true},
		{access.Scope{Kind: access.ScopeEnvironment, Value: "sandbox"}, at, false},
		{access.Scope{Kind: access.ScopeEnvironment, Value: "live"}, access.Place{Organization: "o1"}, false},
		{access.Scope{Kind: access.ScopeBankGroup, Value: "sg"}, at, true},
		{access.Scope{Kind: access.ScopeBankGroup, Value: "cdn"}, at, false},
		{access.Scope{Kind: access.ScopeOrganization}, access.Place{}, false}, // nothing is in no part
		{access.Scope{Kind: "made-up", Value: "o1"}, at, false},
		{access.Scope{}, access.Place{}, false},
	} {
		if got := test.scope.Holds(test.place); got != test.want {
			t.Errorf("%+v holds %+v: got %v, want %v", test.scope, test.place, got, test.want)
		}
	}
}

// On a part, every role allows the acts that are listed for it, there, and nothing else anywhere.
func TestRolesOnAPart(t *testing.T) {
	here := access.Place{Organization: "o1", Environment: "sandbox", BankGroup: "sg"}
	there := access.Place{Organization: "o2", Environment: "sandbox", BankGroup: "sg"}
	for _, role := range access.PersonalRoles() {
		c := access.Caller{
			ID:    "u",
			Roles: []access.Role{access.Auditor},
			Parts: []access.RoleGrant{
				{Role: role, Scope: access.Scope{Kind: access.ScopeOrganization, Value: "o1"}},
			},
		}
		reads := access.Caller{Roles: []access.Role{access.Auditor}}
		for _, action := range access.Actions() {
			everywhere, acts := reads.May(action), role.May(action) && action.OnPart()
			if got := c.May(action); got != everywhere {
				t.Errorf("%s on a part may %s everywhere: %v", role, action, got)
			}
			if got := c.MayAt(action, here); got != (everywhere || acts) {
				t.Errorf("%s on a part may %s there: %v", role, action, got)
			}
			if got := c.MayAt(action, there); got != everywhere {
				t.Errorf("%s on a part may %s elsewhere: %v", role, action, got)
			}
			if got := c.At(there).May(action); got != everywhere {
				t.Errorf("%s on a part may %s once it acts elsewhere: %v", role, action, got)
			}
		}
	}
}

// What concerns everybody and what has no place are never done with a right on a part.
func TestWhatTakesTheRightEverywhere(t *testing.T) {
	for _, action := range []access.Action{
		access.AuditVerify, access.AuditSign, access.CampaignRead, access.PersonRead, access.UserManage,
		access.TokenManage, access.ServiceRead, access.RegistrationImport,
		access.PolicyRead, access.PolicyChange, access.ServiceManage, access.ServiceChange, access.CampaignWrite,
		access.CampaignApprove, access.BankFactRecord, access.CatalogueTake, access.CustodyMigrate, access.BackupMake,
	} {
		if action.OnPart() {
			t.Errorf("%s is allowed on a part", action)
		}
	}
}
