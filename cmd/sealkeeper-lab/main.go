// Command sealkeeper-lab has everything that pretends: an evaluation environment
// on this machine, a demonstration, a simulated bank, sample certificates. It is
// no part of a production installation.
package main

import "github.com/sealkeeper/sealkeeper/lab/command"

func main() { command.Program().Main() }
