package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"
)

type demoCmd struct{}

// Run sets an environment up in a temporary folder, does the whole main job in
// it over HTTP, and takes it down again.
func (demoCmd) Run(env *environment) error {
	dir, err := os.MkdirTemp("", "sealkeeper-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	quiet := *env
	quiet.logger = slog.New(slog.DiscardHandler)
	ctx, stop := context.WithCancel(env.ctx)
	defer stop()
	quiet.ctx = ctx
	d, err := startDev(&quiet, dir, "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer d.close()
	served := make(chan error, 1)
	go func() { served <- d.serve(ctx, func() {}) }()

	env.printf("console %s, simulated bank %s, custody %s\n", d.info.URL, d.info.BankURL, d.info.Custody)
	j := &journey{
		client:  http.DefaultClient,
		url:     d.info.URL,
		token:   d.info.Token,
		samples: d.info.Samples,
		bank:    d.info.Bank,
	}
	err = walk(ctx, env.out, append(j.steps(), step{"verify the audit log", d.verifyAudit}))
	stop()
	if stopped := <-served; err == nil {
		err = stopped
	}
	return err
}

func (d *dev) verifyAudit(ctx context.Context) (string, error) {
	report, err := d.app.audit.Verify(ctx)
	if err != nil {
		return "", err
	}
	if report.Broken != nil {
		return "", fmt.Errorf("entry %d: %s", report.Broken.Seq, report.Broken.Reason)
	}
	return counted(report.Entries, "entry", "entries") + ", whole", nil
}

// walk does the steps until one fails, and prints how each went.
func walk(ctx context.Context, out io.Writer, steps []step) error {
	for i, s := range steps {
		start := time.Now()
		told, err := s.do(ctx)
		if err != nil {
			_, _ = fmt.Fprintf(out, "%2d. FAILED  %s: %v\n", i+1, s.name, err)
			return errSilent
		}
		_, _ = fmt.Fprintf(out, "%2d. ok      %s (%s): %s\n", i+1, s.name, time.Since(start).Round(time.Millisecond),
			told)
	}
	return nil
}
