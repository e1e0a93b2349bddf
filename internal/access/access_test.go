package access_test

import (
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
)

func TestPolicy(t *testing.T) {
	for _, test := range []struct {
		role   access.Role
		action access.Action
		want   bool
	}{
		{access.Compliance, access.CertImport, true},
		{access.Compliance, access.CertUse, false}, // judges and approves, never uses a key
		{access.Compliance, access.SecretUse, false},
		{access.Engineer, access.BundleWrite, true},
		{access.Engineer, access.CertImport, false},
		{access.Connector, access.ClientIssue, true},
		{access.Connector, access.CertList, false},
		{access.Connector, access.BundleActivate, false},
		{access.Auditor, access.AuditRead, true},
		{access.Admin, access.CertImport, true},
		{access.System, access.CustodyResolve, true},
		{access.System, access.CertUse, false},
		{"made-up", access.CertRead, false},
	} {
		if got := (access.Caller{Roles: []access.Role{test.role}}).May(test.action); got != test.want {
			t.Errorf("%s may %s: got %v, want %v", test.role, test.action, got, test.want)
		}
	}
}

func TestAuditorNeverWrites(t *testing.T) {
	auditor := access.Caller{Roles: []access.Role{access.Auditor}}
	for _, action := range []access.Action{
		access.CertImport, access.CertSign, access.SecretPut, access.RegistrationWrite,
		access.BundleWrite, access.BundleActivate, access.ConnectionTest, access.ClientIssue,
	} {
		if auditor.May(action) {
			t.Errorf("an auditor may %s", action)
		}
	}
}

func TestNobodyMayNothing(t *testing.T) {
	if (access.Caller{}).May(access.InstitutionRead) {
		t.Error("the zero caller may read")
	}
}

func TestKnownRole(t *testing.T) {
	for role, want := range map[access.Role]bool{
		access.Admin:   true,
		access.Auditor: true,
		access.System:  false,
		"root":         false,
	} {
		if access.KnownRole(role) != want {
			t.Errorf("KnownRole(%q) is not %v", role, want)
		}
	}
}
