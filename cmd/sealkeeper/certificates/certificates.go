// Package certificates has the commands about the certificates in custody.
package certificates

import (
	"bytes"
	"errors"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/cmd/sealkeeper/inspect"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	apitypes "github.com/sealkeeper/sealkeeper/types/api"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/api"
)

// officer is whoever runs commands on the server: an officer, and not a person
// who could be one of two.
var officer = officerOnHost()

func officerOnHost() access.Caller {
	caller := access.OnHost("command line", access.Compliance)
	caller.ID = access.CommandLine
	return caller
}

// Certificates is the commands about the certificates in custody.
type Certificates struct {
	List          certificatesListCmd          `cmd:"" help:"List certificates in use, or with --ended out of use."`
	Show          certificatesShowCmd          `cmd:"" help:"Show a certificate, where its key is, and its line."`
	Import        certificatesImportCmd        `cmd:"" help:"Take certificates with their keys into custody."`
	ImportFolder  certificatesImportFolderCmd  `cmd:"" help:"Take a folder's or a ZIP file's into custody."`
	Chain         certificatesChainCmd         `cmd:"" help:"Add to the chain of a stored certificate, or renew it."`
	Link          certificatesLinkCmd          `cmd:"" help:"Say whose place a certificate takes."`
	Unlink        certificatesUnlinkCmd        `cmd:"" help:"Take a certificate out of its line."`
	Revocation    certificatesRevocationCmd    `cmd:"" help:"Say whether a certificate is revoked, or ask now."`
	Trust         certificatesTrustCmd         `cmd:"" help:"Say what trusted lists say of its issuer."`
	TrustedLists  certificatesTrustedListsCmd  `cmd:"" help:"Say when each of the EU's trusted lists was read."`
	Authorisation certificatesAuthorisationCmd `cmd:"" help:"Say what registers say of its authorisation."`
	Registers     certificatesRegistersCmd     `cmd:"" help:"Say how old the registers are, or import one."`
	KeyCopies     keyCopiesCmd                 `cmd:"" help:"Copies of private keys outside custody."`
	Retire        certificatesRetireCmd        `cmd:"" help:"Take a certificate out of use for good."`
	Destroy       certificatesDestroyCmd       `cmd:"" help:"Destroy a retired certificate with its key."`
}

// withVault runs f on the configured service's vault.
func withVault(env *cli.Environment, c cli.Configured, f func(v *vault.Vault) error) error {
	return c.WithServices(env, app.Opening{}, func(s *app.Services, _ config.Config) error { return f(s.Vault) })
}

type certificatesListCmd struct {
	cli.Configured
	cli.Searching
	Ended        bool   `help:"Retired ones, and what is known about destroyed ones."`
	State        string `help:"Only in this state." placeholder:"STATE"`
	Kind         string `help:"Only of this kind: qwac, qsealc, qesign or other." placeholder:"KIND"`
	Organization string `help:"Only of this organizationIdentifier." placeholder:"PSDXX-NCA-ID"`
	Finding      string `help:"Worst finding: error, warning, notice or none." placeholder:"SEVERITY"`
	EndsInDays   string `help:"Only those that end within so many days." placeholder:"DAYS"`
	JSON         bool   `name:"json" help:"Print as GET /v1/certificates answers; --all: one object a line."`
}

// Run lists certificates, newest first unless sorted otherwise.
func (c certificatesListCmd) Run(env *cli.Environment) error {
	return withVault(env, c.Configured, func(v *vault.Vault) error {
		return cli.PrintPages(env, c.Searching, c.JSON,
			func(from client.Listing) (apitypes.Page[apitypes.CertificateRow], error) {
				q, err := vault.Certificates.Parse(c.values(from))
				if err != nil {
					return apitypes.Page[apitypes.CertificateRow]{}, err
				}
				page, err := v.Page(env.Context, officer, q)
				return api.PageOf(listing.Map(page, api.CertificateRow)), err
			}, certificateRow)
	})
}

// values are the parameters with which the list would be asked for over HTTP.
func (c certificatesListCmd) values(from client.Listing) url.Values {
	values := url.Values{
		listing.ParamLimit:       {strconv.Itoa(from.Limit)},
		listing.ParamCursor:      {from.Cursor},
		listing.ParamSearch:      {from.Search},
		listing.ParamSort:        {from.Sort},
		vault.FilterState:        {c.State},
		vault.FilterKind:         {c.Kind},
		vault.FilterOrganization: {c.Organization},
		vault.FilterFinding:      {c.Finding},
		vault.FilterEndsIn:       {c.EndsInDays},
	}
	if c.Ended {
		values.Set(vault.FilterEnded, "true")
	}
	return values
}

func certificateRow(r apitypes.CertificateRow) []string {
	ends := "-"
	if r.NotAfter != nil {
		ends = certs.Day(*r.NotAfter).Format(time.DateOnly)
	}
	return []string{r.ID, string(r.State), keyModes[vault.KeyMode(r.KeyMode)], r.SHA256[:16], ends, r.Name}
}

func printRecords(env *cli.Environment, records []vault.Record) error {
	var rows [][]string
	for _, r := range records {
		rows = append(rows, []string{
			r.ID,
			string(r.State),
			keyModes[r.KeyMode],
			r.Leaf.SHA256[:16],
			certs.Day(r.Leaf.NotAfter).Format(time.DateOnly),
			r.Name,
		})
	}
	return env.Table(rows)
}

// keyModes say where a private key can get.
var keyModes = map[vault.KeyMode]string{vault.KeyHeld: "key held", vault.KeyExportable: "KEY EXPORTABLE"}

type certificatesShowCmd struct {
	cli.Configured
	ID string `arg:"" help:"Id of the certificate."`
}

// Run shows one certificate.
func (c certificatesShowCmd) Run(env *cli.Environment) error {
	return withVault(env, c.Configured, func(v *vault.Vault) error {
		r, err := v.Get(env.Context, officer, c.ID)
		if err != nil {
			return err
		}
		versions, err := v.Line(env.Context, officer, c.ID)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		inspect.Certificate(&b, r.Leaf, r.Findings(time.Now()), time.Now(), inspect.Coloured(env))
		env.Print(b.String())
		env.Printf("  %s, in %s custody, since %s by %s\n", r.State, r.Custody, r.CreatedAt.Format(time.RFC3339),
			r.CreatedBy)
		if r.KeyMode == vault.KeyExportable {
			env.Printf("  the private key is EXPORTABLE, chosen by %s: %s\n", r.Export.By,
				r.Export.Reason)
			if r.Export.ApprovedBy == "" {
				env.Printf("  its export is not allowed yet: no second person has approved it\n")
			} else {
				env.Printf("  export allowed by %s at %s\n", r.Export.ApprovedBy,
					r.Export.ApprovedAt.Format(time.RFC3339))
			}
		}
		if !r.Retired.At.IsZero() {
			env.Printf("  retired by %s at %s: %s\n", r.Retired.By, r.Retired.At.Format(time.RFC3339),
				r.Retired.Reason)
		}
		if !r.Destroyed.At.IsZero() {
			env.Printf("  destroyed by %s at %s\n", r.Destroyed.By, r.Destroyed.At.Format(time.RFC3339))
		}
		for _, version := range versions {
			env.Printf("  version %d (%s): %s, %s\n", version.Line.Version, version.Line.Change, version.ID,
				version.State)
		}
		return nil
	})
}

type certificatesImportCmd struct {
	cli.Configured
	Files          []string `arg:"" name:"file" help:"Certificate and key files of any format." type:"existingfile"`
	Name           string   `help:"What people shall call it."`
	PassphraseFile string   `help:"File with the passphrase; else SEALKEEPER_PASSPHRASE." placeholder:"FILE"`
	Exportable     string   `help:"Make the private key exportable, for this reason." placeholder:"REASON"`
	Replaces       []string `help:"Id of the certificate whose place it takes; may be repeated." placeholder:"ID"`
	AcceptExpired  bool     `help:"Store what has expired all the same."`
}

// Help is printed below the first line of help.
func (certificatesImportCmd) Help() string {
	return "An exportable private key is imported alone, with its certificate."
}

// Run stores the files' certificates.
func (c certificatesImportCmd) Run(env *cli.Environment) error {
	passphrase, err := inspect.Passphrase(env, c.PassphraseFile)
	if err != nil {
		return err
	}
	defer passphrase.Wipe()
	files := vault.Files{
		Passphrase:    passphrase,
		Name:          c.Name,
		Replaces:      c.Replaces,
		AcceptExpired: c.AcceptExpired,
	}
	if c.Exportable != "" {
		files.KeyMode, files.ExportReason = vault.KeyExportable, c.Exportable
	}
	if files.Files, err = readAll(c.Files); err != nil {
		return err
	}
	defer func() {
		for _, file := range files.Files {
			clear(file.Data)
		}
	}()
	return withVault(env, c.Configured, func(v *vault.Vault) error {
		stored, err := v.Import(env.Context, officer, files)
		return errors.Join(err, printRecords(env, stored))
	})
}

// readAll reads files that are named on the command line.
func readAll(names []string) ([]certs.File, error) {
	var files []certs.File
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, cli.Invalid("file_unreadable", "The file %s cannot be read.", name)
		}
		files = append(files, certs.File{Name: name, Data: data})
	}
	return files, nil
}

type certificatesRetireCmd struct {
	cli.Configured
	ID     string `arg:"" help:"Id of the certificate."`
	Reason string `required:"" help:"Why; it is recorded."`
}

// Help is printed below the first line of help.
func (certificatesRetireCmd) Help() string {
	return "Its key stays until the certificate is destroyed."
}

// Run retires. Where that takes two people it is refused here: ask in the console or in /v1.
func (c certificatesRetireCmd) Run(env *cli.Environment) error {
	return withVault(env, c.Configured, func(v *vault.Vault) error {
		if _, err := v.Retire(env.Context, officer, c.ID, c.Reason); err != nil {
			return err
		}
		env.Printf("retired; `sealkeeper certificates destroy` destroys it with its key\n")
		return nil
	})
}

type certificatesDestroyCmd struct {
	cli.Configured
	ID      string `arg:"" help:"Id of the certificate."`
	Confirm string `required:"" help:"The first eight hex digits of its SHA-256 fingerprint."`
}

// Run destroys.
func (c certificatesDestroyCmd) Run(env *cli.Environment) error {
	return withVault(env, c.Configured, func(v *vault.Vault) error {
		if _, err := v.Destroy(env.Context, officer, c.ID, c.Confirm); err != nil {
			return err
		}
		r, err := v.Get(env.Context, officer, c.ID)
		if err != nil {
			return err
		}
		env.Printf("%s; what was recorded of it stays\n", r.State)
		return nil
	})
}
