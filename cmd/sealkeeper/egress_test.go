package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/required"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// caller is somebody's program in Python, with its standard library alone: one connection, opened anew when the proxy
// has closed it. It calls until its input ends, and prints how often, and each failure.
const caller = `
import http.client, socket, sys, threading

class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("egress")
        self.path = path
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)

ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
calls, connection = 0, Unix(sys.argv[1])
while not ended.is_set() or calls < 100:
    try:
        connection.request("GET", sys.argv[3], headers={"Host": sys.argv[2]})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 401:
            print("failed:", answer.status, answer.headers.get("Sealkeeper-Error"), flush=True)
    except Exception as failure:
        print("failed:", repr(failure), flush=True)
        connection.close()
    calls += 1
    if calls == 10:
        print("calling", flush=True)
print("done", flush=True)
`

// egressLog is what the processes of a proxy log.
type egressLog struct {
	mu    sync.Mutex
	lines []map[string]any
	more  chan struct{}
	ended chan struct{} // no process writes any more
}

func newEgressLog(from io.Reader) *egressLog {
	l := &egressLog{more: make(chan struct{}, 1), ended: make(chan struct{})}
	go func() {
		defer close(l.ended)
		for lines := bufio.NewScanner(from); lines.Scan(); {
			var line map[string]any
			if json.Unmarshal(lines.Bytes(), &line) != nil {
				line = map[string]any{"msg": lines.Text()}
			}
			l.mu.Lock()
			l.lines = append(l.lines, line)
			l.mu.Unlock()
			select {
			case l.more <- struct{}{}:
			default:
			}
		}
	}()
	return l
}

// wait waits for the n-th line with a message, and returns it.
func (l *egressLog) wait(t *testing.T, message string, n int) map[string]any {
	t.Helper()
	for {
		l.mu.Lock()
		seen := 0
		for _, line := range l.lines {
			if line["msg"] == message {
				if seen++; seen == n {
					l.mu.Unlock()
					return line
				}
			}
		}
		l.mu.Unlock()
		select {
		case <-l.more:
		case <-l.ended:
			t.Fatalf("the proxy ended before it said %q: %v", message, l.lines)
		case <-time.After(2 * time.Minute):
			t.Fatalf("the proxy did not say %q", message)
		}
	}
}

// egressWay is a service with a bank, and a proxy in a process of its own.
type egressWay struct {
	*stack.Stack
	t            *testing.T
	registration string
	bank, path   string
	socket       string
	cmd          *exec.Cmd
	log          *egressLog
}

func newEgressWay(t *testing.T) *egressWay {
	t.Helper()
	w := &egressWay{Stack: stack.New(t), t: t}
	handler, err := w.Handler()
	must(t, err)
	web := httptest.NewServer(handler)
	t.Cleanup(web.Close)
	t.Cleanup(web.CloseClientConnections)
	ctx, stop := context.WithCancel(context.Background())
	ran := make(chan struct{})
	go func() { defer close(ran); w.Feed.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ran })
	w.registration = w.Activate().ID
	endpoints, _ := w.Bank.Endpoints("pri")
	base := strings.TrimPrefix(endpoints.AISBaseURL, "https://")
	w.bank, w.path, _ = strings.Cut(base+"/accounts", "/")
	w.path = "/" + w.path

	programs(t)
	dir := t.TempDir()
	token := filepath.Join(dir, "token")
	_, text := w.Service("egress", access.Transport, access.Signing)
	must(t, os.WriteFile(token, text.Bytes(), 0o600))
	w.socket = filepath.Join(dir, "s")
	w.cmd = exec.Command("sealkeeper", "egress", "--server", web.URL, "--token-file", token, "--socket", w.socket,
		"--cache", filepath.Join(dir, "cache"), "--instance", "egress-1")
	read, write, err := os.Pipe()
	must(t, err)
	w.cmd.Stderr = write
	must(t, w.cmd.Start())
	first := w.cmd
	t.Cleanup(func() { _ = first.Process.Kill(); _ = first.Wait() }) // if it is still there
	must(t, write.Close())
	w.log = newEgressLog(read)
	w.log.wait(t, "egress is serving", 1)
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// curl asks through the proxy, and returns the status.
func (w *egressWay) curl(path string, args ...string) string {
	w.t.Helper()
	args = append([]string{
		"-sS", "-o", os.DevNull, "-w", "%{http_code} %header{Sealkeeper-Error}",
		"--unix-socket", w.socket, "http://" + w.bank + path,
	}, args...)
	out, err := exec.CommandContext(w.t.Context(), "curl", args...).CombinedOutput()
	if err != nil {
		w.t.Fatalf("curl: %v %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// rotate activates a version with another QWAC, and waits until the proxy, in its n-th process, has it.
func (w *egressWay) rotate(changes int) (fingerprint string) {
	w.t.Helper()
	qwac := w.QTSP.MustIssue(w.t, qtsp.Request{Kind: certs.QWAC})
	b := w.SaveBundle(w.registration, w.ImportIssued(qwac), "")
	w.TestConnection(w.registration)
	_, err := w.Registrations.Activate(w.t.Context(), stack.Engineer, w.registration, b.Version)
	must(w.t, err)
	w.log.wait(w.t, "a TLS configuration is in use", changes)
	return qwac.Certificate.SHA256
}

// Programs that know nothing of TLS call the bank through a rotation and through a change of the proxy's process.
func TestEgressWithCurlAndPython(t *testing.T) {
	for _, program := range []string{"curl", "python3"} {
		required.Program(t, program)
	}
	w := newEgressWay(t)
	if status := w.curl(w.path); status != "401" { // the bank knows the certificate, and wants a token
		t.Fatalf("the bank answered %s", status)
	}
	if status := w.curl(w.path, "-H", "Sealkeeper-Sign: ais"); status != "401" {
		t.Errorf("signed: %s", status)
	}
	if status := w.curl(w.path, "-H", "Sealkeeper-Sign: xyz"); status != "422 signed_request_invalid" {
		t.Errorf("signed for no product: %s", status)
	}
	python := exec.Command("python3", "-c", caller, w.socket, w.bank, w.path)
	input, err := python.StdinPipe()
	must(t, err)
	output, err := python.StdoutPipe()
	must(t, err)
	python.Stderr = os.Stderr
	must(t, python.Start())
	said := bufio.NewScanner(output)
	if !said.Scan() || said.Text() != "calling" {
		t.Fatalf("the program said %q", said.Text())
	}

	w.rotate(2)
	must(t, w.cmd.Process.Signal(syscall.SIGHUP))
	next := w.log.wait(t, "another process has taken over", 1)
	pid := int(next["pid"].(float64)) //nolint:forcetypeassert // the proxy says a number
	must(t, w.cmd.Wait())             // once its connections have ended
	last := w.rotate(3)               // the next process began with what was in the cache
	if status := w.curl(w.path); status != "401" {
		t.Errorf("after the change of processes: %s", status)
	}
	must(t, input.Close())
	for said.Scan() {
		if said.Text() != "done" {
			t.Error(said.Text())
		}
	}
	must(t, python.Wait())
	seen := w.Bank.Traffic()
	for other, at := range seen.LastPresented {
		if other != last && at.After(seen.LastPresented[last]) {
			t.Errorf("the bank saw %s last", other)
		}
	}
	if len(seen.Refused) > 0 {
		t.Errorf("the bank refused %v", seen.Refused)
	}
	must(t, syscall.Kill(pid, syscall.SIGTERM))
	<-w.log.ended
}
