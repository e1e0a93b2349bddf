package remote

import (
	"context"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/cli"
)

// Dora prints rows for DORA's register of information.
type Dora struct {
	cli.Remote
	Template string `help:"B_01.02, B_02.01, B_02.02 or B_05.01, as CSV; without it, all as JSON lines."`
}

// Run prints.
func (c Dora) Run(env *cli.Environment) error {
	c.JSON = false // it is JSON anyway, or CSV
	rows, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) ([]byte, error) {
		return s.ExportDoraRegister(ctx, c.Template)
	})
	if err != nil {
		return err
	}
	_, err = env.Out.Write(rows)
	return err
}
