package api

import (
	"time"

	"github.com/sealkeeper/sealkeeper/secret"
)

// Person is somebody who signs in.
type Person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// compliance, engineer, auditor, admin, emergency or limited: everywhere, without an end
	Roles        []string    `json:"roles"`
	Grants       []RoleGrant `json:"grants"` // what they may besides; those that have ended too
	CreatedAt    time.Time   `json:"created_at"`
	DisabledAt   *time.Time  `json:"disabled_at"`     // nil: may sign in
	LastSignInAt *time.Time  `json:"last_sign_in_at"` // to the console; nil: never
	Passkeys     int         `json:"passkeys"`
	Sessions     int         `json:"sessions"` // open in the console
}

// RoleGrant is a role that somebody has on a part of everything, or until a moment.
type RoleGrant struct {
	ID        string     `json:"id"`
	Role      string     `json:"role"`
	Scope     RoleScope  `json:"scope"`
	GrantedBy string     `json:"granted_by"`
	GrantedAt time.Time  `json:"granted_at"`
	EndsAt    *time.Time `json:"ends_at"` // nil: it does not end by itself
	Group     string     `json:"group"`   // at an identity provider, from which it comes; empty: somebody granted it
}

// RoleScope is where a role holds.
type RoleScope struct {
	Kind  string `json:"kind"`  // everywhere, organization, environment or bank_group
	Value string `json:"value"` // id of the organization or bank group, sandbox or live; empty for everywhere
}

// PersonDetail is somebody, with how and where they sign in.
type PersonDetail struct {
	Person   Person           `json:"person"`
	Passkeys []Passkey        `json:"passkeys"`
	Sessions []ConsoleSession `json:"sessions"`
	Tokens   []Token          `json:"tokens"`
}

// Token is a bearer token of somebody's, without what it holds.
type Token struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"` // where it is used; empty: made on the server
	CreatedAt  time.Time  `json:"created_at"`
	ExpiresAt  *time.Time `json:"expires_at"`   // nil: one of former versions, which does not end by itself
	LastUsedAt *time.Time `json:"last_used_at"` // to the minute; nil: never
}

// FetchToken is by what a terminal is given the token that somebody has agreed to in the console. Encoded, both are
// "[redacted]".
type FetchToken struct {
	Code     secret.Text `json:"code"`     // that the console has shown
	Verifier secret.Text `json:"verifier"` // of the challenge that the terminal asked with (RFC 7636)
}

// FetchedToken is the token. Encoded again, it is "[redacted]".
type FetchedToken struct {
	AccessToken secret.Text `json:"access_token"`
	Person      string      `json:"person"` // name of who has agreed to it
	Token       Token       `json:"token"`
}

// Passkey is what somebody signs in with. Its private half is on their device.
type Passkey struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Synced     bool       `json:"synced"` // kept by a password manager, on several devices
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at"` // nil: never
}

// ConsoleSession is where somebody is signed in.
type ConsoleSession struct {
	ID      string    `json:"id"`
	Way     string    `json:"way"`   // passkey, link or invitation
	Agent   string    `json:"agent"` // what the browser calls itself
	Address string    `json:"address"`
	BeganAt time.Time `json:"began_at"`
	SeenAt  time.Time `json:"seen_at"` // to the minute
}

// InvitePerson proposes somebody who is to join.
type InvitePerson struct {
	Name  string   `json:"name"`
	Roles []string `json:"roles"`
}

// Invitation is somebody who has been invited and has not joined.
type Invitation struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Roles     []string  `json:"roles"`
	InvitedBy string    `json:"invited_by"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
	LinkMade  bool      `json:"link_made"` // false: an administrator has yet to make the link, in the console
}
