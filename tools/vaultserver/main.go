// Command vaultserver is HashiCorp Vault itself, built from its Go module for
// tests on machines where no Vault is installed. It takes Vault's own command
// line. It is test tooling under Vault's BUSL-1.1 licence and is no part of the product.
package main

import (
	"os"

	"github.com/hashicorp/vault/command"
)

func main() { os.Exit(command.Run(os.Args[1:])) }
