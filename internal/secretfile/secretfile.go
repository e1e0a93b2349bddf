// Package secretfile reads secrets that the operator named by file, and refuses
// a file that others on the machine can read too.
package secretfile

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"slices"
	"syscall"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
)

// limit is more than the largest secret that is kept in a file, a key with its chain.
const limit = 64 << 10

// Read returns the secret in the file at path, without the blanks around it.
func Read(path string) (secret.Text, error) { return ReadUpTo(path, limit) }

// ReadUpTo is Read of a file with many secrets, of at most so many bytes.
func ReadUpTo(path string, limit int64) (secret.Text, error) {
	file, err := os.Open(path)
	if err != nil {
		return secret.Text{}, unreadable(err, path)
	}
	defer func() { _ = file.Close() }()
	if err := checkMode(file, path); err != nil {
		return secret.Text{}, err
	}
	text, err := io.ReadAll(io.LimitReader(file, limit))
	if err != nil {
		return secret.Text{}, unreadable(err, path)
	}
	defer clear(text)
	trimmed := bytes.TrimSpace(text)
	if len(trimmed) == 0 {
		return secret.Text{}, fault.New(fault.Invalid, "secret_file_empty", "The file %s holds nothing.", path)
	}
	return secret.NewText(trimmed), nil
}

func checkMode(file *os.File, path string) error {
	info, err := file.Stat()
	if err != nil {
		return unreadable(err, path)
	}
	if Exposed(info) {
		return fault.New(fault.Invalid, "secret_file_mode",
			"Other users can read the file %s (mode %04o); run `chmod 600 %s`.", path, info.Mode().Perm(), path)
	}
	return nil
}

// Exposed reports whether others than this process can read or change a file.
func Exposed(info fs.FileInfo) bool {
	owner, ok := info.Sys().(*syscall.Stat_t)
	return ok && access{info.Mode(), int(owner.Uid), int(owner.Gid)}.exposed(thisProcess())
}

func unreadable(err error, path string) error {
	return fault.Wrap(err, fault.Invalid, "secret_file", "The file %s cannot be read.", path)
}

// access is who may do what with a file.
type access struct {
	mode        fs.FileMode
	user, group int
}

// process is whom a process acts as.
type process struct {
	user   int
	groups []int
}

func thisProcess() process {
	groups, _ := os.Getgroups() // without them the effective group alone counts
	return process{os.Geteuid(), append(groups, os.Getegid())}
}

// exposed reports whether more than p can get at the file. A group may read it
// where p needs that: Kubernetes mounts a secret as root's, readable by the group
// that the pod was given for it (fsGroup).
func (a access) exposed(p process) bool {
	if a.mode.Perm()&0o040 != 0 && a.user != p.user && slices.Contains(p.groups, a.group) {
		return a.mode.Perm()&0o037 != 0
	}
	return a.mode.Perm()&0o077 != 0
}
