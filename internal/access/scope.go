package access

import (
	"slices"
	"time"
)

// ScopeKind says by what a scope is drawn.
type ScopeKind string

// The kinds of scopes.
const (
	ScopeEverywhere   ScopeKind = "everywhere"
	ScopeOrganization ScopeKind = "organization" // one of the firm's legal entities, by its id
	ScopeEnvironment  ScopeKind = "environment"  // sandbox or live
	ScopeBankGroup    ScopeKind = "bank_group"   // by its id in the catalogue
)

// ScopeKinds are all of them, in the order in which they are offered.
func ScopeKinds() []ScopeKind {
	return []ScopeKind{ScopeEverywhere, ScopeOrganization, ScopeEnvironment, ScopeBankGroup}
}

// Scope is where a role holds. The zero Scope is nowhere.
type Scope struct {
	Kind  ScopeKind
	Value string // empty for everywhere
}

// Everything is the scope that holds at every place, and for what has none.
var Everything = Scope{Kind: ScopeEverywhere}

// Place is where a thing belongs. What is empty is not known, or there is no one such: a certificate belongs to an
// organization and to no environment.
type Place struct {
	Organization string // id
	Environment  string // sandbox or live
	BankGroup    string // id
}

// Holds reports whether the place is in the scope. What is not known of a place is in no scope but everywhere.
func (s Scope) Holds(p Place) bool {
	of := ""
	switch s.Kind {
	case ScopeEverywhere:
		return true
	case ScopeOrganization:
		of = p.Organization
	case ScopeEnvironment:
		of = p.Environment
	case ScopeBankGroup:
		of = p.BankGroup
	}
	return s.Value != "" && s.Value == of
}

// RoleGrant is a role that somebody was given beside those they have everywhere and without an end: on a part, or
// until a day.
type RoleGrant struct {
	ID        string
	Role      Role
	Scope     Scope
	GrantedBy string // name
	GrantedAt time.Time
	EndsAt    time.Time // zero: it does not end by itself
	Group     string    // at an identity provider, from which it comes; empty: somebody granted it
}

// InForce reports whether the grant has not ended.
func (g RoleGrant) InForce(now time.Time) bool { return g.EndsAt.IsZero() || now.Before(g.EndsAt) }

// onPart are the acts that a role allows on a part of everything, where it was granted there: what is done to a thing
// that has a place. All others need the role everywhere: what is missing here is refused and never too much. An act
// that is added here has its object's place checked by audit.Log, so the object must be the thing that is acted on, and
// everything else that the request names must be judged by its place too.
var onPart = []Action{
	CertInspect, CSRCreate, CertImport, CertAsk, CertChain, CertLink, CertRetire, CertDestroy, CertUse,
	KeyAllowExport, KeyExport, SecretPut, SecretUse,
	RegistrationWrite, EvidenceAdd, BundleWrite, ApplicationChange, PaymentsSwitch, BankAnswer,
	BundleActivate, BundleRollback, BundleRetire, ConnectionTest, ClientIssue, AccountsRead,
	PaymentCreate, PaymentConfirm, PaymentCancel, PaymentResolve, PaymentNotSent,
	ConsentStart, ConsentRevoke, TokensUse, TokensDrop,
	ApprovalRequest, ApprovalDecide, ApprovalReview, CaseAcknowledge,
}

// divided are the readings that a role allows on a part: of one thing by its place, of a list by the caller's Reach.
// What is missing here is read by those alone whose role holds everywhere.
var divided = []Action{
	CertList, CertRead, RegistrationRead, EvidenceRead, ConsentRead, PaymentRead, ApprovalRead, CaseRead, AuditRead,
	AuditExport,
}

// OnPart reports whether a role that was granted on a part allows the action there.
func (a Action) OnPart() bool { return slices.Contains(onPart, a) || a.Divided() }

// Divided reports whether the action is a reading of which each caller sees their part: what lies elsewhere does not
// exist for them.
func (a Action) Divided() bool { return slices.Contains(divided, a) }

// May reports whether the role allows the action, wherever it holds.
func (r Role) May(action Action) bool { return r == Admin || slices.Contains(permissions[r], action) }

// Holds reports whether the caller has the role at a place, whatever else they may.
func (c Caller) Holds(role Role, p Place) bool {
	return slices.Contains(c.Roles, role) ||
		slices.ContainsFunc(c.Parts, func(g RoleGrant) bool { return g.Role == role && g.Scope.Holds(p) })
}

// MayOnPart reports whether there is a part in which the caller may do the action, wherever that is.
func (c Caller) MayOnPart(action Action) bool { return len(c.Scopes(action)) > 0 }

// MaySomewhere reports whether the caller may do the action everywhere or on some part.
func (c Caller) MaySomewhere(action Action) bool { return c.May(action) || c.MayOnPart(action) }

// Scopes are the parts in which the caller may do the action.
func (c Caller) Scopes(action Action) []Scope {
	var scopes []Scope
	for _, g := range c.Parts {
		if action.OnPart() && g.Role.May(action) {
			scopes = append(scopes, g.Scope)
		}
	}
	return scopes
}

// MayAt reports whether the caller may do the action to something that belongs there.
func (c Caller) MayAt(action Action, p Place) bool {
	return c.At(p).May(action)
}

// At is the caller doing, at the place, what follows from an act that they may do there: the certificates and
// credentials that a registration names are opened, or something new is made that belongs there and has no place of its
// own yet. It must not be handed to what acts on things that a request names.
func (c Caller) At(p Place) Caller {
	c.place = &p
	return c
}
