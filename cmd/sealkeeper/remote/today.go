package remote

import (
	"context"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Today is the command about what needs somebody now.
type Today struct{ cli.Remote }

// Run lists.
func (c Today) Run(env *cli.Environment) error {
	today, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Today, error) {
		return s.Today(ctx)
	})
	if err != nil || c.JSON {
		return err
	}
	shown := map[string]int{}
	rows := make([][]string, len(today.Tasks))
	for i, t := range today.Tasks {
		shown[t.Kind]++
		rows[i] = []string{t.Urgency, t.Kind, t.Title}
	}
	if err := env.Table(rows); err != nil {
		return err
	}
	for _, n := range today.Counts {
		switch left := n.Count - shown[n.Kind]; {
		case n.CountOver:
			env.Printf("%s: more than %d in all\n", n.Kind, n.Count)
		case left > 0:
			env.Printf("%s: %d more\n", n.Kind, left)
		}
	}
	return nil
}
