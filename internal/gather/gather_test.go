package gather_test

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/sealkeeper/sealkeeper/internal/gather"
)

var errOwn = errors.New("own")

// Three callers gather behind one who works, and what is then done for them ends in one way or another.
func TestThoseWhoGather(t *testing.T) {
	for _, test := range []struct {
		name   string
		do     func(take func() []int) error
		goes   int // in which it was done
		failed int // callers who were told so
		panics int // callers who panicked
	}{
		{"all is done", func(take func() []int) error { take(); return nil }, 1, 0, 0},
		{"all fails", func(take func() []int) error { take(); return errOwn }, 1, 3, 0},
		{"it fails before anything is taken", func(func() []int) error { return errOwn }, 3, 3, 0},
		{"who has the turn panics", func(take func() []int) error { take(); panic("own") }, 1, 2, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				goes, failed, panics := three(t, test.do)
				if goes != test.goes || failed != test.failed || panics != test.panics {
					t.Errorf("%d goes, %d failed, %d panicked", goes, failed, panics)
				}
			})
		})
	}
}

func three(t *testing.T, do func(take func() []int) error) (goes, failed, panics int) {
	work, letGo := gather.New[int](10), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		err := work.Do(t.Context(), 0, func(take func() []int) error {
			take()
			<-letGo
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	synctest.Wait()
	var mu sync.Mutex
	for i := range 3 {
		all.Go(func() {
			defer mu.Unlock()
			defer func() {
				if recover() != nil {
					mu.Lock()
					panics++
				}
			}()
			err := work.Do(t.Context(), i+1, func(take func() []int) error {
				goes++ // one at a time has the turn
				return do(take)
			})
			mu.Lock()
			if err != nil {
				failed++
			}
		})
	}
	synctest.Wait()
	close(letGo)
	all.Wait()
	return goes, failed, panics
}
