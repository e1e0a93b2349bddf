package policy

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
)

// Difference is a setting of which the configuration of this process states another value than is in force.
type Difference struct{ Name, Stated, InForce string }

// Differences returns where the configuration disagrees. What it does not state
// agrees, and so does everything while nothing was decided.
func (f *InForce) Differences(ctx context.Context) ([]Difference, error) {
	if len(f.stated) == 0 {
		return nil, nil
	}
	decided, err := f.store.PolicySettings(ctx)
	if err != nil || len(decided) == 0 {
		return nil, err
	}
	values := maps.Clone(defaults)
	for _, s := range decided {
		values[s.Name] = s.Value
	}
	var found []Difference
	for _, name := range slices.Sorted(maps.Keys(f.stated)) {
		if f.stated[name] != values[name] {
			found = append(found, Difference{name, f.stated[name], values[name]})
		}
	}
	return found, nil
}

// Admit refuses administrative acts, as an audit.Gate, while the configuration of
// this process disagrees: whoever wrote it expects another policy than decides.
func (f *InForce) Admit(ctx context.Context, action access.Action) error {
	if !action.Administrative() {
		return nil
	}
	differences, err := f.Differences(ctx)
	if err != nil || len(differences) == 0 {
		return err
	}
	return differs(differences)
}

func differs(differences []Difference) error {
	return fault.New(fault.Conflict, "policy_differs",
		"The configuration of this process differs from the policy in force (%s); nothing can be "+
			"administered here until it agrees: correct the configuration, or leave these settings out of it.",
		names(differences))
}

func names(differences []Difference) string {
	all := make([]string, len(differences))
	for i, d := range differences {
		all[i] = d.Name
	}
	return strings.Join(all, ", ")
}

// recorded is what the audit log says of a difference; a correction is too long to be repeated.
func (d Difference) recorded() string {
	if strings.HasPrefix(d.Name, institutions) {
		return d.Name
	}
	return d.Name + " " + d.InForce + " (" + d.Stated + ")"
}
