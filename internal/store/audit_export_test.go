package store_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	signednote "golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/origin"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/required"
)

// keyholder signs heads with a key of its own.
type keyholder struct{ key, public string }

func newKeyholder(t *testing.T) keyholder {
	t.Helper()
	key, public, err := signednote.GenerateKey(rand.Reader, audit.HeadName)
	must(t, err)
	return keyholder{key, public}
}

func (k keyholder) SignNote(
	_ context.Context, _ access.Caller, _ access.Action, _, text string, _ note.Note,
) (audit.SignedNote, error) {
	signer, err := signednote.NewSigner(k.key)
	if err != nil {
		return audit.SignedNote{}, err
	}
	return audit.SignNote(text, signer, k.public)
}

var bob = access.Caller{ID: "u2", Name: "Bob", Roles: []access.Role{access.Auditor}}

// acted writes n entries more, about the objects o0 to o9 in turn.
func acted(t *testing.T, log *audit.Log, n int) {
	t.Helper()
	var wait sync.WaitGroup
	for worker := range 64 {
		wait.Go(func() {
			for i := worker; i < n; i += 64 {
				err := log.Record(t.Context(), access.Caller{ID: "u1", Name: "Ada"}, access.CertUse,
					fmt.Sprintf("o%d", i%10), audit.Done, note.New("version", "version %d", i))
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
}

// The root of a head is the one that the tree of RFC 9162 has over the entries' hashes, whatever was kept of it before.
func TestAuditHead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log, keys := audit.New(db, time.Now), newKeyholder(t)
		heads := audit.NewHeads(log, db, db, keys)
		_, err := heads.Sign(t.Context(), bob)
		mustBe(t, err, fault.Conflict) // nothing is in it
		total := 0
		for _, more := range []int{1, 1022, 1, 1500} { // below, at and beyond the first block, and beyond the second
			acted(t, log, more)
			total += more
			head, err := heads.Sign(t.Context(), bob)
			must(t, err)
			entries, err := db.AuditEntries(t.Context(), 1, total+1)
			must(t, err)
			if want := rootOf(t, entries); head.Root != want || head.Seq != int64(total) ||
				head.Hash != entries[total-1].Hash {
				t.Fatalf("%d entries: %+v, want root %s", total, head.Head, want)
			}
			opened, err := audit.OpenHead(head.Note, keys.public)
			if err != nil || opened.Head != head.Head {
				t.Fatalf("opened as %+v, %v", opened, err)
			}
			must(t, log.Holds(t.Context(), fmt.Sprintf("%d:%s", head.Seq, head.Hash)))
		}
		_, err = heads.Sign(t.Context(), access.Caller{ID: "u9"})
		mustBe(t, err, fault.Denied)
	})
}

// rootOf computes the root as the library does that the proofs are checked with.
func rootOf(t *testing.T, entries []audit.Entry) tlog.Hash {
	t.Helper()
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var hashes []tlog.Hash
		for _, i := range indexes {
			hashes = append(hashes, stored[i])
		}
		return hashes, nil
	})
	for i, e := range entries {
		hash, err := hex.DecodeString(e.Hash)
		must(t, err)
		more, err := tlog.StoredHashes(int64(i), hash, reader)
		must(t, err)
		stored = append(stored, more...)
	}
	root, err := tlog.TreeHash(int64(len(entries)), reader)
	must(t, err)
	return root
}

// An export is verified by its file and the key alone, and nothing in it can be changed, moved, added or cut off.
func TestAuditExport(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log, keys := audit.New(db, time.Now), newKeyholder(t)
		heads := audit.NewHeads(log, db, db, keys)
		acted(t, log, 3000)
		export, err := heads.Export(t.Context(), bob, "o3")
		must(t, err)
		acted(t, log, 20) // is not in it
		var file bytes.Buffer
		_, err = export.WriteTo(&file)
		must(t, err)
		found, err := audit.VerifyExport(bytes.NewReader(file.Bytes()), keys.public)
		if err != nil || found.Entries != 300 || found.Head.Seq != 3000 {
			t.Fatalf("%+v, %v", found, err)
		}
		_, err = audit.VerifyExport(bytes.NewReader(file.Bytes()), "")
		must(t, err)
		_, err = audit.VerifyExport(bytes.NewReader(file.Bytes()), newKeyholder(t).public)
		mustBe(t, err, fault.Invalid)

		whole := file.String()
		for name, altered := range alterations(whole, 3000) {
			if altered == whole {
				t.Errorf("%s: nothing was altered", name)
			}
			_, err := audit.VerifyExport(strings.NewReader(altered), keys.public)
			mustBe(t, err, fault.Invalid)
		}
		_, err = heads.Export(t.Context(), bob, "o77")
		mustBe(t, err, fault.NotFound)
	})
}

// alterations are what may be done to the export of object o3 of a log of that many entries, and is noticed.
func alterations(whole string, size int) map[string]string {
	lines := strings.SplitAfter(whole, "\n")
	without := func(i int) string { return strings.Join(slices.Delete(slices.Clone(lines), i, i+1), "") }
	head := func(n int) string { return fmt.Sprintf(`\n%d\n`, n) }
	return map[string]string{
		"a name":          strings.Replace(whole, `"Ada"`, `"Eve"`, 1),
		"a value":         strings.Replace(whole, `["3"]`, `["4"]`, 1),
		"the object":      strings.ReplaceAll(whole, `"o3"`, `"o4"`),
		"an entry less":   without(2),
		"the end":         without(len(lines) - 2),
		"half a line":     whole[:len(whole)-9],
		"more after it":   whole + lines[1],
		"another proof":   strings.Replace(whole, `"proof":["`, `"proof":["`+strings.Repeat("A", 43)+`=","`, 1),
		"the head's size": strings.Replace(whole, head(size), head(size+1), 1),
		"nothing":         "",
	}
}

// A program that shares no code with ours, in another language, verifies an export with the manual's algorithm, and
// notices what VerifyExport notices.
func TestAuditExportForASupervisor(t *testing.T) {
	python := required.Program(t, "python3")
	required.Program(t, "openssl")
	db := storetest.SQLite(t)
	log, keys := audit.New(db, time.Now), newKeyholder(t)
	acted(t, log, 40)
	ctx := origin.Begin(t.Context(), "192.0.2.7")
	for _, says := range []note.Note{note.Words("à relire: “oui”"), note.New("version", "version %d", 7)} {
		must(t, log.Record(ctx, access.Caller{ID: "u3", Name: "Zoé"}, access.CertUse, "o3", audit.Done, says))
	}
	export, err := audit.NewHeads(log, db, db, keys).Export(t.Context(), bob, "o3")
	must(t, err)
	var whole strings.Builder
	_, err = export.WriteTo(&whole)
	must(t, err)
	folder := t.TempDir()
	verify := func(key string, files map[string]string) (said string, good bool) {
		args := []string{"-B", "../../docs/examples/verify_export.py", key}
		for name, file := range files {
			path := filepath.Join(folder, name)
			must(t, os.WriteFile(path, []byte(file), 0o600))
			args = append(args, path)
		}
		out, err := exec.CommandContext(t.Context(), python, args...).CombinedOutput()
		return string(out), err == nil
	}
	one := map[string]string{"export": whole.String()}
	said, good := verify(keys.public, one)
	if !good || !strings.HasSuffix(said, "6 entries, each of them in the log of 42 entries that the head is of\n") {
		t.Fatalf("the program says %q", said)
	}
	if said, good = verify(newKeyholder(t).public, one); good || !strings.Contains(said, "NOT WHOLE: the head") {
		t.Errorf("with another key the program says %q", said)
	}
	altered := alterations(whole.String(), 42)
	said, _ = verify(keys.public, altered)
	for name, file := range altered {
		if file == whole.String() || !strings.Contains(said, name+": NOT WHOLE: ") {
			t.Errorf("%s: the program says\n%s", name, said)
		}
	}
}

// Of a log that is broken there is neither a head nor an export.
func TestAuditHeadOfABrokenLog(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log := audit.New(db, time.Now)
		acted(t, log, 5)
		forge := "DROP TRIGGER audit_entries_no_update"
		if store.IsPostgres(db) {
			forge = "DROP TRIGGER audit_entries_append_only ON audit_entries"
		}
		must(t, store.Exec(t.Context(), db, forge))
		must(t, store.Exec(t.Context(), db, "UPDATE audit_entries SET object = 'o9' WHERE seq = 3"))
		_, err := audit.NewHeads(log, db, db, newKeyholder(t)).Sign(t.Context(), bob)
		mustBe(t, err, fault.Conflict)
	})
}
