package certificates

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/keycopies"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	apitypes "github.com/sealkeeper/sealkeeper/types/api"
	"github.com/sealkeeper/sealkeeper/web/api"
)

type keyCopiesCmd struct {
	List    keyCopiesListCmd    `cmd:"" help:"List copies by holder; --q: what a breach of one affects."`
	Show    keyCopiesShowCmd    `cmd:"" help:"Say where copies of a certificate's private key may be."`
	Declare keyCopiesDeclareCmd `cmd:"" help:"Record that somebody holds a copy."`
	End     keyCopiesEndCmd     `cmd:"" help:"Record that a copy was destroyed."`
}

// withCopies runs f on the configured service's ledger.
func withCopies(env *cli.Environment, c cli.Configured, f func(s *keycopies.Service) error) error {
	return c.WithServices(env, app.Opening{}, func(s *app.Services, _ config.Config) error { return f(s.KeyCopies) })
}

type keyCopiesListCmd struct {
	cli.Configured
	cli.Searching
	Certificate string `help:"Only of the key of this certificate." placeholder:"ID"`
	Kind        string `help:"Only of this kind: person, service, provider, backup or machine." placeholder:"KIND"`
	Ended       string `help:"true: those destroyed; false: those that may still be there." placeholder:"BOOL"`
	JSON        bool   `name:"json" help:"Print the page as GET /v1/key-copies answers; with --all, one object a line."`
}

// Run lists copies, the newest first unless sorted otherwise.
func (c keyCopiesListCmd) Run(env *cli.Environment) error {
	return withCopies(env, c.Configured, func(s *keycopies.Service) error {
		return cli.PrintPages(env, c.Searching, c.JSON,
			func(from client.Listing) (apitypes.Page[apitypes.KeyCopy], error) {
				q, err := keycopies.Listed.Parse(url.Values{
					listing.ParamLimit:          {strconv.Itoa(from.Limit)},
					listing.ParamCursor:         {from.Cursor},
					listing.ParamSearch:         {from.Search},
					listing.ParamSort:           {from.Sort},
					keycopies.FilterCertificate: {c.Certificate},
					keycopies.FilterKind:        {c.Kind},
					keycopies.FilterEnded:       {c.Ended},
				})
				if err != nil {
					return apitypes.Page[apitypes.KeyCopy]{}, err
				}
				page, err := s.Page(env.Context, officer, q)
				return api.PageOf(listing.Map(page, api.KeyCopy)), err
			}, keyCopyRow)
	})
}

func keyCopyRow(c apitypes.KeyCopy) []string {
	standing := "may still be there"
	if c.Ending != nil {
		standing = "destroyed on " + c.Ending.DestroyedOn.String()
	}
	how := "declared: " + c.Reason
	if c.Exports > 0 {
		how = fmt.Sprintf("exported %s, last on %s", cli.Counted(c.Exports, "time", "times"),
			c.LastAt.Format(time.DateOnly))
	}
	inUse := 0
	for _, k := range c.Certificates {
		inUse += k.InUse
	}
	return []string{
		c.ID,
		c.Kind,
		c.Holder,
		"since " + c.FirstAt.Format(time.DateOnly),
		standing,
		cli.Counted(len(c.Certificates), "certificate", "certificates"),
		cli.Counted(inUse, "registration in use", "registrations in use"),
		how,
	}
}

type keyCopiesShowCmd struct {
	cli.Configured
	ID   string `arg:"" help:"Id of the certificate."`
	JSON bool   `name:"json" help:"Print what GET /v1/certificates/{id}/key-copies answers."`
}

// origins say how a key came into custody.
var origins = map[keycopies.OriginKind]string{
	keycopies.Generated: "generated in custody, for a CSR",
	keycopies.Uploaded:  "uploaded as a file; copies from before are not known",
}

// Run shows what is known of a certificate's key.
func (c keyCopiesShowCmd) Run(env *cli.Environment) error {
	return withCopies(env, c.Configured, func(s *keycopies.Service) error {
		key, err := s.OfCertificate(env.Context, officer, c.ID)
		if err != nil {
			return err
		}
		if c.JSON {
			return env.JSON(api.KeyCopies(key))
		}
		env.Printf("%s, %s by %s\n", origins[key.Origin.Kind], key.Origin.At.Format(time.RFC3339), key.Origin.By)
		for _, k := range key.Certificates {
			env.Printf("  %s %s (%s), used by %s\n", k.ID, k.Name, k.State,
				cli.Counted(k.InUse, "registration", "registrations"))
		}
		var rows [][]string
		for _, k := range key.Copies {
			rows = append(rows, keyCopyRow(api.KeyCopy(k)))
		}
		if key.Count.N > len(key.Copies) {
			defer env.Printf("and %d more: sealkeeper certificates key-copies list --certificate %s --all\n",
				key.Count.N-len(key.Copies), c.ID)
		}
		return env.Table(rows)
	})
}

type keyCopiesDeclareCmd struct {
	cli.Configured
	ID     string    `arg:"" help:"Id of the certificate."`
	Kind   string    `required:"" enum:"provider,backup,machine" help:"Where it is: provider, backup or machine."`
	Holder string    `required:"" help:"Name of the firm, the backup or the machine."`
	Reason string    `required:"" help:"Why there is one; it is recorded."`
	Since  time.Time `required:"" format:"2006-01-02" help:"Day since which there is one." placeholder:"YYYY-MM-DD"`
}

// Run declares.
func (c keyCopiesDeclareCmd) Run(env *cli.Environment) error {
	return withCopies(env, c.Configured, func(s *keycopies.Service) error {
		made, err := s.Declare(env.Context, officer, c.ID, keycopies.Declaration{
			Kind:   keycopies.Kind(c.Kind),
			Holder: c.Holder,
			Reason: c.Reason,
			Since:  c.Since,
		})
		if err != nil {
			return err
		}
		return env.Table([][]string{keyCopyRow(api.KeyCopy(made))})
	})
}

type keyCopiesEndCmd struct {
	cli.Configured
	ID  string    `arg:"" help:"Id of the copy."`
	How string    `required:"" help:"How it was destroyed; it is recorded."`
	On  time.Time `required:"" format:"2006-01-02" help:"Day on which it was." placeholder:"YYYY-MM-DD"`
}

// Run ends.
func (c keyCopiesEndCmd) Run(env *cli.Environment) error {
	return withCopies(env, c.Configured, func(s *keycopies.Service) error {
		ended, err := s.End(env.Context, officer, c.ID, c.How, c.On)
		if err != nil {
			return err
		}
		return env.Table([][]string{keyCopyRow(api.KeyCopy(ended))})
	})
}
