package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// change carries out access.ServiceChange. Its object is the id of the account.
type change struct{ s *Accounts }

// Handling is the change of what a service account may do, which takes two people where it gives more.
func (s *Accounts) Handling() approval.Handling {
	return approval.Handling{Kind: access.ServiceChange, Handler: change{s}}
}

// propose asks for what gives an account more in an environment.
func (s *Accounts) propose(
	ctx context.Context, caller access.Caller, a Account, in Input, env environment.Name,
) (approval.Request, bool, error) {
	text, err := json.Marshal(settings{a.Name, a.Owner, a.Description, in.Grant})
	if err != nil {
		return approval.Request{}, false, err
	}
	return s.cfg.Approvals.RequestChange(ctx, caller, approval.NewRequest{
		Handling:    s.Handling(),
		Object:      a.ID,
		ObjectName:  a.Name,
		Environment: env,
		Reason:      in.Reason,
		Payload:     map[string]string{"input": string(text)},
	})
}

// settings is what an account shall be.
type settings struct {
	Name        string `json:"name"`
	Owner       string `json:"owner"`
	Description string `json:"description"`
	Grant       Grant  `json:"grant"`
}

func (h change) read(ctx context.Context, r approval.Request) (Account, settings, error) {
	var w settings
	if err := json.Unmarshal([]byte(r.Payload["input"]), &w); err != nil {
		return Account{}, w, fmt.Errorf("the input of a request of the kind %s: %w", r.Kind, err)
	}
	a, err := h.s.inUse(ctx, r.Object)
	return a, w, err
}

// Describe implements approval.Handler.
func (h change) Describe(ctx context.Context, r approval.Request) ([]approval.Change, string, error) {
	a, w, err := h.read(ctx, r)
	if err != nil {
		return nil, "", err
	}
	before, err := h.s.described(ctx, a.Grant)
	if err != nil {
		return nil, "", err
	}
	after, err := h.s.described(ctx, w.Grant)
	if err != nil {
		return nil, "", err
	}
	if before == after {
		return nil, "", fault.New(fault.Conflict, "service_unchanged", "The account may do that already.")
	}
	changes := append([]approval.Change{{
		Field:  "service",
		Before: before,
		After:  after,
		Consequence: "Whoever has a token of this account can do this from then on, without a person: with the " +
			"certificates, the client secret and the customers' data of these registrations, as far as its purposes " +
			"go.",
		Code: "change.service",
	}}, existing(a)...)
	text, err := json.Marshal(changes)
	if err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %d %q %s", a.ID, a.Revision, r.Payload["input"], text))
	return changes, hex.EncodeToString(sum[:]), nil
}

// existing shows the second person the tokens and identities that there are: one that is made while the request waits
// is no part of what was agreed to.
func existing(a Account) []approval.Change {
	var changes []approval.Change
	for _, i := range a.Identities {
		var parts []string
		for _, part := range []string{i.Issuer, i.Audience, i.Subject} {
			if part != "" { // a certificate has no audience
				parts = append(parts, part)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(i.Claims)) {
			parts = append(parts, name+"="+i.Claims[name])
		}
		parts = append(parts, i.CreatedBy, i.CreatedAt.Format(time.RFC3339))
		changes = append(changes, approval.Change{
			Field:       "identities",
			After:       strings.Join(parts, ", "),
			Consequence: "Whoever this is can do it too. If nobody expects it, have it removed before you approve.",
			Code:        "change.service_identity",
		})
	}
	for _, t := range a.Tokens {
		changes = append(changes, approval.Change{
			Field: "tokens",
			After: tokenPrefix + "..." + t.Hint + ", " + t.CreatedBy + ", " + t.CreatedAt.Format(time.RFC3339) + " - " +
				t.ExpiresAt.Format(time.RFC3339),
			Consequence: "Whoever holds this token can do it too. If nobody expects it, have it revoked before you " +
				"approve.",
			Code: "change.service_token",
		})
	}
	return changes
}

// described is a grant with a line for each of its parts, as a second person is shown it.
func (s *Accounts) described(ctx context.Context, g Grant) (string, error) {
	applications, err := s.cfg.Registrations.ApplicationsByID(ctx, g.applications())
	if err != nil {
		return "", err
	}
	names := map[string]string{}
	for _, a := range applications {
		names[a.ID] = a.Name
	}
	var lines []string
	for _, p := range g.Purposes {
		lines = append(lines, string(p))
	}
	for _, b := range g.Bindings {
		at := b.InstitutionID
		if at == "" {
			at = string(b.Environment)
		}
		lines = append(lines, names[b.ApplicationID]+"@"+at)
	}
	lines = append(lines, strconv.Itoa(g.Limits.PerSecond)+"/s")
	if g.Limits.PerDay > 0 {
		lines = append(lines, strconv.Itoa(g.Limits.PerDay)+"/d")
	}
	return strings.Join(lines, "\n"), nil
}

// Apply implements approval.Handler.
func (h change) Apply(ctx context.Context, by access.Caller, r approval.Request) error {
	detail := r.Recorded(note.New("service_changed", "service account changed"))
	return h.s.cfg.Audit.Do(ctx, by, access.ServiceChange, r.Object, func() (note.Note, error) {
		a, w, err := h.read(ctx, r)
		if err != nil {
			return detail, err
		}
		a.Name, a.Owner, a.Description, a.Grant = w.Name, w.Owner, w.Description, w.Grant
		return detail, h.s.update(ctx, a)
	})
}

// Applied implements approval.Witness.
func (h change) Applied(ctx context.Context, r approval.Request) (bool, error) {
	a, w, err := h.read(ctx, r)
	if err != nil {
		return false, err
	}
	now, err := h.s.described(ctx, a.Grant)
	if err != nil {
		return false, err
	}
	then, err := h.s.described(ctx, w.Grant)
	return now == then, err
}
