package api

import (
	"context"
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
	maxWatchers = 12_000           // of all accounts: others need connections, too
)

// waiting counts who waits for changes, by account, so that one account does not take the places of all others. The
// zero value is ready to use.
type waiting struct {
	mu  sync.Mutex
	of  map[string]int
	all int
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
	if w.all >= maxWatchers {
		return fault.New(fault.Unavailable, "busy",
			"More services wait for changes here than this replica can tell; try again in a moment.").
			RetryAfter(heartbeat)
	}
	if w.of == nil {
		w.of = map[string]int{}
	}
	w.of[accountID]++
	w.all++
	return nil
}

func (w *waiting) leave(accountID string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all--
	if w.of[accountID]--; w.of[accountID] == 0 {
		delete(w.of, accountID)
	}
}

// watchTLS tells a service account what has changed: as a stream, or when there is something.
func (a *API) watchTLS(c echo.Context) error {
	caller := callerOf(c)
	if err := a.mayWatch(c.Request().Context(), caller); err != nil {
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
		if err != nil || seconds < 0 || seconds > int(maxWait/time.Second) {
			return fault.New(fault.Invalid, "wait_invalid", "The wait is a number of seconds from 0 to 55.")
		}
		wait = time.Duration(seconds) * time.Second
	}
	if err := a.waiting.enter(caller.ID); err != nil {
		return err
	}
	w := &watcher{api: a, held: heldBy(c), caller: caller, account: caller.ID, at: changefeed.ParsePosition(cursor)}
	if err := a.Feed.CatchUp(c.Request().Context()); err != nil {
		w.leave()
		return err
	}
	if strings.Contains(c.Request().Header.Get(echo.HeaderAccept), "text/event-stream") {
		return w.stream(c)
	}
	defer w.leave()
	return w.poll(c, wait)
}

func (a *API) mayWatch(ctx context.Context, caller access.Caller) error {
	if caller.Grant == nil {
		return a.Audit.Refuse(ctx, caller, access.TLSRead, "", fault.New(fault.Denied, "service_account_needed",
			"This is for service accounts; use the token of one."))
	}
	return a.Audit.Permit(ctx, caller, access.TLSRead, "")
}

// watcher is one service that waits. It holds its place and what it was told of, however much changes meanwhile.
type watcher struct {
	api     *API
	held    credential
	caller  access.Caller
	account string // whose place it takes
	at      changefeed.Position
}

func (w *watcher) leave() { w.api.waiting.leave(w.account) }

// news is what has changed since the watcher's place, as events; the place moves there. Who calls is asked again first:
// what the account may do has perhaps changed, or its token or certificate is no more.
func (w *watcher) news(ctx context.Context) (events []api.TLSEvent, news changefeed.News, err error) {
	known := w.api.Feed.Position()
	if err := w.confirm(ctx); err != nil {
		return nil, changefeed.News{}, err
	}
	news = w.api.Feed.Since(w.caller, w.at, known)
	w.at = news.At
	events = []api.TLSEvent{}
	for _, r := range news.Registrations {
		events = append(events, api.TLSEvent{Kind: api.TLSChanged, RegistrationID: r.ID, Version: r.Version})
	}
	return events, news, nil
}

func (w *watcher) poll(c echo.Context, wait time.Duration) error {
	quiet(c)
	_ = http.NewResponseController(c.Response()).SetWriteDeadline(time.Now().Add(wait + writeTime))
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		events, news, err := w.news(c.Request().Context())
		if err != nil {
			return err
		}
		if len(events) > 0 || news.Complete {
			return answerChanges(c, events, news)
		}
		select {
		case <-news.Wake:
			continue
		case <-timer.C:
		case <-w.api.Feed.Ended():
		case <-c.Request().Context().Done():
		}
		return answerChanges(c, events, news)
	}
}

func answerChanges(c echo.Context, events []api.TLSEvent, news changefeed.News) error {
	return c.JSON(http.StatusOK, api.TLSEvents{
		Events:   events,
		Complete: news.Complete,
		Cursor:   news.At.String(),
	})
}

// quiet lets the connection of a request that has been read be quiet for as long as it likes.
func quiet(c echo.Context) {
	_ = http.NewResponseController(c.Response()).SetReadDeadline(time.Time{}) // recorders in tests have none
}

func (w *watcher) confirm(ctx context.Context) error {
	caller, err := w.api.confirmed(ctx, w.held)
	if err == nil && caller.ID != w.account {
		err = fault.New(fault.Unauthenticated, "token_invalid",
			"The certificate is another account's now; connect again.")
	}
	if err == nil && !caller.May(access.TLSRead) {
		err = w.api.mayWatch(ctx, caller)
	}
	if err == nil {
		w.caller = caller
	}
	return err
}

// confirmed is who calls, asked again.
func (a *API) confirmed(ctx context.Context, held credential) (access.Caller, error) {
	if held.certificate.Empty() {
		return a.Accounts.Confirm(ctx, held.token)
	}
	return a.Accounts.ConfirmCertificate(ctx, held.certificate)
}
