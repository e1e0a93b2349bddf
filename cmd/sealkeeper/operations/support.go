package operations

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/version"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Support is the command that prints what somebody needs to know who is asked for help.
type Support struct {
	cli.Configured
	Offline bool `help:"Ask no bank."`
}

// Help is printed below the first line of help.
func (Support) Help() string {
	return "It works beside a running service and changes nothing. The output begins with a list of what it has and " +
		"what was taken out. Read it before you send it."
}

// What is counted and read, at most.
const (
	countedRows    = 1_000_000
	auditedEntries = 5_000
)

const contents = `Sealkeeper support report

It has
  1. the program, the machine and the time
  2. the settings and where they come from
  3. what sealkeeper doctor says
  4. what the running service says of its parts, and its metrics
  5. the migrations that the database has taken, and the number of rows of each table
  6. codes of refusals and failures among the newest entries of the audit log

It has no secret, no key and no certificate, nothing of a customer, and no name of a person: secrets in
settings, the content of files that settings name, e-mail addresses, and the settings that say who is responsible are
replaced. It has names of hosts and addresses in your network, ids of registrations, and names of channels.
Read it before you send it.
`

// Run prints one section after the other. What cannot be found out is said in its place.
func (c Support) Run(env *cli.Environment) error {
	r := &report{}
	cfg, err := c.Load(env)
	r.hide(cfg)
	var db *store.DB
	unopened := err
	if err == nil {
		if db, unopened = store.OpenExisting(env.Context, cfg.Database.DSN); unopened == nil {
			defer func() { _ = db.Close() }()
		}
	}
	r.text.WriteString(contents)
	r.section("1. Program and machine", nil, func() error { return r.machine(env) })
	r.section("2. Settings", err, func() error { return r.settings(cfg, env.Environ) })
	r.section("3. Doctor", nil, func() error {
		Doctor(c).examine(env, func(f finding) { r.line("%s", f) })
		return nil
	})
	r.section("4. Service", err, func() error { return r.service(env.Context, cfg) })
	r.section("5. Database", unopened, func() error { return r.database(env.Context, db) })
	r.section("6. Refusals and failures", unopened, func() error { return r.failures(env.Context, db) })
	env.Print(r.String())
	return nil
}

// report is the text so far, and what must not be in it.
type report struct {
	text   bytes.Buffer
	hidden []string
}

func (r *report) line(format string, args ...any) {
	r.text.WriteString(cli.Plain(fmt.Sprintf(format, args...)) + "\n")
}

func (r *report) section(title string, missing error, write func() error) {
	r.text.WriteString("\n== " + title + "\n")
	if missing == nil {
		missing = write()
	}
	if missing != nil {
		r.line("It cannot be found out: %s", sentence(missing))
	}
}

// Shorter values are not hidden: they are in other words, too. Of a file with several lines, each long one is hidden.
const (
	shortestHidden = 6
	longLine       = 16
)

// hide notes what must not be printed, wherever it comes from: the secrets of a configuration, and what is in the
// files that it names.
func (r *report) hide(cfg config.Config) {
	var values []string
	for _, text := range cfg.Secrets() {
		values = append(values, text.Reveal())
	}
	if u, err := url.Parse(cfg.Database.DSN.Reveal()); err == nil {
		password, _ := u.User.Password()
		_, escaped, _ := strings.Cut(u.User.String(), ":")
		values = append(values, password, escaped, u.Query().Get("password"))
	}
	for _, headers := range []secret.Text{cfg.Traces.Headers, cfg.Traces.TracesHeaders} {
		for header := range strings.SplitSeq(headers.Reveal(), ",") {
			_, value, _ := strings.Cut(header, "=")
			values = append(values, value)
		}
	}
	for _, s := range cfg.Settings(nil) {
		if !strings.HasSuffix(s.Key, "_file") || s.Value == "" {
			continue
		}
		text := beginning(s.Value)
		values = append(values, text)
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); len(line) >= longLine {
				values = append(values, line)
			}
		}
	}
	for _, value := range values {
		if value = strings.TrimSpace(value); len(value) >= shortestHidden {
			r.hidden = append(r.hidden, value)
		}
	}
	// A value that contains another goes first.
	slices.SortFunc(r.hidden, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
}

// longestSecret bounds what is read of a file with a secret.
const longestSecret = 8 << 10

// beginning is the first part of a file, "" if it cannot be read.
func beginning(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer func() { _ = file.Close() }()
	data, _ := io.ReadAll(io.LimitReader(file, longestSecret))
	return string(data)
}

var emailAddress = regexp.MustCompile(`[\w.+%-]+@[\w-]+(\.[\w-]+)+`)

// String is the text without what must not be in it.
func (r *report) String() string {
	text := r.text.String()
	for _, value := range r.hidden {
		text = strings.ReplaceAll(text, value, secret.Redacted)
	}
	return emailAddress.ReplaceAllString(text, "[e-mail address]")
}

func (r *report) machine(env *cli.Environment) error {
	r.line("sealkeeper %s", version.Of())
	r.line("%s/%s, %d processors, user id %d", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), os.Getuid())
	r.line("%s", time.Now().UTC().Format(time.RFC3339))
	for _, entry := range env.Environ {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "SEALKEEPER_") {
			r.line("the environment has %s", name)
		}
	}
	return nil
}

// ofPersons are settings that say who is responsible or has an account.
var ofPersons = []string{"support.", "alerts.owner", "alerts.deputies", "alerts.smtp.user", "alerts.smtp.from"}

func (r *report) settings(cfg config.Config, environ []string) error {
	for _, s := range cfg.Settings(environ) {
		of := func(prefix string) bool { return strings.HasPrefix(s.Key, prefix) }
		if s.Value != "" && slices.ContainsFunc(ofPersons, of) {
			s.Value = secret.Redacted
		}
		r.line("%s = %s (%s)", cmp.Or(s.Key, s.Variable), s.Value, s.Source)
	}
	return nil
}

// service asks the running one at the operators' address.
func (r *report) service(ctx context.Context, cfg config.Config) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	address := "http://" + local(cmp.Or(cfg.OperatorListen, cfg.Listen))
	_, parts, err := get(ctx, address+"/readyz")
	if err != nil {
		return err
	}
	r.line("%s", bytes.TrimSpace(parts))
	_, metrics, err := get(ctx, address+"/metrics")
	for line := range bytes.Lines(metrics) {
		if bytes.HasPrefix(line, []byte("sealkeeper_")) && !bytes.Contains(line, []byte("_bucket{")) {
			r.line("%s", bytes.TrimSpace(line))
		}
	}
	return err
}

// countPatience is for counts and for the audit log.
const countPatience = time.Minute

func (r *report) database(ctx context.Context, db *store.DB) error {
	ctx, cancel := context.WithTimeout(ctx, countPatience)
	defer cancel()
	steps, err := db.Applied(ctx)
	if err != nil {
		return err
	}
	for _, step := range steps {
		r.line("migration %d, taken %s", step.Version, step.At.UTC().Format(time.RFC3339))
	}
	counts, err := db.Rows(ctx, countedRows)
	for _, c := range counts {
		r.line("%s: %d rows", c.Table, c.Count)
	}
	return err
}

// kind is what refusals and failures are counted by.
type kind struct{ action, outcome, code string }

func (r *report) failures(ctx context.Context, db *store.DB) error {
	ctx, cancel := context.WithTimeout(ctx, countPatience)
	defer cancel()
	entries, err := db.LatestAudit(ctx, auditedEntries)
	if err != nil {
		return err
	}
	counts, newest := map[kind]int{}, map[kind]time.Time{}
	var order []kind // the newest first, as the entries are
	for _, e := range entries {
		if e.Outcome != audit.Denied && e.Outcome != audit.Failed {
			continue
		}
		k := kind{string(e.Action), string(e.Outcome), e.Code}
		if counts[k]++; counts[k] == 1 {
			order = append(order, k)
			newest[k] = e.At
		}
	}
	r.line("%d entries were read", len(entries))
	for _, k := range order {
		r.line("%s %s %s: %d, last at %s", k.action, k.outcome, k.code, counts[k], newest[k].Format(time.RFC3339))
	}
	return nil
}
