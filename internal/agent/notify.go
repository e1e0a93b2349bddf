package agent

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/procfs"

	"github.com/sealkeeper/sealkeeper/fault"
)

// Command is run when files have changed: an argument vector, with no shell in between.
type Command struct {
	Arguments []string
	Environ   []string // without the agent's own token
}

// commandTime bounds a command.
const commandTime = time.Minute

// tokenVariable is the agent's own, and nobody else's.
const tokenVariable = "SK_TOKEN"

// Notify implements Notifier.
func (c Command) Notify(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	command := exec.CommandContext(ctx, c.Arguments[0], c.Arguments[1:]...) //nolint:gosec // the operator names it
	command.Env = slices.DeleteFunc(slices.Clone(c.Environ), func(v string) bool {
		return strings.HasPrefix(v, tokenVariable+"=")
	})
	command.WaitDelay = time.Second
	said := &tail{}
	command.Stdout, command.Stderr = said, said
	if err := command.Run(); err != nil {
		return fault.Wrap(errors.Join(err, errors.New(said.String())), fault.Unavailable, "command_failed",
			"The command that is run after a change failed; the files are in place, and it is run again.")
	}
	return nil
}

// tail keeps the last of what a command says.
type tail struct{ kept []byte }

const maxTail = 2 << 10

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	t.kept = t.kept[max(0, len(t.kept)-maxTail):]
	return len(p), nil
}

// String is what is kept.
func (t *tail) String() string { return string(bytes.TrimSpace(t.kept)) }

// Signal is sent to the process whose id is in a file, when files have changed, unless that process is younger than the
// file: whoever wrote it has ended then, and another has its id.
type Signal struct {
	pidFile string
	signal  syscall.Signal

	// The process that was older than its file, by what stays the same when the clock is set: the time at which /proc
	// says that it began does not.
	pid   int
	ticks uint64 // from the start of the machine to its own
}

// NewSignal looks at once whose the file is.
func NewSignal(pidFile string, signal syscall.Signal) *Signal {
	s := &Signal{pidFile: pidFile, signal: signal}
	if pid, written, err := s.read(); err == nil {
		s.younger(pid, written)
	}
	return s
}

// read returns the id in the file, and when it was written.
func (s *Signal) read() (pid int, written time.Time, err error) {
	info, err := os.Stat(s.pidFile)
	if err != nil {
		return 0, time.Time{}, err
	}
	text, err := os.ReadFile(s.pidFile)
	if err != nil {
		return 0, time.Time{}, err
	}
	pid, err = strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid < 2 { // 0 and below are groups of processes, 1 is init
		err = errors.Join(err, errors.New("no id of a process in it"))
	}
	return pid, info.ModTime(), err
}

// Notify implements Notifier.
func (s *Signal) Notify(context.Context) error {
	pid, written, err := s.read()
	if err != nil {
		return notSignalled(err)
	}
	process, err := os.FindProcess(pid) // on Linux it stays this process, whoever has the id later
	if err != nil {
		return notSignalled(err)
	}
	defer func() { _ = process.Release() }()
	if s.younger(pid, written) {
		return fault.New(fault.Unavailable, "pid_file_stale",
			"The pid file is older than the process whose id is in it, so another has the id now, and it is not "+
				"signalled; the files are in place. Start the program again, so that it writes its pid file.")
	}
	if err := process.Signal(s.signal); err != nil {
		return notSignalled(err)
	}
	return nil
}

// stepped is by how much the clock may have been set right between a start and its pid file.
const stepped = time.Minute

// younger reports whether a process has begun after a time; of one that once had not, it is not asked again. Where
// there is no /proc, it is not known, and so false.
func (s *Signal) younger(pid int, than time.Time) bool {
	kernel, err := procfs.NewDefaultFS()
	if err != nil {
		return false
	}
	process, err := kernel.Proc(pid)
	if err != nil {
		return false
	}
	stat, err := process.Stat()
	if err != nil || pid == s.pid && stat.Starttime == s.ticks {
		return false
	}
	began, err := stat.StartTime()
	if err == nil && time.UnixMicro(int64(began*1e6)).Sub(than) > stepped {
		return true
	}
	s.pid, s.ticks = pid, stat.Starttime
	return false
}

func notSignalled(err error) error {
	return fault.Wrap(err, fault.Unavailable, "signal_failed",
		"The process in the pid file cannot be told of the change; the files are in place, and it is tried again.")
}
