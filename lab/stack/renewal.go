package stack

import (
	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/registration"
)

// Renewal is a QWAC and a QSealC in use at two of the simulated bank's institutions, one of them live, and the stored
// certificates that renew them. All are ids.
type Renewal struct {
	OldQWAC, NewQWAC, OldQSealC, NewQSealC string
	Sandbox, Live                          string // registrations
}

// Renewal registers at both institutions, takes the old certificates into use there, and stores the new ones as their
// renewals.
func (s *Stack) Renewal() Renewal {
	s.t.Helper()
	r := Renewal{OldQWAC: s.Import(qtsp.Request{}), OldQSealC: s.Import(qtsp.Request{Kind: certs.QSealC})}
	later := s.Now.AddDate(2, 0, 0)
	r.NewQWAC = s.Import(qtsp.Request{NotAfter: later})
	r.NewQSealC = s.Import(qtsp.Request{Kind: certs.QSealC, NotAfter: later})
	first := s.Register(Institution)
	second, err := s.Registrations.Register(s.t.Context(), Engineer, first.ApplicationID, LiveAtSim)
	if err == nil {
		err = s.Vault.Link(s.t.Context(), Officer, r.NewQWAC, r.OldQWAC)
	}
	if err == nil {
		err = s.Vault.Link(s.t.Context(), Officer, r.NewQSealC, r.OldQSealC)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	r.Sandbox, r.Live = first.ID, second.ID
	for _, id := range []string{r.Sandbox, r.Live} {
		s.TakeIntoUse(id, r.OldQWAC, r.OldQSealC)
	}
	return r
}

// TakeIntoUse does everything that an activation needs, the approval of a second person included.
func (s *Stack) TakeIntoUse(registrationID, qwacID, qsealcID string) {
	s.t.Helper()
	s.DoSteps(registrationID)
	b := s.SaveBundle(registrationID, qwacID, qsealcID)
	s.TestConnection(registrationID)
	request, done, err := s.Registrations.RequestChange(s.t.Context(), Engineer, registrationID,
		registration.ChangeRequest{Version: b.Version})
	if err == nil && !done {
		_, err = s.Approvals.Approve(s.t.Context(), Officer, request.ID, "")
	}
	if err != nil {
		s.t.Fatal(err)
	}
}
