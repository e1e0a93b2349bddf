package main

import "testing"

func TestCounted(t *testing.T) {
	for n, want := range map[int]string{0: "0 entries", 1: "1 entry", 2: "2 entries"} {
		if got := counted(n, "entry", "entries"); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}
