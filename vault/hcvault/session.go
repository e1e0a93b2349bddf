package hcvault

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/vault/api"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/clock"
)

const (
	// Logins are at least and, while Vault is not reached, at most this far apart.
	minLoginPause = time.Second
	maxLoginPause = 30 * time.Second
	// refusedPause is how long what Vault refused is not shown again: a little more than Vault takes to forget it.
	refusedPause = 16 * time.Minute
	// maxRefusals in a row leave something to what locks a role for all who use it: five (Vault's user lockout).
	maxRefusals = 3
	// lookEvery is how often what a login shows is read, to see whether it is another.
	lookEvery = 2 * time.Second
)

// session keeps a client logged in: it renews the token, and logs in anew when
// renewal ends, when Vault no longer knows the token, and with a new credential.
type session struct {
	vault    *client
	login    login
	log      *slog.Logger
	suspects chan struct{} // a request was refused: is the token still good?
	cancel   context.CancelFunc
	done     sync.WaitGroup
	problem  atomic.Pointer[fault.Error] // why there is no login; nil while there is one

	// Only the goroutine that logs in uses what follows.
	tried     credential // the last one
	refused   credential // the last one that Vault turned down
	refusal   error      // with these words
	refusals  int        // in a row
	refusedAt time.Time
}

// startSession logs in. Patient, it goes on where Vault refuses that, and waits
// for another credential in the background.
func startSession(ctx context.Context, cfg Config, transport *http.Client, vault *client) (*session, error) {
	first, err := newClient(cfg, transport)
	if err != nil {
		return nil, err
	}
	s := &session{vault: vault, login: newLogin(cfg, first), log: cfg.Log, suspects: make(chan struct{}, 1)}
	auth, err := s.logIn(ctx)
	if err != nil && (!cfg.Patient || !errors.Is(err, errRefused)) {
		return nil, err
	}
	s.fail(err)
	background, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.done.Go(func() { s.run(background, auth, err) })
	return s, nil
}

// run alternates between watching a login and logging in again, until ctx ends.
// err is why auth is nil.
func (s *session) run(ctx context.Context, auth *api.SecretAuth, err error) {
	for ctx.Err() == nil {
		if auth == nil {
			auth = s.retry(ctx, err)
			continue
		}
		since := time.Now()
		if auth = s.watch(ctx, auth); auth == nil {
			clock.Pause(ctx, minLoginPause-time.Since(since))
			auth, err = s.logIn(ctx)
		}
	}
}

// logIn reads the credential and shows it to Vault, but for one that Vault has
// refused just now, and for any after several refusals: they would be counted.
func (s *session) logIn(ctx context.Context) (*api.SecretAuth, error) {
	shown, err := s.login.read()
	if err != nil {
		return nil, cannotRead(err)
	}
	if time.Since(s.refusedAt) >= refusedPause {
		s.refusals = 0
	}
	if s.refusals >= maxRefusals || s.refusals > 0 && shown.equal(s.refused) {
		return nil, s.refusal
	}
	s.tried = shown
	auth, err := s.login.login(ctx, shown)
	switch {
	case errors.Is(err, errRefused):
		s.refused, s.refusal, s.refusedAt = shown, err, time.Now()
		s.refusals++
		s.log.Error("cannot log in to Vault", "error", err, "next_try", "with another credential", "or_in",
			refusedPause)
		return nil, err
	case err != nil:
		return nil, err
	}
	s.refusals = 0
	s.vault.api.SetToken(auth.ClientToken)
	s.fail(nil)
	s.log.Info("logged in to Vault", "ttl_seconds", auth.LeaseDuration, "renewable", auth.Renewable)
	return auth, nil
}

// retry repeats a login that failed with err until it works or ctx ends (nil):
// ever more slowly, or as soon as there is another credential than Vault refused.
func (s *session) retry(ctx context.Context, err error) *api.SecretAuth {
	for wait := minLoginPause; ctx.Err() == nil; {
		s.fail(err)
		if errors.Is(err, errRefused) {
			clock.Pause(ctx, lookEvery)
			wait = minLoginPause
		} else {
			s.log.Error("cannot log in to Vault", "error", err, "next_try_in", wait)
			clock.Pause(ctx, wait)
			wait = min(2*wait, maxLoginPause)
		}
		var auth *api.SecretAuth
		if auth, err = s.logIn(ctx); err == nil {
			return auth
		}
	}
	return nil
}

// fail notes why there is no login; nil is that there is one.
func (s *session) fail(err error) {
	problem, _ := errors.AsType[*fault.Error](err)
	s.problem.Store(problem)
}

// watch returns another login once there is another credential, and nil when this one has ended, or ctx.
func (s *session) watch(ctx context.Context, auth *api.SecretAuth) *api.SecretAuth {
	var ended <-chan error
	var renewed <-chan *api.RenewOutput
	if auth.LeaseDuration > 0 { // a root token has no end
		watcher, err := s.vault.api.NewLifetimeWatcher(&api.LifetimeWatcherInput{Secret: &api.Secret{Auth: auth}})
		if err != nil {
			s.log.Error("Vault login cannot be watched", "error", err)
			return nil
		}
		go watcher.Start()
		defer watcher.Stop()
		ended, renewed = watcher.DoneCh(), watcher.RenewCh()
	}
	looks := time.NewTicker(lookEvery)
	defer looks.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-renewed:
			s.log.Debug("renewed the Vault login")
		case err := <-ended:
			s.log.Info("the Vault login is ending", "error", err)
			return nil
		case <-s.suspects:
			if s.unknown(ctx) {
				s.log.Warn("Vault no longer knows our token")
				return nil
			}
		case <-looks.C:
			if another := s.takeUp(ctx); another != nil {
				return another
			}
		}
	}
}

// unknown asks Vault whether it knows our token.
func (s *session) unknown(ctx context.Context) bool {
	return isForbidden(s.vault.get(ctx, "auth/token/lookup-self", nil, nil))
}

// takeUp logs in with another credential than the one before, if there is one,
// while that one's login is good: a wrong one does no harm yet.
func (s *session) takeUp(ctx context.Context) *api.SecretAuth {
	if now, err := s.login.read(); err != nil || now.equal(s.tried) {
		return nil
	}
	auth, err := s.logIn(ctx)
	if err != nil && !errors.Is(err, errRefused) {
		s.log.Warn("the new credential for Vault was not tried; the former login is kept", "error", err)
	}
	return auth
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
