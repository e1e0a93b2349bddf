package vault

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Approvals has a change carried out: at once, or when a second person has agreed.
type Approvals interface {
	RequestChange(
		ctx context.Context, caller access.Caller, p approval.NewRequest,
	) (r approval.Request, done bool, err error)
	Required(ctx context.Context, env environment.Name) bool // whether a change there takes two people
	// Agreed reports whether two people have agreed to such a change of the object before.
	Agreed(ctx context.Context, kind access.Action, object string) (bool, error)
}

// Handlings are the changes of certificates that take two people.
func (v *Vault) Handlings() []approval.Handling {
	return []approval.Handling{v.retiring(), v.destroying(), v.allowingExport(), v.rechaining()}
}

func (v *Vault) retiring() approval.Handling {
	return approval.Handling{Kind: access.CertRetire, Handler: retirement{v}}
}

func (v *Vault) destroying() approval.Handling {
	return approval.Handling{Kind: access.CertDestroy, Handler: destruction{v}}
}

func (v *Vault) allowingExport() approval.Handling {
	return approval.Handling{Kind: access.KeyAllowExport, Handler: exportApproval{v}}
}

// requestChange requests a change of a certificate. It takes two people where the policy says so: an end of a
// certificate that a live registration has ever named is one on live, another chain where one uses it.
func (v *Vault) requestChange(
	ctx context.Context,
	caller access.Caller,
	change approval.Handling,
	id, reason string,
	payload map[string]string,
) (bool, error) {
	if err := v.cfg.Audit.Permit(ctx, caller, change.Kind, id); err != nil {
		return false, err
	}
	r, err := v.cfg.Records.CertificateByID(ctx, id)
	if err != nil {
		return false, err
	}
	env := environment.Live
	if change.Kind != access.KeyAllowExport {
		named, err := v.cfg.Uses.CertificateUses(ctx, access.Whole(), id, 0)
		if err != nil {
			return false, err
		}
		if change.Kind == access.CertChain { // what is not in use hurts nobody
			named.Tally = slices.DeleteFunc(named.Tally, func(t Tally) bool { return t.State != useActive })
		}
		if env, err = v.environment(ctx, id, named); err != nil {
			return false, err
		}
	}
	if change.Kind == access.CertDestroy && env == environment.Live && !caller.IsPerson() {
		return false, v.cfg.Audit.Finish(ctx, caller, change.Kind, id, note.Note{}, notFromHere())
	}
	_, done, err := v.cfg.Approvals.RequestChange(ctx, caller, approval.NewRequest{
		Handling:    change,
		Object:      id,
		ObjectName:  r.Name,
		Environment: env,
		Reason:      strings.TrimSpace(reason),
		Payload:     payload,
	})
	return done, err
}

// notFromHere refuses what only a person may do, however many people the policy demands.
func notFromHere() error {
	return fault.New(fault.Denied, "destroy_in_person",
		"A certificate that a live registration has ever named is not destroyed from the command line; somebody who "+
			"is signed in requests it.")
}

// environment is the one by which is decided whether a change of a certificate takes two people: live where a version
// of a live registration names it, and where two people have retired it, whatever drafts have been changed since.
func (v *Vault) environment(ctx context.Context, id string, named Mentions) (environment.Name, error) {
	for _, t := range named.Tally {
		if v.cfg.Live(t.InstitutionID) {
			return environment.Live, nil
		}
	}
	agreed, err := v.cfg.Approvals.Agreed(ctx, access.CertRetire, id)
	if agreed {
		return environment.Live, err
	}
	return environment.Sandbox, err
}

// namedMost is how many of the bundle versions that name a certificate a person is shown at once.
const namedMost = 100

// Ending is what the end of a certificate depends on: the versions of bundles that name it, former ones included, as
// far as the caller sees their registrations, and the environment by which is decided whether its end takes two people.
func (v *Vault) Ending(ctx context.Context, caller access.Caller, id string) (Mentions, environment.Name, error) {
	if err := v.cfg.Audit.Permit(ctx, caller, access.CertRead, id); err != nil {
		return Mentions{}, "", err
	}
	named, err := v.cfg.Uses.CertificateUses(ctx, access.Whole(), id, namedMost)
	if err != nil {
		return Mentions{}, "", err
	}
	env, err := v.environment(ctx, id, named)
	if err != nil || caller.MayEverywhere(access.CertRead) {
		return named, env, err
	}
	reach, err := v.cfg.Audit.Reach(ctx, caller, access.RegistrationRead)
	if err != nil {
		return Mentions{}, "", err
	}
	seen, err := v.cfg.Uses.CertificateUses(ctx, reach, id, namedMost)
	return seen, env, err
}

// recordUses is a record with the bundles that name it, as a person is shown them.
type recordUses struct {
	record Record
	named  Mentions
}

func (v *Vault) describe(ctx context.Context, id string) (recordUses, error) {
	r, err := v.cfg.Records.CertificateByID(ctx, id)
	if err != nil {
		return recordUses{}, err
	}
	named, err := v.cfg.Uses.CertificateUses(ctx, access.Whole(), id, namedMost)
	return recordUses{r, named}, err
}

// fingerprint is the same exactly if what was described is still so.
func (d recordUses) fingerprint(more ...string) string {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%q %q %d %q %v %q", d.record.ID, d.record.State, d.record.Revision, d.record.KeyMode,
		d.named, more)
	return hex.EncodeToString(h.Sum(nil))
}

// unnamed refuses when a bundle in one of the states names the certificate. Where, its page says to those who may see
// it: another firm's registration is not named to everybody who may end a certificate.
func (d recordUses) unnamed(states ...string) error {
	n := d.named.Count(states...)
	if n == 0 {
		return nil
	}
	return fault.New(fault.Conflict, "certificate_in_use",
		"Versions of bundles that name the certificate %q: %d. Change those first; its page lists them.",
		d.record.Name, n)
}

// lost are the former versions that a change takes the way back to: the first of them, and how many more there are.
func (d recordUses) lost() []approval.Change {
	var changes []approval.Change
	for _, u := range d.named.First {
		if u.State == useActive || u.State == useDraft {
			continue
		}
		version := fmt.Sprintf("%s version %d", u.InstitutionID, u.Version)
		changes = append(changes, approval.Change{
			Field:       "bundle",
			Of:          u.RegistrationID,
			Before:      version,
			Code:        "change.certificate_no_way_back",
			Args:        []string{version},
			Consequence: fmt.Sprintf("%s names it and cannot be activated again.", version),
		})
	}
	if more := d.named.Count() - d.named.Count(useActive, useDraft) - len(changes); more > 0 {
		changes = append(changes, approval.Change{
			Field: "bundle",
			Code:  approval.CodeFurtherUses,
			Args:  []string{strconv.Itoa(more)},
			Consequence: fmt.Sprintf("Further former versions that name it and cannot be activated again: %d.",
				more),
		})
	}
	return changes
}
