package parallel_test

import (
	"errors"
	"slices"
	"strings"
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

func TestTry(t *testing.T) {
	errOne, errTwo := errors.New("one"), errors.New("two")
	for name, tt := range map[string]struct {
		n, most int
		fails   map[int]error
		want    error
	}{
		"none":            {n: 0, most: 3},
		"all are good":    {n: 10, most: 3},
		"one is not":      {n: 10, most: 3, fails: map[int]error{7: errOne}, want: errOne},
		"two are not":     {n: 2, most: 1, fails: map[int]error{0: errOne, 1: errTwo}, want: errOne},
		"the last is not": {n: 10, most: 100, fails: map[int]error{9: errTwo}, want: errTwo},
	} {
		t.Run(name, func(t *testing.T) {
			called := make([]int, tt.n)
			err := parallel.Try(tt.n, tt.most, func(i int) error {
				called[i]++
				return tt.fails[i]
			})
			if !errors.Is(err, tt.want) || err == nil && slices.Contains(called, 0) || slices.Contains(called, 2) {
				t.Errorf("%v, and called %v", err, called)
			}
		})
	}
}

// Whoever serves a request recovers from a panic: one in another goroutine would end the process.
func TestAPanicIsTheCallers(t *testing.T) {
	defer func() {
		if said, _ := recover().(string); !strings.Contains(said, "of three") ||
			!strings.Contains(said, "TestAPanicIsTheCallers") {
			t.Errorf("recovered %q", said)
		}
	}()
	parallel.Each(10, func(i int) {
		if i == 3 {
			panic("of three")
		}
	})
	t.Error("it went on")
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

// A panic in a job that goes on beside everything else does not end everything else.
func TestAPanicOfAPage(t *testing.T) {
	var read int
	err := parallel.Pages(func() (int, bool, error) {
		read++
		return read, read < 10, nil
	}, func(page int) error {
		if page == 2 {
			panic("on page two")
		}
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "on page two") {
		t.Errorf("got %v", err)
	}
}
