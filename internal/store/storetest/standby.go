package storetest

import (
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/lab/required"
)

// Pair is two PostgreSQL servers on this machine: a primary that acknowledges a commit
// when its standby has it too, and that standby.
type Pair struct {
	t        testing.TB
	programs string // the folder of PostgreSQL's programs
	as       *syscall.SysProcAttr
	folder   string
	servers  [2]*server
	primary  int
}

// server is one of them.
type server struct {
	data string
	port string
	cmd  *exec.Cmd
}

// StartPair starts the two. Without PostgreSQL's programs the test is skipped.
func StartPair(t testing.TB) *Pair {
	t.Helper()
	folder, err := os.MkdirTemp("", "pair") // not the test's own, which another user cannot enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	p := &Pair{t: t, folder: folder, programs: postgresPrograms(t)}
	p.unprivileged()
	for i := range p.servers {
		p.servers[i] = &server{data: filepath.Join(folder, strconv.Itoa(i)), port: freePort(t)}
	}
	p.run("initdb", "-D", p.servers[0].data, "-U", "sealkeeper", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
	p.start(0)
	p.follow()
	return p
}

// DSN is the address of a new database; it names both servers.
func (p *Pair) DSN() string {
	p.t.Helper()
	p.exec(p.primary, "CREATE DATABASE records")
	return fmt.Sprintf("postgres://sealkeeper@127.0.0.1:%s,127.0.0.1:%s/records?sslmode=disable",
		p.servers[0].port, p.servers[1].port)
}

// Kill ends the primary as if its machine had lost power.
func (p *Pair) Kill() { p.end(p.primary) }

// Freeze has the primary answer nothing any more, while its connections stay open, as
// when its machine drops off the network.
func (p *Pair) Freeze() {
	p.servers[p.primary].signal(syscall.SIGSTOP)
}

// signal reaches the server and each of its processes, which are no group.
func (s *server) signal(signal syscall.Signal) {
	pid := strconv.Itoa(s.cmd.Process.Pid)
	_ = s.cmd.Process.Signal(signal) // first, so that it makes no more
	children, _ := os.ReadFile(filepath.Join("/proc", pid, "task", pid, "children"))
	for child := range strings.FieldsSeq(string(children)) {
		if pid, err := strconv.Atoi(child); err == nil {
			_ = syscall.Kill(pid, signal)
		}
	}
}

// Promote makes the standby the primary, and returns when it takes writes.
func (p *Pair) Promote() {
	p.t.Helper()
	p.primary = 1 - p.primary
	s := p.servers[p.primary]
	p.exec(p.primary, "ALTER SYSTEM SET synchronous_standby_names = ''")
	p.run("pg_ctl", "promote", "-w", "-D", s.data)
	p.exec(p.primary, "SELECT pg_reload_conf()")
}

// Rejoin makes a standby of the former primary, from a copy of the new one.
func (p *Pair) Rejoin() {
	p.t.Helper()
	former := p.servers[1-p.primary]
	p.end(1 - p.primary)
	if err := os.RemoveAll(former.data); err != nil {
		p.t.Fatal(err)
	}
	p.follow()
}

// follow starts the other server as a copy that the primary waits for.
func (p *Pair) follow() {
	p.t.Helper()
	of, standby := p.servers[p.primary], p.servers[1-p.primary]
	p.run("pg_basebackup", "-h", "127.0.0.1", "-p", of.port, "-U", "sealkeeper", "-D", standby.data,
		"-R", "-X", "stream", "-c", "fast")
	p.start(1 - p.primary)
	p.exec(p.primary, "ALTER SYSTEM SET synchronous_standby_names = '*'")
	p.exec(p.primary, "SELECT pg_reload_conf()")
	p.until("the standby is not waited for", func() bool {
		var state string
		err := p.query(p.primary, "SELECT sync_state FROM pg_stat_replication", &state)
		return err == nil && state == "sync"
	})
}

func (p *Pair) start(i int) {
	p.t.Helper()
	s := p.servers[i]
	s.cmd = exec.Command(filepath.Join(p.programs, "postgres"), "-D", s.data, "-p", s.port, "-k", "", //nolint:gosec // ours
		"-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200", "-c", "shared_buffers=32MB")
	s.cmd.Dir, s.cmd.SysProcAttr = p.folder, p.as
	log, err := os.Create(s.data + ".log")
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { p.end(i) })
	p.until("PostgreSQL does not answer", func() bool {
		var one int
		return p.query(i, "SELECT 1", &one) == nil
	})
}

// end ends a server and all its processes, at once.
func (p *Pair) end(i int) {
	s := p.servers[i]
	if s.cmd == nil {
		return
	}
	s.signal(syscall.SIGKILL)
	_ = s.cmd.Wait()
	s.cmd = nil
}

func (p *Pair) run(program string, args ...string) {
	p.t.Helper()
	cmd := exec.Command(filepath.Join(p.programs, program), args...) //nolint:gosec // ours
	cmd.Dir, cmd.SysProcAttr = p.folder, p.as
	if said, err := cmd.CombinedOutput(); err != nil {
		p.t.Fatalf("%s: %v\n%s", program, err, said)
	}
}

func (p *Pair) exec(i int, statement string) {
	p.t.Helper()
	db, err := sql.Open("pgx", p.admin(i))
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(statement); err != nil {
		p.t.Fatal(err)
	}
}

func (p *Pair) query(i int, question string, answer any) error {
	db, err := sql.Open("pgx", p.admin(i))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return db.QueryRow(question).Scan(answer)
}

func (p *Pair) admin(i int) string {
	return "postgres://sealkeeper@127.0.0.1:" + p.servers[i].port + "/postgres?sslmode=disable"
}

func (p *Pair) until(otherwise string, so func() bool) {
	p.t.Helper()
	// With no pause, questions would take the processor from the servers.
	for end := time.Now().Add(time.Minute); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			p.t.Fatal(otherwise)
		}
	}
}

// unprivileged has the servers run as another user where this is root, which PostgreSQL refuses to be.
func (p *Pair) unprivileged() {
	p.as = &syscall.SysProcAttr{}
	if os.Getuid() != 0 {
		return
	}
	postgres, err := user.Lookup("postgres")
	if err != nil {
		required.Missing(p.t, "postgres", "there is no user postgres for PostgreSQL to run as")
	}
	uid, _ := strconv.Atoi(postgres.Uid)
	gid, _ := strconv.Atoi(postgres.Gid)
	p.as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	if err := os.Chown(p.folder, uid, gid); err != nil {
		p.t.Fatal(err)
	}
}

// postgresPrograms is the folder of the newest PostgreSQL on this machine; Debian's is in no PATH.
func postgresPrograms(t testing.TB) string {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pg_basebackup")
	if path, err := exec.LookPath("pg_basebackup"); err == nil && len(found) == 0 {
		found = []string{path}
	}
	if len(found) == 0 {
		required.Missing(t, "postgres", "PostgreSQL's programs are not installed")
		return ""
	}
	return filepath.Dir(slices.Max(found))
}

func freePort(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return port
}
