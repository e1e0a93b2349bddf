// Command zlintbench compares how long Sealkeeper takes to parse and judge a
// certificate with how long zlint takes, on the same certificates, alternately,
// in one run. It is a module of its own so that the product does not depend on
// zlint.
//
// zlint is given its ETSI lints alone: with the lints of browsers it has more to
// do than we have.
package main

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	zx509 "github.com/zmap/zcrypto/x509"
	"github.com/zmap/zlint/v3"
	"github.com/zmap/zlint/v3/lint"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

const (
	rounds = 41
	target = 3.0
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "zlintbench:", err)
		os.Exit(1)
	}
}

func run() error {
	etsi, err := lint.GlobalRegistry().Filter(lint.FilterOptions{IncludeSources: lint.SourceList{lint.EtsiEsi}})
	if err != nil {
		return fmt.Errorf("select the ETSI lints: %w", err)
	}
	samples, err := certificates()
	if err != nil {
		return err
	}
	now := time.Now()
	ours := func(der []byte) {
		if c, err := certs.ParseCertificate(der); err == nil {
			rules.Judge(c, nil, now)
		}
	}
	theirs := func(der []byte) {
		if c, err := zx509.ParseCertificate(der); err == nil {
			zlint.LintCertificateEx(c, etsi)
		}
	}
	ratios := make([]float64, rounds)
	for i := range ratios {
		we, they := measure(samples, ours), measure(samples, theirs)
		ratios[i] = float64(they) / float64(we)
	}
	slices.Sort(ratios)
	return report(ratios[rounds/2])
}

// measure goes through all samples often enough for the clock.
func measure(samples [][]byte, f func(der []byte)) time.Duration {
	start := time.Now()
	for range max(1, 300/len(samples)) {
		for _, der := range samples {
			f(der)
		}
	}
	return time.Since(start)
}

// certificates are minted ones, and the collected ones that both can parse.
func certificates() ([][]byte, error) {
	q, err := qtsp.New(time.Now())
	if err != nil {
		return nil, err
	}
	var all [][]byte
	for _, kind := range []certs.Kind{certs.QWAC, certs.QSealC} {
		for _, keyType := range []qtsp.KeyType{qtsp.RSA3072, qtsp.P256} {
			issued, err := q.Issue(qtsp.Request{Kind: kind, KeyType: keyType})
			if err != nil {
				return nil, err
			}
			all = append(all, issued.Certificate.Raw)
		}
	}
	dir := os.Getenv("SEALKEEPER_CORPUS")
	if dir == "" {
		fmt.Fprintln(os.Stderr, "zlintbench: SEALKEEPER_CORPUS is not set: minted certificates only")
		return all, nil
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.pem"))
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		block, _ := pem.Decode(data)
		if block == nil {
			continue
		}
		if _, err := zx509.ParseCertificate(block.Bytes); err == nil {
			all = append(all, block.Bytes)
		}
	}
	return all, nil
}

// report prints the figure as `make bench` wants it; with --json as one object.
func report(ratio float64) error {
	if slices.Contains(os.Args[1:], "--json") {
		return json.NewEncoder(os.Stdout).Encode(map[string]any{
			"name":   "parse_and_judge_vs_zlint",
			"value":  ratio,
			"unit":   "ratio",
			"op":     ">=",
			"target": target,
			"ok":     ratio >= target,
		})
	}
	verdict := "ok"
	if ratio < target {
		verdict = "MISS"
	}
	fmt.Printf("parse_and_judge_vs_zlint %.3f ratio target >= %g %s\n", ratio, target, verdict)
	return nil
}
