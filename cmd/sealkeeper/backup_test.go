package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/secret"
)

// A backup that is made while others write is of one moment: restored, nothing in it
// is newer than the rest.
func TestBackupWhileOthersWrite(t *testing.T) {
	d := newDesk(t)
	d.store()
	d.must("backup", d.path("first.zip"), "--config", d.path("embedded.yaml")) // makes what the first one makes
	db := d.database("db.sqlite")
	custody := d.embedded(db, "master.key")
	v := stack.Wire(t, db, custody, nil).Vault
	engineer := access.Caller{ID: "u-engineer", Name: "Grace", Roles: []access.Role{access.Engineer}}

	ctx, stop := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	began := make(chan struct{}, 2)
	for w := range 2 {
		writers.Go(func() {
			id := "written-" + strconv.Itoa(w)
			for n := 0; ctx.Err() == nil; n++ {
				if _, err := custody.Put(t.Context(), id, map[string]string{
					"type": "tokens",
					"n":    strconv.Itoa(n),
				}, n); err != nil {
					t.Error(err)
					return
				}
				if _, _, err := v.RenewCredentials(t.Context(), engineer, "", "id",
					secret.NewTextString(fmt.Sprint(n)), nil); err != nil {
					t.Error(err)
					return
				}
				if n == 0 {
					began <- struct{}{}
				}
			}
		})
	}
	<-began
	<-began
	for i := range 4 {
		d.must("backup", d.path(fmt.Sprintf("load%d.zip", i)), "--config", d.path("embedded.yaml"))
	}
	stop()
	writers.Wait()
	for i := range 4 {
		name := fmt.Sprintf("restored%d", i)
		d.embeddedConfig(name+".yaml", name+".sqlite", "master.key")
		d.must("restore", d.path(fmt.Sprintf("load%d.zip", i)), "--config", d.path(name+".yaml"))
		told := d.must("backup", "verify", d.path(fmt.Sprintf("load%d.zip", i)), "--config", d.path(name+".yaml"))
		if strings.Contains(told, "PROBLEM") || strings.Contains(told, "in custody since") || strings.Contains(told,
			"was changed since") {
			t.Error(told)
		}
	}
}

// The change of the master key is in the audit log before it happens, and a backup names what is damaged.
func TestRotateIsAudited(t *testing.T) {
	d := newDesk(t)
	stored := d.store()
	d.must("keys", "new", d.path("next.key"))
	d.must("keys", "rotate", "--config", d.path("embedded.yaml"), d.path("next.key"))
	db := d.database("db.sqlite")
	wantAudited(t, db, access.CustodyRotate)

	d.embeddedConfig("next.yaml", "db.sqlite", "next.key")
	row, err := db.CustodyRows().Get(t.Context(), "document", stored.ID)
	if err != nil {
		t.Fatal(err)
	}
	row.Version++
	if err := db.CustodyRows().Put(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	d.refused("was altered in the database", "backup", d.path("damaged.zip"), "--config", d.path("next.yaml"))
	d.refused("was altered in the database", "backup", "verify", d.path("damaged.zip"), "--config", d.path("next.yaml"))
}

// After a change of the master key the keyset that the old one opens is in neither file
// of the database; where somebody reads it, that is said and not forgotten.
func TestRotateLeavesNothingForTheOldKey(t *testing.T) {
	d := newDesk(t)
	d.store()
	config := d.path("embedded.yaml")
	d.refused("has already", "keys", "rotate", "--config", config, d.path("master.key"))
	db := d.database("db.sqlite")
	old, err := db.CustodyRows().Get(t.Context(), "keyset", "main")
	if err != nil {
		t.Fatal(err)
	}
	inFiles := func(sealed []byte) bool {
		var content []byte
		for _, name := range []string{"db.sqlite", "db.sqlite-wal"} {
			data, err := os.ReadFile(d.path(name))
			if err != nil {
				t.Fatal(err)
			}
			content = append(content, data...)
		}
		return bytes.Contains(content, sealed[len(sealed)-40:])
	}
	if old.Version != 1 || !inFiles(old.Sealed) {
		t.Fatalf("the search does not find what is there, version %d", old.Version)
	}
	d.must("keys", "new", d.path("next.key"))
	if told := d.must("keys", "rotate", "--config", config, d.path("next.key")); !strings.Contains(told,
		"number 2") || !strings.Contains(told, "is left in the database's file") {
		t.Error(told)
	}
	if inFiles(old.Sealed) {
		t.Error("the file holds the keyset that the old master key opens")
	}

	d.embeddedConfig("next.yaml", "db.sqlite", "next.key")
	d.must("keys", "new", d.path("third.key"))
	end := d.reading()
	if told, code := d.cli("", nil, "keys", "rotate", "--config", d.path("next.yaml"),
		d.path("third.key")); code != 1 || !strings.Contains(told, "number 3") || !strings.Contains(told,
		"can still be found") {
		t.Errorf("exit %d, %s", code, told)
	}
	end()
	if due, err := db.Residue(t.Context()); err != nil || !due {
		t.Errorf("due: %v, %v", due, err)
	}
}

// A token that was revoked after the backup does not come back unless somebody asks for it.
func TestRestoreLeavesTokensOut(t *testing.T) {
	d := newDesk(t)
	d.store()
	config := d.path("embedded.yaml")
	d.must("user", "add", "Grace", "--role", "engineer", "--config", config)
	d.must("token", "add", "Grace", "--config", config)
	d.must("backup", d.path("b.zip"), "--config", config)
	d.must("token", "revoke", "Grace", "--config", config)
	for name, test := range map[string]struct {
		options []string
		says    string
		tokens  int
	}{
		"plain":  {nil, "1 bearer token left out", 0},
		"tokens": {[]string{"--with-tokens"}, "1 bearer token restored", 1},
	} {
		d.embeddedConfig(name+".yaml", name+".sqlite", "master.key")
		args := append([]string{"restore", d.path("b.zip"), "--config", d.path(name + ".yaml")}, test.options...)
		if told := d.must(args...); !strings.Contains(told, test.says) {
			t.Errorf("%s: %s", name, told)
		}
		tokens := 0
		_, err := d.database(name+".sqlite").Dump(t.Context(), func(table string, _ []byte) error {
			if table == "api_tokens" {
				tokens++
			}
			return nil
		})
		if err != nil || tokens != test.tokens {
			t.Errorf("%s: %d tokens, %v", name, tokens, err)
		}
		d.must("backup", "verify", d.path("b.zip"), "--config", d.path(name+".yaml"))
	}
}
