package certs

import (
	"slices"

	"github.com/sealkeeper/sealkeeper/certs/internal/oids"
)

// HasEKU reports whether a purpose is among the extended key usages (RFC 5280 section 4.2.1.12).
func (e *Extensions) HasEKU(oid string) bool { return slices.Contains(e.ExtKeyUsage, oid) }

// Permits reports whether a key usage is set, by its name in RFC 5280 section 4.2.1.3.
func (e *Extensions) Permits(usage string) bool { return slices.Contains(e.KeyUsage, usage) }

// Excludes reports whether the certificate is for certain purposes, and not for this one (RFC 5280 section 4.2.1.12).
func (e *Extensions) Excludes(purpose string) bool {
	return e.ExtKeyUsage != nil && !e.HasEKU(purpose) && !e.HasEKU(oids.Any)
}

// LacksClientAuth reports whether the certificate is for certain purposes and TLS clients are none of them. One that
// cannot be used for TLS at all is another matter.
func (e *Extensions) LacksClientAuth() bool {
	return e.Excludes(oids.ClientAuth) && !e.OnlyFor(oids.TLSBinding)
}

// OnlyFor reports whether the certificate is for this purpose and no other.
func (e *Extensions) OnlyFor(purpose string) bool {
	return len(e.ExtKeyUsage) == 1 && e.ExtKeyUsage[0] == purpose
}

// Critical reports whether an extension is there and marked critical.
func (e *Extensions) Critical(oid string) bool {
	x, ok := e.Extension(oid)
	return ok && x.Critical
}
