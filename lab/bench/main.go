// Command bench measures what Sealkeeper adds to what it is built on, and
// prints a line per figure: NAME VALUE UNIT target OP NUMBER ok|MISS. Figures
// that compare are ratios of two things measured in turns in the same run, so that a
// busy machine slows both. A MISS is a line, not a failure.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime/pprof"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/config"
)

// figure is one measured number and what it should be.
type figure struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	Op     string  `json:"op"` // "<" or ">="
	Target float64 `json:"target"`
	OK     bool    `json:"ok"`
}

func below(name string, value float64, unit string, target float64) figure {
	return figure{Name: name, Value: value, Unit: unit, Op: "<", Target: target, OK: value < target}
}

func atLeast(name string, value, target float64) figure {
	return figure{Name: name, Value: value, Unit: "ratio", Op: ">=", Target: target, OK: value >= target}
}

func (f figure) String() string {
	verdict := "ok"
	if !f.OK {
		verdict = "MISS"
	}
	return fmt.Sprintf("%s %.3f %s target %s %g %s", f.Name, f.Value, f.Unit, f.Op, f.Target, verdict)
}

// measurement makes figures.
type measurement struct {
	name string
	run  func(b *testing.B) []figure
}

// measurements are in the order in which they are run and printed.
var measurements = []measurement{
	{"issue", clientIssue},
	{"list", listRegistrations},
	{"storm", refreshStorm},
	{"mtls", mutualTLS},
	{"signed", signedCalls},
	{"handshakes", handshakes},
	{"embedded", signEmbedded},
	{"transit", signTransit},
	{"import", importing},
	{"memory", listMemory},
	{"judge", parseAndJudge},
	{"configurations", configurations},
	{"remote", remoteSignatures},
	{"engine", embeddedSignatures},
	{"egress", throughEgress},
	{"starts", starts},
	{"activations", activations},
	{"watchers", watchers},
	{"rejudge", rejudging},
	{"daily", daily},
	{"lists", trustedLists},
	{"campaigns", campaigns},
	{"crowd", crowd},
	{"http", overHTTP},
	{"verifying", verifying},
	{"keeping", keeping},
}

var (
	many  = 100_000 // certificates that a day's work is measured with
	pages = 10_000  // certificates that people at the console have

	onPostgres bool // and not on SQLite too
)

func main() {
	only := flag.String("only", "", "run the measurements whose names match this `regexp`, and leave bench.json alone")
	listed := flag.Int("large", 0, "measure lists and pages with this `number` of certificates, and nothing else")
	flag.IntVar(&many, "daily", many, "judge so `many` certificates for the measurement of that name")
	flag.IntVar(&pages, "crowd", pages, "have so `many` certificates behind the pages of the measurement of that name")
	flag.BoolVar(&onPostgres, "postgres", false, "measure large on PostgreSQL alone")
	profile := flag.String("cpuprofile", "", "write a CPU profile to this `file`")
	calls := flag.Bool("call", false, "read what standard input says over and over: callers' measurement starts this")
	watches := flag.Bool("watch", false, "hold streams, as standard input says: the watchers' measurement starts this")
	flag.Parse()
	config.EaseGC() // as the service does
	if *listed > 0 {
		measurements = []measurement{{"large", func(b *testing.B) []figure { return large(b, *listed) }}}
		*only = "large" // bench.json stays
	}
	measure := func() error { return run(*only, *profile) }
	switch {
	case *watches:
		measure = watch
	case *calls:
		measure = callers
	}
	if err := measure(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(only, profile string) error {
	wanted, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	if profile != "" {
		file, err := os.Create(profile) // #nosec G304 -- the developer names the file
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	var figures []figure
	failed := false
	for _, m := range measurements {
		if !wanted.MatchString(m.name) {
			continue
		}
		got, ok := once(m.run)
		for _, f := range got {
			fmt.Println(f)
		}
		figures = append(figures, got...)
		failed = failed || !ok
	}
	if failed {
		return errors.New("a measurement failed")
	}
	if only != "" {
		return nil
	}
	data, err := json.MarshalIndent(figures, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile("bench.json", append(data, '\n'), 0o600)
}

// once runs a measurement under testing.Benchmark, whose B gives it clean-up
// and the helpers of our tests. The measurement does its own timing.
func once(measure func(b *testing.B) []figure) (figures []figure, ok bool) {
	testing.Benchmark(func(b *testing.B) {
		if figures != nil { // it was so quick that testing wants more rounds
			return
		}
		figures = measure(b)
		ok = !b.Failed()
	})
	return figures, ok
}
