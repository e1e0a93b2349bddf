package secretfile

import (
	"io/fs"
	"testing"
)

// TestWhoElseReads is about users and groups that a test cannot be.
func TestWhoElseReads(t *testing.T) {
	const us, root, ours, foreign = 65532, 0, 2000, 3000
	service := process{user: us, groups: []int{us, ours}}
	for name, test := range map[string]struct {
		mode        fs.FileMode
		user, group int
		exposed     bool
	}{
		"our own, for us alone":                      {0o600, us, us, false},
		"our own, read-only":                         {0o400, us, us, false},
		"our own, for the group":                     {0o640, us, ours, true},
		"our own, for everybody":                     {0o644, us, us, true},
		"mounted by Kubernetes for our group":        {0o440, root, ours, false},
		"the same, writable by its owner":            {0o640, root, ours, false},
		"the same, writable by the group":            {0o660, root, ours, true},
		"the same, for everybody":                    {0o444, root, ours, true},
		"as Kubernetes mounts it without a group":    {0o644, root, root, true},
		"somebody else's, for a group we are not in": {0o440, root, foreign, true},
	} {
		if got := (access{test.mode, test.user, test.group}).exposed(service); got != test.exposed {
			t.Errorf("%s (%04o): exposed %v, want %v", name, test.mode, got, test.exposed)
		}
	}
}
