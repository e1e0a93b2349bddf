package registration

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
)

// Who finds no place is told when to come back, and whoever leaves makes room.
func TestPlaces(t *testing.T) {
	p := make(places, 2)
	var leave [2]func()
	for i := range leave {
		var err error
		if leave[i], err = p.take(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	_, err := p.take(t.Context(), time.Millisecond)
	if e, ok := errors.AsType[*fault.Error](err); !ok || e.Code != "readers_too_many" || e.After != readersReturn {
		t.Errorf("a third reader: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.take(gone, time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("a reader who left: %v", err)
	}
	leave[0]()
	if _, err := p.take(t.Context(), time.Minute); err != nil {
		t.Errorf("after one has left: %v", err)
	}
}
