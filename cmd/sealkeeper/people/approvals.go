package people

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Approvals only reads. Whoever runs commands on the server is not a user, so could be one of two people without
// anybody knowing which; people decide in the console or with their token in /v1.
type Approvals struct {
	List approvalsListCmd `cmd:"" help:"List the requests that wait for a second person, or with --all every one."`
	Show approvalsShowCmd `cmd:"" help:"Show one request with everything it changes."`

	Review approvalsReviewCmd `cmd:"" help:"Record a review of an emergency, through a running service."`
}

type approvalsReviewCmd struct {
	cli.Remote
	ID     string `arg:"" help:"Id of the request."`
	Review string `arg:"" help:"What you found; an auditor will ask."`
}

// Help is printed below the first line of help.
func (approvalsReviewCmd) Help() string { return "Nobody reviews what they took part in." }

// Run reviews, as the person whose token it is.
func (c approvalsReviewCmd) Run(env *cli.Environment) error {
	_, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Approval, error) {
		return s.ReviewApproval(ctx, c.ID, api.ReviewApproval{Review: c.Review})
	})
	if err != nil || c.JSON {
		return err
	}
	env.Printf("reviewed\n")
	return nil
}

type approvalsListCmd struct {
	cli.Configured
	All       bool `help:"Those that were decided too."`
	Emergency bool `help:"Only what was requested, or done, as an emergency."`
}

// Run lists requests, newest first.
func (c approvalsListCmd) Run(env *cli.Environment) error {
	return withApprovals(env, c.Configured, func(s *approval.Requests) error {
		if c.All || c.Emergency {
			return c.everything(env, s)
		}
		open := approval.Filter{States: []approval.State{approval.Open, approval.Applying}}
		all, err := s.List(env.Context, cli.Operator(), open)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			env.Printf("no request waits for a second person\n")
		}
		printRequests(env, all)
		return nil
	})
}

// everything lists all requests, page after page.
func (c approvalsListCmd) everything(env *cli.Environment, s *approval.Requests) error {
	q := approval.Listed.Query()
	if !c.All {
		q = q.With(approval.FilterState, string(approval.Open))
	}
	if c.Emergency {
		q = q.With(approval.FilterEmergency, "true")
	}
	for q.Limit = listing.MaxLimit; ; {
		page, err := s.Page(env.Context, cli.Operator(), q)
		printRequests(env, page.Items)
		if err != nil || page.Next == "" {
			return err
		}
		if q, err = q.Behind(page.Next); err != nil {
			return err
		}
	}
}

func printRequests(env *cli.Environment, all []approval.Request) {
	for _, r := range all {
		how := ""
		if r.Emergency {
			how = ", an emergency"
		}
		env.Printf("%s  %-9s  %s of %s, requested by %s, until %s%s\n", r.ID, r.State, r.Kind, r.ObjectName,
			r.RequestedByName, r.ExpiresAt.Format(time.RFC3339), how)
	}
}

type approvalsShowCmd struct {
	cli.Configured
	ID string `arg:"" help:"Id of the request."`
}

// Help is printed below the first line of help.
func (approvalsShowCmd) Help() string { return "A user decides it in the console or in /v1." }

// Run shows what the second person is asked to agree to.
func (c approvalsShowCmd) Run(env *cli.Environment) error {
	return withApprovals(env, c.Configured, func(s *approval.Requests) error {
		r, err := s.Get(env.Context, cli.Operator(), c.ID)
		if err != nil {
			return err
		}
		env.Printf("%s of %s (%s): %s\nrequested by %s at %s, until %s\n", r.Kind, r.ObjectName, r.Environment, r.State,
			r.RequestedByName, r.RequestedAt.Format(time.RFC3339), r.ExpiresAt.Format(time.RFC3339))
		if r.Reason != "" {
			env.Printf("reason: %s\n", r.Reason)
		}
		if r.DecidedBy != "" {
			env.Printf("decided by %s at %s\n", r.DecidedByName, r.DecidedAt.Format(time.RFC3339))
		}
		if r.Emergency {
			review := "nobody has reviewed it"
			if r.Review.By != "" {
				review = "reviewed by " + r.Review.ByName + ": " + r.Review.Words
			}
			env.Printf("EMERGENCY: %s\n", review)
		}
		if r.Note.Text != "" {
			env.Printf("note: %s\n", r.Note.Text)
		}
		for _, change := range r.Changes {
			env.Printf("\n%s\n", change.Field)
			printLines(env, "  before: ", change.Before)
			printLines(env, "  after:  ", change.After)
			env.Printf("  %s\n", change.Consequence)
		}
		return nil
	})
}

// printLines prints a value, and its further lines under its first.
func printLines(env *cli.Environment, label, value string) {
	for line := range strings.SplitSeq(cmp.Or(value, "-"), "\n") {
		env.Printf("%s%s\n", label, line)
		label = strings.Repeat(" ", len(label))
	}
}

// withApprovals opens the configured database for reading requests.
func withApprovals(env *cli.Environment, c cli.Configured, f func(*approval.Requests) error) error {
	cfg, err := c.Load(env)
	if err != nil {
		return err
	}
	db, err := store.OpenExisting(env.Context, cfg.Database.DSN)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return f(app.NewRequests(app.NewRecords(db, nil, nil), time.Now))
}
