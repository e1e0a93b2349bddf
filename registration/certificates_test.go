package registration

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
)

// custody has every certificate, and calls back when it is asked for one.
type custody struct{ asked func(id string) error }

func (c custody) Certificate(
	_ context.Context, _ access.Caller, id string,
) (*certs.Certificate, []*certs.Certificate, error) {
	return &certs.Certificate{Subject: id}, nil, c.asked(id)
}

func (c custody) Held(_ context.Context, _ access.Caller, ids []string) (map[string]certs.Held, error) {
	held := map[string]certs.Held{}
	for _, id := range ids {
		if err := c.asked(id); err != nil {
			return nil, err
		}
		held[id] = certs.Held{Leaf: &certs.Certificate{Subject: id}}
	}
	return held, nil
}

// unrevoked is what is known where nothing was revoked.
func unrevoked() (map[string]Revocation, error) { return nil, nil }

// meeting lets nobody go on before another is there too.
type meeting chan struct{}

func (m meeting) wait(ctx context.Context) error {
	select {
	case m <- struct{}{}:
		return nil
	case <-m:
		return nil
	case <-ctx.Done():
		return errors.New("nobody else came: one waits for the other to be finished")
	}
}

// Two registrations with certificates of their own do not wait for each other: each
// of the calls below ends only when the other has begun.
func TestTwoCertificatesAreLookedAtAtTheSameTime(t *testing.T) {
	for name, test := range map[string]struct {
		custodyMeets bool // else the judge does
		look         func(ctx context.Context, c *certificateCache, id string) error
	}{
		"read": {true, func(ctx context.Context, c *certificateCache, id string) error {
			return c.certificate(ctx, id).err
		}},
		"judged": {false, func(ctx context.Context, c *certificateCache, id string) error {
			if found := c.findings(ctx, id); len(found) > 0 {
				return errors.New(found[0].Message)
			}
			return nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			both := make(meeting)
			meet := func(string) error { return both.wait(ctx) }
			asked := meet
			if !test.custodyMeets {
				asked = func(string) error { return nil }
			}
			cache := newCertificateCache(custody{asked}, unrevoked, time.Now())
			cache.judge = func(leaf *certs.Certificate, _ []*certs.Certificate, _ time.Time) []rules.Finding {
				if err := meet(leaf.Subject); err != nil {
					return []rules.Finding{{Message: err.Error()}}
				}
				return nil
			}
			var callers sync.WaitGroup
			for _, id := range []string{"one", "another"} {
				callers.Go(func() {
					if err := test.look(ctx, cache, id); err != nil {
						t.Errorf("%s: %v", id, err)
					}
				})
			}
			callers.Wait()
		})
	}
}

// However many registrations have a certificate, it is read and judged once.
func TestACertificateIsLookedAtOnce(t *testing.T) {
	var read, judged atomic.Int32
	cache := newCertificateCache(custody{func(string) error { read.Add(1); return nil }}, unrevoked, time.Now())
	cache.judge = func(*certs.Certificate, []*certs.Certificate, time.Time) []rules.Finding {
		judged.Add(1)
		return []rules.Finding{{Code: "expired"}}
	}
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			if found := cache.findings(t.Context(), "one"); len(found) != 1 {
				t.Errorf("found %+v", found)
			}
		})
	}
	callers.Wait()
	if read.Load() != 1 || judged.Load() != 1 {
		t.Errorf("read %d times, judged %d times", read.Load(), judged.Load())
	}
}
