package hcvault

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/vault/api"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
)

// barred is a login that never works.
type barred struct {
	err     error
	changes bool // every look finds another credential
	reads   int
	asked   []time.Time
}

func (b *barred) read() (credential, error) {
	b.reads++
	if b.changes {
		return credential{proof: secret.NewText([]byte{byte(b.reads), byte(b.reads >> 8)})}, nil
	}
	return credential{proof: secret.NewTextString("stale")}, nil
}

func (b *barred) login(context.Context, credential) (*api.SecretAuth, error) {
	b.asked = append(b.asked, time.Now())
	return nil, b.err
}

func (b *barred) logout(context.Context, *client) error { return nil }

// TestHowOftenALoginIsTried runs a day in which every login fails. Vault locks a
// role after five refused logins without a quarter of an hour between two.
func TestHowOftenALoginIsTried(t *testing.T) {
	const forgotten = 15 * time.Minute
	turnedDown := fault.Wrap(refused(errors.New("400")), fault.Unavailable, "vault_login", "no")
	for name, test := range map[string]struct {
		login       barred
		apart       time.Duration // of the same credential's tries, at least
		least, most int           // tries
	}{
		"refused":                           {barred{err: turnedDown}, forgotten, 80, 96},
		"refused, and changed all the time": {barred{err: turnedDown, changes: true}, 0, 80, 400},
		"Vault is not reached": {barred{err: fault.New(fault.Unavailable, "vault_unreachable",
			"no")}, time.Second, 2800, 2900},
		"Vault is not reached, and a rotation": {barred{
			err:     fault.New(fault.Unavailable, "vault_unreachable", "no"),
			changes: true,
		}, time.Second, 2800, 2900},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
				defer cancel()
				login := test.login
				s := &session{login: &login, log: slog.New(slog.DiscardHandler)}
				auth, err := s.logIn(ctx)
				s.run(ctx, auth, err)
				if n := len(login.asked); n < test.least || n > test.most {
					t.Errorf("asked %d times, want %d to %d", n, test.least, test.most)
				}
				row := 1 // refusals that Vault has not forgotten
				for i := 1; i < len(login.asked); i++ {
					apart := login.asked[i].Sub(login.asked[i-1])
					if apart < test.apart {
						t.Fatalf("tries %d and %d are %s apart", i-1, i, apart)
					}
					if row++; apart > forgotten {
						row = 1
					}
					if row >= 5 && errors.Is(login.err, errRefused) {
						t.Fatalf("try %d is the fifth that Vault remembers", i)
					}
				}
				if s.problem.Load() == nil {
					t.Error("it is not said that there is no login")
				}
			})
		})
	}
}
