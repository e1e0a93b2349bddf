package hcvault_test

import (
	"testing"

	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// TestEnvironmentIsIgnored keeps what the client library reads by itself from
// overruling the configuration.
func TestEnvironmentIsIgnored(t *testing.T) {
	cfg, _ := bootstrap(t, vaulttest.Server(t))
	for name, value := range map[string]string{
		"VAULT_ADDR":      "http://127.0.0.1:1",
		"VAULT_TOKEN":     "hvs.of-somebody-else",
		"VAULT_NAMESPACE": "elsewhere",
	} {
		t.Setenv(name, value)
	}
	if err := open(t, cfg).Health(t.Context()); err != nil {
		t.Error(err)
	}
}
