package remote

import (
	"context"
	"os"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/cli"
)

// Dora prints rows for DORA's register of information.
type Dora struct {
	cli.Remote
	Template string `help:"B_01.02, B_02.01, B_02.02 or B_05.01, as CSV; without it, all as JSON lines."`
	Out      string `help:"File for the rows; default: standard output." type:"path"`
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
	if c.Out == "" {
		_, err = env.Out.Write(rows)
		return err
	}
	if err := os.WriteFile(c.Out, rows, 0o600); err != nil {
		return err
	}
	env.Printf("written to %s\n", c.Out)
	return nil
}
