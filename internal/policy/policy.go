// Package policy answers one question: what has the firm decided that weakens or
// strengthens what Sealkeeper promises? The answer is in the database, the same for
// every process; a configuration decides it once, at the first start.
package policy

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/environment"
)

// The settings, as the configuration names them. A correction of an institution of
// the catalogue is the setting of its name: JSON of what is corrected, "" for nothing.
const (
	Live         = "four_eyes.live"
	Sandbox      = "four_eyes.sandbox"
	ExpiresAfter = "four_eyes.expires_after"
	// whether the use of a certificate stops by itself when it is revoked
	StopLive    = "stop_revoked.live"
	StopSandbox = "stop_revoked.sandbox"

	institutions = "institutions."
)

// MaxExpiry is how long a request waits for its second person at most: nobody
// remembers why longer, and what it was about has moved on.
const MaxExpiry = 30 * 24 * time.Hour

// Values are settings by name.
type Values map[string]string

// defaults are in force where nothing was decided.
var defaults = Values{
	Live:         "true",
	Sandbox:      "false",
	ExpiresAfter: approval.DefaultExpiry.String(),
	StopLive:     "false", // cutting customers off is for people to decide
	StopSandbox:  "true",
}

// Way is how a setting came to be in force.
type Way string

// The ways.
const (
	FirstStart Way = "first_start" // from the configuration of the first process
	ByApproval Way = "approval"    // as two people agreed
	Alone      Way = "alone"       // by one person, where nothing took two
	BreakGlass Way = "break_glass" // on the server without a second person, or alone while that was so of any setting
)

// Setting is one setting and how it came to be what it is.
type Setting struct {
	Name          string
	Version       int // 1, 2, 3 ... of this name; 0: nobody has decided it
	Value         string
	Way           Way
	Reason        string
	ChangedBy     string
	ChangedByName string
	ChangedAt     time.Time
}

// Store keeps the settings.
type Store interface {
	// PolicySettings returns the newest version of each setting.
	PolicySettings(ctx context.Context) ([]Setting, error)
	// AddPolicySettings adds versions, all or none; Conflict if one of them is there.
	AddPolicySettings(ctx context.Context, settings []Setting) error
}

// InForce is the policy that is in force, and what this process is configured with.
type InForce struct {
	store  Store
	stated Values
}

// NewInForce returns the policy in a database, beside what the configuration of this process states of it.
func NewInForce(store Store, stated Values) *InForce { return &InForce{store, stated} }

// Decided reports whether the database has a policy.
func (f *InForce) Decided(ctx context.Context) (bool, error) {
	decided, err := f.store.PolicySettings(ctx)
	return len(decided) > 0, err
}

// Settings returns what is in force, by name: everything that was decided, and the defaults of the rest.
func (f *InForce) Settings(ctx context.Context) ([]Setting, error) {
	decided, err := f.store.PolicySettings(ctx)
	if err != nil {
		return nil, err
	}
	for name, value := range defaults {
		if !slices.ContainsFunc(decided, func(s Setting) bool { return s.Name == name }) {
			decided = append(decided, Setting{Name: name, Value: value})
		}
	}
	slices.SortFunc(decided, func(a, b Setting) int { return strings.Compare(a.Name, b.Name) })
	return decided, nil
}

func (f *InForce) setting(ctx context.Context, name string) (Setting, error) {
	all, err := f.Settings(ctx)
	if err != nil {
		return Setting{}, err
	}
	if i := slices.IndexFunc(all, func(s Setting) bool { return s.Name == name }); i >= 0 {
		return all[i], nil
	}
	return Setting{Name: name}, nil
}

// FourEyes implements approval.Policies.
func (f *InForce) FourEyes(ctx context.Context) (approval.Policy, error) {
	all, err := f.Settings(ctx)
	if err != nil {
		return approval.Policy{}, err
	}
	values := Values{}
	for _, s := range all {
		values[s.Name] = s.Value
	}
	expiry, err := time.ParseDuration(values[ExpiresAfter])
	return approval.Policy{
		TwoPeople: map[environment.Name]bool{
			environment.Live:    values[Live] != "false",
			environment.Sandbox: values[Sandbox] == "true",
		},
		ExpiresAfter: expiry,
	}, err
}

// StopsRevoked reports whether, in an environment, the use of a certificate stops by itself when it is revoked.
func (f *InForce) StopsRevoked(ctx context.Context, env environment.Name) (bool, error) {
	name := map[environment.Name]string{environment.Live: StopLive, environment.Sandbox: StopSandbox}[env]
	s, err := f.setting(ctx, name)
	return s.Value == "true", err
}

// Corrections returns what is corrected of the catalogue, by institution.
func (f *InForce) Corrections(ctx context.Context) (map[string]map[string]any, error) {
	decided, err := f.store.PolicySettings(ctx)
	if err != nil {
		return nil, err
	}
	corrections := map[string]map[string]any{}
	for _, s := range decided {
		id, ok := strings.CutPrefix(s.Name, institutions)
		if !ok || s.Value == "" {
			continue
		}
		var profile map[string]any
		if err := decode(s.Value, &profile); err != nil {
			return nil, fault.Wrap(err, fault.Internal, "policy_unreadable",
				"What the policy says about the institution %s cannot be read.", id)
		}
		corrections[id] = profile
	}
	return corrections, nil
}

// Correction is the name and the value of the setting that corrects an institution's profile.
func Correction(institutionID string, profile map[string]any) (name, value string, err error) {
	if len(profile) == 0 {
		return institutions + institutionID, "", nil
	}
	text, err := json.Marshal(profile) // sorts the keys
	return institutions + institutionID, string(text), err
}

// checked returns the value of a setting as it is kept, or refuses it.
func checked(name, value string, profile func(institutionID string, profile map[string]any) error) (string, error) {
	value = strings.TrimSpace(value)
	id, correction := strings.CutPrefix(name, institutions)
	switch {
	case name == Live, name == Sandbox, name == StopLive, name == StopSandbox:
		on, err := strconv.ParseBool(value)
		if err != nil {
			return "", fault.New(fault.Invalid, "policy_value", "The setting %s is true or false.", name)
		}
		return strconv.FormatBool(on), nil
	case name == ExpiresAfter:
		expiry, err := time.ParseDuration(value)
		if err != nil || expiry < time.Minute || expiry > MaxExpiry {
			return "", fault.New(fault.Invalid, "policy_expiry",
				"How long a request counts is a duration from a minute to 30 days (720h), such as 72h.")
		}
		return expiry.String(), nil
	case !correction:
		return "", fault.New(fault.Invalid, "policy_unknown",
			"There is no setting %q of the policy; there are %s and %sID.", name,
			strings.Join(slices.Sorted(maps.Keys(defaults)), ", "), institutions)
	}
	var changed map[string]any
	if value != "" {
		if err := decode(value, &changed); err != nil {
			return "", fault.New(fault.Invalid, "policy_correction",
				"A correction of the catalogue names keys of an institution's profile, as a configuration does, "+
					"or is empty.")
		}
	}
	if err := profile(id, changed); err != nil {
		return "", fault.New(fault.Invalid, "policy_profile", "This correction of the catalogue is not right: %s.",
			strings.TrimSuffix(err.Error(), "."))
	}
	_, value, err := Correction(id, changed)
	return value, err
}

// decode reads a correction as it is in a configuration; JSON is YAML too.
func decode(text string, profile *map[string]any) error { return yaml.Unmarshal([]byte(text), profile) }
