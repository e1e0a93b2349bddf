package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// ask lists institutions at a service that answers so, and returns what was printed.
func ask(
	t *testing.T, status int, media, answer string, asJSON bool,
) (printed string, got []api.Institution, err error) {
	t.Helper()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(web.Close)
	var out bytes.Buffer
	env := &cli.Environment{
		Context: t.Context(),
		Environ: []string{"SK_TOKEN=token"},
		Streams: cli.Streams{Out: &out},
	}
	got, err = cli.Ask(env, cli.Remote{Service: cli.Service{Server: web.URL}, JSON: asJSON},
		func(ctx context.Context, s *client.Client) ([]api.Institution, error) { return s.ListInstitutions(ctx) })
	return out.String(), got, err
}

// TestAnswersAreHandedOn: as types, and with --json as they came, unknown fields included.
func TestAnswersAreHandedOn(t *testing.T) {
	const answer = `[{"id": "bank", "newer": "caf\u00e9"}]` + "\n"
	printed, got, err := ask(t, http.StatusOK, "application/json", answer, false)
	if err != nil || printed != "" || len(got) != 1 || got[0].ID != "bank" {
		t.Errorf("got %q, %+v, %v", printed, got, err)
	}
	if printed, _, err = ask(t, http.StatusOK, "application/json", answer, true); err != nil || printed != answer {
		t.Errorf("printed %q, %v", printed, err)
	}
}

// TestJSONIsPlain: JSON leaves some characters as they are that steer a terminal or the eye.
func TestJSONIsPlain(t *testing.T) {
	hostile := "[{\"name\": \"a\u009b31mb\u202ec\x7f\u00e9\"}]"
	printed, _, err := ask(t, http.StatusOK, "application/json", hostile, true)
	if err != nil || strings.ContainsAny(printed, "\u009b\u202e\x7f") {
		t.Errorf("printed %q, %v", printed, err)
	}
	var before, after any
	err = errors.Join(json.Unmarshal([]byte(hostile), &before), json.Unmarshal([]byte(printed), &after))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("it is other JSON:\n%s", diff)
	}
}

// TestRefusalsNameTheirCode: the reference of errors explains it.
func TestRefusalsNameTheirCode(t *testing.T) {
	for problem, want := range map[string]string{
		`{"code": "not_ready", "detail": "Not yet."}`:                     "Not yet. [not_ready]",
		`{"code": "not_ready", "detail": "Not yet.", "request_id": "r1"}`: "Not yet. [not_ready, request r1]",
	} {
		_, _, err := ask(t, http.StatusConflict, api.ProblemType, problem, true)
		if !errors.Is(err, fault.Conflict) || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// hostile is a command whose error was written by somebody else.
type hostile struct {
	Fail failing `cmd:""`
}

type failing struct{}

// Run fails.
func (failing) Run(*cli.Environment) error {
	return fault.Wrap(errors.New("one\x1b[31m\ntwo"), fault.Conflict, "x", "red \x1b[31m\nstate: approved")
}

// TestFailuresArePlain: a sentence stays one line, a cause keeps its lines.
func TestFailuresArePlain(t *testing.T) {
	var out bytes.Buffer
	p := cli.Program{Name: "p", Commands: &hostile{}}
	if code := p.Run(t.Context(), []string{"fail"}, nil, cli.Streams{Out: &out, Err: &out}); code != 1 {
		t.Errorf("exit %d", code)
	}
	if want := "p: red \ufffd[31m\ufffdstate: approved\n  because: one\ufffd[31m\n    two\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
