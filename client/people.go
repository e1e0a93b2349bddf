package client

import (
	"context"
	"net/http"

	"github.com/sealkeeper/sealkeeper/types/api"
)

// PersonFilter selects people.
type PersonFilter struct {
	Listing
	Disabled bool // only those who may not sign in
}

// ListPeople returns a page of who signs in, by name unless sorted otherwise.
func (c *Client) ListPeople(ctx context.Context, f PersonFilter) (api.Page[api.Person], error) {
	return get[api.Page[api.Person]](ctx, c, f.on(path("people"), "disabled", given(f.Disabled)))
}

// InvitePerson proposes somebody who is to join. An administrator makes the link in the console.
func (c *Client) InvitePerson(ctx context.Context, in api.InvitePerson) (api.Invitation, error) {
	return send[api.Invitation](ctx, c, http.MethodPost, path("people"), in)
}

// GetPerson returns somebody, with passkeys and sessions.
func (c *Client) GetPerson(ctx context.Context, id string) (api.PersonDetail, error) {
	return get[api.PersonDetail](ctx, c, path("people", id))
}

// DisablePerson takes every way in from somebody, at once.
func (c *Client) DisablePerson(ctx context.Context, id string) (api.PersonDetail, error) {
	return send[api.PersonDetail](ctx, c, http.MethodPost, path("people", id, "disable"), nil)
}

// EndPersonSession ends one of somebody's sessions in the console.
func (c *Client) EndPersonSession(ctx context.Context, id, session string) (api.PersonDetail, error) {
	return send[api.PersonDetail](ctx, c, http.MethodDelete, path("people", id, "sessions", session), nil)
}

// RevokeGrant takes a role that somebody has on a part, or until a day. Granting one is for people at the console.
func (c *Client) RevokeGrant(ctx context.Context, id, grant string) (api.PersonDetail, error) {
	return send[api.PersonDetail](ctx, c, http.MethodDelete, path("people", id, "grants", grant), nil)
}

// ListInvitations returns who has been invited and has not joined, newest first.
func (c *Client) ListInvitations(ctx context.Context) ([]api.Invitation, error) {
	return get[[]api.Invitation](ctx, c, path("invitations"))
}

// WithdrawInvitation ends an invitation and returns those that are left.
func (c *Client) WithdrawInvitation(ctx context.Context, id string) ([]api.Invitation, error) {
	return send[[]api.Invitation](ctx, c, http.MethodDelete, path("invitations", id), nil)
}

// ListOwnTokens returns the caller's bearer tokens that are valid, newest first.
func (c *Client) ListOwnTokens(ctx context.Context) ([]api.Token, error) {
	return get[[]api.Token](ctx, c, path("tokens"))
}

// RevokeOwnToken ends one of the caller's bearer tokens and returns those that are left.
func (c *Client) RevokeOwnToken(ctx context.Context, id string) ([]api.Token, error) {
	return send[[]api.Token](ctx, c, http.MethodDelete, path("tokens", id), nil)
}

// RevokeToken ends one of somebody's bearer tokens.
func (c *Client) RevokeToken(ctx context.Context, id, token string) (api.PersonDetail, error) {
	return send[api.PersonDetail](ctx, c, http.MethodDelete, path("people", id, "tokens", token), nil)
}
