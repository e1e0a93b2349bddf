package certificates

import (
	"time"

	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/trust"
	"github.com/sealkeeper/sealkeeper/web/api"
)

type certificatesTrustCmd struct {
	cli.Configured
	ID   string `arg:"" help:"Id of the certificate."`
	JSON bool   `name:"json" help:"Print what GET /v1/certificates/{id}/trust answers."`
}

// Run says what trusted lists say of a certificate.
func (c certificatesTrustCmd) Run(env *cli.Environment) error {
	return c.WithServices(env, app.Opening{}, func(s *app.Services, _ config.Config) error {
		v, err := s.Trust.OfCertificate(env.Context, officer, c.ID)
		if err != nil {
			return err
		}
		if c.JSON {
			return env.JSON(api.TrustOf(v, s.Trust.Anchored(), time.Now()))
		}
		printTrust(env, v)
		return nil
	})
}

// trustStates say in the words of the console what is known.
var trustStates = map[trust.State]string{
	"granted":        "granted",
	"withdrawn":      "WITHDRAWN",
	"not_yet":        "not listed yet",
	"other_purpose":  "listed for another purpose",
	"not_qualified":  "not qualified",
	"indeterminable": "not determinable",
	trust.NotListed:  "NOT FOUND on any list",
	trust.NotRead:    "not found; not every list has been read",
	trust.ChainShort: "not found: its issuing certificate is not known; complete the chain",
	trust.NotChecked: "NOT CHECKED",
}

func printTrust(env *cli.Environment, v trust.Verdict) {
	env.Printf("%s\n", trustStates[v.State])
	if !v.Found() {
		return
	}
	env.Printf("  when it was issued: %s\n", trustStates[v.AtIssue])
	env.Printf("  service: %s, %s\n", v.Provider, v.Service.Name)
	if !v.Current.Since.IsZero() {
		env.Printf("  status %s since %s\n", v.Current.Status, v.Current.Since.Format(time.RFC3339))
	}
	printTrustedList(env, v.List)
}

type certificatesTrustedListsCmd struct {
	cli.Configured
	JSON bool `name:"json" help:"Print what GET /v1/trusted-lists answers."`
}

// Run says how trusted lists stand.
func (c certificatesTrustedListsCmd) Run(env *cli.Environment) error {
	return c.WithServices(env, app.Opening{}, func(s *app.Services, _ config.Config) error {
		lists, err := s.Trust.Lists(env.Context, officer)
		if err != nil {
			return err
		}
		if c.JSON {
			return env.JSON(api.TrustedListsOf(lists, s.Trust.Anchored(), s.Trust.Journal(), time.Now()))
		}
		if !s.Trust.Anchored() {
			env.Printf("Nothing is read: trusted_lists.signers_file is not configured.\n")
		}
		if !s.Trust.Asking() {
			env.Printf("NOT CHECKED: this installation asks nobody (outgoing: off).\n")
		}
		if journal := s.Trust.Journal(); !journal.IsZero() {
			env.Printf("Signers of the list of lists: notice of %s in the Official Journal\n",
				journal.Format(time.DateOnly))
		}
		for _, l := range lists {
			env.Printf("%s\n", l.Territory)
			printTrustedList(env, l)
		}
		return nil
	})
}

func printTrustedList(env *cli.Environment, l trust.List) {
	env.Printf("  list %s\n", l.URL)
	switch {
	case l.ReadAt.IsZero():
		env.Printf("  never read\n")
	case l.NextUpdate.IsZero():
		env.Printf("  number %d, closed, read at %s\n", l.Sequence, l.ReadAt.Format(time.RFC3339))
	default:
		late := ""
		if l.Overdue(time.Now()) {
			late = ", OUT OF DATE"
		}
		env.Printf("  number %d, read at %s, next update %s%s\n", l.Sequence, l.ReadAt.Format(time.RFC3339),
			l.NextUpdate.Format(time.RFC3339), late)
	}
	if l.Cause != "" {
		env.Printf("  last question at %s: %s\n", l.TriedAt.Format(time.RFC3339), l.Cause)
	}
}
