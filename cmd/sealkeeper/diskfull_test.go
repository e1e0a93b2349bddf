package main

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/lab/required"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// TestDiskFull lets the disk of the database run full under a service that writes. It refuses what it cannot record,
// /readyz says so, and it goes on by itself when there is room; nothing that it acknowledged is lost.
func TestDiskFull(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=12m"); err != nil {
		required.Missing(t, "mount", "a small disk cannot be mounted here: "+err.Error())
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	d := newDesk(t)
	address := freePort(t)
	write(t, d.path("c.yaml"), "listen: "+address+"\npublic_url: http://"+address+"\ndatabase: {dsn: \"sqlite://"+
		filepath.Join(disk, "db.sqlite")+"\"}\ncustody: {mode: embedded, master_key_file: "+d.path("master.key")+"}\n")
	d.must("user", "add", "Ada", "--role", "admin", "--config", d.path("c.yaml"))
	token := strings.TrimSpace(d.must("token", "add", "Ada", "--config", d.path("c.yaml")))
	s := emptySite(t, nil)
	r := &replica{site: s, program: s.path("bin/sealkeeper"), url: "http://" + address, config: d.path("c.yaml")}
	ada, err := client.New(client.Config{URL: r.url, Token: secret.NewTextString(token)})
	if err != nil {
		t.Fatal(err)
	}
	r.start()
	t.Cleanup(func() { r.end(syscall.SIGTERM) })

	full := filepath.Join(disk, "full")
	acknowledged := map[string]bool{}
	n := 0
	add := func() error {
		n++
		made, err := ada.AddOrganization(t.Context(), organization(n))
		if err == nil {
			acknowledged[made.ID] = true
		}
		return err
	}
	for range 20 {
		if err := add(); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		fill(t, full)
		var refused error
		for end := time.Now().Add(time.Minute); refused == nil && time.Now().Before(end); {
			refused = add()
		}
		if fault.Code(refused) != "audit_unavailable" {
			t.Fatalf("the disk is full, and a write ends with %v", refused)
		}
		r.wait("/readyz", http.StatusServiceUnavailable)
		r.wait("/healthz", http.StatusOK)
		if err := os.Remove(full); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(time.Minute); add() != nil; time.Sleep(probes) {
			if time.Now().After(end) {
				t.Fatal("there is room again, and nothing is written")
			}
		}
		r.wait("/readyz", http.StatusOK)
	}
	for o, err := range client.All(client.Listing{Limit: 500},
		func(l client.Listing) (api.Page[api.Organization], error) {
			return ada.ListOrganizations(t.Context(), client.OrganizationFilter{Listing: l})
		}) {
		if err != nil {
			t.Fatal(err)
		}
		delete(acknowledged, o.ID)
	}
	if len(acknowledged) > 0 {
		t.Errorf("%d acknowledged writes are lost", len(acknowledged))
	}
	d.must("audit", "verify", "--config", d.path("c.yaml"))
}

// fill takes all the room that there is.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1 << 20, 4 << 10, 1} {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil && !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}
