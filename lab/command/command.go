// Package command has the commands of sealkeeper-lab.
package command

import "github.com/sealkeeper/sealkeeper/internal/cli"

type commands struct {
	Dev    devCmd    `cmd:"" help:"Run everything on this machine for evaluation: simulated bank, sample certificates, embedded custody."`
	Demo   demoCmd   `cmd:"" help:"Do the whole main job once, printing each step: upload, register, test, activate, fetch accounts from a simulated bank."`
	Bank   bankCmd   `cmd:"" help:"Run the simulated bank alone, with switches for everything that can go wrong."`
	Sample sampleCmd `cmd:"" help:"Mint one more sample certificate with the throw-away QTSP of an evaluation environment, or answer a CSR."`
}

// Program is the command line of sealkeeper-lab.
func Program() cli.Program {
	return cli.Program{
		Name:        "sealkeeper-lab",
		Description: "Everything that pretends, for evaluation and tests. Not for production.",
		Commands:    &commands{},
	}
}
