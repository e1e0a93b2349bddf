package embedded_test

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

// TestCopyIsRestartable breaks the copy off before each of its writes in turn
// and starts it again.
func TestCopyIsRestartable(t *testing.T) {
	from, keys := filled(t)
	for stop := range 5 {
		to, _ := open(t)
		if _, err := from.CopyTo(t.Context(), &failing{Custody: to, left: stop}, nil); !errors.Is(err, errBroken) {
			t.Fatalf("stopped before write %d: got %v, want the breakage", stop+1, err)
		}
		done, err := from.CopyTo(t.Context(), to, nil)
		if want := (embedded.Copied{Keys: 3, Documents: 2}); err != nil || done != want {
			t.Errorf("stopped before write %d and started again: %+v, error %v, want %+v", stop+1, done, err, want)
		}
		for id, key := range keys {
			if _, err := to.Signer(t.Context(), id, key.Public()); err != nil {
				t.Errorf("key %s after the copy: %v", id, err)
			}
		}
		doc, _, err := to.Get(t.Context(), "two")
		if diff := cmp.Diff(map[string]string{"value": "changed"}, doc); err != nil || diff != "" {
			t.Errorf("document after the copy: error %v, (-want +got):\n%s", err, diff)
		}
	}
}

func TestCopyRefusesWhatDiffers(t *testing.T) {
	from, _ := filled(t)
	otherKey, _ := open(t)
	if err := otherKey.ImportKey(t.Context(), "p256", newKey(t)); err != nil {
		t.Fatal(err)
	}
	_, err := from.CopyTo(t.Context(), otherKey, nil)
	wantCode(t, err, "custody_key_mismatch")

	otherDocument, _ := open(t)
	put(t, otherDocument, "one", "something else")
	_, err = from.CopyTo(t.Context(), otherDocument, nil)
	wantCode(t, err, "custody_copy")
	if ids, err := otherDocument.ListKeys(t.Context()); err != nil || len(ids) > 0 {
		t.Errorf("keys were copied before the documents were compared: %v, error %v", ids, err)
	}
}

// What was destroyed stays so, even if a sealed copy of it is here.
func TestCopyPassesOverWhatIsGone(t *testing.T) {
	from, _ := filled(t)
	to, _ := open(t)
	done, err := from.CopyTo(t.Context(), to, map[string]bool{"p256": true, "one": true})
	if want := (embedded.Copied{Keys: 2, Documents: 1}); err != nil || done != want {
		t.Errorf("%+v, error %v, want %+v", done, err, want)
	}
	if _, err := to.PublicKeys(t.Context(), "p256"); !errors.Is(err, fault.NotFound) {
		t.Errorf("the destroyed key: %v", err)
	}
}

func TestCompareBeforePurge(t *testing.T) {
	from, _ := filled(t)
	to, _ := open(t)
	if _, err := from.CopyTo(t.Context(), to, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := to.Put(t.Context(), "one", map[string]string{"value": "changed since"}, 1); err != nil {
		t.Fatal(err)
	}
	if err := to.DestroyKey(t.Context(), "rsa"); err != nil {
		t.Fatal(err)
	}
	same, missing, err := from.Compare(t.Context(), to)
	if diff := cmp.Diff([]string{"rsa"}, missing); err != nil || same != (embedded.Copied{
		Keys:      2,
		Documents: 2,
	}) || diff != "" {
		t.Errorf("%+v, error %v, missing %s", same, err, diff)
	}
	if err := errors.Join(to.Delete(t.Context(), "two"), to.DestroyKey(t.Context(), "p256")); err != nil {
		t.Fatal(err)
	}
	put(t, to, "two", "another one")
	_, _, err = from.Compare(t.Context(), to)
	wantCode(t, err, "custody_copy")
	if err := errors.Join(to.Delete(t.Context(), "two"), to.ImportKey(t.Context(), "p256", newKey(t))); err != nil {
		t.Fatal(err)
	}
	_, _, err = from.Compare(t.Context(), to)
	wantCode(t, err, "custody_key_mismatch")
}

// A moved custody is not opened again, but for the comparison.
func TestMovedCustodyStaysShut(t *testing.T) {
	rows, master := newRows(), newMaster(t)
	if _, err := embedded.OpenMoved(t.Context(), rows, master); err == nil {
		t.Error("it was not moved, and opened as if")
	}
	if _, err := embedded.Open(t.Context(), rows, master); err != nil {
		t.Fatal(err)
	}
	if err := rows.Put(t.Context(), embedded.Moved("vault")); err != nil {
		t.Fatal(err)
	}
	_, err := embedded.Open(t.Context(), rows, master)
	wantCode(t, err, "custody_moved")
	_, err = embedded.Exists(t.Context(), rows)
	wantCode(t, err, "custody_moved")
	wantCode(t, embedded.ChangeMasterKey(t.Context(), rows, master, newMaster(t)), "custody_moved")
	if _, err := embedded.OpenMoved(t.Context(), rows, master); err != nil {
		t.Error(err)
	}
}

// TestCopyIsVerified has a destination that signs with another key than it says.
func TestCopyIsVerified(t *testing.T) {
	for _, id := range []string{"ed25519", "p256", "rsa"} {
		from, keys := filled(t)
		for other := range keys {
			if other != id {
				if err := from.DestroyKey(t.Context(), other); err != nil {
					t.Fatal(err)
				}
			}
		}
		to, _ := open(t)
		_, err := from.CopyTo(t.Context(), liar{to}, nil)
		wantCode(t, err, "custody_copy")
	}
}

func filled(t *testing.T) (*embedded.Custody, map[string]*certs.PrivateKey) {
	t.Helper()
	custody, _ := open(t)
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]*certs.PrivateKey{"p256": newKey(t)}
	for id, signer := range map[string]crypto.Signer{"ed25519": edwards, "rsa": plain} {
		if keys[id], err = certs.NewPrivateKey(signer); err != nil {
			t.Fatal(err)
		}
	}
	for id, key := range keys {
		if err := custody.ImportKey(t.Context(), id, key); err != nil {
			t.Fatal(err)
		}
	}
	put(t, custody, "one", "first")
	put(t, custody, "two", "first")
	if _, err := custody.Put(t.Context(), "two", map[string]string{"value": "changed"}, 1); err != nil {
		t.Fatal(err)
	}
	return custody, keys
}

var errBroken = errors.New("the connection broke")

// failing lets a number of writes through.
type failing struct {
	*embedded.Custody
	left int
}

func (f *failing) ImportKey(ctx context.Context, id string, key *certs.PrivateKey) error {
	if f.left--; f.left < 0 {
		return fault.Wrap(errBroken, fault.Unavailable, "broken", "The connection broke.")
	}
	return f.Custody.ImportKey(ctx, id, key)
}

func (f *failing) Put(ctx context.Context, id string, doc map[string]string, cas int) (int, error) {
	if f.left--; f.left < 0 {
		return 0, fault.Wrap(errBroken, fault.Unavailable, "broken", "The connection broke.")
	}
	return f.Custody.Put(ctx, id, doc, cas)
}

type liar struct{ *embedded.Custody }

func (l liar) Signer(_ context.Context, _ string, public crypto.PublicKey) (crypto.Signer, error) {
	switch public.(type) {
	case *rsa.PublicKey:
		return rsa.GenerateKey(rand.Reader, 2048)
	case ed25519.PublicKey:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	default:
		return rsa.GenerateKey(rand.Reader, 2048)
	}
}
