package registration

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/uid"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// BankFact is something that a bank has said of how certificates are changed. It stands in place of what the
// catalogue's file says, until another one does or it is withdrawn.
type BankFact struct {
	ID          string
	Subject     string // id of a bank group, or of one institution
	Key         string // of catalogue.Institution.FactKeys
	Value       string
	Source      string        // who said it, and how
	SaidOn      calendar.Date // by the bank's calendar
	Evidence    string        // where that is kept: a file of a checklist, a ticket, an e-mail
	RecordedBy  string
	RecordedAt  time.Time
	WithdrawnBy string // empty: nobody has
	WithdrawnAt time.Time
}

// BankFacts stores what banks have said.
type BankFacts interface {
	AddBankFact(ctx context.Context, f BankFact) error
	// BankFacts returns the facts of the subjects, all if none is named, the newest first.
	BankFacts(ctx context.Context, subjects ...string) ([]BankFact, error)
	// WithdrawBankFact notes who withdrew a fact; Conflict if somebody has.
	WithdrawBankFact(ctx context.Context, f BankFact) error
}

// bankFactsMost bounds what is recorded of one bank.
const bankFactsMost = 500

// RecordBankFact records what a bank has said of an institution or, with wholeBank, of all of its group. What calls
// follow takes two people on live: it is requested then.
func (s *Service) RecordBankFact(
	ctx context.Context, caller access.Caller, institutionID string, wholeBank bool, f BankFact,
) (BankFact, error) {
	f.ID = uid.New()
	f.Source, f.Evidence = strings.TrimSpace(f.Source), strings.TrimSpace(f.Evidence)
	f.Value = strings.TrimSpace(f.Value)
	alone, requested, err := s.requestBankFact(ctx, caller, institutionID, wholeBank, f)
	if requested || err != nil {
		return f, err
	}
	return s.recordBankFact(ctx, caller, institutionID, wholeBank, f, alone)
}

// recordBankFact does it; agreed is the request for it, where it took one.
func (s *Service) recordBankFact(
	ctx context.Context, caller access.Caller, institutionID string, wholeBank bool, f BankFact,
	agreed *approval.Request,
) (BankFact, error) {
	detail := agreed.Recorded(note.New("bank_said", "%s is %s, said %s", f.Key, f.Value, f.Source))
	err := s.act(ctx, caller, access.BankFactRecord, institutionID, detail, func() error {
		in, err := s.institution(institutionID)
		if err != nil {
			return err
		}
		f.RecordedBy, f.RecordedAt = caller.ID, s.cfg.Now()
		if f.Subject = in.ID; wholeBank {
			f.Subject = in.Group.ID
		}
		if err := f.about(in, calendar.Of(f.RecordedAt, in.Zone())); err != nil {
			return err
		}
		there, err := s.cfg.BankFacts.BankFacts(ctx, f.Subject)
		if err != nil {
			return err
		}
		if len(there) >= bankFactsMost {
			return fault.New(fault.Conflict, "bank_facts_too_many",
				"Of this bank %d facts are recorded; that is the most.",
				bankFactsMost)
		}
		return s.cfg.BankFacts.AddBankFact(ctx, f)
	})
	if err != nil {
		return f, err
	}
	return f, s.FollowBankFacts(ctx)
}

// about refuses what the bank of the institution cannot have said.
func (f BankFact) about(in catalogue.Institution, today calendar.Date) error {
	if err := f.validate(today); err != nil {
		return err
	}
	if !slices.Contains(in.FactKeys(), f.Key) {
		return fault.New(fault.Invalid, "bank_fact_nothing_announced",
			"%s has announced no token rules; record what is about another institution there.", in.Name)
	}
	return nil
}

func (f BankFact) validate(today calendar.Date) error {
	if err := checkLine(f.Key, f.Value, f.Source, f.Evidence); err != nil { // before any of them is repeated
		return err
	}
	if err := catalogue.CheckFact(f.Key, f.Value); err != nil {
		return fault.Wrap(err, fault.Invalid, "bank_fact_value", "The bank cannot have said that: %s.", err.Error())
	}
	switch {
	case f.Source == "" || f.Evidence == "":
		return fault.New(fault.Invalid, "bank_fact_source",
			"Say who at the bank said it and how, and where that is kept.")
	case f.SaidOn.IsZero() || today.Before(f.SaidOn):
		return fault.New(fault.Invalid, "bank_fact_day", "Give the day on which the bank said it, today or before.")
	}
	return nil
}

// WithdrawBankFact takes back what was recorded; the fact before it counts again, or the catalogue's. What calls follow
// takes two people on live.
func (s *Service) WithdrawBankFact(ctx context.Context, caller access.Caller, institutionID, id string) error {
	alone, requested, err := s.requestFactWithdrawal(ctx, caller, institutionID, id)
	if requested || err != nil {
		return err
	}
	return s.withdrawBankFact(ctx, caller, institutionID, id, alone)
}

func (s *Service) withdrawBankFact(
	ctx context.Context, caller access.Caller, institutionID, id string, agreed *approval.Request,
) error {
	detail := agreed.Recorded(note.New("bank_fact_withdrawn", "fact %s withdrawn", id))
	err := s.act(ctx, caller, access.BankFactRecord, institutionID, detail, func() error {
		f, err := s.standingFact(ctx, institutionID, id)
		if err != nil {
			return err
		}
		f.WithdrawnBy, f.WithdrawnAt = caller.ID, s.cfg.Now()
		return s.cfg.BankFacts.WithdrawBankFact(ctx, f)
	})
	if err != nil {
		return err
	}
	return s.FollowBankFacts(ctx)
}

// standingFact is a fact that nobody has withdrawn.
func (s *Service) standingFact(ctx context.Context, institutionID, id string) (BankFact, error) {
	all, err := s.bankFacts(ctx, institutionID)
	if err != nil {
		return BankFact{}, err
	}
	i := slices.IndexFunc(all, func(f BankFact) bool { return f.ID == id && f.WithdrawnBy == "" })
	if i < 0 {
		return BankFact{}, fault.New(fault.NotFound, "bank_fact_unknown",
			"No such fact of this bank counts now; list them.")
	}
	return all[i], nil
}

// BankFacts returns all that was recorded of an institution and of its bank, the newest first.
func (s *Service) BankFacts(ctx context.Context, caller access.Caller, institutionID string) ([]BankFact, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.CampaignRead, institutionID); err != nil {
		return nil, err
	}
	return s.bankFacts(ctx, institutionID)
}

func (s *Service) bankFacts(ctx context.Context, institutionID string) ([]BankFact, error) {
	in, err := s.institution(institutionID)
	if err != nil {
		return nil, err
	}
	return s.cfg.BankFacts.BankFacts(ctx, in.ID, in.Group.ID)
}

// FollowBankFacts has the catalogue say what is recorded now. Each replica runs it again and again.
func (s *Service) FollowBankFacts(ctx context.Context) error {
	all, err := s.cfg.BankFacts.BankFacts(ctx)
	if err != nil {
		return err
	}
	recorded := map[string]map[string]catalogue.Fact{}
	for _, f := range slices.Backward(all) { // a newer one comes last and stays
		if f.WithdrawnBy == "" {
			if recorded[f.Subject] == nil {
				recorded[f.Subject] = map[string]catalogue.Fact{}
			}
			recorded[f.Subject][f.Key] = f.fact()
		}
	}
	s.cfg.Catalogue.Record(recorded)
	return nil
}

func (f BankFact) fact() catalogue.Fact {
	said := catalogue.Fact{Value: f.Value, Verified: f.SaidOn.String(), Recorded: f.ID}
	said.Source.EN, said.Source.FR = f.Source, f.Source
	said.Note.EN, said.Note.FR = f.Evidence, f.Evidence
	return said
}
