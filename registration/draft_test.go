package registration_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
)

func TestADraftSavedMeanwhileIsNotOverwritten(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.Institution)
	first, second := s.Import(qtsp.Request{}), s.Import(qtsp.Request{})
	seen := view(t, s, r.ID).Revision()
	save := func(in registration.BundleInput) error {
		_, err := s.Registrations.SaveBundle(t.Context(), stack.Engineer, r.ID, in)
		return err
	}
	if err := save(registration.BundleInput{QWACID: first, Revision: seen}); err != nil {
		t.Fatal(err)
	}
	err := save(registration.BundleInput{QWACID: second, Revision: seen})
	if !errors.Is(err, fault.Conflict) || fault.Code(err) != "draft_changed" {
		t.Fatalf("a save over a draft nobody has seen: %v", err)
	}
	if got := view(t, s, r.ID).Bundles[0].QWACID; got != first {
		t.Fatalf("the draft holds %s, want what was saved first", got)
	}
	if err := save(registration.BundleInput{QWACID: second, Revision: view(t, s, r.ID).Revision()}); err != nil {
		t.Fatal(err)
	}
	if err := save(registration.BundleInput{QWACID: first}); err != nil { // nothing to compare with: as ever
		t.Fatal(err)
	}
}

// Of saves at the same moment from the same draft, one is written and the others are told.
func TestSimultaneousSavesOfADraft(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.Institution)
	s.SaveBundle(r.ID, s.Import(qtsp.Request{}), s.Import(qtsp.Request{Kind: certs.QSealC}))
	seen := view(t, s, r.ID).Revision()
	certificates := []string{
		s.Import(qtsp.Request{}),
		s.Import(qtsp.Request{}),
		s.Import(qtsp.Request{}),
		s.Import(qtsp.Request{}),
	}
	failed := make([]error, len(certificates))
	var saving sync.WaitGroup
	for i, id := range certificates {
		saving.Go(func() {
			_, failed[i] = s.Registrations.SaveBundle(t.Context(), stack.Engineer, r.ID, registration.BundleInput{
				QWACID:   id,
				Revision: seen,
			})
		})
	}
	saving.Wait()
	saved := ""
	for i, err := range failed {
		code := fault.Code(err)
		switch {
		case err == nil && saved == "":
			saved = certificates[i]
		case err == nil:
			t.Error("two saves from the same draft went through")
		case code != "draft_changed":
			t.Errorf("a save was refused with %v", err)
		}
	}
	if got := view(t, s, r.ID).Bundles[0].QWACID; got != saved || saved == "" {
		t.Errorf("the draft holds %s, and %s was saved", got, saved)
	}
}

// The same is often wrong with both certificates: each blocker names its own.
func TestBlockersNameTheirCertificate(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.Institution)
	later := qtsp.Request{NotBefore: s.Now.AddDate(0, 0, 30), NotAfter: s.Now.AddDate(1, 0, 0)}
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
		"Transport certificate (QWAC): the certificate is not valid before " + day +
			". Wait until then before activating it.",
		"Signing certificate (QSealC): the certificate is not valid before " + day +
			". Wait until then before activating it.",
	} {
		if !said[want] {
			t.Errorf("no blocker says %q: %v", want, said)
		}
	}
	if !slots[registration.SlotQWAC] || !slots[registration.SlotQSealC] {
		t.Errorf("the blockers are about %v", slots)
	}
}
