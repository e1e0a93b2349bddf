package secret_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/sealkeeper/sealkeeper/secret"
)

const known = "hunter2-the-secret"

func TestNoWayOfPrintingRevealsIt(t *testing.T) {
	type holder struct {
		Text    secret.Text
		Pointer *secret.Text
		List    []secret.Text
		hidden  secret.Text // fmt calls no methods on unexported fields
	}
	text := secret.NewTextString(known)
	h := holder{Text: text, Pointer: &text, List: []secret.Text{text}, hidden: text}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%X"} {
		fmt.Fprintf(&out, verb+verb+"\n", text, h)
	}
	fmt.Fprintln(&out, text, &text, h)
	for _, handler := range []slog.Handler{slog.NewJSONHandler(&out, nil), slog.NewTextHandler(&out, nil)} {
		slog.New(handler).Info("x", "text", text, "holder", h, "pointer", &text)
	}
	if err := json.NewEncoder(&out).Encode(h); err != nil {
		t.Fatal(err)
	}
	if err := yaml.NewEncoder(&out).Encode(h); err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{
		known,
		hex.EncodeToString([]byte(known)),
		strings.Trim(fmt.Sprintf("%d", []byte(known)), "[]"),
	} {
		if strings.Contains(out.String(), form) {
			t.Errorf("the secret is printed as %s in:\n%s", form, out.String())
		}
	}
	if !strings.Contains(out.String(), secret.Redacted) {
		t.Error("nothing was printed at all")
	}
}

func TestUnmarshalAndReveal(t *testing.T) {
	var in struct{ Secret secret.Text }
	if err := json.Unmarshal([]byte(`{"Secret":"`+known+`"}`), &in); err != nil || in.Secret.Reveal() != known {
		t.Fatalf("got %q, %v", in.Secret.Reveal(), err)
	}
	if in.Secret.Empty() || !(secret.Text{}).Empty() {
		t.Error("Empty is wrong")
	}
}

func TestWipe(t *testing.T) {
	text := secret.NewTextString(known)
	shared := text
	text.Wipe()
	if strings.Trim(shared.Reveal(), "\x00") != "" {
		t.Error("the bytes are still there")
	}
}
