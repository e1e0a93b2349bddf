package sds

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// stream is one stream of a proxy. One goroutine runs it.
type stream struct {
	server   *Server
	protocol protocol
	number   uint64
	node     string // how the proxy calls itself
	names    map[string]*subscription
	nonces   map[string]sent // answers of which the proxy has said nothing yet
	answers  int
}

// subscription is one secret that a stream asks for.
type subscription struct {
	entry *entry // nil: nobody knows the name
	trust bool
	told  bool     // that there is none
	sent  *handed  // last; nil: none is out
	has   string   // version that the proxy has from another stream
	open  []string // nonces of the answers of which the proxy has said nothing yet, maxOpen at most
}

// sent is an answer.
type sent struct {
	name   string
	handed *handed // nil: there is none
}

const maxOpen = 16

// serve answers a stream until it ends.
func (s *Server) serve(ctx context.Context, p protocol) error {
	if s.streams.Add(1) > int64(s.cfg.Streams) {
		s.streams.Add(-1)
		return status.Errorf(codes.ResourceExhausted, "This server has at most %d streams at a time.", s.cfg.Streams)
	}
	defer s.streams.Add(-1)
	st := &stream{
		server:   s,
		protocol: p,
		number:   s.last.Add(1),
		names:    map[string]*subscription{},
		nonces:   map[string]sent{},
	}
	defer st.end()
	requests := make(chan request)
	ended := make(chan struct{})
	go func() { defer close(ended); receive(ctx, p, requests) }()
	retry := time.NewTicker(resolveAfter)
	defer retry.Stop()
	for {
		news := s.book.news() // before looking, so that no change is missed
		unresolved, err := st.sendDue(ctx)
		if err != nil {
			return err
		}
		again := retry.C
		if !unresolved {
			again = nil
		}
		select {
		case r := <-requests:
			if err := st.take(r); err != nil {
				return err
			}
		case <-news:
		case <-again:
		case <-ended: // the proxy has nothing more to ask, or is gone
			return nil
		case <-s.stopping:
			return status.Error(codes.Unavailable, "This server stops; connect again.")
		}
	}
}

// receive reads a stream to its end. What is not taken is not read, so that a proxy that asks and asks waits itself.
func receive(ctx context.Context, p protocol, requests chan<- request) {
	for {
		r, err := p.receive()
		if err != nil {
			return
		}
		select {
		case requests <- r:
		case <-ctx.Done():
			return
		}
	}
}

// take takes a request: what the proxy says of an answer, and what it asks for.
func (st *stream) take(r request) error {
	if st.node == "" {
		st.node = nodeName(r.node)
	}
	if err := st.server.admits(r.typeURL, r.subscribe, len(r.subscribe)); err != nil {
		return err
	}
	if answer, ours := st.nonces[r.nonce]; ours {
		st.judged(answer, r)
	}
	if r.whole {
		for name := range st.names {
			if !slices.Contains(r.subscribe, name) {
				st.drop(name)
			}
		}
	}
	for _, name := range r.unsubscribe {
		st.drop(name)
	}
	for _, name := range r.subscribe {
		if st.names[name] == nil {
			st.names[name] = &subscription{has: r.has[name]}
		}
	}
	return st.server.admits("", nil, len(st.names))
}

// judged notes that the proxy has taken or refused an answer. What it has refused is not sent again.
func (st *stream) judged(answer sent, r request) {
	sub, h := st.names[answer.name], answer.handed
	for len(sub.open) > 0 { // what was sent before is settled too
		nonce := sub.open[0]
		sub.open = sub.open[1:]
		delete(st.nonces, nonce)
		if nonce == r.nonce {
			break
		}
	}
	switch {
	case h == nil:
	case r.refused == nil:
		st.server.uses.taken(useKey{st.number, answer.name}, st.node, h)
	default:
		reason := plain(r.refused.GetMessage(), maxReason)
		st.server.meter.refused.Inc()
		st.server.cfg.Logger.Error("a proxy has refused a secret", slog.String("name", answer.name),
			slog.String("proxy", st.node), slog.Int("version", h.version), slog.String("sha256", h.sha256),
			slog.String("reason", reason))
		st.server.uses.refused(useKey{st.number, answer.name}, st.node, h, reason)
	}
}

// drop forgets a secret that the proxy does not ask for any more.
func (st *stream) drop(name string) {
	sub := st.names[name]
	if sub == nil {
		return
	}
	if sub.entry != nil && !sub.trust {
		sub.entry.want(-1)
	}
	for _, nonce := range sub.open {
		delete(st.nonces, nonce)
	}
	delete(st.names, name)
	st.server.uses.dropped(useKey{st.number, name})
}

// end notes that the stream has ended. The proxy keeps what it has, and will connect again.
func (st *stream) end() {
	for _, sub := range st.names {
		if sub.entry != nil && !sub.trust {
			sub.entry.want(-1)
		}
	}
	st.server.uses.ended(st.number)
}

// sendDue sends what the proxy has not got, and reports whether it is to be looked at again without news: it asks for
// names that nobody knows, or Sealkeeper refuses this account.
func (st *stream) sendDue(ctx context.Context) (unresolved bool, err error) {
	for _, name := range slices.Sorted(maps.Keys(st.names)) {
		sub := st.names[name]
		if sub.entry == nil && !st.resolve(name, sub) {
			unresolved = true
			if !sub.told {
				st.server.cfg.Logger.Warn("a proxy asks for a name that nobody knows",
					slog.String("name", plain(name, maxName)), slog.String("proxy", st.node))
				err = st.send(ctx, name, sub, nil)
			}
		} else if sub.entry != nil {
			var held bool
			held, err = st.sendOne(ctx, name, sub)
			unresolved = unresolved || held
		}
		if err != nil {
			return unresolved, err
		}
	}
	return unresolved, nil
}

func (st *stream) resolve(name string, sub *subscription) bool {
	sub.entry, sub.trust = st.server.book.find(name)
	if sub.entry != nil && !sub.trust {
		sub.entry.want(1)
	}
	return sub.entry != nil
}

// sendOne sends a secret if it is not what the proxy has, or says that there is none. It is held back while Sealkeeper
// refuses this account.
func (st *stream) sendOne(ctx context.Context, name string, sub *subscription) (held bool, err error) {
	now := sub.entry.get(sub.trust)
	switch {
	case now.reading:
		return false, nil
	case now.handed == nil:
		return false, st.sendNone(ctx, name, sub, now.err)
	case sub.sent != nil && sub.sent.id == now.handed.id:
		return false, nil
	case sub.sent == nil && sub.has == now.handed.id:
		sub.sent = now.handed
		st.server.uses.taken(useKey{st.number, name}, st.node, now.handed)
		return false, nil
	}
	if err := st.server.book.refused(); err != nil && !sub.trust {
		if sub.sent != nil || sub.has != "" { // it keeps the version before
			return true, nil
		}
		return true, st.sendNone(ctx, name, sub, err)
	}
	return false, st.send(ctx, name, sub, now.handed)
}

// sendNone says once that there is no such secret.
func (st *stream) sendNone(ctx context.Context, name string, sub *subscription, why error) error {
	if sub.told {
		return nil
	}
	st.server.cfg.Logger.Warn("a secret cannot be handed out", slog.String("name", name),
		slog.String("proxy", st.node), slog.String("error", why.Error()))
	return st.send(ctx, name, sub, nil)
}

// send sends a secret, or that there is none. A proxy that does not read ends its stream.
func (st *stream) send(ctx context.Context, name string, sub *subscription, h *handed) error {
	st.answers++
	nonce := strconv.Itoa(st.answers)
	st.nonces[nonce] = sent{name, h}
	if sub.open = append(sub.open, nonce); len(sub.open) > maxOpen {
		delete(st.nonces, sub.open[0])
		sub.open = sub.open[1:]
	}
	sub.sent, sub.told, sub.has = h, h == nil, ""
	if h != nil {
		st.server.sent(name, st.node, h)
	}
	done := make(chan error, 1)
	go func() { done <- st.protocol.answer(nonce, name, h) }()
	timer := time.NewTimer(sendTime)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-st.server.stopping:
		return status.Error(codes.Unavailable, "This server stops; connect again.")
	case <-timer.C:
		return status.Errorf(codes.DeadlineExceeded, "An answer was not read within %s.", sendTime)
	}
}

// nodeName is how a proxy calls itself, in a form that a log and a page can show.
func nodeName(n *core.Node) string {
	name := n.GetId()
	if n.GetCluster() != "" {
		name = n.GetCluster() + "/" + name
	}
	return plain(name, maxNode)
}

const (
	maxNode   = 100 // characters
	maxReason = 300
)

// plain is the beginning of a text of others, in one line.
func plain(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, " "))
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most])
	}
	return text
}
