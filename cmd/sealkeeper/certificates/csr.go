package certificates

import (
	"fmt"
	"os"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/vault"
)

// CSR generates a key in custody.
type CSR struct {
	cli.Configured
	Kind                   certs.Kind `arg:"" enum:"qwac,qsealc" help:"qwac or qsealc."`
	Organization           string     `required:"" help:"Legal name."`
	OrganizationIdentifier string     `required:"" help:"PSDXX-NCA-number." placeholder:"PSDFR-ACPR-12345"`
	Country                string     `required:"" help:"Two letters."`
	CommonName             string     `help:"Default: the first domain name, or the organization."`
	Locality               string     `help:"Optional."`
	State                  string     `help:"Optional."`
	DNS                    []string   `help:"Domain name of a QWAC; may be repeated."`
	Role                   []string   `required:"" help:"PSP_AS, PSP_PI, PSP_AI or PSP_IC; may be repeated."`
	NCAID                  string     `name:"nca-id" required:"" help:"Authority, for example FR-ACPR."`
	NCAName                string     `name:"nca-name" help:"Default: the authority's English name."`
	Replaces               string     `help:"Id of the certificate whose place the new one takes."`
	Out                    string     `help:"File for the request; default: standard output." type:"path"`

	Key string `default:"rsa-3072" enum:"rsa-2048,rsa-3072,rsa-4096,ecdsa-p256,ecdsa-p384" help:"${enum}."`
}

// Help is printed below the first line of help.
func (CSR) Help() string {
	return "Send the request to your QTSP. `sealkeeper certificates list` shows the ids of certificates."
}

// Run generates a key in custody and prints the request for it.
func (c CSR) Run(env *cli.Environment) error {
	var request vault.CSR
	err := withVault(env, c.Configured, func(v *vault.Vault) (err error) {
		request, err = v.CreateCSR(env.Context, officer, vault.NewCSR{
			Template: certs.CSRTemplate{
				Kind:                   c.Kind,
				CommonName:             c.CommonName,
				Organization:           c.Organization,
				OrganizationIdentifier: c.OrganizationIdentifier,
				Country:                c.Country,
				Locality:               c.Locality,
				State:                  c.State,
				DNSNames:               c.DNS,
				Roles:                  c.Role,
				NCAName:                c.NCAName,
				NCAID:                  c.NCAID,
			},
			Algorithm: c.Key,
			Replaces:  c.Replaces,
		})
		return err
	})
	if err != nil {
		return err
	}
	for _, f := range request.Findings(time.Now()) {
		_, _ = fmt.Fprintf(env.Err, "%s: %s %s\n", f.Severity, f.Message, f.Remedy)
	}
	if c.Out == "" {
		env.Print(request.PEM)
		return nil
	}
	if err := os.WriteFile(c.Out, []byte(request.PEM), 0o600); err != nil {
		return cli.Invalid("file_not_written", "The file %s cannot be written: %v.", c.Out, err)
	}
	env.Printf("wrote %s; send it to your QTSP and upload the certificate that comes back: it finds its key by "+
		"itself\n", c.Out)
	return nil
}
