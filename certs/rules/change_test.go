package rules_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/rules"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

// TestRulesRevision: whoever changes a rule raises the revision, so that findings that were kept are found anew.
func TestRulesRevision(t *testing.T) {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", rules.All()))
	const revision, of = 3, "11690cef9aeee937"
	if got := hex.EncodeToString(sum[:8]); rules.Revision != revision || got != of {
		t.Errorf("the rules are others (%s): raise certs.RulesRevision, and both constants here", got)
	}
}

// Between at and the next change a certificate's findings are the same, and behind the last they stay so.
func TestNextChange(t *testing.T) {
	ca, err := qtsp.New(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	issued, err := ca.Issue(qtsp.Request{Kind: certs.QWAC, NotBefore: from, NotAfter: from.AddDate(1, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	leaf := issued.Certificate
	var chain []*certs.Certificate
	for _, der := range issued.Chain {
		c, err := certs.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		chain = append(chain, c)
	}
	at := from.AddDate(0, -1, 0)
	changes := 0
	for {
		next := rules.NextChange(leaf, chain, at)
		until := next
		if next.IsZero() {
			until = at.AddDate(50, 0, 0)
		}
		want := rules.Judge(leaf, chain, at)
		middle := at.Add(until.Sub(at) / 2).Truncate(time.Microsecond)
		for _, later := range []time.Time{middle, until.Add(-time.Second), until.Add(-time.Microsecond)} {
			if later.Before(at) {
				continue
			}
			if diff := cmp.Diff(want, rules.Judge(leaf, chain, later)); diff != "" {
				t.Errorf("at %s and %s, before the change at %s: %s", at, later, next, diff)
			}
		}
		if next.IsZero() {
			break
		}
		if !cmp.Equal(want, rules.Judge(leaf, chain, next)) {
			changes++
		}
		at = next
	}
	if changes < 3 { // it becomes valid, is to be renewed, and expires
		t.Errorf("only %d changes", changes)
	}
}

func TestWorse(t *testing.T) {
	for severity, want := range map[rules.Severity]int{
		"":                    0,
		rules.SeverityNotice:  1,
		rules.SeverityWarning: 2,
		rules.SeverityError:   3,
	} {
		if got := severity.Worse(); got != want {
			t.Errorf("%q is %d", severity, got)
		}
	}
}
