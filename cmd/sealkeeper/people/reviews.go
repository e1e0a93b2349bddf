package people

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Reviews is the commands about reviews of who may do what, through a running service.
type Reviews struct {
	List    reviewsListCmd    `cmd:"" help:"List them, the newest first."`
	Start   reviewsStartCmd   `cmd:"" help:"Start a review of all that is given now."`
	Show    reviewsShowCmd    `cmd:"" help:"Show one."`
	Lines   reviewsLinesCmd   `cmd:"" help:"List what was given, with its last use and what is proposed or decided."`
	Propose reviewsProposeCmd `cmd:"" help:"Propose to keep or to remove; another person confirms it in the console."`
	Close   reviewsCloseCmd   `cmd:"" help:"Close one."`
	Export  reviewsExportCmd  `cmd:"" help:"Write the signed evidence of one that is closed."`
}

type reviewsListCmd struct {
	cli.Remote
	cli.Listing
}

// Run lists.
func (c reviewsListCmd) Run(env *cli.Environment) error {
	return cli.List(env, c.Remote, cli.Searching{Listing: c.Listing},
		func(ctx context.Context, s *client.Client, l client.Listing) (api.Page[api.AccessReview], error) {
			return s.ListAccessReviews(ctx, l)
		}, func(r api.AccessReview) []string {
			return []string{r.ID, r.StartedAt.Format(time.RFC3339), reviewState(r), r.StartedByName}
		})
}

func reviewState(r api.AccessReview) string {
	left := cli.Counted(r.Undecided, "line undecided", "lines undecided")
	if r.ClosedAt != nil {
		return "closed, " + left
	}
	return "open, " + left
}

// reviewID names one.
type reviewID struct {
	cli.Remote
	ID string `arg:"" help:"Id of the review."`
}

func printReview(
	env *cli.Environment, r cli.Remote, ask func(context.Context, *client.Client) (api.AccessReview, error),
) error {
	found, err := cli.Ask(env, r, ask)
	if err != nil || r.JSON {
		return err
	}
	env.Printf("%s  started %s by %s, %s of %d\n", found.ID, found.StartedAt.Format(time.RFC3339), found.StartedByName,
		reviewState(found), found.Lines)
	return nil
}

type reviewsStartCmd struct{ cli.Remote }

// Run starts.
func (c reviewsStartCmd) Run(env *cli.Environment) error {
	return printReview(env, c.Remote, func(ctx context.Context, s *client.Client) (api.AccessReview, error) {
		return s.StartAccessReview(ctx)
	})
}

type reviewsShowCmd struct{ reviewID }

// Run shows.
func (c reviewsShowCmd) Run(env *cli.Environment) error {
	return printReview(env, c.Remote, func(ctx context.Context, s *client.Client) (api.AccessReview, error) {
		return s.GetAccessReview(ctx, c.ID)
	})
}

type reviewsLinesCmd struct {
	reviewID
	cli.Listing
	State  string `help:"Only open, proposed, kept or removed." placeholder:"STATE"`
	Kind   string `help:"Only role, grant, service or token." placeholder:"KIND"`
	Holder string `help:"Only what this person or service account was given." placeholder:"ID"`
}

// Run lists.
func (c reviewsLinesCmd) Run(env *cli.Environment) error {
	return cli.List(env, c.Remote, cli.Searching{Listing: c.Listing},
		func(ctx context.Context, s *client.Client, l client.Listing) (api.Page[api.AccessReviewLine], error) {
			return s.ListAccessReviewLines(ctx, c.ID, client.ReviewLineFilter{
				Listing: l,
				State:   c.State,
				Kind:    c.Kind,
				Holder:  c.Holder,
			})
		}, func(l api.AccessReviewLine) []string {
			used := "never used"
			if l.LastUsedAt != nil {
				used = l.LastUsedAt.Format(time.RFC3339)
			}
			return []string{
				reviewLine{l.Number, l.ProposedAt}.String(),
				l.Holder,
				l.Kind,
				strings.TrimSpace(l.What + " " + l.Scope.Kind + " " + l.Scope.Value),
				used,
				reviewLineState(l),
				l.Reason,
			}
		})
}

func reviewLineState(l api.AccessReviewLine) string {
	switch {
	case l.State != "proposed":
		return l.State
	case l.Remove:
		return "removal proposed by " + l.ProposedByName
	}
	return "keep proposed by " + l.ProposedByName
}

// reviewLine names a line with the proposal that was seen, NUMBER or NUMBER@TIME: nobody replaces another unseen.
type reviewLine api.SeenLine

func (l reviewLine) String() string {
	if l.ProposedAt == nil {
		return strconv.Itoa(l.Number)
	}
	return strconv.Itoa(l.Number) + "@" + l.ProposedAt.UTC().Format(time.RFC3339Nano)
}

// UnmarshalText reads what String writes.
func (l *reviewLine) UnmarshalText(text []byte) (err error) {
	number, at, proposed := strings.Cut(string(text), "@")
	if l.Number, err = strconv.Atoi(number); err != nil || !proposed {
		return err
	}
	l.ProposedAt = new(time.Time)
	*l.ProposedAt, err = time.Parse(time.RFC3339Nano, at)
	return err
}

type reviewsProposeCmd struct {
	reviewID
	Decision string       `arg:"" enum:"keep,remove" help:"keep or remove."`
	Lines    []reviewLine `arg:"" help:"Lines, as the first column of lines names them."`
	Reason   string       `help:"Why; needed to remove." placeholder:"TEXT"`
}

// Run proposes.
func (c reviewsProposeCmd) Run(env *cli.Environment) error {
	return printReview(env, c.Remote, func(ctx context.Context, s *client.Client) (api.AccessReview, error) {
		lines := make([]api.SeenLine, len(c.Lines))
		for i, l := range c.Lines {
			lines[i] = api.SeenLine(l)
		}
		return s.ProposeAccessReview(ctx, c.ID, api.ReviewProposal{
			Lines:  lines,
			Remove: c.Decision == "remove",
			Reason: c.Reason,
		})
	})
}

type reviewsCloseCmd struct {
	reviewID
	Remark string `help:"Why lines stay undecided; needed where some are." placeholder:"TEXT"`
}

// Run closes.
func (c reviewsCloseCmd) Run(env *cli.Environment) error {
	return printReview(env, c.Remote, func(ctx context.Context, s *client.Client) (api.AccessReview, error) {
		return s.CloseAccessReview(ctx, c.ID, api.CloseAccessReview{Remark: c.Remark})
	})
}

type reviewsExportCmd struct {
	reviewID
	Out string `help:"File to write, which must not exist; without it the evidence is printed." placeholder:"FILE"`
}

// Run exports.
func (c reviewsExportCmd) Run(env *cli.Environment) error {
	return exportTo(env, c.Remote, c.Out, func(ctx context.Context, s *client.Client) ([]byte, error) {
		return s.ExportAccessReview(ctx, c.ID)
	})
}
