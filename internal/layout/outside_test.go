package layout_test

import (
	"os"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/lab/outside"
)

// program is one of somebody else's, with what each of our public packages is for.
const program = `package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/client/source"
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

	held, err := source.Open(context.Background(), source.Config{}, source.Registration{ID: "id"})
	fmt.Println(held, err)
}
`

// TestPublicPackagesServeOtherModules compiles a program in a module of its own: a public package that needs
// something internal to be used serves nobody but us.
func TestPublicPackagesServeOtherModules(t *testing.T) {
	if out, err := outside.Build(t, program, os.DevNull); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestInternalPackagesDoNot: else the test above could not fail.
func TestInternalPackagesDoNot(t *testing.T) {
	out, err := outside.Build(t, strings.Replace(program, module+"/fault", module+"/internal/audit", 1), os.DevNull)
	if err == nil || !strings.Contains(out, "use of internal package") {
		t.Errorf("%v\n%s", err, out)
	}
}
