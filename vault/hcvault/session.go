package hcvault

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/hashicorp/vault/api"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/clock"
)

// Logins are at least and, while they fail, at most this far apart.
const (
	minLoginPause = time.Second
	maxLoginPause = 30 * time.Second
)

// session keeps a client logged in: it renews the token, and logs in anew when
// renewal ends or when Vault no longer knows the token.
type session struct {
	vault    *client
	login    login
	log      *slog.Logger
	suspects chan struct{} // a request was refused: is the token still good?
	cancel   context.CancelFunc
	done     sync.WaitGroup
}

func startSession(ctx context.Context, cfg Config, transport *http.Client, vault *client) (*session, error) {
	first, err := newClient(cfg, transport)
	if err != nil {
		return nil, err
	}
	s := &session{vault: vault, login: newLogin(cfg.Auth, first), log: cfg.Log, suspects: make(chan struct{}, 1)}
	auth, err := s.login.login(ctx)
	if err != nil {
		return nil, err
	}
	vault.api.SetToken(auth.ClientToken)
	background, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.done.Go(func() { s.run(background, auth) })
	return s, nil
}

// run alternates between watching a login and logging in again, until ctx ends.
func (s *session) run(ctx context.Context, auth *api.SecretAuth) {
	for auth != nil {
		s.log.Info("logged in to Vault", "ttl_seconds", auth.LeaseDuration, "renewable", auth.Renewable)
		since := time.Now()
		s.watch(ctx, auth)
		clock.Pause(ctx, minLoginPause-time.Since(since))
		auth = s.loginAgain(ctx)
	}
}

// watch returns when the login has ended, or ctx.
func (s *session) watch(ctx context.Context, auth *api.SecretAuth) {
	var ended <-chan error
	var renewed <-chan *api.RenewOutput
	if auth.LeaseDuration > 0 { // a root token has no end
		watcher, err := s.vault.api.NewLifetimeWatcher(&api.LifetimeWatcherInput{Secret: &api.Secret{Auth: auth}})
		if err != nil {
			s.log.Error("Vault login cannot be watched", "error", err)
			return
		}
		go watcher.Start()
		defer watcher.Stop()
		ended, renewed = watcher.DoneCh(), watcher.RenewCh()
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-renewed:
			s.log.Debug("renewed the Vault login")
		case err := <-ended:
			s.log.Info("the Vault login is ending", "error", err)
			return
		case <-s.suspects:
			err := s.vault.get(ctx, "auth/token/lookup-self", nil, nil)
			if a, ok := errors.AsType[*answer](err); ok && a.Status == http.StatusForbidden {
				s.log.Warn("Vault no longer knows our token")
				return
			}
		}
	}
}

// loginAgain repeats the login, ever more slowly, until it works or ctx ends (nil).
func (s *session) loginAgain(ctx context.Context) *api.SecretAuth {
	for wait := minLoginPause; ctx.Err() == nil; wait = min(2*wait, maxLoginPause) {
		auth, err := s.login.login(ctx)
		if err == nil {
			s.vault.api.SetToken(auth.ClientToken)
			return auth
		}
		s.log.Error("cannot log in to Vault", "error", err, "next_try_in", wait)
		clock.Pause(ctx, wait)
	}
	return nil
}

// suspect is told of every 403. It never blocks.
func (s *session) suspect() {
	select {
	case s.suspects <- struct{}{}:
	default:
	}
}

func (s *session) close() {
	s.cancel()
	s.done.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := s.login.logout(ctx, s.vault); err != nil && !errors.Is(err, fault.Unavailable) {
		s.log.Warn("the Vault token could not be revoked", "error", err)
	}
}
