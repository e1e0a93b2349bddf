package layout_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// outside is a program of somebody else's, with what each of our public packages is for.
const outside = `package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/types/api"
)

func main() {
	passphrase := secret.NewTextString("passphrase")
	contents, err := certs.Read(certs.File{Name: "qwac.p12"}, passphrase)
	fmt.Println(contents, err)

	var qwac certs.Source
	bank, err := connector.New(connector.Config{
		Profile:     connector.SocieteGenerale(),
		Transport:   qwac,
		Credentials: oauth.Credentials{ClientID: "id", ClientSecret: passphrase},
	})
	fmt.Println(bank, err)

	service, err := client.New(client.Config{URL: "https://sealkeeper.example", Token: passphrase})
	if err != nil {
		fmt.Println(err)
		return
	}
	var registration api.Registration
	registration, err = service.GetRegistration(context.Background(), "id")
	fmt.Println(registration.Ready, errors.Is(err, fault.NotFound))
}
`

// TestPublicPackagesServeOtherModules compiles a program in a module of its own: a public package that needs
// something internal to be used serves nobody but us.
func TestPublicPackagesServeOtherModules(t *testing.T) {
	if out, err := buildOutside(t, outside); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestInternalPackagesDoNot: else the test above could not fail.
func TestInternalPackagesDoNot(t *testing.T) {
	out, err := buildOutside(t, strings.Replace(outside, module+"/fault", module+"/internal/audit", 1))
	if err == nil || !strings.Contains(out, "use of internal package") {
		t.Errorf("%v\n%s", err, out)
	}
}

// buildOutside compiles a program in a module that has this one, as it is here, for a dependency. The module has
// our versions of everything else, so that nothing is fetched.
func buildOutside(t *testing.T, program string) (output string, err error) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	_, requirements, _ := strings.Cut(string(readRoot(t, "go.mod")), "\n")
	dir := t.TempDir()
	for name, content := range map[string]string{
		"main.go": program,
		"go.sum":  string(readRoot(t, "go.sum")),
		"go.mod": "module outside.example\n" + requirements +
			"\nrequire " + module + " v0.0.0\n\nreplace " + module + " => " + strconv.Quote(root) + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", os.DevNull, ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	return string(out), err
}
