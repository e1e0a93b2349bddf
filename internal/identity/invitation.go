package identity

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/uid"
	"github.com/sealkeeper/sealkeeper/secret"
)

const (
	// InvitationLifetime is how long an invitation can be accepted. It is longer than a secret in an address may live,
	// so the link alone is worth nothing: a code comes by another way, and a few wrong ones end it.
	InvitationLifetime = 72 * time.Hour
	// maxAttempts is how many codes can be tried.
	maxAttempts = 5
	// maxInvitations bounds how many are open at once.
	maxInvitations = 200
)

// Invitation lets somebody join or, who has lost their passkeys, in again.
type Invitation struct {
	ID        string
	UserID    string        // whom it lets in again; empty: somebody new
	Name      string        // empty: whoever comes says it, the first administrator
	Roles     []access.Role // of somebody new
	InvitedBy string        // name
	CreatedAt time.Time
	TokenHash string // empty until the link is made
	CodeHash  string // of link and code together; empty where no code is asked for
	Attempts  int    // codes that were tried
	ExpiresAt time.Time
}

// Made reports whether there is a link for it.
func (i Invitation) Made() bool { return i.TokenHash != "" }

// Invitations stores invitations.
type Invitations interface {
	// AddInvitation adds one and removes those that expired before now.
	AddInvitation(ctx context.Context, i Invitation, now time.Time) error
	// Invitations returns those that have not expired, newest first.
	Invitations(ctx context.Context, now time.Time) ([]Invitation, error)
	InvitationByID(ctx context.Context, id string) (Invitation, error)
	InvitationByToken(ctx context.Context, tokenHash string) (Invitation, error)
	// ChangeInvitation writes token, code, attempts and end if the token is still the one given; else NotFound.
	ChangeInvitation(ctx context.Context, i Invitation, tokenHash string) error
	// CountAttempt counts a code that is about to be tried, up to most; NotFound after that.
	CountAttempt(ctx context.Context, id string, most int) error
	RemoveInvitation(ctx context.Context, id string) error
	// Accept removes the invitation, if its token is still the one given, and adds u, if that is not nil.
	Accept(ctx context.Context, i Invitation, u *User) error
}

// Invite asks somebody new to join. There is no link yet: MakeInvitationLink makes it.
func (s *Service) Invite(
	ctx context.Context, caller access.Caller, name string, roles []access.Role,
) (Invitation, error) {
	name, err := s.freeName(ctx, name)
	if err != nil {
		return Invitation{}, err
	}
	if err := goodRoles(roles, personal); err != nil {
		return Invitation{}, err
	}
	return s.invite(ctx, caller, Invitation{Name: name, Roles: roles},
		note.New("person_invited", "%s is to join with roles %s", name, words(roles)))
}

// InviteAgain lets somebody in again who has lost their passkeys.
func (s *Service) InviteAgain(ctx context.Context, caller access.Caller, id string) (Invitation, error) {
	u, err := s.store.UserByID(ctx, id)
	if err != nil {
		return Invitation{}, err
	}
	if id == caller.ID {
		return Invitation{}, s.log.Refuse(ctx, caller, access.UserManage, id, fault.New(fault.Denied, "own_rights",
			"Nobody changes what they may do themselves; ask another administrator."))
	}
	return s.invite(ctx, caller, Invitation{UserID: id, Name: u.Name, Roles: u.Roles},
		note.New("person_invited_again", "%s is to be let in again", u.Name))
}

func personal(r access.Role) bool { return hasRole(access.PersonalRoles(), r) }

func (s *Service) invite(
	ctx context.Context, caller access.Caller, i Invitation, detail note.Note,
) (Invitation, error) {
	now := s.now()
	open, err := s.store.Invitations(ctx, now)
	if err != nil {
		return Invitation{}, err
	}
	if len(open) >= maxInvitations {
		return Invitation{}, fault.New(fault.Conflict, "invitations_many",
			"There are %d open invitations; withdraw those that nobody will accept.", len(open))
	}
	i.ID, i.InvitedBy, i.CreatedAt, i.ExpiresAt = uid.New(), caller.Name, now, now.Add(InvitationLifetime)
	return i, s.log.Do(ctx, caller, access.UserManage, i.Name, func() (note.Note, error) {
		return detail, s.store.AddInvitation(ctx, i, now)
	})
}

// Invited returns the open invitations, newest first, to those who may see who there is.
func (s *Service) Invited(ctx context.Context, caller access.Caller) ([]Invitation, error) {
	if err := s.log.Permit(ctx, caller, access.PersonRead, ""); err != nil {
		return nil, err
	}
	return s.store.Invitations(ctx, s.now())
}

// MakeInvitationLink makes the link of an invitation and the code that goes with it; former ones end. It is for
// somebody at the console: with a bearer token a person can be proposed, and not let in.
func (s *Service) MakeInvitationLink(
	ctx context.Context, caller access.Caller, id string,
) (i Invitation, link, code secret.Text, err error) {
	if err := s.log.AtConsole(ctx, caller, access.UserManage, id); err != nil {
		return i, link, code, err
	}
	link, code = newToken(), newCode()
	err = s.log.Do(ctx, caller, access.UserManage, id, func() (note.Note, error) {
		if i, err = s.store.InvitationByID(ctx, id); err != nil {
			return note.Note{}, err
		}
		before := i.TokenHash
		i.TokenHash, i.CodeHash, i.Attempts = hashToken(link), hashCode(link, code), 0
		i.ExpiresAt = s.now().Add(InvitationLifetime)
		return note.New("invitation_link_made", "link made for %s", i.Name), s.store.ChangeInvitation(ctx, i, before)
	})
	return i, link, code, err
}

// WithdrawInvitation ends an invitation.
func (s *Service) WithdrawInvitation(ctx context.Context, caller access.Caller, id string) error {
	return s.log.Do(ctx, caller, access.UserManage, id, func() (note.Note, error) {
		return note.New("invitation_withdrawn", "invitation withdrawn"), s.store.RemoveInvitation(ctx, id)
	})
}

// FirstLink makes the link with which the first administrator joins, if there is no user yet; else it is empty. It can
// be opened once, within LinkLifetime; each call ends the one before.
func (s *Service) FirstLink(ctx context.Context) (secret.Text, error) {
	any, err := s.store.AnyUser(ctx)
	if err != nil || any {
		return secret.Text{}, err
	}
	open, err := s.store.Invitations(ctx, s.now())
	if err != nil {
		return secret.Text{}, err
	}
	for _, i := range open {
		if err := s.store.RemoveInvitation(ctx, i.ID); err != nil && !errors.Is(err, fault.NotFound) {
			return secret.Text{}, err
		}
	}
	link, now := newToken(), s.now()
	return link, s.act(ctx, access.UserManage, "", note.New("first_link_made", "link made for the first administrator"),
		func() error {
			return s.store.AddInvitation(ctx, Invitation{
				ID:        uid.New(),
				Roles:     []access.Role{access.Admin},
				InvitedBy: administrator.Name,
				CreatedAt: now,
				TokenHash: hashToken(link),
				ExpiresAt: now.Add(LinkLifetime),
			}, now)
		})
}

// OpenInvitation returns the invitation of a link, and what a form holds to accept it. A link that needs no code can be
// opened once; one that does stays what it is.
func (s *Service) OpenInvitation(ctx context.Context, link secret.Text) (Invitation, secret.Text, error) {
	i, err := s.invitation(ctx, link)
	if err != nil || i.CodeHash != "" {
		return i, link, err
	}
	opened, before := newToken(), i.TokenHash
	i.TokenHash = hashToken(opened)
	if err := s.store.ChangeInvitation(ctx, i, before); err != nil {
		return Invitation{}, secret.Text{}, s.unwelcome(ctx, err)
	}
	return i, opened, nil
}

// Invitation returns the invitation of what a form holds.
func (s *Service) Invitation(ctx context.Context, link secret.Text) (Invitation, error) {
	return s.invitation(ctx, link)
}

func (s *Service) invitation(ctx context.Context, link secret.Text) (Invitation, error) {
	i, err := s.store.InvitationByToken(ctx, hashToken(link))
	if err == nil && !s.now().Before(i.ExpiresAt) {
		err = fault.New(fault.NotFound, "invitation_over", "The invitation is over.")
	}
	return i, s.unwelcome(ctx, err)
}

// unwelcome records that somebody has no invitation that is good.
func (s *Service) unwelcome(ctx context.Context, err error) error {
	if !errors.Is(err, fault.NotFound) {
		return err
	}
	return s.log.Refuse(ctx, access.Caller{}, access.SessionStart, "",
		fault.New(fault.Unauthenticated, "invitation_over",
			"This invitation was accepted already, was withdrawn or has expired; ask for a new one."))
}

// Accept lets in whoever has the link of an invitation and the code that goes with it. name is said by
// the first administrator alone.
func (s *Service) Accept(ctx context.Context, link secret.Text, code, name string) (User, error) {
	i, err := s.invitation(ctx, link)
	if err != nil {
		return User{}, err
	}
	if i.CodeHash != "" {
		if err := s.tryCode(ctx, i, link, code); err != nil {
			return User{}, err
		}
	}
	if i.UserID != "" {
		return s.letIn(ctx, i)
	}
	if i.Name != "" {
		name = i.Name
	}
	if name, err = s.freeName(ctx, name); err != nil {
		return User{}, err
	}
	u := s.newUser(name, i.Roles)
	if err := s.store.Accept(ctx, i, &u); err != nil {
		return User{}, s.unwelcome(ctx, err)
	}
	if err := s.log.Record(ctx, u.Caller(s.now()), access.UserManage, name, audit.Done, created(i.Roles)); err != nil {
		return User{}, err
	}
	return u, s.welcome(ctx, u)
}

// letIn accepts an invitation of somebody who is a user already.
func (s *Service) letIn(ctx context.Context, i Invitation) (User, error) {
	u, err := s.enabled(ctx, i.UserID)
	if err != nil {
		return User{}, err
	}
	if err := s.store.Accept(ctx, i, nil); err != nil {
		return User{}, s.unwelcome(ctx, err)
	}
	return u, s.welcome(ctx, u)
}

func (s *Service) welcome(ctx context.Context, u User) error {
	return s.log.Record(ctx, u.Caller(s.now()), access.SessionStart, u.ID, audit.Done,
		note.New("by_invitation", "invitation"))
}

// tryCode counts the attempt before it looks, so that nobody tries more by trying many at once.
func (s *Service) tryCode(ctx context.Context, i Invitation, link secret.Text, code string) error {
	if err := s.store.CountAttempt(ctx, i.ID, maxAttempts); err != nil {
		return s.unwelcome(ctx, err)
	}
	if hashCode(link, secret.NewTextString(digits(code))) == i.CodeHash {
		return nil
	}
	return s.log.Refuse(ctx, access.Caller{}, access.SessionStart, i.Name,
		fault.New(fault.Unauthenticated, "code_wrong",
			"This is not the code that goes with the invitation; after %d attempts it is over.", maxAttempts))
}

// newCode is eight digits, in two groups: with maxAttempts, one in twenty million is guessed.
func newCode() secret.Text {
	n, err := rand.Int(rand.Reader, big.NewInt(100_000_000))
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	return secret.NewTextString(fmt.Sprintf("%08d", n.Int64()))
}

// digits are those of what somebody typed.
func digits(text string) string {
	var only []rune
	for _, r := range text {
		if r >= '0' && r <= '9' {
			only = append(only, r)
		}
	}
	return string(only)
}

func hashCode(link, code secret.Text) string {
	return hashToken(secret.NewTextString(link.Reveal() + " " + code.Reveal()))
}
