package access_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/internal/access"
)

// TestConfirmedActions is the list: whoever changes it says so here.
func TestConfirmedActions(t *testing.T) {
	want := map[access.Action]access.Where{
		access.CertDestroy:       access.Everywhere,
		access.KeyAllowExport:    access.Everywhere,
		access.KeyExport:         access.Everywhere,
		access.IncidentWithdraw:  access.Everywhere,
		access.ApprovalDecide:    access.Everywhere,
		access.PolicyChange:      access.Everywhere,
		access.UserManage:        access.Everywhere,
		access.TokenManage:       access.Everywhere,
		access.ServiceManage:     access.Everywhere,
		access.ServiceChange:     access.Everywhere,
		access.PasskeyAdd:        access.Everywhere,
		access.PasskeyRemove:     access.Everywhere,
		access.OwnTokenMake:      access.Everywhere,
		access.ReviewConfirm:     access.Everywhere,
		access.BundleActivate:    access.OnLive,
		access.BundleRollback:    access.OnLive,
		access.BundleRetire:      access.OnLive,
		access.CertRetire:        access.OnLive,
		access.CertChain:         access.OnLive,
		access.ApplicationChange: access.OnLive,
		access.PaymentsSwitch:    access.OnLive,
		access.CatalogueTake:     access.OnLive,
		access.BankAnswer:        access.OnLive,
		access.PaymentNotSent:    access.OnLive,
	}
	if diff := cmp.Diff(want, access.ConfirmedActions()); diff != "" {
		t.Error(diff)
	}
	for action := range want {
		if !action.Administrative() && action != access.KeyExport {
			t.Errorf("%s is confirmed, and yet changes nothing that lasts", action)
		}
	}
}

func TestConfirmationLastsAWhile(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	session := access.Caller{ID: "u", Way: access.BySession, ConfirmedAt: at}
	for after, want := range map[time.Duration]bool{
		0: false, access.ConfirmedFor - 1: false, access.ConfirmedFor: true, time.Hour: true,
	} {
		if got := session.Unconfirmed(at.Add(after)); got != want {
			t.Errorf("after %s: %v", after, got)
		}
	}
	if (access.Caller{ID: "u", Way: access.ByToken}).Unconfirmed(at) {
		t.Error("a token cannot confirm, so nobody is to ask it")
	}
}
