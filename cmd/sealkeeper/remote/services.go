package remote

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Services is the commands about programs that work with registrations.
type Services struct {
	List    servicesListCmd    `cmd:"" help:"List service accounts."`
	Show    servicesShowCmd    `cmd:"" help:"Show one service account with its tokens."`
	Add     servicesAddCmd     `cmd:"" help:"Make a service account."`
	Change  servicesChangeCmd  `cmd:"" help:"Say anew what a service account may do."`
	End     servicesEndCmd     `cmd:"" help:"End a service account for good."`
	Token   servicesTokenCmd   `cmd:"" help:"Make a token for a service account. It is printed this once."`
	Revoke  servicesRevokeCmd  `cmd:"" help:"Revoke a token of a service account."`
	Trust   servicesTrustCmd   `cmd:"" help:"Have a workload count as the service, by the JWT of its platform."`
	Untrust servicesUntrustCmd `cmd:"" help:"Refuse an identity of a service account from now on."`
	Using   servicesUsingCmd   `cmd:"" help:"Show which services use a registration, and with which version."`
}

type servicesListCmd struct {
	cli.Remote
	cli.Searching
	Ended bool `help:"Instead those that have ended."`
}

// Run lists.
func (c servicesListCmd) Run(env *cli.Environment) error {
	return cli.List(env, c.Remote, c.Searching,
		func(ctx context.Context, s *client.Client, l client.Listing) (api.Page[api.ServiceAccount], error) {
			return s.ListServiceAccounts(ctx, client.ServiceAccountFilter{Listing: l, Ended: c.Ended})
		},
		func(a api.ServiceAccount) []string {
			return []string{
				a.Name,
				a.Owner,
				joined(a.Purposes),
				cli.Counted(len(a.Bindings), "binding", "bindings"),
				lastUsed(a.LastUsedAt),
			}
		})
}

func joined(purposes []api.ServicePurpose) string {
	texts := make([]string, len(purposes))
	for i, p := range purposes {
		texts[i] = string(p)
	}
	return strings.Join(texts, ",")
}

func lastUsed(at *time.Time) string {
	if at == nil {
		return "never used"
	}
	return "last used " + at.Format(time.RFC3339)
}

// serviceArg is a service account by its name or id.
type serviceArg struct {
	cli.Remote
	Account string `arg:"" help:"Name or id of the service account."`
}

func (c serviceArg) find(ctx context.Context, s *client.Client) (api.ServiceAccount, error) {
	all := client.All(client.Listing{Limit: 500}, func(l client.Listing) (api.Page[api.ServiceAccount], error) {
		return s.ListServiceAccounts(ctx, client.ServiceAccountFilter{Listing: l})
	})
	for a, err := range all {
		if err != nil || a.ID == c.Account || a.Name == c.Account {
			return a, err
		}
	}
	return api.ServiceAccount{}, cli.Invalid("service_unknown", "There is no service account %q in use.", c.Account)
}

type servicesShowCmd struct{ serviceArg }

// Run shows.
func (c servicesShowCmd) Run(env *cli.Environment) error {
	a, err := cli.Ask(env, c.Remote, c.find)
	if err != nil || c.JSON {
		return err
	}
	printService(env, a)
	return nil
}

func printService(env *cli.Environment, a api.ServiceAccount) {
	env.Printf("%s  %s\nowner %s\n%s\npurposes %s\nlimits %d a second, %d a day (0: none)\n", a.ID, a.Name, a.Owner,
		a.Description, joined(a.Purposes), a.Limits.PerSecond, a.Limits.PerDay)
	for _, b := range a.Bindings {
		at := b.InstitutionID
		if at == "" {
			at = b.Environment
		}
		env.Printf("bound to %s@%s\n", b.ApplicationID, at)
	}
	for _, t := range a.Tokens {
		env.Printf("token %s ...%s until %s, %s\n", t.ID, t.Hint, t.ExpiresAt.Format(time.RFC3339),
			lastUsed(t.LastUsedAt))
	}
	for _, i := range a.Identities {
		env.Printf("identity %s %s %s for %s%s, %s\n", i.ID, i.Issuer, i.Subject, i.Audience, claimsText(i.Claims),
			lastUsed(i.LastUsedAt))
	}
	if a.ApprovalID != "" {
		env.Printf("what it does not have yet waits for a second person: request %s\n", a.ApprovalID)
	}
}

// serviceGrant is what an account shall be.
type serviceGrant struct {
	Owner     string   `required:"" help:"Who answers for it: a team or a person."`
	For       string   `required:"" help:"What it is for."`
	Purpose   []string `required:"" help:"transport, signing, credentials, export, accounts, payments."`
	Bind      []string `required:"" sep:"none" help:"APPLICATION@INSTITUTION, @sandbox or @live; may be repeated."`
	PerSecond int      `default:"500" help:"Requests and signatures a second."`
	PerDay    int      `help:"Signatures, exports and readings of credentials a day; 0: no limit."`
	Reason    string   `help:"For the second person."`
}

// input names applications by their ids.
func (g serviceGrant) input(ctx context.Context, s *client.Client, name string) (api.NewServiceAccount, error) {
	in := api.NewServiceAccount{
		Name:        name,
		Owner:       g.Owner,
		Description: g.For,
		Purposes:    []api.ServicePurpose{},
		Bindings:    []api.ServiceBinding{},
		Limits:      api.ServiceLimits{PerSecond: g.PerSecond, PerDay: g.PerDay},
		Reason:      g.Reason,
	}
	for _, p := range g.Purpose {
		in.Purposes = append(in.Purposes, api.ServicePurpose(p))
	}
	for _, text := range g.Bind {
		at := max(strings.LastIndex(text, "@"), 0)
		application, found, err := applicationNamed(ctx, s, text[:at])
		if err != nil {
			return in, err
		}
		if !found {
			return in, cli.Invalid("binding_invalid", "%q does not begin with the name or id of an application and @.",
				text)
		}
		b := api.ServiceBinding{ApplicationID: application.ID}
		switch to := text[at+1:]; to {
		case "sandbox", "live":
			b.Environment = to
		default:
			b.InstitutionID = to
		}
		in.Bindings = append(in.Bindings, b)
	}
	return in, nil
}

// applicationNamed finds an application by its id or its name.
func applicationNamed(ctx context.Context, s *client.Client, name string) (api.Application, bool, error) {
	if name == "" {
		return api.Application{}, false, nil
	}
	all := client.All(client.Listing{Limit: 500, Search: name},
		func(l client.Listing) (api.Page[api.Application], error) {
			return s.ListApplications(ctx, client.ApplicationFilter{Listing: l})
		})
	for a, err := range all {
		if err != nil || a.ID == name || a.Name == name {
			return a, err == nil, err
		}
	}
	return api.Application{}, false, nil
}

func printChange(env *cli.Environment, c api.ServiceAccountChange) {
	printService(env, c.Account)
	if !c.Done {
		env.Printf("nothing is given yet: a second person has to approve request %s\n", c.ApprovalID)
	}
}

type servicesAddCmd struct {
	cli.Remote
	serviceGrant
	Name string `arg:"" help:"Name of the service account."`
}

// Run makes an account.
func (c servicesAddCmd) Run(env *cli.Environment) error {
	made, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.ServiceAccountChange, error) {
		in, err := c.input(ctx, s, c.Name)
		if err != nil {
			return api.ServiceAccountChange{}, err
		}
		return s.AddServiceAccount(ctx, in)
	})
	if err != nil || c.JSON {
		return err
	}
	printChange(env, made)
	return nil
}

type servicesChangeCmd struct {
	serviceArg
	serviceGrant
}

// Run changes an account.
func (c servicesChangeCmd) Run(env *cli.Environment) error {
	changed, err := cli.Ask(env, c.Remote,
		func(ctx context.Context, s *client.Client) (api.ServiceAccountChange, error) {
			a, err := c.find(ctx, s)
			if err != nil {
				return api.ServiceAccountChange{}, err
			}
			in, err := c.input(ctx, s, a.Name)
			if err != nil {
				return api.ServiceAccountChange{}, err
			}
			return s.ChangeServiceAccount(ctx, a.ID, in)
		})
	if err != nil || c.JSON {
		return err
	}
	printChange(env, changed)
	return nil
}

type servicesEndCmd struct{ serviceArg }

// Run ends an account.
func (c servicesEndCmd) Run(env *cli.Environment) error {
	_, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.ServiceAccount, error) {
		a, err := c.find(ctx, s)
		if err != nil {
			return a, err
		}
		return s.EndServiceAccount(ctx, a.ID)
	})
	if err == nil && !c.JSON {
		env.Printf("ended\n")
	}
	return err
}

type servicesTokenCmd struct {
	serviceArg
	Days int `default:"90" help:"Days until it ends, at most 366."`
}

// Run makes a token and prints it, and nothing else, so that the output can go to a file.
func (c servicesTokenCmd) Run(env *cli.Environment) error {
	c.JSON = false // as JSON, the token is [redacted]
	made, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.IssuedServiceToken, error) {
		a, err := c.find(ctx, s)
		if err != nil {
			return api.IssuedServiceToken{}, err
		}
		until := time.Now().UTC().AddDate(0, 0, c.Days).Truncate(time.Second)
		return s.IssueServiceToken(ctx, a.ID, api.NewServiceToken{ExpiresAt: until})
	})
	if err == nil {
		env.Printf("%s\n", made.Token.Reveal())
	}
	return err
}

type servicesRevokeCmd struct {
	serviceArg
	Token string `arg:"" help:"Id of the token."`
}

// Run revokes a token.
func (c servicesRevokeCmd) Run(env *cli.Environment) error {
	_, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.ServiceAccount, error) {
		a, err := c.find(ctx, s)
		if err != nil {
			return a, err
		}
		return s.RevokeServiceToken(ctx, a.ID, c.Token)
	})
	if err == nil && !c.JSON {
		env.Printf("revoked\n")
	}
	return err
}

type servicesUsingCmd struct {
	cli.Remote
	ID string `arg:"" help:"Id of the registration."`
}

// Run shows who uses which version.
func (c servicesUsingCmd) Run(env *cli.Environment) error {
	o, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.RegistrationServices, error) {
		return s.ListRegistrationServices(ctx, c.ID)
	})
	if err != nil || c.JSON {
		return err
	}
	env.Printf("%d of %d services use version %d\n", o.Over, o.Total, o.Version)
	var rows [][]string
	for _, s := range o.Services {
		used := "not used"
		if s.UsedAt != nil {
			used = "last used " + s.UsedAt.Format(time.RFC3339)
		}
		rows = append(rows, []string{
			s.Account,
			s.Instance,
			string(s.State),
			"version " + strconv.Itoa(s.Version),
			used,
			s.Problem,
		})
	}
	return env.Table(rows)
}
