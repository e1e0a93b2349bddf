package bankfiles

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Take takes what is proposed for a bank. What changes where a live environment is, or whom it trusts, takes two
// people; done is false when a second person has to agree first.
func (s *Service) Take(
	ctx context.Context, caller access.Caller, bank, sha256, reason string,
) (r approval.Request, done bool, err error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.CatalogueTake, bank); err != nil {
		return r, false, err
	}
	p, err := s.proposed(ctx, bank, sha256)
	if err != nil {
		return r, false, err
	}
	request := approval.NewRequest{
		Handling:    s.Handling(),
		Object:      bank,
		ObjectName:  bank,
		Environment: environment.Live,
		Reason:      strings.TrimSpace(reason),
		Payload:     map[string]string{"sha256": sha256},
	}
	if p.Weighty {
		return s.cfg.Approvals.RequestChange(ctx, caller, request)
	}
	return r, true, s.apply(ctx, caller, bank, sha256, nil)
}

// Decline has a file that is proposed not be taken, nor proposed again as long as it is the same.
func (s *Service) Decline(ctx context.Context, caller access.Caller, bank, sha256 string) error {
	return s.cfg.Audit.Do(ctx, caller, access.CatalogueTake, bank, func() (note.Note, error) {
		return note.New("catalogue_declined", "the file with SHA-256 %s was declined", sha256),
			s.decide(ctx, caller, bank, sha256, Declined)
	})
}

// Reconsider has a file that was declined be proposed again, if the folder still has it.
func (s *Service) Reconsider(ctx context.Context, caller access.Caller, bank, sha256 string) error {
	return s.cfg.Audit.Do(ctx, caller, access.CatalogueTake, bank, func() (note.Note, error) {
		detail := note.New("catalogue_reconsidered", "the file with SHA-256 %s, which was declined, is proposed again",
			sha256)
		if err := s.cfg.Store.ForgetDeclined(ctx, bank, sha256); err != nil {
			return detail, err
		}
		return detail, s.Read(ctx)
	})
}

func (s *Service) decide(ctx context.Context, by access.Caller, bank, sha256 string, state State) error {
	return s.cfg.Store.DecideBankFile(ctx, File{
		Bank:          bank,
		SHA256:        sha256,
		State:         state,
		DecidedBy:     by.ID,
		DecidedByName: by.Name,
		DecidedAt:     s.cfg.Now(),
	})
}

// proposed is a proposal that can be taken as things are.
func (s *Service) proposed(ctx context.Context, bank, sha256 string) (Proposal, error) {
	if err := s.Follow(ctx); err != nil { // another replica may have taken a file just now
		return Proposal{}, err
	}
	f, err := s.cfg.Store.BankFile(ctx, bank, sha256)
	if err != nil {
		return Proposal{}, err
	}
	p, err := s.proposal(ctx, f)
	if err != nil {
		return p, err
	}
	if p.State != Proposed {
		return p, fault.New(fault.Conflict, "catalogue_file_not_proposed",
			"This file is not proposed any more; look at what the folder has now.")
	}
	if _, err := s.cfg.Catalogue.Check(p.Text, s.cfg.Usable); err != nil {
		return p, fault.Wrap(err, fault.Conflict, "catalogue_file_unusable",
			"This file can no longer be used beside the others: %s.", err.Error())
	}
	used, err := s.cfg.Registrations.UsedInstitutions(ctx, s.cfg.Catalogue.Dropped(p.Text))
	if err == nil && len(used) > 0 {
		err = fault.New(fault.Conflict, "catalogue_file_drops",
			"The file leaves out %s, where there are registrations; describe it as before.", strings.Join(used, ", "))
	}
	return p, err
}

// apply takes a file. A request is nil where one person was enough whatever the policy says.
func (s *Service) apply(ctx context.Context, by access.Caller, bank, sha256 string, r *approval.Request) error {
	err := s.cfg.Audit.Do(ctx, by, access.CatalogueTake, bank, func() (note.Note, error) {
		return r.Recorded(note.New("catalogue_taken", "the file with SHA-256 %s was taken", sha256)),
			s.decide(ctx, by, bank, sha256, InForce)
	})
	if err != nil {
		return err
	}
	if err := s.Follow(ctx); err != nil { // it is taken all the same, and is followed with the next look
		s.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "a catalogue file was taken and is not followed yet",
			slog.Any("error", err))
	}
	return nil
}

// Handling takes a file that two people have agreed to.
func (s *Service) Handling() approval.Handling {
	return approval.Handling{Kind: access.CatalogueTake, Handler: approvalHandler{s}}
}

type approvalHandler struct{ s *Service }

// maxLines is how many differences a request repeats; the page of the files has the whole file.
const maxLines, maxValue = 200, 300

// Describe implements approval.Handler.
func (h approvalHandler) Describe(ctx context.Context, r approval.Request) ([]approval.Change, string, error) {
	p, err := h.s.proposed(ctx, r.Object, r.Payload["sha256"])
	if errors.Is(err, fault.NotFound) { // replicas do not see a change of the folder at the same moment
		err = fault.Wrap(err, fault.Unavailable, "catalogue_file_away",
			"The folder does not have this file at the moment; try again in a minute, or withdraw the request.")
	}
	if err != nil {
		return nil, "", err
	}
	var changes []approval.Change
	for _, l := range p.Lines[:min(len(p.Lines), maxLines)] {
		changes = append(changes, approval.Change{
			Field:       "catalogue",
			Before:      cut(l.Before),
			After:       cut(l.After),
			Code:        "change.catalogue",
			Args:        []string{l.Path},
			Consequence: "It is " + l.Path + " in the file.",
		})
	}
	if more := len(p.Lines) - maxLines; more > 0 {
		changes = append(changes, approval.Change{
			Field: "catalogue",
			Code:  "change.catalogue_more",
			Args:  []string{strconv.Itoa(more)},
			Consequence: fmt.Sprintf("There are %d more differences: read the file on the page of catalogue files.",
				more),
		})
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q", h.s.cfg.Catalogue.Text(r.Object), p.Text))
	return changes, hex.EncodeToString(sum[:]), nil
}

func cut(value string) string {
	if runes := []rune(value); len(runes) > maxValue {
		return string(runes[:maxValue]) + " ..."
	}
	return value
}

// Apply implements approval.Handler.
func (h approvalHandler) Apply(ctx context.Context, by access.Caller, r approval.Request) error {
	return h.s.apply(ctx, by, r.Object, r.Payload["sha256"], &r)
}

// Applied implements approval.Witness.
func (h approvalHandler) Applied(ctx context.Context, r approval.Request) (bool, error) {
	f, err := h.s.cfg.Store.BankFile(ctx, r.Object, r.Payload["sha256"])
	return f.State == InForce, err
}
