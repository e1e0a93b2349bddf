package registration

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// revoked are the certificates in use that their issuer has revoked, or that of it: one task per certificate,
// however many registrations use it.
func (t *taskList) revoked(uses map[string]*touched, revoked map[string]Revocation) {
	for _, id := range slices.Sorted(maps.Keys(uses)) {
		r, is := revoked[id]
		if !is || r.Compromised { // of which there is a case
			continue
		}
		used := uses[id]
		places, on := named(used.institutions), r.At.Format(day)
		task := Task{
			Kind:    CertificateRevoked,
			Object:  id,
			At:      r.At,
			Urgency: Overdue,
			Args:    []string{strings.ToUpper(string(used.slot)), places, on},
			Title: fmt.Sprintf("%s used at %s: its issuer revoked it on %s; activate another one.",
				slotNames[used.slot], places, on),
			Registrations: used.registrations,
		}
		if r.Issuer != "" {
			task.Kind, task.Args = IssuerRevoked, append(task.Args, r.Issuer)
			task.Title = fmt.Sprintf(
				"%s used at %s: the issuing certificate %s was revoked on %s; activate another one.",
				slotNames[used.slot], places, r.Issuer, on)
		}
		t.add(task)
	}
}
