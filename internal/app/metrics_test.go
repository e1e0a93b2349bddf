package app_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/required"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// rule is one of deploy/prometheus/alerts.yaml.
type rule struct{ Alert, Expr string }

func alerts(t *testing.T) []rule {
	t.Helper()
	var file struct{ Groups []struct{ Rules []rule } }
	data, err := os.ReadFile("../../deploy/prometheus/alerts.yaml")
	if err == nil {
		err = yaml.Unmarshal(data, &file)
	}
	if err != nil || len(file.Groups) != 1 || len(file.Groups[0].Rules) == 0 {
		t.Fatalf("the alert rules: %+v, %v", file, err)
	}
	return file.Groups[0].Rules
}

func dashboard(t *testing.T) []rule {
	t.Helper()
	var file struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	data, err := os.ReadFile("../../deploy/grafana/sealkeeper.json")
	if err == nil {
		err = json.Unmarshal(data, &file)
	}
	if err != nil || len(file.Panels) == 0 {
		t.Fatalf("the dashboard: %v", err)
	}
	var rules []rule
	for _, p := range file.Panels {
		for _, target := range p.Targets {
			rules = append(rules, rule{p.Title, target.Expr})
		}
	}
	return rules
}

var (
	series  = regexp.MustCompile(`(?m)^(sealkeeper_\w+|process_\w+)(?:\{(.*)\})? `)
	used    = regexp.MustCompile(`(sealkeeper_\w+|process_\w+)(?:\{([^}]*)\})?`)
	grouped = regexp.MustCompile(`by \(([^)]*)\)`)
	label   = regexp.MustCompile(`(\w+)(?:=|!=|=~|!~)"`)
)

// TestAlertsAndDashboardKnowTheMetrics: what they ask for is in the answer of a service at work, with the labels.
func TestAlertsAndDashboardKnowTheMetrics(t *testing.T) {
	exposed := map[string]map[string]bool{}
	text := metricsAtWork(t)
	for _, s := range series.FindAllStringSubmatch(text, -1) {
		if exposed[s[1]] == nil {
			exposed[s[1]] = map[string]bool{"job": true, "instance": true} // Prometheus adds them
		}
		for _, l := range label.FindAllStringSubmatch(s[2], -1) {
			exposed[s[1]][l[1]] = true
		}
	}
	// What is there only with a certificate that ends, somebody who was asked, a channel.
	for name, labels := range map[string][]string{
		"sealkeeper_certificate_not_after_timestamp_seconds": {"certificate", "institution", "kind", "registration"},
		"sealkeeper_outgoing_questions_total":                {"purpose", "result"},
		"sealkeeper_alerts_failing_since_timestamp_seconds":  {"channel"},
	} {
		if exposed[name] == nil {
			exposed[name] = map[string]bool{}
		}
		for _, l := range labels {
			exposed[name][l] = true
		}
	}
	for _, r := range append(alerts(t), dashboard(t)...) {
		var names []string
		for _, u := range used.FindAllStringSubmatch(r.Expr, -1) {
			names = append(names, u[1])
			if exposed[u[1]] == nil {
				t.Errorf("%s asks for %s, which is not exposed", r.Alert, u[1])
			}
			for _, l := range label.FindAllStringSubmatch(u[2], -1) {
				if !exposed[u[1]][l[1]] {
					t.Errorf("%s: %s has no label %s", r.Alert, u[1], l[1])
				}
			}
		}
		for _, by := range grouped.FindAllStringSubmatch(r.Expr, -1) {
			for l := range strings.SplitSeq(by[1], ", ") {
				if !exposed[names[0]][l] {
					t.Errorf("%s: %s has no label %s to group by", r.Alert, names[0], l)
				}
			}
		}
		if len(names) == 0 && !strings.HasPrefix(r.Expr, "up{") {
			t.Errorf("%s asks for no metric of ours: %s", r.Alert, r.Expr)
		}
	}
	t.Run("promtool", func(t *testing.T) { checkedByPromtool(t, text) })
}

func checkedByPromtool(t *testing.T, text string) {
	tool := required.Program(t, "promtool")
	out, err := exec.CommandContext(t.Context(), tool, "check", "rules",
		"../../deploy/prometheus/alerts.yaml").CombinedOutput()
	if err != nil {
		t.Errorf("promtool: %s", out)
	}
	lint := exec.CommandContext(t.Context(), tool, "check", "metrics")
	lint.Stdin = strings.NewReader(text)
	if out, err := lint.CombinedOutput(); err != nil {
		t.Errorf("promtool check metrics: %s", out)
	}
}

// metricsAtWork is /metrics of a service whose jobs have run, and whose Vault has answered.
func metricsAtWork(t *testing.T) string {
	t.Helper()
	banks, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	db := storetest.SQLite(t)
	s, err := app.New(app.Config{
		DB:           db,
		Custody:      stack.Embedded(t, db),
		Catalogue:    banks,
		PublicURL:    "http://127.0.0.1",
		Logger:       slog.New(slog.DiscardHandler),
		Snapshot:     app.Snapshot{File: t.TempDir(), MaxAge: time.Hour},
		VaultMetrics: app.VaultAnswered("kv", "GET", 200, time.Millisecond),
	})
	if err != nil {
		t.Fatal(err)
	}
	public := listener(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, public, nil) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	for {
		ask(t, public, "/healthz")
		if _, text := ask(t, public, "/metrics"); strings.Contains(text,
			`sealkeeper_job_last_success_timestamp_seconds{name="follow the policy"}`) {
			return text
		}
	}
}

// TestCertificatesThatEnd: those that an active bundle names are counted, and no others.
func TestCertificatesThatEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := stack.NewWith(t, stack.Options{DB: db})
		// Named by no bundle.
		s.Import(qtsp.Request{NotAfter: s.Now.AddDate(0, 0, 3)})
		soon := s.Now.AddDate(0, 0, 20)
		s.ActivateWith(
			s.QTSP.MustIssue(t, qtsp.Request{NotAfter: soon}),
			s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC, NotAfter: s.Now.AddDate(0, 0, 80)}),
		)
		found, err := db.EndingInUse(t.Context(), s.Now, 0, 7, 30, 90)
		if err != nil || !slices.Equal(found.Within, []int64{0, 0, 1, 2}) ||
			found.Earliest.Sub(soon).Abs() > time.Second {
			t.Errorf("found %+v, %v", found, err)
		}
		found, err = db.EndingInUse(t.Context(), s.Now.AddDate(0, 0, 21), 0, 7, 30, 90)
		if err != nil || !slices.Equal(found.Within, []int64{1, 1, 1, 2}) {
			t.Errorf("three weeks later: %+v, %v", found, err)
		}
	})
}
