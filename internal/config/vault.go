package config

import (
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/secret"
)

// Vault is how to reach Vault, for custody mode "vault".
type Vault struct {
	Address   string `yaml:"address" env:"SEALKEEPER_VAULT_ADDR"`
	Namespace string `yaml:"namespace" env:"SEALKEEPER_VAULT_NAMESPACE"`
	CAFile    string `yaml:"ca_file" env:"SEALKEEPER_VAULT_CA_FILE"`
	// Log in in one of five ways. With an AppRole: role id and secret id.
	RoleIDFile   string `yaml:"role_id_file" env:"SEALKEEPER_VAULT_ROLE_ID_FILE"`
	SecretIDFile string `yaml:"secret_id_file" env:"SEALKEEPER_VAULT_SECRET_ID_FILE"`
	// The secret id file holds a wrapping token, to be unwrapped once.
	SecretIDWrapped bool `yaml:"secret_id_wrapped" env:"SEALKEEPER_VAULT_SECRET_ID_WRAPPED"`
	// With a token, or with a file that an agent keeps up to date.
	Token     secret.Text `yaml:"-" env:"SEALKEEPER_VAULT_TOKEN"`
	TokenFile string      `yaml:"token_file" env:"SEALKEEPER_VAULT_TOKEN_FILE"`
	// With a JWT of the platform's, and the role it is for. Kubernetes' login is the same: the file
	// is the service account's token, the mount is "kubernetes" unless named otherwise.
	JWTFile  string `yaml:"jwt_file" env:"SEALKEEPER_VAULT_JWT_FILE"`
	JWTRole  string `yaml:"jwt_role" env:"SEALKEEPER_VAULT_JWT_ROLE"`
	JWTMount string `yaml:"jwt_mount" env:"SEALKEEPER_VAULT_JWT_MOUNT"`
	// With a TLS certificate and its private key, in PEM; the role may be left to Vault.
	CertFile  string `yaml:"cert_file" env:"SEALKEEPER_VAULT_CERT_FILE"`
	KeyFile   string `yaml:"key_file" env:"SEALKEEPER_VAULT_KEY_FILE"`
	CertRole  string `yaml:"cert_role" env:"SEALKEEPER_VAULT_CERT_ROLE"`
	CertMount string `yaml:"cert_mount" env:"SEALKEEPER_VAULT_CERT_MOUNT"`
	// The token that commands beside the service log in with, in place of the above: one that a
	// wrapped secret id, which opens once, does not let in. Give it the service's policy.
	CommandTokenFile string `yaml:"command_token_file" env:"SEALKEEPER_VAULT_COMMAND_TOKEN_FILE"`

	KVMount      string `yaml:"kv_mount" env:"SEALKEEPER_VAULT_KV_MOUNT"`
	TransitMount string `yaml:"transit_mount" env:"SEALKEEPER_VAULT_TRANSIT_MOUNT"`
	// How long one call may take.
	Timeout time.Duration `yaml:"timeout" env:"SEALKEEPER_VAULT_TIMEOUT"`
	// A file that is written or touched each time a snapshot of Vault was taken, and how old it may be.
	SnapshotFile   string        `yaml:"snapshot_file" env:"SEALKEEPER_VAULT_SNAPSHOT_FILE"`
	SnapshotMaxAge time.Duration `yaml:"snapshot_max_age" env:"SEALKEEPER_VAULT_SNAPSHOT_MAX_AGE"`
}

func (c Config) checkVault() error {
	switch {
	case c.Vault.Address == "":
		return contradiction("custody.mode is vault, so vault.address is needed")
	case strings.Contains(c.Vault.Address, "@"):
		return contradiction("vault.address must not have a user or a password in it; name a login to Vault")
	case c.Custody.masterKeys() > 0:
		return contradiction("custody.mode is vault, but a master key for embedded custody is set; remove one of them")
	}
	if c.Vault.SnapshotMaxAge < time.Minute {
		return contradiction("vault.snapshot_max_age is at least 1m")
	}
	return c.Vault.checkLogin()
}

func (v Vault) checkLogin() error {
	appRole, certificate := v.RoleIDFile != "" || v.SecretIDFile != "", v.CertFile != "" || v.KeyFile != ""
	ways := 0
	for _, given := range []bool{appRole, !v.Token.Empty(), v.TokenFile != "", v.JWTFile != "", certificate} {
		if given {
			ways++
		}
	}
	switch {
	case ways == 0:
		return contradiction("Vault needs vault.role_id_file with vault.secret_id_file, SEALKEEPER_VAULT_TOKEN, " +
			"vault.token_file, vault.jwt_file, or vault.cert_file with vault.key_file")
	case ways > 1 && appRole && !v.Token.Empty():
		return contradiction("a Vault token and an AppRole are both set; keep one")
	case ways > 1:
		return contradiction("more than one way to log in to Vault is set; keep one")
	case appRole && (v.RoleIDFile == "" || v.SecretIDFile == ""):
		return contradiction("an AppRole needs both vault.role_id_file and vault.secret_id_file")
	case certificate && (v.CertFile == "" || v.KeyFile == ""):
		return contradiction("a login by TLS certificate needs both vault.cert_file and vault.key_file")
	case v.JWTFile != "" && v.JWTRole == "":
		return contradiction("vault.jwt_file needs vault.jwt_role")
	}
	return nil
}
