package trust_test

import (
	"context"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/revocation"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// inUse is a certificate with which a connector reaches its bank all the while.
type inUse struct {
	*stack.Stack
	t       *testing.T
	service *qtsp.Service
	process *app.Services // as after the last restart
	client  *connector.Client
	issued  *qtsp.Issued
	id      string
}

func newInUse(t *testing.T) *inUse {
	t.Helper()
	u := &inUse{t: t}
	u.Stack, u.service = stack.Asking(t, stack.Options{})
	u.issued = u.QTSP.MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
	r := u.ActivateWith(u.issued, u.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC}))
	v, err := u.Registrations.Registration(t.Context(), stack.Engineer, r.ID)
	check(t, err)
	u.id, u.process = v.Active().QWACID, u.Services
	u.client, err = u.Issuer.Client(t.Context(), stack.Connector, r.ID)
	check(t, err)
	return u
}

// pass lets time go by, restarts the service, has everything done that is due, and looks at what is said.
func (u *inUse) pass(d time.Duration, trusted string, revoked revocation.State, reaches bool) {
	u.t.Helper()
	u.Now = u.Now.Add(d)
	u.process = u.Replica()
	u.due(u.t.Context())
	v, err := u.process.Trust.OfCertificate(u.t.Context(), stack.Auditor, u.id)
	check(u.t, err)
	all, err := u.process.Revocation.OfCertificate(u.t.Context(), stack.Auditor, u.id)
	check(u.t, err)
	if string(v.State) != trusted || all[0].State != revoked {
		u.t.Errorf("%s and %s, want %s and %s", v.State, all[0].State, trusted, revoked)
	}
	check(u.t, u.Issuer.FollowReplicas(u.t.Context()))
	for _, result := range u.client.Probe(u.t.Context()) {
		if result.OK != reaches {
			u.t.Errorf("the bank is reached: %t, want %t: %+v", result.OK, reaches, result)
		}
	}
}

func (u *inUse) due(ctx context.Context) {
	u.t.Helper()
	for _, do := range []func(context.Context) (int, error){
		u.process.Trust.ReadDue, u.process.Trust.JudgeUsed, u.process.Revocation.AskDue,
	} {
		_, err := do(ctx)
		check(u.t, err)
	}
}

// While a connector is in use, its certificate's issuer is granted, withdrawn and granted again, and the certificate
// good and then revoked, which by the policy of a sandbox ends its use.
func TestWalkWhileAConnectorIsInUse(t *testing.T) {
	u := newInUse(t)
	u.pass(time.Hour, "granted", revocation.Good, true)
	u.service.SetStatus("withdrawn")
	u.pass(12*time.Hour, "withdrawn", revocation.Good, true) // people decide
	u.service.SetStatus("granted")
	u.pass(12*time.Hour, "granted", revocation.Good, true)
	u.service.Revoke(u.issued.Certificate.X509.SerialNumber, 1)
	u.pass(12*time.Hour, "granted", revocation.Revoked, false)
}

// An installation that asks nobody any more repeats nothing that it was told before, but for a revocation.
func TestAskingNobody(t *testing.T) {
	u := newInUse(t)
	u.pass(time.Hour, "granted", revocation.Good, true)
	said := func(trusted string, revoked revocation.State) {
		t.Helper()
		silenced := u.Silenced()
		v, err := silenced.Trust.OfCertificate(t.Context(), stack.Auditor, u.id)
		check(t, err)
		all, err := silenced.Revocation.OfCertificate(t.Context(), stack.Auditor, u.id)
		check(t, err)
		if string(v.State) != trusted || all[0].State != revoked {
			t.Errorf("%s and %s, want %s and %s", v.State, all[0].State, trusted, revoked)
		}
	}
	said("not_checked", revocation.NotChecked)
	u.service.Revoke(u.issued.Certificate.X509.SerialNumber, 1)
	u.pass(12*time.Hour, "granted", revocation.Revoked, false)
	said("not_checked", revocation.Revoked)
}

// For 30 days nobody on the network answers, and the service is restarted each day: the last good verdict stays with
// its age, the answer of the revocation list is stale and no longer called good, and the bank is reached.
func TestThirtyDaysWithoutNetwork(t *testing.T) {
	u := newInUse(t)
	u.pass(time.Hour, "granted", revocation.Good, true)
	begun := u.Now
	last, err := u.process.Revocation.OfCertificate(t.Context(), stack.Auditor, u.id)
	check(t, err)
	u.service.Have(qtsp.Silent)
	for range 30 {
		u.pass(24*time.Hour, "granted", revocation.Stale, true)
	}
	v, err := u.process.Trust.OfCertificate(t.Context(), stack.Auditor, u.id)
	check(t, err)
	all, err := u.process.Revocation.OfCertificate(t.Context(), stack.Auditor, u.id)
	check(t, err)
	same := all[0].Answer.SHA256 == last[0].Answer.SHA256
	if !v.Overdue(u.Now) || v.List.ReadAt.After(begun) || !same {
		t.Errorf("read at %s, answered %+v", v.List.ReadAt, all[0].Answer)
	}
	u.service.Have(qtsp.None)
	u.pass(7*time.Hour, "granted", revocation.Good, true)
	if v, err = u.process.Trust.OfCertificate(t.Context(), stack.Auditor, u.id); err != nil || v.Overdue(u.Now) {
		t.Errorf("after the outage: %+v, %v", v.List, err)
	}
}
