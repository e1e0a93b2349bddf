package rules

import (
	"slices"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/internal/text"
)

var psd2Rules = []rule{
	{
		code:     "psd2_missing",
		severity: SeverityError,
		clause:   "TS 119 495 GEN-5.1.1; RTS 2018/389 Article 34",
		basis:    pkilint,
		of:       payment,
		message:  "It has no PSD2 statement: a bank cannot see what you are authorised for.",
		remedy:   "Ask the issuer for a certificate for PSD2.",
		check:    func(s *subject) []args { return found(s.PSD2 == nil) },
	},
	{
		code:     "roles_empty",
		severity: SeverityError,
		clause:   "TS 119 495 GEN-5.2.2-1",
		basis:    pkilint,
		message:  "Its PSD2 statement names no role.",
		remedy:   "Ask the issuer for a certificate with your roles.",
		check:    func(s *subject) []args { return found(s.PSD2 != nil && len(s.PSD2.Roles) == 0) },
	},
	{
		code:     "role_name_mismatch",
		severity: SeverityError,
		clause:   "TS 119 495 GEN-5.2.2-5",
		basis:    pkilint,
		message:  "The role with identifier %s is called %q in it and must be called %s.",
		remedy:   "Ask the issuer for a correct certificate; programs differ in which of the two they use.",
		check: func(s *subject) []args {
			var all []args
			for _, r := range s.roles() {
				if name, known := certs.RoleName(r.OID); known && name != r.Name {
					all = append(all, args{r.OID, r.Name, name})
				}
			}
			return all
		},
	},
	{
		code:     "role_without_oid",
		severity: SeverityError,
		clause:   "TS 119 495 annex A",
		basis:    pkilint,
		message:  "The role %q in it has no identifier, so it grants nothing.",
		remedy:   "Ask the issuer for a correct certificate.",
		check: func(s *subject) []args {
			var all []args
			for _, r := range s.roles() {
				if r.OID == "" {
					all = append(all, args{r.Name})
				}
			}
			return all
		},
	},
	{
		code:     "role_unknown",
		severity: SeverityWarning,
		clause:   "TS 119 495 GEN-5.2.2-4",
		basis:    zlint,
		message:  "It has a role that TS 119 495 does not define: %q with identifier %s.",
		remedy:   "Ask the issuer where the role is registered; banks may not know it.",
		check: func(s *subject) []args {
			var all []args
			for _, r := range s.roles() {
				if _, known := certs.RoleName(r.OID); !known && r.OID != "" {
					all = append(all, args{r.Name, r.OID})
				}
			}
			return all
		},
	},
	{
		code:     "role_repeated",
		severity: SeverityNotice,
		clause:   "TS 119 495 clause 5.2.2",
		message:  "It has the role %s more than once.",
		remedy:   "Tell the issuer; it seldom does harm.",
		check:    func(s *subject) []args { return each(text.Repeated(s.roleNames())) },
	},
	{
		code:     "role_unspecified_not_alone",
		severity: SeverityWarning,
		clause:   "TS 119 495 GEN-5.2.2-1",
		basis:    pkilint,
		message:  "It has the role Unspecified along with others.",
		remedy:   "Tell the issuer: Unspecified must stand alone.",
		check:    func(s *subject) []args { return found(len(s.roles()) > 1 && s.HasRole("Unspecified")) },
	},
	{
		code:     "role_unspecified",
		severity: SeverityNotice,
		clause:   "TS 119 495 GEN-5.2.2-1 and GEN-5.2.2-3A",
		basis:    pkilint,
		message:  "Its role is Unspecified: the bank looks up your roles in a register.",
		remedy:   "No action is needed if that is what you ordered.",
		check:    func(s *subject) []args { return found(len(s.roles()) == 1 && s.HasRole("Unspecified")) },
	},
	{
		code:     "role_verification_of_payee",
		severity: SeverityNotice,
		clause:   "TS 119 495 V1.8.1 annex A",
		basis:    zlint,
		message:  "It has a role that was added in TS 119 495 V1.8.1: %s.",
		remedy:   "No action is needed; software from before 2026 does not know the role.",
		check: func(s *subject) []args {
			return each(slices.DeleteFunc(s.roleNames(), func(name string) bool { return !isInstantRole(name) }))
		},
	},
}

// isInstantRole tells the roles that V1.8.1 added for instant payments.
func isInstantRole(name string) bool {
	return slices.Contains([]string{"PSP_CB", "PSP_PA", "VOP_RS", "VOP_VS"}, name)
}

func (s *subject) roles() []certs.Role {
	if s.PSD2 == nil {
		return nil
	}
	return s.PSD2.Roles
}

func (s *subject) roleNames() []string { return certs.RoleNames(s.Certificate) }
