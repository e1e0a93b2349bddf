// Package command has the commands of sealkeeper-lab.
package command

import "github.com/sealkeeper/sealkeeper/internal/cli"

type commands struct {
	Dev    devCmd    `cmd:"" help:"Run everything on this machine for evaluation, with a simulated bank."`
	Demo   demoCmd   `cmd:"" help:"Do the whole main job once, from upload to accounts, and print each step."`
	Bank   bankCmd   `cmd:"" help:"Run the simulated bank alone, with switches for everything that can go wrong."`
	Sample sampleCmd `cmd:"" help:"Mint a sample certificate, or answer a CSR, as the evaluation's QTSP."`
}

// Program is the command line of sealkeeper-lab.
func Program() cli.Program {
	return cli.Program{
		Name:        "sealkeeper-lab",
		Description: "Everything that pretends, for evaluation and tests. Not for production.",
		Commands:    &commands{},
	}
}
