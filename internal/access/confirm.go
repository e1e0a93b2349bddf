package access

import (
	"maps"
	"slices"
	"time"
)

// ConfirmedFor is for how long somebody who has shown that it is them need not do so again.
const ConfirmedFor = 10 * time.Minute

// Where says where an act is one that is confirmed.
type Where int

// Where acts are confirmed.
const (
	Nowhere    Where = iota
	OnLive           // where it touches what is live, or everything
	Everywhere       // in a sandbox as well
)

// confirmed is every act before which somebody at the console has to have shown within ConfirmedFor that it is them:
// with a passkey or, who has none, by signing in with a new link. A stolen or forgotten session is not enough for it.
// A bearer token cannot confirm anything. With one, what takes two people can be asked for, and somebody at the console
// decides; what one person may do is done with that person's token alone, but for what would outlive that token on
// live (docs/sign-in.md has the list).
var confirmed = map[Action]Where{
	CertDestroy:       Everywhere,
	KeyAllowExport:    Everywhere, // that a key can be exported, or that live may use one
	KeyExport:         Everywhere,
	IncidentWithdraw:  Everywhere,
	ApprovalDecide:    Everywhere,
	PolicyChange:      Everywhere,
	UserManage:        Everywhere,
	TokenManage:       Everywhere,
	ServiceManage:     Everywhere, // a service account's token does what its account may, for up to a year
	ServiceChange:     Everywhere,
	PasskeyAdd:        Everywhere,
	PasskeyRemove:     Everywhere,
	OwnTokenMake:      Everywhere, // it goes on when the session has ended
	ReviewConfirm:     Everywhere,
	BundleActivate:    OnLive,
	BundleRollback:    OnLive,
	BundleRetire:      OnLive,
	CertRetire:        OnLive,
	CertChain:         OnLive, // services present it to the bank at once
	ApplicationChange: OnLive,
	PaymentsSwitch:    OnLive,
	CatalogueTake:     OnLive, // where it changes where a live environment is, or whom it trusts
	BankAnswer:        OnLive,
	PaymentNotSent:    OnLive,
}

// ConfirmedActions are the acts that are confirmed, and where.
func ConfirmedActions() map[Action]Where { return maps.Clone(confirmed) }

// Confirmed reports where the act is confirmed.
func (a Action) Confirmed() Where { return confirmed[a] }

// Unconfirmed reports whether the caller is at a console and has not shown of late that it is them.
func (c Caller) Unconfirmed(now time.Time) bool {
	return c.Way == BySession && now.Sub(c.ConfirmedAt) >= ConfirmedFor
}

// Roles that a person may have.
var personal = []Role{Compliance, Engineer, Auditor, Admin, Limited, Emergency}

// PersonalRoles are the roles that a person may have, in the order in which they are offered.
func PersonalRoles() []Role { return slices.Clone(personal) }
