package config

import (
	"bufio"
	"context"
	"math"
	"os"
	"path"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"time"
)

// EaseGC lets the heap of a service, which is small, grow to five times what lives in it before
// garbage is collected, as long as that stays below most of the memory it may have: what its
// cgroup allows, or what the machine has. GOGC and GOMEMLIMIT in the environment take precedence.
func EaseGC() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if most := availableMemory("/"); os.Getenv("GOMEMLIMIT") == "" && most > 0 {
		debug.SetMemoryLimit(most / 10 * 9) // the rest is for what is not Go's: SQLite, the program itself
	}
}

// ForgetStart gives back what only the start has needed: migrations are parsed in buffers of megabytes, which are kept
// in pools, and a heap that is allowed to grow would hold on to their place. What is in a pool outlives one collection.
func ForgetStart() {
	runtime.GC()
	debug.FreeOSMemory()
}

// restful is after how long without much work memory is given back.
const restful = 30 * time.Second

// GiveBack gives memory back while there is little to do, until ctx ends: a heap that may grow to five times what lives
// in it otherwise stays as large as the busiest minute has made it.
func GiveBack(ctx context.Context) {
	ticker := time.NewTicker(restful)
	defer ticker.Stop()
	collected := collections()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if now := collections(); now-collected <= 1 {
			debug.FreeOSMemory()
		}
		collected = collections()
	}
}

// collections is how often garbage was collected so far.
func collections() uint64 {
	sample := []metrics.Sample{{Name: "/gc/cycles/total:gc-cycles"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// availableMemory is how many bytes this process may use, by the files below root; 0 if nothing says.
func availableMemory(root string) int64 {
	most := int64(math.MaxInt64)
	lines(path.Join(root, "proc/meminfo"), func(line string) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "MemTotal:" && fields[2] == "kB" {
			most = min(most, positive(fields[1], 1<<10))
		}
	})
	lines(path.Join(root, "proc/self/cgroup"), func(line string) {
		// "0::/PATH" in version 2, "NUMBER:memory:/PATH" in version 1; a container sees its own at the top.
		fields := strings.SplitN(line, ":", 3)
		if len(fields) != 3 {
			return
		}
		folder, file := "sys/fs/cgroup", "memory.max"
		switch {
		case fields[0] == "0" && fields[1] == "":
		case fields[1] == "memory":
			folder, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		default:
			return
		}
		for at := path.Clean("/" + fields[2]); ; at = path.Dir(at) { // what is above binds what is below
			lines(path.Join(root, folder, at, file), func(line string) { most = min(most, positive(line, 1)) })
			if at == "/" {
				return
			}
		}
	})
	if most == math.MaxInt64 {
		return 0
	}
	return most
}

// positive reads a number of units; what is none, such as "max", is no limit.
func positive(text string, unit int64) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n <= 0 || n > math.MaxInt64/unit {
		return math.MaxInt64
	}
	return n * unit
}

// lines calls each with the lines of a file; there may be none.
func lines(name string, each func(line string)) {
	file, err := os.Open(name) // #nosec G304 -- the kernel's own files
	if err != nil {
		return
	}
	defer func() { _ = file.Close() }()
	for scanner := bufio.NewScanner(file); scanner.Scan(); {
		each(scanner.Text())
	}
}
