package tlsconfig

import (
	"context"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/vault"
)

// Exported are the exportable keys of a version.
type Exported struct {
	Version            int
	Transport, Signing *vault.ExportedKey
}

// Wipe overwrites the keys.
func (e Exported) Wipe() {
	for _, key := range []*vault.ExportedKey{e.Transport, e.Signing} {
		if key != nil {
			key.KeyPEM.Wipe()
		}
	}
}

// ExportKeys hands out the exportable private keys of the active version, which become files of a format. Each time is
// recorded.
func (s *Service) ExportKeys(
	ctx context.Context, caller access.Caller, registrationID string, number int, format string,
) (out Exported, err error) {
	err = s.admit(ctx, caller, access.KeyExport, registrationID, access.Export, access.Transport)
	if err != nil {
		return Exported{}, err
	}
	c, err := s.read(ctx, registrationID)
	if err != nil {
		return Exported{}, err
	}
	if c.Bundle.Version != number {
		return Exported{}, versionSuperseded(number)
	}
	out.Version = number
	defer func() {
		if err != nil {
			out.Wipe()
			out = Exported{}
		}
	}()
	for _, one := range []struct {
		certificate Certificate
		wanted      bool
		into        **vault.ExportedKey
	}{{c.QWAC, true, &out.Transport}, {c.QSealC, caller.Grant.Has(access.Signing), &out.Signing}} {
		if !one.wanted || !one.certificate.Exportable {
			continue
		}
		if err := s.cfg.Limits.Spend(ctx, caller, 1); err != nil {
			return out, err
		}
		released, err := s.cfg.Vault.ExportKey(ctx, caller, one.certificate.ID, format)
		if err != nil {
			return out, err
		}
		*one.into = &released
	}
	if out.Transport == nil && out.Signing == nil {
		return out, fault.New(fault.Conflict, "not_exportable",
			"The keys of this version do not leave custody; have custody sign.")
	}
	return out, nil
}
