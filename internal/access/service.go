package access

import "slices"

// Purpose is something a service account may do with the registrations it is bound to.
type Purpose string

// The purposes.
const (
	Transport   Purpose = "transport"   // TLS handshakes with the QWAC
	Signing     Purpose = "signing"     // signatures with the QSealC
	Credentials Purpose = "credentials" // be handed the client id and secret
	Export      Purpose = "export"      // be handed exportable private keys
	Accounts    Purpose = "accounts"    // consents, and the accounts they give access to
	Payments    Purpose = "payments"
)

// Purposes are all of them.
var Purposes = []Purpose{Transport, Signing, Credentials, Export, Accounts, Payments}

// purposeActions are what each purpose is made of. What more an operation needs than the action, such as the binding
// to the registration, the package checks that has the operation.
var purposeActions = map[Purpose][]Action{
	Transport:   {TLSRead, TLSHandshake, TLSReport, CertUse},
	Signing:     {CertSign, CertUse},
	Credentials: {SecretUse},
	Export:      {KeyExport},
	Accounts: {
		ClientIssue, CertUse, SecretUse, AccountsRead, ConsentStart, ConsentRead, ConsentRevoke, TokensUse, TokensDrop,
		TokensLend,
	},
	Payments: {ClientIssue, CertUse, SecretUse, PaymentCreate, PaymentRead, PaymentConfirm, PaymentCancel,
		TokensLend},
}

// Grant is what a service account may do: its purposes, in the registrations it is bound to.
type Grant struct {
	Purposes []Purpose
	// Bound reports whether the account is bound to the registration; what it is not bound to does not exist for it.
	Bound func(registrationID string) bool
	// Registrations are the ids of those that it is bound to, where they can be told.
	Registrations []string
}

// Has reports whether the grant has the purpose.
func (g *Grant) Has(p Purpose) bool { return slices.Contains(g.Purposes, p) }

func (g *Grant) may(action Action) bool {
	return action == InstitutionRead || action == TokenExchange || slices.ContainsFunc(g.Purposes,
		func(p Purpose) bool {
			return slices.Contains(purposeActions[p], action)
		})
}

// Knows reports whether the registration exists as far as the caller is concerned.
func (c Caller) Knows(registrationID string) bool {
	return c.Grant == nil || c.Grant.Bound(registrationID)
}

// Lacks returns the purpose that would allow a service account the action; empty where none would, or the
// caller is none.
func (c Caller) Lacks(action Action) Purpose {
	if c.Grant == nil || c.May(action) {
		return ""
	}
	for _, p := range Purposes {
		if slices.Contains(purposeActions[p], action) {
			return p
		}
	}
	return ""
}
