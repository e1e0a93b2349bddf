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

func TestGrants(t *testing.T) {
	bound := func(id string) bool { return id == "r1" }
	for _, test := range []struct {
		purpose access.Purpose
		may     []access.Action
	}{
		{access.Transport, []access.Action{access.TLSRead, access.TLSHandshake, access.TLSReport}},
		{access.Signing, []access.Action{access.CertSign}},
		{access.Credentials, []access.Action{access.SecretUse}},
		{access.Export, []access.Action{access.KeyExport}},
		{access.Accounts, []access.Action{access.ConsentStart, access.AccountsRead}},
		{access.Payments, []access.Action{access.PaymentCreate, access.PaymentConfirm}},
	} {
		c := access.Caller{ID: "s1", Grant: &access.Grant{Purposes: []access.Purpose{test.purpose}, Bound: bound}}
		for _, action := range test.may {
			if !c.May(action) {
				t.Errorf("%s does not allow %s", test.purpose, action)
			}
		}
		for _, action := range []access.Action{
			access.CertList, access.CertRead, access.RegistrationRead, access.BundleActivate, access.PaymentResolve,
			access.ServiceManage, access.AuditRead, access.ApprovalRead,
		} {
			if c.May(action) || c.Lacks(action) != "" {
				t.Errorf("%s allows %s, or could with another purpose", test.purpose, action)
			}
		}
		if !c.Knows("r1") || c.Knows("r2") || c.IsPerson() || !c.OwnOnly() {
			t.Error("the account knows too much, or too little")
		}
	}
	signer := access.Caller{Grant: &access.Grant{Purposes: []access.Purpose{access.Signing}, Bound: bound}}
	if got := signer.Lacks(access.TLSRead); got != access.Transport {
		t.Errorf("for a TLS configuration it lacks %q", got)
	}
}
