package config

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAvailableMemory(t *testing.T) {
	const machine = "MemTotal:        8000000 kB\nMemFree:         1000000 kB\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"nothing says": {nil, 0},
		"the machine":  {map[string]string{"proc/meminfo": machine}, 8000000 << 10},
		"cgroup version 2": {map[string]string{
			"proc/meminfo":                 machine,
			"proc/self/cgroup":             "0::/a/b\n",
			"sys/fs/cgroup/a/b/memory.max": "536870912\n",
		}, 512 << 20},
		"its parent": {map[string]string{
			"proc/meminfo":                 machine,
			"proc/self/cgroup":             "0::/a/b\n",
			"sys/fs/cgroup/a/b/memory.max": "max\n",
			"sys/fs/cgroup/a/memory.max":   "268435456\n",
		}, 256 << 20},
		"a container's own": {map[string]string{
			"proc/meminfo":             machine,
			"proc/self/cgroup":         "0::/\n",
			"sys/fs/cgroup/memory.max": "134217728\n",
		}, 128 << 20},
		"no limit in version 2": {map[string]string{
			"proc/meminfo":               machine,
			"proc/self/cgroup":           "0::/a\n",
			"sys/fs/cgroup/a/memory.max": "max\n",
		}, 8000000 << 10},
		"cgroup version 1": {map[string]string{
			"proc/meminfo":     machine,
			"proc/self/cgroup": "4:memory:/x\n3:cpu:/y\n0::/\n",
			"sys/fs/cgroup/memory/x/memory.limit_in_bytes": "67108864\n",
		}, 64 << 20},
		"no limit in version 1": {map[string]string{
			"proc/meminfo":     machine,
			"proc/self/cgroup": "4:memory:/x\n",
			"sys/fs/cgroup/memory/x/memory.limit_in_bytes": "9223372036854771712\n",
		}, 8000000 << 10},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for file, text := range c.files {
				file = filepath.Join(root, file)
				if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if got := availableMemory(root); got != c.want {
				t.Errorf("%d, want %d", got, c.want)
			}
		})
	}
}
