package remote

import (
	"context"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Search is the command that looks everywhere.
type Search struct {
	cli.Remote
	Words string `arg:"" help:"Words, each the beginning of one of the thing's."`
}

// Run searches.
func (c Search) Run(env *cli.Environment) error {
	found, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Found, error) {
		return s.Search(ctx, c.Words)
	})
	if err != nil || c.JSON {
		return err
	}
	rows := [][]string{}
	for _, g := range found.Groups {
		for _, item := range g.Items {
			rows = append(rows, []string{g.Kind, item.ID, item.Name, item.Detail})
		}
	}
	if err := env.Table(rows); err != nil {
		return err
	}
	for _, g := range found.Groups {
		if left := g.Count - len(g.Items); left > 0 {
			env.Printf("%s: %d more\n", g.Kind, left)
		}
	}
	return nil
}
