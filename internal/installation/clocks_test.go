package installation_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/installation"
)

func TestClocksThatDiffer(t *testing.T) {
	gone := errors.New("gone")
	for name, test := range map[string]struct {
		off  time.Duration
		err  error
		code string
	}{
		"the same":              {},
		"a little fast":         {off: 20 * time.Second},
		"a little slow":         {off: -20 * time.Second},
		"an hour fast":          {off: time.Hour, code: "clocks_differ"},
		"a minute slow":         {off: -time.Minute, code: "clocks_differ"},
		"one that says nothing": {err: gone},
	} {
		t.Run(name, func(t *testing.T) {
			err := installation.CompareClocks(t.Context(), func(context.Context) (time.Time, error) {
				return time.Now().Add(test.off), test.err
			})
			if test.err != nil {
				if !errors.Is(err, test.err) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil && fault.Code(err) != test.code || err == nil && test.code != "" {
				t.Errorf("got %v", err)
			}
		})
	}
}
