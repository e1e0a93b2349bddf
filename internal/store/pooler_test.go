package store_test

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/required"
	"github.com/sealkeeper/sealkeeper/secret"
)

// pooled is the address of a database behind a real pgbouncer that pools transactions.
func pooled(t *testing.T, dsn string) string {
	t.Helper()
	binary := required.Program(t, "pgbouncer")
	to, err := url.Parse(dsn)
	must(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	must(t, err)
	must(t, listener.Close())
	folder, err := os.MkdirTemp("", "pooler")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	must(t, os.Chmod(folder, 0o755)) // pgbouncer reads it as another user
	config := filepath.Join(folder, "pgbouncer.ini")
	must(t, os.WriteFile(config, fmt.Appendf(nil, `[databases]
* = host=%s port=%s user=%s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %s
auth_type = any
pool_mode = transaction
default_pool_size = 3
unix_socket_dir =
ignore_startup_parameters = extra_float_digits
`, to.Hostname(), to.Port(), to.User.Username(), port), 0o644))
	args := []string{config}
	if os.Getuid() == 0 { // which it refuses to be
		args = []string{"-u", "nobody", config}
	}
	pooler := exec.CommandContext(t.Context(), binary, args...)
	var said strings.Builder
	pooler.Stderr = &said
	must(t, pooler.Start())
	t.Cleanup(func() {
		_ = pooler.Process.Kill()
		_ = pooler.Wait()
	})
	to.Host = net.JoinHostPort("127.0.0.1", port)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", to.Host)
		if err == nil {
			_ = conn.Close()
			return to.String()
		}
		if time.Now().After(deadline) {
			t.Fatalf("pgbouncer does not listen: %v\n%s", err, said.String())
		}
	}
}

// Behind a pooler in transaction mode a prepared statement is somebody else's: that is
// named with the remedy, and the remedy works, also for many who write at once.
func TestPooler(t *testing.T) {
	_, dsn := storetest.Postgres(t)
	address := pooled(t, dsn)
	var got error
	for range 20 { // until two connections have met one server
		db, err := store.Open(t.Context(), secret.NewTextString(address))
		if err == nil {
			err = record(t.Context(), db)
			_ = db.Close()
		}
		if got = err; err != nil {
			break
		}
	}
	if got == nil ||
		!strings.Contains(got.Error(), "SQLSTATE 42P05") && !strings.Contains(got.Error(), "SQLSTATE 26000") {
		t.Fatalf("without the remedy: %v", got)
	}
	if fault.Code(got) != "database_pooled" && fault.Code(got) != "audit_unavailable" {
		t.Errorf("it is called %s: %v", fault.Code(got), got)
	}

	db, err := store.Open(t.Context(), secret.NewTextString(address+"&default_query_exec_mode=exec"))
	must(t, err)
	defer func() { _ = db.Close() }()
	must(t, db.Migrate(t.Context()))
	done := make(chan error)
	const writers = 40
	for range writers {
		go func() { done <- record(t.Context(), db) }()
	}
	for range writers {
		must(t, <-done)
	}
	report, err := audit.New(db, time.Now).Verify(t.Context())
	if err != nil || report.Broken != nil || report.Entries < writers {
		t.Errorf("the log: %+v, %v", report, err)
	}
}
