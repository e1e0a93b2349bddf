package vault_test

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/vault"
)

// due are records to judge, some of which cannot be read.
type due struct {
	vault.Summaries
	vault.Due
}

func (d *due) CertificatesToJudge(context.Context, int, time.Time, int) (vault.Due, error) {
	return d.Due, nil
}

func (d *due) SkipCertificates(_ context.Context, _ int, ids []string) error {
	if slices.Equal(ids, d.Unreadable) {
		d.Unreadable = nil
	}
	return nil
}

func (d *due) JudgeCertificates(_ context.Context, judged []vault.Judged) error {
	d.Records = d.Records[len(judged):]
	return nil
}

// A certificate that cannot be parsed is named in the log once, and the others are judged.
func TestJudgeAgainSkipsWhatCannotBeRead(t *testing.T) {
	var log bytes.Buffer
	d := &due{Due: vault.Due{
		Records:    []vault.Record{{ID: "good", Leaf: qtsp.Must(t).MustIssue(t, qtsp.Request{}).Certificate}},
		Unreadable: []string{"broken"},
	}}
	v := vault.New(vault.Config{Summaries: d, Logger: slog.New(slog.NewTextHandler(&log, nil)), Now: time.Now})
	for _, want := range []int{1, 0} {
		if n, err := v.JudgeAgain(t.Context()); err != nil || n != want {
			t.Errorf("%d were judged (%v), want %d", n, err, want)
		}
	}
	if strings.Count(log.String(), "broken") != 1 {
		t.Errorf("the log says %q", log.String())
	}
}
