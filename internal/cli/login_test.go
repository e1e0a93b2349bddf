package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/secret"
)

// TestLoginsAtOnce: terminals that log in at the same time keep each other's logins, and the second at one service is
// told of the first.
func TestLoginsAtOnce(t *testing.T) {
	home := t.TempDir()
	env := &cli.Environment{Context: t.Context(), Environ: []string{"HOME=" + home}}
	keep := func(server string, n int) (cli.Kept, bool) {
		before, replaced, err := env.KeepLogin(server, cli.Kept{
			Token:     secret.NewTextString(fmt.Sprint("token ", n)),
			ID:        fmt.Sprint(n),
			ExpiresAt: time.Now().Add(time.Hour),
		})
		if err != nil {
			t.Error(err)
		}
		return before, replaced
	}
	var all sync.WaitGroup
	for n := range 20 {
		all.Go(func() { keep(fmt.Sprintf("https://s%d.example", n), n) })
	}
	all.Wait()
	for n := range 20 {
		kept, found, err := env.Login(fmt.Sprintf("https://s%d.example/", n))
		if err != nil || !found || kept.ID != fmt.Sprint(n) {
			t.Errorf("%d: %+v, %v, %v", n, kept, found, err)
		}
	}
	if before, replaced := keep("https://s3.example/", 21); !replaced || before.ID != "3" {
		t.Errorf("%+v, %v", before, replaced)
	}
	left, err := os.ReadDir(filepath.Join(home, ".config", "sealkeeper"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range left {
		if strings.HasSuffix(f.Name(), ".new") {
			t.Errorf("%s is left", f.Name())
		}
	}
}
