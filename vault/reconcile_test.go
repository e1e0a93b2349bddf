package vault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/vault"
)

// Wherever an import is cut, there is afterwards either all of it or nothing.
func TestInterruptedImportIsFinishedOrRemoved(t *testing.T) {
	for _, test := range []struct {
		step  string
		after bool
		want  vault.Resolved
	}{
		{"health", false, vault.Resolved{}},
		{"key", false, vault.Resolved{Removed: 1}},
		{"key", true, vault.Resolved{Removed: 1}},
		{"document", false, vault.Resolved{Removed: 1}},
		{"document", true, vault.Resolved{Finished: 1}},
	} {
		t.Run(fmt.Sprintf("%s, answer lost %v", test.step, test.after), func(t *testing.T) {
			b := newBench(t)
			upload := files(issue(t, qtsp.Request{KeyType: qtsp.P256}))
			b.custody.step, b.custody.after = test.step, test.after
			if _, err := b.Import(t.Context(), officer, upload); !errors.Is(err, fault.Unavailable) {
				t.Fatalf("got %v, want unavailable", err)
			}
			b.custody.step = ""
			b.now = b.now.Add(2 * grace)
			got, err := b.Reconcile(t.Context())
			if err != nil || got != test.want {
				t.Fatalf("got %+v, %v, want %+v", got, err, test.want)
			}
			_, err = b.Import(t.Context(), officer, upload)
			if test.want.Finished == 1 {
				expect(t, err, fault.Conflict, "certificate_exists")
				return
			}
			if err != nil {
				t.Errorf("trying again: %v", err)
			}
			if keys, _ := b.db.CustodyRows().List(t.Context(), "key"); len(keys) != 1 {
				t.Errorf("there are %d keys in custody, want the one of the second try", len(keys))
			}
		})
	}
}

func TestReconcileWaits(t *testing.T) {
	b := newBench(t)
	upload := files(issue(t, qtsp.Request{KeyType: qtsp.P256}))
	b.custody.step = "document"
	if _, err := b.Import(t.Context(), officer, upload); err == nil {
		t.Fatal("the import succeeded")
	}
	b.custody.step = ""
	// A living import might still be writing.
	got, err := b.Reconcile(t.Context())
	if err != nil || got != (vault.Resolved{Waiting: 1}) {
		t.Errorf("within the grace period: got %+v, %v", got, err)
	}
	_, err = b.Import(t.Context(), officer, upload)
	expect(t, err, fault.Conflict, "import_in_progress")

	// While custody is down nothing is decided.
	b.now = b.now.Add(2 * grace)
	for _, step := range []string{"get", "destroy"} {
		b.custody.step = step
		got, err = b.Reconcile(t.Context())
		if !errors.Is(err, fault.Unavailable) || got != (vault.Resolved{Waiting: 1}) {
			t.Errorf("custody down at %s: got %+v, %v", step, got, err)
		}
	}
	b.custody.step = ""
	// Uploading again resolves it without waiting for the reconciler.
	if _, err := b.Import(t.Context(), officer, upload); err != nil {
		t.Error(err)
	}
}

// A machine that was paused in the middle of an import wakes up after the import was given up.
func TestOvertakenImportCleansUpAfterItself(t *testing.T) {
	b := newBench(t)
	upload := files(issue(t, qtsp.Request{KeyType: qtsp.P256}))
	b.custody.step, b.custody.pause = "key", func() {
		b.now = b.now.Add(2 * grace)
		if got, err := b.Reconcile(t.Context()); err != nil || got != (vault.Resolved{Removed: 1}) {
			t.Errorf("another replica: %+v, %v", got, err)
		}
	}
	if _, err := b.Import(t.Context(), officer, upload); !errors.Is(err, fault.Conflict) {
		t.Errorf("got %v, want a conflict", err)
	}
	b.expectNothing()
	b.custody.pause = nil
	if _, err := b.Import(t.Context(), officer, upload); err != nil {
		t.Errorf("trying again: %v", err)
	}
}

// During an outage the log does not fill with what could not be done.
func TestOutageIsNotRecordedAgainAndAgain(t *testing.T) {
	b := newBench(t)
	b.custody.step = "document"
	if _, err := b.Import(t.Context(), officer, files(issue(t, qtsp.Request{KeyType: qtsp.P256}))); err == nil {
		t.Fatal("the import succeeded")
	}
	b.custody.step = "health"
	b.now = b.now.Add(2 * grace)
	before := len(b.outcomes())
	for range 10 {
		if got, err := b.Reconcile(t.Context()); !errors.Is(err, fault.Unavailable) || got.Waiting != 1 {
			t.Fatalf("got %+v, %v", got, err)
		}
	}
	if after := len(b.outcomes()); after != before {
		t.Errorf("%d entries were written", after-before)
	}
}
