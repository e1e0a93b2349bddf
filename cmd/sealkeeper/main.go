// Command sealkeeper keeps the certificates and credentials with which a
// payment firm reaches banks under PSD2.
package main

import (
	"github.com/sealkeeper/sealkeeper/cmd/sealkeeper/certificates"
	"github.com/sealkeeper/sealkeeper/cmd/sealkeeper/custody"
	"github.com/sealkeeper/sealkeeper/cmd/sealkeeper/inspect"
	"github.com/sealkeeper/sealkeeper/cmd/sealkeeper/operations"
	"github.com/sealkeeper/sealkeeper/cmd/sealkeeper/people"
	"github.com/sealkeeper/sealkeeper/cmd/sealkeeper/remote"
	"github.com/sealkeeper/sealkeeper/internal/cli"
)

// commands is the whole command line.
type commands struct {
	Serve  serveCmd  `cmd:"" help:"Run the service as configured."`
	Egress egressCmd `cmd:"" help:"Call banks for programs on this machine, through a running service."`

	Inspect inspect.Inspect `cmd:"" help:"Say what certificate and key files are and what is wrong with them."`
	Diff    inspect.Diff    `cmd:"" help:"Compare two certificates, with the consequence of each difference."`

	CSR certificates.CSR `cmd:"" name:"csr" help:"Generate a key in custody and print the CSR."`

	Certificates certificates.Certificates `cmd:"" help:"Certificates in custody: list, show, import, retire, destroy."`

	Login  people.Login  `cmd:"" help:"Sign in to a running service from this terminal, with a browser."`
	Logout people.Logout `cmd:"" help:"End what login has begun."`

	People    people.People    `cmd:"" help:"Who signs in, through a running service."`
	User      people.User      `cmd:"" help:"Users of the console and the API, on the server."`
	Token     people.Token     `cmd:"" help:"Bearer tokens for programs."`
	Approvals people.Approvals `cmd:"" help:"Changes that wait for a second person."`
	Policy    people.Policy    `cmd:"" help:"How many people a change takes, and other decisions for all."`
	Audit     people.Audit     `cmd:"" help:"The audit log."`
	Reviews   people.Reviews   `cmd:"" name:"access-reviews" help:"Reviews of who may do what."`

	Vault   custody.Vault   `cmd:"" help:"Prepare HashiCorp Vault or OpenBao."`
	Custody custody.Custody `cmd:"" help:"Check custody against the database, or move it."`
	Keys    custody.Keys    `cmd:"" help:"Master keys of embedded custody."`
	Reindex custody.Reindex `cmd:"" help:"Rebuild records from custody alone, after the database was lost."`
	Backup  custody.Backup  `cmd:"" help:"Make a backup, or verify one."`
	Restore custody.Restore `cmd:"" help:"Fill an empty database with a backup, all or nothing."`

	Today         remote.Today         `cmd:"" help:"What needs somebody today, through a running service."`
	Search        remote.Search        `cmd:"" help:"Search everything one may see, through a running service."`
	Institutions  remote.Institutions  `cmd:"" help:"The catalogue of banks, through a running service."`
	Installation  remote.Installation  `cmd:"" help:"What a running service is made of, and how its parts are."`
	Incidents     remote.Incidents     `cmd:"" help:"Certificates declared compromised, through a running service."`
	Organizations remote.Organizations `cmd:"" help:"Our legal entities, through a running service."`
	Applications  remote.Applications  `cmd:"" help:"Our applications, through a running service."`
	Registrations remote.Registrations `cmd:"" help:"Our registrations at banks, through a running service."`
	Campaign      remote.Campaign      `cmd:"" help:"Changes of certificates at banks, through a running service."`
	Dora          remote.Dora          `cmd:"" help:"Rows of DORA's register of information, by a running service."`
	Cases         remote.Cases         `cmd:"" help:"What ends or has broken, through a running service."`
	Alerts        remote.Alerts        `cmd:"" help:"Who is told of cases, through a running service."`
	Services      remote.Services      `cmd:"" help:"Programs that work with registrations, through a running service."`
	Agent         remote.Agent         `cmd:"" help:"Write files for a program that only reads files."`
	Checklist     remote.Checklist     `cmd:"" help:"What is to be done at the bank, through a running service."`
	Email         remote.Email         `cmd:"" help:"Write the e-mail to the bank as a file for a mail program."`
	PIS           remote.PIS           `cmd:"" name:"pis" help:"Payments, through a running service."`
	AIS           remote.AIS           `cmd:"" name:"ais" help:"Consents and accounts, through a running service."`

	Catalogue operations.Catalogue `cmd:"" help:"Files of what is known of banks: check and take them."`

	Config  operations.Config  `cmd:"" help:"Check the configuration, or print it."`
	Doctor  operations.Doctor  `cmd:"" help:"Look at everything that an installation needs; each line says what to do."`
	Support operations.Support `cmd:"" help:"Print what a helper needs to know, without secrets."`

	Migrate     migrateCmd             `cmd:"" help:"Bring the database schema up to date."`
	Healthcheck operations.Healthcheck `cmd:"" help:"Ask a running service whether it is alive."`
	Version     versionCmd             `cmd:"" help:"Print the version."`
}

func program() cli.Program {
	return cli.Program{
		Name:        "sealkeeper",
		Description: "Keeps PSD2 certificates and bank credentials, and issues mTLS clients that use them.",
		Commands:    &commands{},
	}
}

func main() { program().Main() }
