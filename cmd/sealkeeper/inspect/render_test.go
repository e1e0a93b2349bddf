package inspect

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/secret"
)

func TestColouredWhenAskedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "qwac.pem")
	issued := qtsp.Must(t).MustIssue(t, qtsp.Request{})
	if err := os.WriteFile(path, issued.CertificatePEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	var coloured bytes.Buffer
	if err := renderInspection(&coloured, readFiles([]string{path}, secret.Text{}), time.Now(), true); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(coloured.String(), "\x1b[34m") {
		t.Error("not coloured although asked for")
	}
}
