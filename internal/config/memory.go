package config

import (
	"os"
	"runtime/debug"
)

// EaseGC lets the heap of a service, which is small, grow to five times what lives in it
// before garbage is collected, and as eagerly as ever above half a gigabyte: a list of a thousand
// registrations is ready a fifth sooner. GOGC and GOMEMLIMIT in the environment take precedence.
func EaseGC() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(512 << 20)
	}
}
