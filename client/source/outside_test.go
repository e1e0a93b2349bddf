package source_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/outside"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// program is somebody else's service: it calls the bank from eight goroutines until it has made as many requests as it
// is told, and has seen the last version. It waits for its input to end before it ends.
const program = `package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/client/source"
	"github.com/sealkeeper/sealkeeper/secret"
)

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}

func run(url, tokenFile, institution, requests string) error {
	ctx := context.Background()
	total, err := strconv.ParseInt(requests, 10, 64)
	if err != nil {
		return err
	}
	bank, err := source.Open(ctx, source.Config{
		Client: client.Config{URL: url, TokenFunc: func(context.Context) (secret.Text, error) {
			token, err := os.ReadFile(tokenFile)
			return secret.NewText(token), err
		}},
		Instance: "outside-1",
	}, source.Registration{Application: "Exemple Budget", Institution: institution})
	if err != nil {
		return err
	}
	defer func() { _ = bank.Close() }()
	configuration, err := bank.Configuration()
	if err != nil {
		return err
	}
	var made, failed atomic.Int64
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for made.Add(1) <= total || bank.Status().Version < 11 {
				if err := call(bank, configuration.Servers[0].BaseURL); err != nil {
					failed.Add(1)
					fmt.Println("failed:", err)
				}
			}
		})
	}
	workers.Wait()
	if err := call(bank, configuration.Servers[0].BaseURL); err != nil {
		return err
	}
	fmt.Println("done", failed.Load())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func call(bank *source.Source, base string) error {
	response, err := bank.HTTPClient().Get(base + "/accounts")
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	if err == nil && response.StatusCode != http.StatusUnauthorized {
		err = fmt.Errorf("the bank answered %s", response.Status)
	}
	return err
}
`

// requests is how many a full run makes: 20,000. With -short, and under the race detector, it is a tenth of that.
func requests() int {
	info, _ := debug.ReadBuildInfo()
	race := info != nil && slices.ContainsFunc(info.Settings, func(s debug.BuildSetting) bool {
		return s.Key == "-race" && s.Value == "true"
	})
	if race || testing.Short() {
		return 2_000
	}
	return 20_000
}

// witness notes what the service answers.
type witness struct {
	mu  sync.Mutex
	all bytes.Buffer
}

// recorder is a http.ResponseWriter that a witness sees.
type recorder struct {
	http.ResponseWriter
	w *witness
}

// Write implements io.Writer.
func (r recorder) Write(p []byte) (int, error) {
	r.w.mu.Lock()
	_, _ = r.w.all.Write(p)
	r.w.mu.Unlock()
	return r.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (r recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (w *witness) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { next.ServeHTTP(recorder{rw, w}, r) })
}

// A service in another process and another module calls the bank while its certificate changes ten times: no request
// fails, the bank sees none but the certificates that were activated, and no key comes near the process.
func TestTheWholeWayFromAnotherModule(t *testing.T) {
	theWholeWay(t, stack.Options{}, requests())
}

func TestTheWholeWayFromAnotherModuleOnRealVault(t *testing.T) {
	server := vaulttest.Server(t)
	cfg := hcvault.Config{
		Address: server.Address,
		Auth:    hcvault.Auth{Token: hcvault.Fixed(secret.NewTextString(server.RootToken))},
	}
	role, err := hcvault.Bootstrap(t.Context(), cfg)
	check(t, err)
	cfg.Auth = role.Auth()
	custody, err := hcvault.Open(t.Context(), cfg)
	check(t, err)
	t.Cleanup(func() { _ = custody.Close() })
	theWholeWay(t, stack.Options{Custody: custody}, requests())
}

func theWholeWay(t *testing.T, o stack.Options, total int) {
	t.Helper()
	into := filepath.Join(t.TempDir(), "service")
	if out, err := outside.Build(t, program, into); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s := serveWith(t, o)
	handler, err := s.Handler()
	check(t, err)
	seen := &witness{}
	web := httptest.NewServer(seen.watch(handler))
	t.Cleanup(web.Close)
	t.Cleanup(web.CloseClientConnections)
	token := filepath.Join(t.TempDir(), "token")
	_, text := s.Service("outside", access.Transport)
	check(t, os.WriteFile(token, text.Bytes(), 0o600))

	s.Bank.ForgetTraffic()
	cmd := exec.CommandContext(t.Context(), into, web.URL, token, stack.Institution, strconv.Itoa(total))
	input, err := cmd.StdinPipe()
	check(t, err)
	output, err := cmd.StdoutPipe()
	check(t, err)
	cmd.Stderr = os.Stderr
	began := time.Now()
	check(t, cmd.Start())
	lines := bufio.NewScanner(output)
	told := make(chan string, 1)
	go func() {
		defer close(told)
		for lines.Scan() {
			told <- lines.Text()
		}
	}()
	for k := 1; k <= 10; k++ {
		s.busy(k*total/11, told)
		s.rotate()
	}
	for line := range told {
		if line != "done 0" {
			t.Error(line)
			continue
		}
		t.Logf("%d requests over 10 activations in %s", total, time.Since(began).Round(time.Millisecond))
		scan(t, cmd.Process.Pid, s, seen)
		check(t, input.Close())
	}
	check(t, cmd.Wait())
	s.sawOnly()
	s.reported("outside-1", "stopped", 11)
}

// busy waits until the bank has had so many requests.
func (s *service) busy(n int, told <-chan string) {
	s.t.Helper()
	for {
		all := 0
		for _, count := range s.Bank.Traffic().Presented {
			all += count
		}
		if all >= n {
			return
		}
		select {
		case line, open := <-told:
			s.t.Fatalf("the program said %q (%t)", line, open)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// sawOnly holds the bank to having seen the certificates that were activated and no others, each until the next was
// active, or a request's time after it.
func (s *service) sawOnly() {
	s.t.Helper()
	traffic := s.Bank.Traffic()
	if len(traffic.Refused) > 0 {
		s.t.Errorf("the bank refused %v", traffic.Refused)
	}
	for _, fingerprint := range slices.Collect(maps.Keys(traffic.Presented)) {
		if !slices.Contains(s.active, fingerprint) {
			s.t.Errorf("the bank saw %s", fingerprint)
		}
	}
	for i, fingerprint := range s.active {
		if traffic.Presented[fingerprint] == 0 {
			s.t.Errorf("version %d was never presented", i+1)
		}
	}
}

// scan looks for private keys in what the process was answered and in its memory. The certificates, which must be
// there, show that it would find them.
func scan(t *testing.T, pid int, s *service, seen *witness) {
	t.Helper()
	memory := memoryOf(t, pid)
	seen.mu.Lock()
	answers := seen.all.Bytes()
	seen.mu.Unlock()
	last := s.keys[len(s.keys)-1]
	if !holds(memory, last.N.Bytes()) {
		t.Error("not even the public key is in the memory that was read")
	}
	if !bytes.Contains(answers, []byte(`BEGIN CERTIFICATE`)) {
		t.Error("not even a certificate is in the answers")
	}
	if bytes.Contains(answers, []byte("PRIVATE KEY")) || bytes.Contains(memory, []byte("BEGIN PRIVATE KEY")) {
		t.Error("a private key in PEM")
	}
	for i, key := range s.keys {
		for _, part := range [][]byte{key.D.Bytes(), key.Primes[0].Bytes(), key.Primes[1].Bytes()} {
			if holds(memory, part) || holds(answers, part) {
				t.Errorf("key %d is in the process", i+1)
			}
		}
	}
}

// holds looks for a number as bytes in both orders, as hexadecimal digits and in base64.
func holds(memory, number []byte) bool {
	part := number[8:40] // the beginning may be written otherwise; 32 bytes are enough to know it by
	reversed := slices.Clone(part)
	slices.Reverse(reversed)
	forms := [][]byte{part, reversed, []byte(hex.EncodeToString(part))}
	for shift := range 3 { // base64 has another text for each place in a group of three
		text := base64.StdEncoding.EncodeToString(part[shift : shift+27])
		forms = append(forms, []byte(text))
	}
	return slices.ContainsFunc(forms, func(form []byte) bool { return bytes.Contains(memory, form) })
}

// memoryOf reads what the process can write to.
func memoryOf(t *testing.T, pid int) []byte {
	t.Helper()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Skip("the memory of another process can be read on Linux alone:", err)
	}
	file, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	check(t, err)
	defer func() { _ = file.Close() }()
	var all bytes.Buffer
	for line := range strings.SplitSeq(string(maps), "\n") {
		var from, to uint64
		var rights string
		if n, _ := fmt.Sscanf(line, "%x-%x %s", &from, &to, &rights); n < 3 || !strings.HasPrefix(rights, "rw") {
			continue
		}
		_, _ = io.Copy(&all, io.NewSectionReader(file, int64(from), int64(to-from))) // some pages cannot be read
	}
	return all.Bytes()
}
