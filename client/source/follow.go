package source

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/clock"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// laggingFor is how often a configuration is read again that is not of the version an event has told of: the replica
// that answers may be behind.
const laggingFor = 5

// follow reads the configuration, and again after each event, until the Set is closed.
func (s *Source) follow() {
	ctx := s.set.ctx
	var wait backoff
	lagging := 0
	for attempt := 0; ; attempt++ {
		timer := time.NewTimer(time.Hour) // what no event has told of in an hour is looked at all the same
		switch err := s.read(ctx); {
		case s.set.all && codeOf(err) == unknown && s.gone(): // an event tells should it come back
			wait.reset()
		case err != nil:
			timer.Reset(wait.next(err))
		case s.behind() && lagging < laggingFor:
			lagging++
			timer.Reset(wait.next(nil))
		default:
			wait.reset()
			lagging = 0
			if pause, again := s.doubt(); again {
				timer.Reset(pause)
			}
		}
		if attempt == 0 {
			close(s.tried)
		}
		select {
		case <-s.stale:
			if wait.bound > 0 { // an event is no reason to hurry a server that fails
				clock.Pause(ctx, firstBound)
			}
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

// read reads the configuration once, and takes it over if it is good.
func (s *Source) read(ctx context.Context) error {
	name, drops := s.Name(), s.drops.Load()
	var got api.TLSConfiguration
	var err error
	if name.ID != "" {
		got, err = s.set.client.GetTLS(ctx, name.ID)
	} else {
		got, err = s.set.client.LookUpTLS(ctx, name.Application, name.Institution)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.noteRead(err)
	switch {
	case err == nil && s.drops.Load() != drops: // what was asked before an event took it out of use
		return s.read(ctx)
	case err == nil:
		return s.take(got)
	case outOfUse(err):
		s.drop(err)
	}
	if final(err) {
		s.settle(err)
	}
	return err
}

// take makes a configuration the one in use. One that is of no use is not.
func (s *Source) take(c api.TLSConfiguration) error {
	now := s.current.Load().version
	if now.same(c) {
		s.confirmed()
		return nil
	}
	v, err := newVersion(s, c)
	if err != nil {
		if s.refuse(c, err) { // the answer to a report has the newest version read at once
			s.set.cfg.Logger.Warn("a TLS configuration cannot be used", slog.String("registration", s.String()),
				slog.Int("version", c.Version), slog.String("error", err.Error()))
			s.set.reportSoon()
		}
		s.settle(err)
		return err
	}
	s.learn(c)
	s.replaceWith(v, nil)
	s.certain()
	s.confirmed()
	s.set.cache.keep(s.set.cfg.Logger, c)
	s.set.cfg.Logger.Info("a TLS configuration is in use", slog.String("registration", s.String()),
		slog.Int("version", c.Version), slog.String("sha256", c.Transport.SHA256))
	s.settle(nil)
	return nil
}

// takeCached takes the configuration over from before a restart, if it is there and has not ended.
func (s *Source) takeCached(kept []api.TLSConfiguration) {
	for _, c := range kept {
		if !named(c, s.Name()) {
			continue
		}
		v, err := newVersion(s, c)
		if err != nil || v.expired(s.set.cfg.Now()) != nil {
			return
		}
		s.learn(c)
		s.replaceWith(v, nil)
		s.settle(nil)
		return
	}
}

// learn notes the names and the id.
func (s *Source) learn(c api.TLSConfiguration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.name = Registration{ID: c.RegistrationID, Application: c.Application, Institution: c.Institution}
}

// certain notes that what an event has told of has been read.
func (s *Source) certain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.doubts = nil
}

// drop takes the registration out of use.
func (s *Source) drop(err error) {
	s.drops.Add(1)
	now := s.current.Load()
	s.note(err)
	if now.version != nil || codeOf(now.err) != codeOf(err) {
		s.replaceWith(nil, err)
	}
	s.set.cache.forget(s.set.cfg.Logger, s.Name().ID)
}

func codeOf(err error) string {
	code := fault.Code(err)
	return code
}

// replaceWith puts a version in use, or none, and closes the connections of the former.
func (s *Source) replaceWith(v *version, err error) {
	former := s.replace(v, err).version
	if former != nil {
		former.retire()
		s.mu.Lock()
		s.former = append(s.former, former)
		s.counts.changes++
		s.mu.Unlock()
		// Most requests are answered soon, and until then the report says that the former is still presented.
		for _, after := range []time.Duration{time.Second, time.Duration(former.settings.RequestTimeout)} {
			time.AfterFunc(after, s.forgetFormer)
		}
	}
	s.set.reportSoon()
}

// forgetFormer leaves out former versions that have no request under way any more.
func (s *Source) forgetFormer() {
	s.mu.Lock()
	var busy []*version
	for _, v := range s.former {
		if v.bank.InFlight() > 0 {
			busy = append(busy, v)
		}
	}
	if len(busy) > 4 { // a body that nobody closes must not hold them for ever: their connections are closed
		busy = busy[len(busy)-4:]
	}
	s.former = busy
	s.mu.Unlock()
	s.set.reportSoon()
}

// gone reports whether an event has told that the registration is the account's no longer, and none of a version since.
func (s *Source) gone() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.told < 0
}

// forget notes that an event has told that the registration is the account's no longer.
func (s *Source) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = -1
}

// expect has the configuration read again, until it is of that version. If something of it changed just now, that may
// be something else than the version.
func (s *Source) expect(version int, changed bool) {
	s.mu.Lock()
	s.told = version
	if changed {
		s.doubts = doubted
	}
	s.mu.Unlock()
	s.poke()
}

// doubted is after how long a configuration is read again that an event has told of, and in which nothing was new: a
// replica may have answered that had not heard of the change yet.
var doubted = []time.Duration{time.Second, 6 * time.Second}

// doubt says whether the configuration is to be read again, and when.
func (s *Source) doubt() (pause time.Duration, again bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.doubts) == 0 {
		return 0, false
	}
	pause, s.doubts = s.doubts[0], s.doubts[1:]
	return pause/2 + rand.N(pause), true //nolint:gosec // it spreads readings, and is no secret
}

// behind reports whether an event has told of another version than the one in use.
func (s *Source) behind() bool {
	v := s.current.Load().version
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.told > 0 && v != nil && v.configuration.Version != s.told
}

// settle ends the wait for the first configuration.
func (s *Source) settle(err error) {
	s.began.Do(func() {
		if err != nil {
			s.replace(nil, err)
		} else {
			s.set.there.Do(func() { close(s.set.some) })
		}
		close(s.first)
	})
}

// refused is why there is no configuration.
func (s *Source) refused() error { return s.current.Load().err }

// watch follows the changes until the Set is closed: as a stream, and by asking again and again where streams do not
// come through.
func (s *Set) watch() {
	var wait backoff
	var pollUntil time.Time
	for s.ctx.Err() == nil {
		began := time.Now()
		poll := began.Before(pollUntil)
		opened, heard, err := s.listen(poll)
		s.linkEnded(err)
		switch {
		case poll && err == nil:
			wait.reset()
			continue
		case !poll && heard && time.Since(began) > time.Minute:
			wait.reset()
		case opened && !heard:
			pollUntil = time.Now().Add(10 * time.Minute)
		case poll:
			pollUntil = time.Time{}
		}
		if !clock.Pause(s.ctx, wait.next(err)) {
			return
		}
	}
}

// pollTime is how long a long poll waits for news.
const pollTime = 10 * time.Second

// listen reads one stream to its end, or makes one long poll, and reports whether anything was heard.
func (s *Set) listen(poll bool) (opened, heard bool, err error) {
	if poll {
		news, err := s.client.WatchTLS(s.ctx, s.cursor, min(pollTime, s.cfg.Client.Timeout/2))
		if err != nil {
			return false, false, err
		}
		named := map[string]bool{}
		for _, e := range news.Events {
			named[e.RegistrationID] = true
			s.dispatch(e)
		}
		s.synced(named, api.TLSSynced{Cursor: news.Cursor, Complete: news.Complete})
		return true, true, nil
	}
	stream, err := s.client.StreamTLS(s.ctx, s.cursor)
	if err != nil {
		return false, false, err
	}
	defer func() { _ = stream.Close() }()
	named := map[string]bool{}
	for {
		m, err := stream.Next()
		if err != nil {
			return true, heard, err
		}
		heard = true
		if m.Synced != nil {
			s.synced(named, *m.Synced)
			clear(named)
			continue
		}
		named[m.Event.RegistrationID] = true
		s.dispatch(m.Event)
	}
}

// synced notes that everything up to a cursor has been told.
func (s *Set) synced(named map[string]bool, told api.TLSSynced) {
	if told.Complete {
		s.leaveOut(named)
	}
	s.cursor = told.Cursor
	s.linkHeard()
}
