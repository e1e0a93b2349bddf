package hcvault

import (
	"context"
	"errors"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
)

// auditDevice is where Bootstrap enables Vault's own log of requests.
const auditDevice = "sealkeeper"

// AuditTo says where Vault's audit log goes: a file's absolute path on Vault's
// machine, "stdout", "syslog", or "" for none of ours.
type AuditTo string

func (a AuditTo) device() (kind string, options map[string]string, err error) {
	switch {
	case a == "stdout":
		return "file", map[string]string{"file_path": "stdout"}, nil
	case a == "syslog":
		return "syslog", nil, nil
	case strings.HasPrefix(string(a), "/"):
		return "file", map[string]string{"file_path": string(a)}, nil
	}
	return "", nil, invalid("Vault's audit log goes to a file with an absolute path, to stdout or to syslog; %q is "+
		"none of them.", string(a))
}

// audit enables an audit device. One that is there already stays as it is.
func (b *bootstrap) audit(ctx context.Context) error {
	if b.cfg.AuditTo == "" {
		return nil
	}
	kind, options, err := b.cfg.AuditTo.device()
	if err != nil {
		return err
	}
	var enabled struct {
		Data map[string]struct {
			Type    string
			Options map[string]string
		}
	}
	if err := b.vault.get(ctx, "sys/audit", nil, &enabled); err != nil {
		return err
	}
	if found, ok := enabled.Data[auditDevice+"/"]; ok {
		if found.Type != kind || found.Options["file_path"] != options["file_path"] {
			return fault.New(fault.Conflict, "vault_audit",
				"Vault has an audit device %s/ already that writes somewhere else; it is not changed: disable it "+
					"first if that is wanted.", auditDevice)
		}
		b.did("Vault's audit log goes to %s, as before", b.cfg.AuditTo)
		return nil
	}
	err = b.vault.post(ctx, "sys/audit/"+auditDevice, map[string]any{
		"type":        kind,
		"description": "requests to Vault, Sealkeeper's among them",
		"options":     options,
	}, nil)
	if errors.Is(err, fault.Internal) { // Vault's 400, which has the reason
		return fault.Wrap(err, fault.Unavailable, "vault_audit",
			"Vault did not enable the audit log at %s; its reason is below. OpenBao wants it in the server's "+
				"configuration.", b.cfg.AuditTo)
	}
	if err == nil {
		b.did("Vault's audit log goes to %s", b.cfg.AuditTo)
	}
	return err
}
