package registration

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/certs"
)

// How long before a rule begins, and before something has to be done because of it, it is a task.
const (
	aheadOfRule     = 90
	aheadOfDeadline = 180
)

// exposure is a certificate in use, and where.
type exposure struct {
	slot          BlockerSlot
	institutions  []string
	registrations []string
}

// rulesAhead are the rules that will change something for certificates in use, or for those that follow them: one
// task per certificate and rule, however many registrations use it.
func (t *taskList) rulesAhead(ctx context.Context, uses map[string]*exposure, certificates *certificateCache) error {
	for _, id := range slices.Sorted(maps.Keys(uses)) {
		leaf, err := certificates.usable(ctx, id)
		if err != nil {
			return err
		}
		if leaf == nil {
			continue
		}
		for _, a := range rules.Ahead(leaf, t.now) {
			if t.isNear(a) {
				t.rule(id, *uses[id], a)
			}
		}
	}
	return nil
}

func (t *taskList) isNear(a rules.Coming) bool {
	begins := a.Rule.From.After(t.now) && certs.Days(t.now, a.Rule.From) < aheadOfRule
	return begins || certs.Days(t.now, a.By) < aheadOfDeadline
}

func (t *taskList) rule(id string, used exposure, a rules.Coming) {
	places := named(used.institutions)
	urgency := Next
	if a.By.Before(t.now.AddDate(0, 0, 30)) {
		urgency = Soon
	}
	t.add(Task{
		Kind:          RuleAhead,
		Object:        id,
		Step:          a.Rule.Code,
		At:            a.By,
		Urgency:       urgency,
		Args:          append([]string{strings.ToUpper(string(used.slot)), places}, a.Args...),
		Registrations: used.registrations,
		Title:         fmt.Sprintf("%s used at %s: %s", slotNames[used.slot], places, a.Message),
	})
}

// named lists the first names and counts the rest.
func named(names []string) string {
	slices.Sort(names)
	names = slices.Compact(names)
	if more := len(names) - 3; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:3], ", "), more)
	}
	return strings.Join(names, ", ")
}
