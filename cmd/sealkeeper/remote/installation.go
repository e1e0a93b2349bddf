package remote

import (
	"context"
	"strconv"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Installation is the command about what an installation is made of.
type Installation struct {
	cli.Remote
	Look bool `help:"Look at every part now."`
}

// Run shows it.
func (c Installation) Run(env *cli.Environment) error {
	i, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Installation, error) {
		if c.Look {
			return s.LookAtInstallation(ctx)
		}
		return s.GetInstallation(ctx)
	})
	if err != nil || c.JSON {
		return err
	}
	rows := [][]string{
		{"version", i.Version + " " + i.Commit},
		{"database", i.Database + ", schema " + strconv.FormatInt(i.Schema, 10)},
		{"custody", i.Custody},
	}
	if i.LookedAt != nil {
		rows = append(rows, []string{"looked at", i.LookedAt.Format(time.RFC3339)})
	}
	for _, f := range i.Findings {
		says := "ok"
		if f.Problem != "" {
			says = "PROBLEM " + f.Problem
		} else if f.Warning != "" {
			says = "WARNING " + f.Warning
		}
		rows = append(rows, []string{f.Part, says})
	}
	for _, s := range i.Settings {
		rows = append(rows, []string{s.Name, s.Value, s.Source})
	}
	return env.Table(rows)
}
