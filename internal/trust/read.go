package trust

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/trustlist"
	"github.com/sealkeeper/sealkeeper/internal/internet"
)

// When lists are read, and what bounds it.
const (
	readEvery  = 6 * time.Hour
	soonest    = 5 * time.Minute
	atOnce     = 4
	mostLists  = 64 // the LOTL points to 31
	mostPivots = 16
	skew       = 10 * time.Minute // by which other clocks may be ahead
	keepPivot  = 24 * time.Hour

	maxValidator = 256 // bytes
)

// ReadDue reads the list of lists and those it points to, as far as they are due. It is for a job of one replica.
func (s *Service) ReadDue(ctx context.Context) (int, error) {
	if !s.Asking() || len(s.cfg.Anchors) == 0 {
		return 0, nil
	}
	lists, err := s.cfg.Store.TrustedLists(ctx)
	if err != nil {
		return 0, err
	}
	i := slices.IndexFunc(lists, func(l List) bool { return l.LOTL && l.URL == s.cfg.LOTL })
	lotl := List{URL: s.cfg.LOTL, LOTL: true, Territory: "EU", Signers: raw(s.cfg.Anchors)}
	if i >= 0 {
		lotl = lists[i]
	} else if err := s.cfg.Store.KnowTrustedLists(ctx, append(lists, lotl)); err != nil {
		return 0, err
	}
	if anchors := raw(s.cfg.Anchors); !bytes.Equal(bytes.Join(lotl.Signers, nil), bytes.Join(anchors, nil)) {
		lotl.Signers, lotl.ReadAt, lotl.AskAt = anchors, time.Time{}, time.Time{}
	}
	read := 0
	if !lotl.AskAt.After(s.cfg.Now()) {
		read++
		if err := s.readOne(ctx, lotl); err != nil {
			return read, err
		}
	}
	if lists, err = s.cfg.Store.TrustedLists(ctx); err != nil {
		return read, err
	}
	var all errgroup.Group
	all.SetLimit(atOnce)
	for _, l := range lists {
		if !l.LOTL && !l.AskAt.After(s.cfg.Now()) {
			read++
			all.Go(func() error { return s.readOne(ctx, l) })
		}
	}
	return read, all.Wait()
}

// readOne reads a list, and keeps what is known where nothing comes of it.
func (s *Service) readOne(ctx context.Context, l List) error {
	now := s.cfg.Now()
	list, body, cause := s.fetch(ctx, &l)
	if list != nil {
		switch {
		case !strings.EqualFold(list.Territory, l.Territory):
			list, cause = nil, Elsewhere
		case list.Issued.After(now.Add(skew)):
			list, cause = nil, Future
		case list.Sequence < l.Sequence || list.Issued.Before(l.Issued):
			list, cause = nil, Older
		}
	}
	l.TriedAt, l.Cause = now, cause
	if cause != "" {
		l.AskAt = now.Add(min(soonest<<min(l.Failures, 10), readEvery))
		l.Failures++
		_, err := s.cfg.Store.SaveTrustedList(ctx, l, nil, false)
		return err
	}
	l.AskAt, l.ReadAt, l.Failures = now.Add(readEvery), now, 0
	if list == nil { // not changed
		_, err := s.cfg.Store.SaveTrustedList(ctx, l, nil, false)
		return err
	}
	l.Sequence, l.Issued, l.NextUpdate, l.SHA256 = list.Sequence, list.Issued, list.NextUpdate, fingerprint(body)
	if _, err := s.cfg.Store.SaveTrustedList(ctx, l, listedOn(list), true); err != nil || !l.LOTL {
		return err
	}
	return s.follow(ctx, l, list)
}

// fetch returns nil without a cause where the list is the one that is known.
func (s *Service) fetch(ctx context.Context, l *List) (*trustlist.List, []byte, Cause) {
	question := internet.Question{
		Purpose:  "trusted_list",
		URL:      l.URL,
		MaxBytes: trustlist.MaxBytes,
		Header:   http.Header{},
	}
	switch {
	case l.ReadAt.IsZero() || l.Cause != "":
	case l.ETag != "":
		question.Header.Set("If-None-Match", l.ETag)
	case l.Modified != "":
		question.Header.Set("If-Modified-Since", l.Modified)
	}
	answer, err := s.cfg.Asks.Ask(ctx, question)
	if answer.Status == http.StatusNotModified && len(question.Header) > 0 {
		return nil, nil, ""
	}
	if err != nil {
		return nil, nil, Unreachable
	}
	l.ETag, l.Modified = validator(answer.Header, "ETag"), validator(answer.Header, "Last-Modified")
	signers := parsed(l.Signers)
	list, err := trustlist.Read(answer.Body, signers)
	if refusal, is := errors.AsType[*trustlist.Refusal](err); is && refusal.Cause == trustlist.Stranger && l.LOTL {
		list, err = s.byPivots(ctx, answer.Body, signers)
	}
	if err != nil {
		return nil, nil, causeOf(err)
	}
	return list, answer.Body, ""
}

// validator is a header that says whether a list has changed; one of a hostile length is none.
func validator(header http.Header, name string) string {
	if text := header.Get(name); len(text) <= maxValidator {
		return text
	}
	return ""
}

func causeOf(err error) Cause {
	if refusal, is := errors.AsType[*trustlist.Refusal](err); is {
		return Cause(refusal.Cause)
	}
	return Unreachable
}

// byPivots reads a list of lists whose signers have changed since the anchors were published. Which pivots there are,
// it says itself; each has to be signed by who was named before.
func (s *Service) byPivots(ctx context.Context, body []byte, signers []*certs.Certificate) (*trustlist.List, error) {
	pivots := trustlist.Pivots(body)
	for _, url := range slices.Backward(pivots[:min(len(pivots), mostPivots)]) {
		answer, err := s.cfg.Asks.Ask(ctx, internet.Question{
			Purpose:  "trusted_list",
			URL:      url,
			MaxBytes: trustlist.MaxBytes,
			KeepFor:  keepPivot,
		})
		if err != nil {
			return nil, err
		}
		pivot, err := trustlist.Read(answer.Body, signers)
		if err != nil { // from before the anchors
			continue
		}
		if next := pivot.Successors(); len(next) > 0 {
			signers = next
		}
	}
	return trustlist.Read(body, signers)
}

// follow adds the lists that a list of lists points to, and has those whose signers changed read by their new ones.
func (s *Service) follow(ctx context.Context, lotl List, list *trustlist.List) error {
	lists := []List{lotl}
	for _, p := range list.Pointers {
		if p.XML() && p.Type == trustlist.NationalList && strings.HasPrefix(p.URL, "http") && len(lists) < mostLists {
			lists = append(lists, List{URL: p.URL, Territory: p.Territory, Signers: raw(p.Signers), AskAt: s.cfg.Now()})
		}
	}
	if err := s.cfg.Store.KnowTrustedLists(ctx, lists); err != nil {
		return err
	}
	known, err := s.cfg.Store.TrustedLists(ctx)
	if err != nil {
		return err
	}
	for _, l := range known {
		i := slices.IndexFunc(lists, func(named List) bool { return named.URL == l.URL })
		if l.LOTL || i < 0 || bytes.Equal(bytes.Join(l.Signers, nil), bytes.Join(lists[i].Signers, nil)) {
			continue
		}
		l.Signers, l.ETag, l.Modified, l.AskAt = lists[i].Signers, "", "", s.cfg.Now()
		if _, err := s.cfg.Store.SaveTrustedList(ctx, l, nil, false); err != nil {
			return err
		}
	}
	return nil
}

func listedOn(list *trustlist.List) (all []Listed) {
	for _, p := range list.Providers {
		for _, service := range p.Services {
			if !service.Qualified() {
				continue
			}
			certificates := service.Certificates
			service.Certificates = nil
			for _, c := range certificates {
				all = append(all, Listed{
					Provider:    p.Name,
					Certificate: c.Raw,
					Subject:     fingerprint(c.RawSubject()),
					Service:     service,
				})
			}
		}
	}
	return all
}

func parsed(ders [][]byte) (all []*certs.Certificate) {
	for _, der := range ders {
		if c, err := certs.ParseCertificate(der); err == nil {
			all = append(all, c)
		}
	}
	return all
}
