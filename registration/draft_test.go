package registration_test

import (
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/certstest"
	"github.com/sealkeeper/sealkeeper/internal/stacktest"
	"github.com/sealkeeper/sealkeeper/registration"
)

// The same is often wrong with both certificates: each blocker names its own.
func TestBlockersNameTheirCertificate(t *testing.T) {
	s := stacktest.New(t)
	r := s.Register(stacktest.Institution)
	later := certstest.Request{NotBefore: s.Now.AddDate(0, 0, 30), NotAfter: s.Now.AddDate(1, 0, 0)}
	seal := later
	seal.Kind = certs.QSealC
	s.SaveBundle(r.ID, s.Import(later), s.Import(seal))
	said := map[string]bool{}
	slots := map[registration.BlockerSlot]bool{}
	for _, b := range view(t, s, r.ID).Blockers {
		if said[b.Message] {
			t.Errorf("two blockers say %q", b.Message)
		}
		said[b.Message] = true
		if b.Code == "not_yet_valid" {
			slots[b.Slot] = true
		}
	}
	day := s.Now.AddDate(0, 0, 30).UTC().Format("2 January 2006")
	for _, want := range []string{
		"Transport certificate (QWAC): the certificate is not valid before " + day + ". Wait until then before activating it.",
		"Signing certificate (QSealC): the certificate is not valid before " + day + ". Wait until then before activating it.",
	} {
		if !said[want] {
			t.Errorf("no blocker says %q: %v", want, said)
		}
	}
	if !slots[registration.SlotQWAC] || !slots[registration.SlotQSealC] {
		t.Errorf("the blockers are about %v", slots)
	}
}
