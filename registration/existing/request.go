package existing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/uid"
	"github.com/sealkeeper/sealkeeper/registration/evidence"
	"github.com/sealkeeper/sealkeeper/secret"
)

// shownLines is how many registrations an approver sees with the request; the page of the import has all of them.
const shownLines = 50

// Files is what somebody gives to have registrations brought in.
type Files struct {
	Name    string // of the list
	List    []byte
	Secrets secret.Text
	Reason  string
}

// Request has a list brought in once the people that policy demands have agreed. A list of which a line is refused is
// refused as a whole.
func (s *Service) Request(
	ctx context.Context, caller access.Caller, f Files,
) (i Import, r approval.Request, done bool, err error) {
	for _, action := range []access.Action{access.RegistrationImport, access.SecretPut} {
		if err := s.cfg.Audit.Permit(ctx, caller, action, ""); err != nil {
			return i, r, false, err
		}
	}
	if err := note.Bounded(f.Reason); err != nil {
		return i, r, false, err
	}
	i, j, err := s.draft(ctx, caller, f)
	if err != nil {
		return i, r, false, err
	}
	env := environment.Sandbox
	if j.Live() {
		env = environment.Live
	}
	r, done, err = s.cfg.Approvals.RequestChange(ctx, caller, approval.NewRequest{
		Handling:    s.Handling(),
		Object:      i.ID,
		ObjectName:  i.Name,
		Environment: env,
		Reason:      f.Reason,
	})
	return i, r, done, err
}

// draft keeps a list with its secrets sealed. One that nobody requests after all is dropped by Run.
func (s *Service) draft(ctx context.Context, caller access.Caller, f Files) (Import, *judgement, error) {
	given, err := readSecrets(f.Secrets)
	if err != nil {
		return Import{}, nil, err
	}
	if given == nil {
		given = map[string]string{}
	}
	j, err := s.judge(ctx, f.List, given)
	if err != nil {
		return Import{}, nil, err
	}
	if j.Refused() {
		first := j.Complaints[0]
		return Import{}, nil, fault.New(fault.Invalid, "import_refused",
			"Nothing was stored: the list has %d mistakes, the first on line %d: %s", len(j.Complaints), first.Line,
			first.Err.Message)
	}
	if j.Count(VerdictNew) == 0 {
		return Import{}, nil, fault.New(fault.Conflict, "import_nothing_new",
			"Every registration of the list is here already; there is nothing to bring in.")
	}
	i := Import{
		ID:            uid.New(),
		Name:          evidence.CleanName(f.Name),
		SHA256:        j.SHA256,
		List:          f.List,
		State:         Requested,
		Reason:        f.Reason,
		CreatedBy:     caller.ID,
		CreatedByName: caller.Name,
		CreatedAt:     s.cfg.Now(),
	}
	secrets, _ := json.Marshal(given) // strings always marshal
	plain := secret.NewText(secrets)
	clear(secrets)
	defer plain.Wipe()
	detail := note.New("registrations_listed", "list %s with %d registrations", j.SHA256, len(j.Lines))
	return i, j, s.cfg.Audit.Do(ctx, caller, access.RegistrationImport, i.ID, func() (note.Note, error) {
		if i.Sealed, err = s.cfg.Custody.SealSecrets(ctx, caller, i.ID, plain); err != nil {
			return detail, err
		}
		return detail, s.cfg.Store.AddImport(ctx, i, linesOf(i, j))
	})
}

func linesOf(i Import, j *judgement) []Line {
	lines := make([]Line, len(j.Lines))
	for n, l := range j.Lines {
		lines[n] = Line{
			ImportID:       i.ID,
			Position:       l.Position,
			Line:           l.Line,
			InstitutionID:  l.Institution,
			Application:    l.Application,
			State:          There,
			RegistrationID: l.registrationID,
			QWAC:           l.QWAC,
			QSealC:         l.QSealC,
		}
		if l.Verdict == VerdictNew {
			lines[n].State, lines[n].RegistrationID = Pending, uid.New()
			lines[n].BundleID, lines[n].CredentialsRef = uid.New(), uid.New()
		}
	}
	return lines
}

// Handling is the agreement to an import.
func (s *Service) Handling() approval.Handling {
	return approval.Handling{Kind: access.RegistrationImport, Handler: agreement{s}}
}

// agreement is an approval.Handler.
type agreement struct{ s *Service }

// Describe implements approval.Handler.
func (h agreement) Describe(ctx context.Context, r approval.Request) ([]approval.Change, string, error) {
	i, err := h.s.cfg.Store.RegistrationImport(ctx, r.Object)
	if err != nil {
		return nil, "", err
	}
	if i.State != Requested {
		return nil, "", fault.New(fault.Conflict, "import_decided", "This import was decided already: it is %s.",
			i.State)
	}
	j, err := h.s.judge(ctx, i.List, nil)
	if err != nil {
		return nil, "", err
	}
	if j.Refused() {
		first := j.Complaints[0]
		return nil, "", fault.New(fault.Conflict, "import_outdated",
			"The list no longer fits what is here: line %d: %s", first.Line, first.Err.Message)
	}
	return changesOf(j), fingerprintOf(i, j), nil
}

// fingerprintOf covers the list, its secrets and what would be made. That a certificate comes into custody in between
// changes nothing.
func fingerprintOf(i Import, j *judgement) string {
	facts := []any{i.SHA256, i.Sealed, j.Organizations, j.Applications}
	for _, l := range j.Lines {
		facts = append(facts, l.Verdict)
	}
	text, _ := json.Marshal(facts) // strings and bytes always marshal
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func changesOf(j *judgement) []approval.Change {
	count := fmt.Sprint(j.Count(VerdictNew))
	changes := []approval.Change{{
		Field: "registrations",
		After: fmt.Sprintf("%s\nSHA-256 %s", count, j.SHA256),
		Code:  "change.import",
		Args:  []string{count},
		Consequence: fmt.Sprintf("%s registrations come in as they are in use elsewhere, with their credentials; "+
			"steps count as done on the word of the requester, and no bank is asked. Nothing is activated by that.",
			count),
	}}
	for _, o := range j.newParties.organizations {
		changes = append(changes, approval.Change{
			Field:       "organization",
			After:       o.OrganizationIdentifier + "\n" + o.LegalName,
			Code:        "change.import_organization",
			Consequence: "This organization is made.",
		})
	}
	for _, a := range j.newParties.applications {
		changes = append(changes, approval.Change{
			Field:       "application",
			After:       strings.Join(append([]string{a.Name}, a.RedirectURIs...), "\n"),
			Code:        "change.import_application",
			Consequence: "This application is made; its customers are sent back to these addresses.",
		})
	}
	shown := 0
	for _, l := range j.Lines {
		if l.Verdict != VerdictNew {
			continue
		}
		if shown++; shown > shownLines {
			break
		}
		changes = append(changes, approval.Change{
			Field: "registration",
			After: l.in.Name + ", " + l.Application + "\n" + l.ClientID + l.shown() + "\nQWAC " + l.QWAC +
				seal(l.QSealC) + evidenceOf(l.entry),
			Code:        "change.import_line",
			Args:        []string{fmt.Sprint(l.Steps)},
			Consequence: fmt.Sprintf("Steps that count as done before: %d.", l.Steps),
		})
	}
	return changes
}

// evidenceOf names the files that are added once the list has come in.
func evidenceOf(e registrationEntry) string {
	var all strings.Builder
	for _, id := range slices.Sorted(maps.Keys(e.steps)) {
		for _, f := range e.steps[id].evidence {
			all.WriteString("\n" + f.name + " " + f.sha256)
		}
	}
	return all.String()
}

func seal(digest string) string {
	if digest == "" {
		return ""
	}
	return "\nQSealC " + digest
}

// Apply implements approval.Handler: what was agreed to comes in from now on.
func (h agreement) Apply(ctx context.Context, by access.Caller, r approval.Request) error {
	detail := r.Recorded(note.New("registrations_agreed", "list %s", r.ObjectName))
	return h.s.cfg.Audit.Do(ctx, by, access.RegistrationImport, r.Object, func() (note.Note, error) {
		i, err := h.s.cfg.Store.RegistrationImport(ctx, r.Object)
		if err != nil {
			return detail, err
		}
		i.State, i.ApprovedBy, i.ApprovedByName, i.ApprovedAt = Approved, r.DecidedBy, r.DecidedByName, h.s.cfg.Now()
		return detail, h.s.cfg.Progress.MoveImport(ctx, i, Requested)
	})
}

// Applied implements approval.Witness.
func (h agreement) Applied(ctx context.Context, r approval.Request) (bool, error) {
	i, err := h.s.cfg.Store.RegistrationImport(ctx, r.Object)
	return i.State == Approved || i.State == Done, err
}
