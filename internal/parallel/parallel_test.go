package parallel_test

import (
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
