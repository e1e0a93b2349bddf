package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/changefeed"
	"github.com/sealkeeper/sealkeeper/types/api"
)

const (
	maxCursor   = 100
	defaultWait = 25 * time.Second
	maxWait     = 55 * time.Second
	heartbeat   = 15 * time.Second
	streamLife  = time.Hour
	writeTime   = 10 * time.Second // for one event: who does not read is not waited for
	maxWaiting  = 100              // streams and long polls of an account at a time, in each process
)

// waiting counts who waits for changes, by account, so that one account does not take the places of all others. The
// zero value is ready to use.
type waiting struct {
	mu sync.Mutex
	of map[string]int
}

// enter takes one of the account's places, which leave gives back.
func (w *waiting) enter(accountID string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.of[accountID] >= maxWaiting {
		return fault.New(fault.Unavailable, "service_rate_limited",
			"%d streams and long polls of this service account wait already; end one, or wait until one ends.",
			maxWaiting).RetryAfter(heartbeat)
	}
	if w.of == nil {
		w.of = map[string]int{}
	}
	w.of[accountID]++
	return nil
}

func (w *waiting) leave(accountID string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.of[accountID]--; w.of[accountID] == 0 {
		delete(w.of, accountID)
	}
}

// watchTLS tells a service account what has changed: as a stream, or when there is something.
func (a *API) watchTLS(c echo.Context) error {
	caller := callerOf(c)
	if err := a.mayWatch(c, caller); err != nil {
		return err
	}
	cursor := c.Request().Header.Get("Last-Event-ID")
	if cursor == "" {
		cursor = c.QueryParam("cursor")
	}
	if len(cursor) > maxCursor {
		return fault.New(fault.Invalid, "cursor_invalid", "The cursor is one of an earlier answer.")
	}
	wait := defaultWait
	if text := c.QueryParam("wait"); text != "" {
		seconds, err := strconv.Atoi(text)
		if err != nil || seconds < 0 || time.Duration(seconds)*time.Second > maxWait {
			return fault.New(fault.Invalid, "wait_invalid", "The wait is a number of seconds from 0 to 55.")
		}
		wait = time.Duration(seconds) * time.Second
	}
	if err := a.waiting.enter(caller.ID); err != nil {
		return err
	}
	defer a.waiting.leave(caller.ID)
	if err := a.Feed.CatchUp(c.Request().Context()); err != nil {
		return err
	}
	// The request has been read. Its connection may be quiet for as long as it likes.
	control := http.NewResponseController(c.Response())
	_ = control.SetReadDeadline(time.Time{}) // recorders in tests have none
	w := &watcher{api: a, c: c, control: control, caller: caller, at: changefeed.ParsePosition(cursor)}
	if strings.Contains(c.Request().Header.Get(echo.HeaderAccept), "text/event-stream") {
		return w.stream()
	}
	return w.poll(wait)
}

func (a *API) mayWatch(c echo.Context, caller access.Caller) error {
	ctx := c.Request().Context()
	if caller.Grant == nil {
		return a.Audit.Refuse(ctx, caller, access.TLSRead, "", fault.New(fault.Denied, "service_account_needed",
			"This is for service accounts; use the token of one."))
	}
	return a.Audit.Permit(ctx, caller, access.TLSRead, "")
}

// watcher is one service that waits. It holds its place and what it was told of, however much changes meanwhile.
type watcher struct {
	api     *API
	c       echo.Context
	control *http.ResponseController
	caller  access.Caller
	at      changefeed.Position
	told    map[string]bool // registrations that the service knows of, in a stream
}

// news is what has changed since the watcher's place, as events; the place moves there.
func (w *watcher) news() (events []api.TLSEvent, news changefeed.News) {
	news = w.api.Feed.Since(w.caller, w.at)
	w.at = news.At
	events = []api.TLSEvent{}
	for _, r := range news.Registrations {
		events = append(events, api.TLSEvent{Kind: api.TLSChanged, RegistrationID: r.ID, Version: r.Version})
	}
	return events, news
}

func (w *watcher) poll(wait time.Duration) error {
	_ = w.control.SetWriteDeadline(time.Now().Add(wait + writeTime))
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		events, news := w.news()
		if len(events) > 0 || news.Complete {
			return w.answer(events, news)
		}
		select {
		case <-news.Wake:
			if err := w.confirm(); err != nil {
				return err
			}
			continue
		case <-timer.C:
		case <-w.api.Feed.Ended():
		case <-w.c.Request().Context().Done():
		}
		return w.answer(events, news)
	}
}

func (w *watcher) answer(events []api.TLSEvent, news changefeed.News) error {
	return w.c.JSON(http.StatusOK, api.TLSEvents{
		Events:   events,
		Complete: news.Complete,
		Cursor:   news.At.String(),
	})
}

// confirm asks again who calls: what the account may do has perhaps changed, or its token or certificate is no more.
func (w *watcher) confirm() error {
	ctx, held := w.c.Request().Context(), heldBy(w.c)
	var caller access.Caller
	var err error
	if held.certificate.Empty() {
		caller, err = w.api.Accounts.Confirm(ctx, held.token)
	} else {
		caller, err = w.api.Accounts.ConfirmCertificate(ctx, held.certificate)
	}
	w.caller = caller
	if err == nil && !caller.May(access.TLSRead) {
		err = w.api.mayWatch(w.c, caller)
	}
	return err
}

func (w *watcher) stream() error {
	h := w.c.Response().Header()
	h.Set(echo.HeaderContentType, "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx would keep events back
	w.c.Response().WriteHeader(http.StatusOK)
	w.told = map[string]bool{}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	end := time.NewTimer(streamLife)
	defer end.Stop()
	for {
		events, news := w.news()
		if err := w.tell(events, news); err != nil {
			return nil // the service has gone, and comes back with its cursor
		}
		select {
		case <-news.Wake:
		case <-beat.C:
			if w.write(": \n\n") != nil {
				return nil
			}
		case <-end.C:
			return nil
		case <-w.api.Feed.Ended():
			return nil
		case <-w.c.Request().Context().Done():
			return nil
		}
		if w.confirm() != nil {
			return nil // the next connection is told why
		}
	}
}

// tell writes events and what they lead up to. The first time, that is all there is to say.
func (w *watcher) tell(events []api.TLSEvent, news changefeed.News) error {
	first := len(w.told) == 0 && w.c.Response().Size == 0
	if news.Complete {
		now := map[string]bool{}
		for _, e := range events {
			now[e.RegistrationID] = true
		}
		for id := range w.told {
			if !now[id] {
				events = append(events, api.TLSEvent{Kind: api.TLSGone, RegistrationID: id})
				delete(w.told, id)
			}
		}
	}
	if len(events) == 0 && !news.Complete && !first {
		return nil
	}
	var text strings.Builder
	for _, e := range events {
		if e.Kind == api.TLSChanged {
			w.told[e.RegistrationID] = true
		}
		data, _ := json.Marshal(e) // text and numbers always marshal
		fmt.Fprintf(&text, "event: %s\ndata: %s\n\n", e.Kind, data)
	}
	data, _ := json.Marshal(api.TLSSynced{Cursor: news.At.String(), Complete: news.Complete})
	fmt.Fprintf(&text, "event: synced\nid: %s\ndata: %s\n\n", news.At, data)
	return w.write(text.String())
}

func (w *watcher) write(text string) error {
	_ = w.control.SetWriteDeadline(time.Now().Add(writeTime))
	if _, err := w.c.Response().Write([]byte(text)); err != nil {
		return err
	}
	return w.control.Flush()
}
