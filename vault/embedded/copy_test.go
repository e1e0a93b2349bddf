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
	"github.com/sealkeeper/sealkeeper/internal/fault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

// TestCopyIsRestartable breaks the copy off before each of its writes in turn
// and starts it again.
func TestCopyIsRestartable(t *testing.T) {
	from, keys := filled(t)
	for stop := range 5 {
		to, _ := open(t)
		if _, err := from.CopyTo(t.Context(), &failing{Custody: to, left: stop}); !errors.Is(err, errBroken) {
			t.Fatalf("stopped before write %d: got %v, want the breakage", stop+1, err)
		}
		done, err := from.CopyTo(t.Context(), to)
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
	_, err := from.CopyTo(t.Context(), otherKey)
	wantCode(t, err, "custody_key_mismatch")

	otherDocument, _ := open(t)
	put(t, otherDocument, "one", "something else")
	_, err = from.CopyTo(t.Context(), otherDocument)
	wantCode(t, err, "custody_copy")
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
		_, err := from.CopyTo(t.Context(), liar{to})
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
