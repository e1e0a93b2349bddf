package service

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"hash/crc32"
	"math/big"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/uid"
	"github.com/sealkeeper/sealkeeper/secret"
)

const (
	tokenPrefix = "skp_"
	tokenRandom = 43 // digits of base 62 that 32 bytes take
	tokenCheck  = 6  // digits of base 62 that a CRC-32 takes
	tokenLife   = 366 * 24 * time.Hour
)

// TokensValid is how many tokens of an account are valid at a time, so that one can take the place of the other.
const TokensValid = 2

// TokensAtLimit is the refusal of one more.
func TokensAtLimit() error {
	return fault.New(fault.Conflict, "tokens_at_limit",
		"The account already has %d valid tokens; revoke the one that is no longer used.", TokensValid)
}

// base62 writes n with the digits 0-9A-Za-z, filled up with zeros to the width.
func base62(n *big.Int, width int) string {
	text := n.Text(62) // 0-9a-zA-Z
	swapped := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		case 'A' <= r && r <= 'Z':
			return r - 'A' + 'a'
		}
		return r
	}, text)
	return strings.Repeat("0", width-len(swapped)) + swapped
}

// checksum is base62 of a CRC-32, which each request has looked at: without big numbers.
func checksum(random string) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	n := crc32.ChecksumIEEE([]byte(random))
	var text [tokenCheck]byte
	for i := range text {
		text[len(text)-1-i] = digits[n%62]
		n /= 62
	}
	return string(text[:])
}

// newToken returns 256 random bits as a token that scanners recognise.
func newToken() secret.Text {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	random := base62(new(big.Int).SetBytes(b), tokenRandom)
	return secret.NewTextString(tokenPrefix + random + checksum(random))
}

// prefixed reports whether a token looks like one of a service account, and wellFormed whether it was made by one.
func prefixed(token secret.Text) bool { return strings.HasPrefix(token.Reveal(), tokenPrefix) }

func wellFormed(token secret.Text) bool {
	body, _ := strings.CutPrefix(token.Reveal(), tokenPrefix)
	return len(body) == tokenRandom+tokenCheck && checksum(body[:tokenRandom]) == body[tokenRandom:]
}

func hashToken(token secret.Text) string {
	sum := sha256.Sum256(token.Bytes())
	return hex.EncodeToString(sum[:])
}

// IssueToken makes a token, which is shown this once. It always ends. That of an account which can do something on
// live is made by somebody at the console: it would live on after the bearer token with which it was made.
func (s *Accounts) IssueToken(
	ctx context.Context, caller access.Caller, accountID string, expiresAt time.Time,
) (Token, secret.Text, error) {
	if err := s.mayIssue(ctx, caller, accountID); err != nil {
		return Token{}, secret.Text{}, err
	}
	var made Token
	token := newToken()
	err := s.act(ctx, caller, accountID, note.New("service_token_made", "token made"), func() error {
		now := s.cfg.Now()
		if !expiresAt.After(now) || expiresAt.After(now.Add(tokenLife)) {
			return fault.New(fault.Invalid, "expiry_invalid",
				"A token ends in the future, and after 366 days at the latest.")
		}
		text := token.Reveal()
		made = Token{
			ID:        uid.New(),
			AccountID: accountID,
			Hint:      text[len(text)-4:],
			CreatedBy: caller.Name,
			CreatedAt: now,
			ExpiresAt: expiresAt.Truncate(time.Microsecond).UTC(),
		}
		return s.cfg.Tokens.AddServiceToken(ctx, hashToken(token), made)
	})
	if err != nil {
		return Token{}, secret.Text{}, err
	}
	return made, token, nil
}

func (s *Accounts) mayIssue(ctx context.Context, caller access.Caller, accountID string) error {
	if err := s.cfg.Audit.Permit(ctx, caller, access.ServiceManage, accountID); err != nil {
		return err
	}
	a, err := s.cfg.Store.ServiceAccount(ctx, accountID)
	if err != nil || !a.Grant.live(s.cfg.Catalogue) {
		return err
	}
	return s.cfg.Audit.AtConsole(ctx, caller, access.ServiceManage, accountID)
}

// RevokeToken refuses a token from now on.
func (s *Accounts) RevokeToken(ctx context.Context, caller access.Caller, accountID, id string) error {
	err := s.act(ctx, caller, accountID, note.New("service_token_revoked", "token revoked"), func() error {
		return s.cfg.Tokens.RemoveServiceToken(ctx, accountID, id)
	})
	s.forget(accountID)
	return err
}
