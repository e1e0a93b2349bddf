package parallel_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/parallel"
)

func TestEach(t *testing.T) {
	for _, n := range []int{0, 1, 2, 1000} {
		called := make([]int, n)
		parallel.Each(n, func(i int) { called[i]++ })
		for i, times := range called {
			if times != 1 {
				t.Errorf("of %d, %d was called %d times", n, i, times)
			}
		}
	}
}

// A page is written while the next one is read, and nothing goes on after an error.
func TestPages(t *testing.T) {
	errRead, errWrite := errors.New("read"), errors.New("write")
	for name, tt := range map[string]struct {
		pages              int
		failsRead, failsAt int // at this page; 0: never
		want               []int
		err                error
	}{
		"none":               {0, 0, 0, nil, nil},
		"one":                {1, 0, 0, []int{1}, nil},
		"several":            {4, 0, 0, []int{1, 2, 3, 4}, nil},
		"a read that fails":  {4, 3, 0, []int{1, 2}, errRead},
		"a write that fails": {4, 0, 2, []int{1, 2}, errWrite},
	} {
		t.Run(name, func(t *testing.T) {
			var read int
			var written []int
			err := parallel.Pages(func() (int, bool, error) {
				if read++; read == tt.failsRead {
					return 0, true, errRead
				}
				return read, read <= tt.pages, nil
			}, func(page int) error {
				if written = append(written, page); page == tt.failsAt {
					return errWrite
				}
				return nil
			})
			if !errors.Is(err, tt.err) || !slices.Equal(written, tt.want) {
				t.Errorf("%v were written, %v", written, err)
			}
		})
	}
}
