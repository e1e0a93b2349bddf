package registration

import (
	"context"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/registration/evidence"
)

// maxEvidenceFiles bounds how many files one step may have.
const maxEvidenceFiles = 50

// Sealer encrypts with a key that custody keeps. about binds the result to what it belongs to: it opens with the same
// text only. HoldsKey says of a file whether a private key can be read in it, a few files at a time and within bounds.
type Sealer interface {
	HoldsKey(ctx context.Context, content []byte) (bool, error)
	SealFile(ctx context.Context, caller access.Caller, id, about string, plain []byte) ([]byte, error)
	OpenFile(ctx context.Context, caller access.Caller, id, about string, sealed []byte) ([]byte, error)
}

// AddEvidence keeps a file with a step.
func (s *Service) AddEvidence(
	ctx context.Context, caller access.Caller, subject, stepID, name string, content []byte,
) (evidence.File, error) {
	e := evidence.File{Step: stepID, Name: evidence.CleanName(name), Size: len(content), AddedBy: caller.ID}
	e.ID, e.AddedAt = s.stamp()
	e.SHA256 = evidence.Digest(content)
	detail := note.New("evidence_added", "evidence %s for step %s", e.SHA256, stepID)
	err := s.write(ctx, caller, subject, detail, func() error {
		_, _, step, err := s.stepOf(ctx, subject, stepID)
		if err != nil {
			return err
		}
		e.Subject = step.Subject
		if e.Type, err = evidence.Sniff(content); err != nil {
			return err
		}
		held, err := s.cfg.Sealer.HoldsKey(ctx, content)
		if err != nil {
			return err
		}
		if held {
			return fault.New(fault.Invalid, "evidence_holds_key",
				"The file holds a private key; keys belong into custody and nowhere else.")
		}
		if len(step.Evidence) >= maxEvidenceFiles {
			return fault.New(fault.Conflict, "evidence_too_many",
				"The step already has %d files, which is the limit.", maxEvidenceFiles)
		}
		at, err := s.cfg.Audit.At(ctx, caller, subject) // a file belongs where its checklist does
		if err != nil {
			return err
		}
		sealed, err := s.cfg.Sealer.SealFile(ctx, at, e.ID, e.Binding(), content)
		if err != nil {
			return err
		}
		return s.cfg.Evidence.AddEvidence(ctx, e, sealed, s.entry(caller, step.Subject, stepID, checklist.Change{
			What: "evidence",
			To:   e.Name,
			Note: e.SHA256,
		}))
	})
	return e, err
}

// OpenEvidence returns a file's content, as it was given. Every reading is
// authorised and audited where the key is.
func (s *Service) OpenEvidence(ctx context.Context, caller access.Caller, id string) (evidence.File, []byte, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.EvidenceRead, id); err != nil {
		return evidence.File{}, nil, err
	}
	e, sealed, err := s.cfg.Evidence.EvidenceFile(ctx, id)
	if err != nil {
		return evidence.File{}, nil, err
	}
	content, err := s.cfg.Sealer.OpenFile(ctx, caller, e.ID, e.Binding(), sealed)
	if err != nil {
		return e, nil, err
	}
	if evidence.Digest(content) != e.SHA256 {
		return e, nil, fault.New(fault.Internal, "evidence_damaged",
			"The file %s is not what was uploaded; restore the database from a backup.", e.Name)
	}
	return e, content, nil
}
