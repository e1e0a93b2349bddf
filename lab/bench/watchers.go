package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/secret"
)

// activations are told to 200 streaming clients: of the replica that activates, and of another one.
func activations(b *testing.B) []figure {
	s := watched(b, stack.Options{})
	figures := []figure{below("activation_to_200_streams_p99", s.told(s.url, 1000), "ms", 100)}
	if os.Getenv("SEALKEEPER_TEST_POSTGRES") == "" {
		return figures
	}
	db, _ := storetest.Postgres(loud{b})
	s = watched(b, stack.Options{DB: db})
	replica := s.Replica()
	s.follow(replica)
	other := s.listen(replica, httptest.NewServer)
	return append(figures, below("activation_to_200_streams_of_another_replica_p99", s.told(other, 200), "ms", 300))
}

// told is how long, at the 99th percentile, 200 streams at an address wait to be told of an activation, in
// milliseconds after it has returned. One that is not told ends the measurement.
func (s *served) told(url string, rounds int) float64 {
	const clients = 200
	type told struct {
		version int
		at      time.Time
	}
	heard := make(chan told, clients)
	tokens := []string{s.watcher("first"), s.watcher("second")} // each account has 100 streams at most
	for i := range clients {
		c, err := client.New(client.Config{URL: url, Token: secret.NewTextString(tokens[i%2])})
		if err != nil {
			loud{s.b}.Fatal(err)
		}
		stream, err := c.StreamTLS(s.b.Context(), "")
		if err != nil {
			loud{s.b}.Fatal(err)
		}
		s.b.Cleanup(func() { _ = stream.Close() })
		go func() {
			for {
				m, err := stream.Next()
				if err != nil {
					return
				}
				if m.Synced == nil {
					heard <- told{m.Event.Version, time.Now()}
				}
			}
		}()
	}
	for range clients {
		<-heard // where they begin
	}
	var waits []time.Duration
	for round := range rounds {
		version := 2 - round%2
		if done, err := s.activate(version); err != nil || !done {
			loud{s.b}.Fatalf("activated %v, %v", done, err)
		}
		began := time.Now()
		for n := 0; n < clients; {
			select {
			case t := <-heard:
				if t.version == version {
					waits = append(waits, max(0, t.at.Sub(began)))
					n++
				}
			case <-time.After(time.Minute):
				loud{s.b}.Fatalf("%d of %d have not heard of version %d", clients-n, clients, version)
			}
		}
	}
	slices.Sort(waits)
	return float64(at(waits, 99).Microseconds()) / 1000
}

// renew stores a second version, which is ready to be activated.
func (s *served) renew() {
	later := s.Now.AddDate(2, 0, 0)
	s.SaveBundle(s.id, s.Import(qtsp.Request{NotAfter: later}),
		s.Import(qtsp.Request{Kind: certs.QSealC, NotAfter: later}))
	s.DoSteps(s.id)
	s.TestConnection(s.id)
}

func (s *served) activate(version int) (bool, error) {
	return s.Registrations.Activate(s.b.Context(), stack.Engineer, s.id, version)
}

// watched is a service whose registration has a second version.
func watched(b *testing.B, o stack.Options) *served {
	s := serve(b, o, qtsp.Request{})
	s.renew()
	return s
}

// watcher makes an account, and returns its token.
func (s *served) watcher(name string) string {
	_, token := s.ServiceBound(name, s.bound, access.Transport)
	return token.Reveal()
}

// watchers are streams that nothing is told for a while, by programs in a process of their own.
func watchers(b *testing.B) []figure {
	figures := watching(b, "plain", 300, httptest.NewServer)
	return append(figures, watching(b, "tls", 450, httptest.NewTLSServer)...)
}

// orders are what a process of watchers is told.
type orders struct {
	Address string   `json:"address"`
	Anchor  []byte   `json:"anchor"` // of TLS
	Tokens  []string `json:"tokens"`
	Each    int      `json:"each"` // streams of a token
}

func watching(b *testing.B, name string, most float64, with func(http.Handler) *httptest.Server) []figure {
	const each = 100
	n := min(10_000, openFiles()-1000) / each * each
	s := watched(b, stack.Options{})
	url := s.listen(s.Services, with)
	_, address, _ := strings.Cut(url, "://")
	o := orders{Address: address, Anchor: s.anchor, Each: each}
	for account := range n / each {
		o.Tokens = append(o.Tokens, s.watcher(fmt.Sprintf("w%d", account)))
	}
	data, err := json.Marshal(o)
	if err != nil {
		loud{b}.Fatal(err)
	}
	before := resident()
	process := exec.CommandContext(b.Context(), os.Args[0], "-watch") // #nosec G204 G702 -- this program
	process.Stdin, process.Stderr = bytes.NewReader(data), os.Stderr
	out, err := process.StdoutPipe()
	if err == nil {
		err = process.Start()
	}
	if err != nil {
		loud{b}.Fatal(err)
	}
	b.Cleanup(func() { _ = process.Process.Kill(); _ = process.Wait() })
	lines := bufio.NewScanner(out)
	heard := func() {
		if !lines.Scan() {
			loud{b}.Fatal("the watchers have ended")
		}
	}
	heard() // where they begin
	held := resident() - before
	if done, err := s.activate(2); err != nil || !done {
		loud{b}.Fatalf("activated %v, %v", done, err)
	}
	began := time.Now()
	heard()
	took := time.Since(began)
	_ = process.Process.Kill() // what comes next needs the files
	return []figure{
		below(fmt.Sprintf("watchers_%d_memory_%s", n, name), float64(held)/(1<<20), "MiB", most),
		below(fmt.Sprintf("watchers_%d_told_%s", n, name), took.Seconds(), "s", 1),
	}
}

// watch holds streams as it was told on standard input, and writes a line whenever all have been told something.
func watch() error {
	var o orders
	if err := json.NewDecoder(os.Stdin).Decode(&o); err != nil {
		return err
	}
	n := len(o.Tokens) * o.Each
	told := make(chan struct{}, n)
	for _, token := range o.Tokens {
		for range o.Each {
			connection, err := o.dial()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(connection, "GET /v1/tls/events HTTP/1.1\r\nHost: bench\r\n"+
				"Accept: text/event-stream\r\nAuthorization: Bearer %s\r\n\r\n", token)
			if err != nil {
				return err
			}
			go hear(connection, told)
		}
	}
	for {
		end := time.After(2 * time.Minute)
		for i := range n {
			select {
			case <-told:
			case <-end:
				return fmt.Errorf("%d of %d watchers have heard nothing", n-i, n)
			}
		}
		fmt.Println("all told")
	}
}

func (o orders) dial() (net.Conn, error) {
	if len(o.Anchor) == 0 {
		return net.Dial("tcp", o.Address)
	}
	anchor, err := x509.ParseCertificate(o.Anchor)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(anchor)
	config := &tls.Config{RootCAs: pool, ServerName: "example.com", MinVersion: tls.VersionTLS13}
	return tls.Dial("tcp", o.Address, config)
}

// hear tells of each event that a stream has told.
func hear(stream io.Reader, told chan<- struct{}) {
	buffer := make([]byte, 4096)
	for {
		n, err := stream.Read(buffer)
		if err != nil {
			return
		}
		if strings.Contains(string(buffer[:n]), "event: changed") {
			told <- struct{}{}
		}
	}
}

// openFiles is how many this process may have open.
func openFiles() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 1024
	}
	return int(min(limit.Cur, 1<<20))
}

// resident is the memory that the Go runtime has in use, stacks included.
func resident() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}
