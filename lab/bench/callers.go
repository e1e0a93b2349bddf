package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/vault/api"
)

// reading is something that programs in a process of their own read over and over: an address of ours, or a document of
// Vault's.
type reading struct {
	URL   string `json:"url"`
	Token string `json:"token"`
	Mount string `json:"mount,omitempty"` // of Vault's KV
	Path  string `json:"path,omitempty"`
}

// call reads once: from Vault by its library, as programs do, whose connections last for as many callers as ours do.
func (r reading) call() (func() error, error) {
	if r.Mount == "" {
		return r.get, nil
	}
	c := api.DefaultConfig()
	c.Address, c.MaxRetries = r.URL, 0
	c.HttpClient.Transport = pooled().Transport
	client, err := api.NewClient(c)
	if err != nil {
		return nil, err
	}
	client.SetToken(r.Token)
	return func() error {
		_, err := client.KVv2(r.Mount).Get(context.Background(), r.Path)
		return err
	}, nil
}

var many64 = pooled()

func (r reading) get() error {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, r.URL, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+r.Token)
	response, err := many64.Do(request)
	if err == nil && response.StatusCode != http.StatusOK {
		err = errors.New(response.Status)
	}
	return discard(response, err)
}

// times are how long a hundredth of the readings of 8 callers take at most, two hundredths, and so on, in a process of
// their own: what callers leave behind is not ours to collect.
func (r reading) times(b *testing.B) []time.Duration {
	in, err := json.Marshal(r)
	if err != nil {
		loud{b}.Fatal(err)
	}
	process := exec.CommandContext(b.Context(), os.Args[0], "-call") // #nosec G204 G702 -- this program
	process.Stdin, process.Stderr = bytes.NewReader(in), os.Stderr
	out, err := process.Output()
	var each []time.Duration
	if err == nil {
		err = json.Unmarshal(out, &each)
	}
	if err != nil || len(each) != 100 {
		loud{b}.Fatal(err, len(each))
	}
	return each
}

// callers read what they are told on standard input, and write how long that took.
func callers() error {
	var r reading
	if err := json.NewDecoder(os.Stdin).Decode(&r); err != nil {
		return err
	}
	call, err := r.call()
	if err != nil {
		return err
	}
	debug.SetGCPercent(-1) // what the callers leave behind is not in what is measured, on either side
	const workers, warm, n = 8, 50, 1000
	if _, err := latenciesOf(workers, warm, call); err != nil {
		return err
	}
	all, err := latenciesOf(workers, n, call)
	if err != nil {
		return err
	}
	each := make([]time.Duration, 100)
	for i := range each {
		each[i] = at(all, i)
	}
	return json.NewEncoder(os.Stdout).Encode(each)
}

// latencies are those of all calls, sorted.
func latencies(t testing.TB, workers, n int, call func() error) []time.Duration {
	all, err := latenciesOf(workers, n, call)
	if err != nil {
		t.Error(err)
	}
	return all
}

func latenciesOf(workers, n int, call func() error) ([]time.Duration, error) {
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	var calling sync.WaitGroup
	for range workers {
		calling.Go(func() {
			for range n {
				start := time.Now()
				err := call()
				took := time.Since(start)
				mu.Lock()
				all, failed = append(all, took), errors.Join(failed, err)
				mu.Unlock()
			}
		})
	}
	calling.Wait()
	slices.Sort(all)
	return all, failed
}
