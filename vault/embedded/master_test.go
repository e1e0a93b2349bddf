package embedded_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

func TestMasterKeys(t *testing.T) {
	text, err := embedded.MasterKeyText(secret.NewTextString(" " + strings.Repeat("QUFB", 10) + "QUE= \n"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]struct{ right, wrong, otherKind embedded.MasterKey }{
		"file":       {newMaster(t), newMaster(t), passphrase(t, "correct horse battery")},
		"text":       {text, newMaster(t), passphrase(t, "correct horse battery")},
		"passphrase": {passphrase(t, "correct horse battery"), passphrase(t, "correct horse cattery"), newMaster(t)},
	}
	for name, test := range kinds {
		t.Run(name, func(t *testing.T) {
			rows := newRows()
			custody, err := embedded.Open(t.Context(), rows, test.right)
			if err != nil {
				t.Fatal(err)
			}
			put(t, custody, "one", "kept")
			before := fmt.Sprint(rows.rows)

			wantCode(t, openWith(t, rows, test.wrong), "master_key_wrong")
			wantCode(t, openWith(t, rows, test.otherKind), "master_key_kind")
			wantCode(t, openWith(t, rows, embedded.MasterKey{}), "master_key_kind", "master_key_wrong")
			if after := fmt.Sprint(rows.rows); after != before {
				t.Error("a refused opening changed the database")
			}

			custody, err = embedded.Open(t.Context(), rows, test.right)
			if err != nil {
				t.Fatal(err)
			}
			got, _, err := custody.Get(t.Context(), "one")
			if diff := cmp.Diff(map[string]string{"value": "kept"}, got); err != nil || diff != "" {
				t.Errorf("after opening again: error %v, (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestOpenRefusesRowsWithoutKeyset(t *testing.T) {
	custody, rows := open(t)
	put(t, custody, "one", "kept")
	if err := rows.Delete(t.Context(), "keyset", "main"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, openWith(t, rows, newMaster(t)), "custody_keyset_missing")
	if len(rows.rows) != 1 {
		t.Errorf("a refused opening left %d rows, want 1", len(rows.rows))
	}
}

func TestOpenEmptyTogether(t *testing.T) {
	rows, master := newRows(), newMaster(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			custody, err := embedded.Open(t.Context(), rows, master)
			if err != nil {
				t.Error(err)
				return
			}
			put(t, custody, fmt.Sprintf("from-%d", i), "kept")
		})
	}
	wg.Wait()
	custody, err := embedded.Open(t.Context(), rows, master)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 8 {
		if _, _, err := custody.Get(t.Context(), fmt.Sprintf("from-%d", i)); err != nil {
			t.Error(err)
		}
	}
}

func TestAlteredKeysetIsRefused(t *testing.T) {
	for name, content := range map[string]string{
		"no JSON":   "x",
		"no keyset": "{}",
		"greedy derivation": `{"derivation":{"salt":"AAAAAAAAAAAAAAAAAAAAAA==",` +
			`"time":1000000,"memory":4294967295,"threads":255},"keyset":""}`,
		"unsalted passwords": `{"derivation":{"salt":"","time":3,"memory":65536,"threads":1},"keyset":""}`,
	} {
		t.Run(name, func(t *testing.T) {
			master := passphrase(t, "correct horse battery")
			rows := newRows()
			rows.change("keyset", "main", func(row *embedded.Row) { row.Version, row.Sealed = 1, []byte(content) })
			wantCode(t, openWith(t, rows, master), "custody_altered", "master_key_kind")
		})
	}
}

func TestChangeMasterKey(t *testing.T) {
	rows, from, to := newRows(), newMaster(t), passphrase(t, "correct horse battery")
	custody, err := embedded.Open(t.Context(), rows, from)
	if err != nil {
		t.Fatal(err)
	}
	put(t, custody, "one", "kept")
	old, err := rows.Get(t.Context(), "keyset", "main")
	if err != nil {
		t.Fatal(err)
	}

	wantCode(t, embedded.ChangeMasterKey(t.Context(), rows, to, from), "master_key_kind")
	wantCode(t, embedded.ChangeMasterKey(t.Context(), rows, from, from), "master_key_same")
	if err := embedded.ChangeMasterKey(t.Context(), rows, from, to); err != nil {
		t.Fatal(err)
	}
	wantCode(t, embedded.ChangeMasterKey(t.Context(), rows, to, to), "master_key_same")
	wantCode(t, openWith(t, rows, from), "master_key_kind")
	changed, err := embedded.Open(t.Context(), rows, to)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*embedded.Custody{custody, changed} { // the one that is open goes on
		if _, _, err := c.Get(t.Context(), "one"); err != nil {
			t.Error(err)
		}
	}
	rows.change("keyset", "main", func(row *embedded.Row) { row.Sealed = old.Sealed })
	wantCode(t, openWith(t, rows, from), "master_key_wrong")
}

func TestMasterKeyFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := strings.Repeat("QUFB", 10) + "QUE="
	for name, test := range map[string]struct{ path, code string }{
		"missing":            {filepath.Join(dir, "none"), "master_key_file"},
		"a directory":        {dir, "master_key_file_mode"},
		"read by the group":  {write("group", good, 0o640), "master_key_file_mode"},
		"read by everybody":  {write("world", good, 0o604), "master_key_file_mode"},
		"empty":              {write("empty", "", 0o600), "master_key_form"},
		"too short":          {write("short", "QUFB", 0o600), "master_key_form"},
		"not base64":         {write("raw", strings.Repeat("\x01", 32), 0o600), "master_key_form"},
		"larger than it may": {write("large", good+strings.Repeat("A", 8192), 0o600), "master_key_form"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := embedded.MasterKeyFile(test.path)
			wantCode(t, err, test.code)
		})
	}
	if _, err := embedded.MasterKeyFile(write("good", good+"\n", 0o400)); err != nil {
		t.Errorf("a good file: %v", err)
	}
}

func TestNewMasterKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	if err := embedded.NewMasterKeyFile(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v, want 0600", info.Mode(), err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := embedded.NewMasterKeyFile(path); !errors.Is(err, fault.Conflict) {
		t.Errorf("a second time: got %v, want kind conflict", err)
	}
	after, err := os.ReadFile(path)
	if err != nil || string(after) != string(before) {
		t.Errorf("a second time replaced the key (error %v)", err)
	}
}

func TestPassphraseLength(t *testing.T) {
	_, err := embedded.Passphrase(secret.NewTextString("elevenchars"))
	wantCode(t, err, "master_passphrase_short")
}

func TestMasterKeyPrintsNothing(t *testing.T) {
	master := passphrase(t, "correct horse battery")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if text := fmt.Sprintf(verb, struct{ M any }{master}); !strings.Contains(text, secret.Redacted) {
			t.Errorf("%s prints %s", verb, text)
		}
	}
}

func openWith(t *testing.T, rows embedded.Rows, master embedded.MasterKey) error {
	t.Helper()
	_, err := embedded.Open(t.Context(), rows, master)
	return err
}

// wantCode fails unless err is a fault with one of the codes.
func wantCode(t *testing.T, err error, codes ...string) {
	t.Helper()
	_, code, message := fault.Public(err)
	for _, want := range codes {
		if err != nil && code == want {
			return
		}
	}
	t.Errorf("got %s: %q, want code %v", code, message, codes)
}
