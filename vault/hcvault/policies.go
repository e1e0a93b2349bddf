package hcvault

import (
	_ "embed"
	"strings"
	"text/template"

	"github.com/sealkeeper/sealkeeper/fault"
)

//go:embed policy.hcl.tmpl
var policyText string

//go:embed policy_sign.hcl.tmpl
var signingPolicyText string

//go:embed policy_rotation.hcl.tmpl
var rotationPolicyText string

var (
	policyTemplate         = template.Must(template.New("policy").Parse(policyText))
	signingPolicyTemplate  = template.Must(template.New("signing policy").Parse(signingPolicyText))
	rotationPolicyTemplate = template.Must(template.New("rotation policy").Parse(rotationPolicyText))
)

// Policy returns the least-privilege policy for cfg, in Vault's HCL.
func Policy(cfg Config) (string, error) { return render(policyTemplate, cfg) }

// SigningPolicy returns the policy of a program that signs and does nothing else.
func SigningPolicy(cfg Config) (string, error) { return render(signingPolicyTemplate, cfg) }

// RotationPolicy returns the policy of whoever makes new secret ids for Sealkeeper's login.
func RotationPolicy(cfg Config) (string, error) { return render(rotationPolicyTemplate, cfg) }

func render(policy *template.Template, cfg Config) (string, error) {
	var text strings.Builder
	if err := policy.Execute(&text, cfg.withDefaults()); err != nil {
		return "", fault.Wrap(err, fault.Internal, "vault_policy", "The Vault policy could not be written.")
	}
	return text.String(), nil
}
