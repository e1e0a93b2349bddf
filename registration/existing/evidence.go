package existing

import (
	"context"
	"errors"
	"slices"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/evidence"
)

// Checklists are those of the registrations there are. Each act is audited by it.
type Checklists interface {
	Registration(ctx context.Context, caller access.Caller, id string) (registration.View, error)
	AddEvidence(
		ctx context.Context, caller access.Caller, subject, stepID, name string, content []byte,
	) (evidence.File, error)
}

// Document is a file that somebody gives as evidence.
type Document struct {
	Name    string
	Content []byte
}

// Filing is what has become of a document.
type Filing string

// What becomes of documents.
const (
	FiledNow    Filing = "added"
	FiledBefore Filing = "there"
	FiledLater  Filing = "later"   // others came first: give it again
	NotNamed    Filing = "unnamed" // no line of the list has its SHA-256
	NotThere    Filing = "absent"  // the registration has not come in
	NotTaken    Filing = "refused"
)

// Filed is what has become of a document at a step that names it.
type Filed struct {
	Name           string // of the document, as it was given
	RegistrationID string // empty: there is none
	Step           string
	Filing         Filing
	Why            *fault.Error // of NotTaken
}

// place is where a list names a file.
type place struct{ registration, step, name string }

// maxFiled bounds what is filed at once: one document may be that of each registration.
const maxFiled = 100

// FileEvidence adds documents to the steps for which the list names their SHA-256, and no others. What a step has is
// not added again, so it can be repeated.
func (s *Service) FileEvidence(
	ctx context.Context, caller access.Caller, id string, documents []Document,
) ([]Filed, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegistrationRead, id); err != nil {
		return nil, err
	}
	// Who may add evidence at some registrations is told which others they may not; who may nowhere is refused at once.
	if !caller.MaySomewhere(access.EvidenceAdd) {
		return nil, s.cfg.Audit.Permit(ctx, caller, access.EvidenceAdd, id)
	}
	i, err := s.cfg.Store.RegistrationImport(ctx, id)
	if err != nil {
		return nil, err
	}
	if i.State != Approved && i.State != Done {
		return nil, fault.New(fault.Conflict, "import_not_agreed",
			"Files are added when a second person has agreed to the list.")
	}
	places, err := s.places(ctx, i)
	if err != nil {
		return nil, err
	}
	var all []Filed
	added := 0
	for _, d := range documents {
		// Of a file that is too large only the beginning may have been kept, whose digest says nothing.
		if why, tooLarge := errors.AsType[*fault.Error](evidence.TooLarge(d.Content)); tooLarge {
			all = append(all, Filed{Name: d.Name, Filing: NotTaken, Why: why})
			continue
		}
		digest := evidence.Digest(d.Content)
		if len(places[digest]) == 0 {
			all = append(all, Filed{Name: d.Name, Filing: NotNamed})
		}
		for _, p := range places[digest] {
			one := Filed{Name: d.Name, RegistrationID: p.registration, Step: p.step, Filing: FiledLater}
			if added < maxFiled {
				if err := s.file(ctx, caller, p, digest, d, &one); err != nil {
					return all, err
				}
			}
			if all = append(all, one); one.Filing == FiledNow {
				added++
			}
		}
	}
	return all, nil
}

// places are where a list names files, by their SHA-256.
func (s *Service) places(ctx context.Context, i Import) (map[string][]place, error) {
	l, _, err := readList(i.List)
	if err != nil {
		return nil, err
	}
	all := map[string][]place{}
	for q := Lines.Query(); ; {
		page, err := s.cfg.Store.ImportLinePage(ctx, i.ID, q)
		if err != nil {
			return nil, err
		}
		for _, line := range page.Items {
			came := line.State == In || line.State == There
			for step, given := range l.registrations[line.Position-1].steps {
				for _, e := range given.evidence {
					p := place{step: step, name: e.name}
					if came {
						p.registration = line.RegistrationID
					}
					all[e.sha256] = append(all[e.sha256], p)
				}
			}
		}
		if page.Next == "" {
			return all, nil
		}
		if q, err = q.Behind(page.Next); err != nil {
			return nil, err
		}
	}
}

// file adds a document to a step, unless it has it. An error ends the whole: it is none of the document's.
func (s *Service) file(
	ctx context.Context, caller access.Caller, p place, digest string, d Document, into *Filed,
) error {
	if p.registration == "" {
		into.Filing = NotThere
		return nil
	}
	v, err := s.cfg.Checklists.Registration(ctx, caller, p.registration)
	if err == nil {
		step, _ := v.Step(p.step)
		if slices.ContainsFunc(step.Evidence, func(f evidence.File) bool { return f.SHA256 == digest }) {
			into.Filing = FiledBefore
			return nil
		}
		_, err = s.cfg.Checklists.AddEvidence(ctx, caller, p.registration, p.step, p.name, d.Content)
	}
	if err == nil {
		into.Filing = FiledNow
		return nil
	}
	why, known := errors.AsType[*fault.Error](err)
	if !known || !slices.Contains(ofOne, why.Kind) {
		return err
	}
	into.Filing, into.Why = NotTaken, why
	return nil
}

// ofOne are the kinds of faults that say something of one document at one registration, and nothing of the others.
var ofOne = []fault.Kind{fault.Invalid, fault.TooLarge, fault.Conflict, fault.Denied, fault.NotFound}
