package egress

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"strconv"
	"syscall"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/loopback"
)

// firstDescriptor is the first that a process is handed (sd_listen_fds(3)).
const firstDescriptor = 3

// The variables by which a process is handed descriptors. systemd sets the second too, to the process they are for; one
// process that hands over to the next cannot know that.
const (
	listenFDs = "LISTEN_FDS"
	listenPID = "LISTEN_PID"
)

// HandedOver reports whether this process takes over from another one, which serves until this one is ready.
func HandedOver(lookup func(string) string) bool { return lookup(readyFD) != "" }

// Inherited returns the listener that systemd, or the process before, has handed to this one, and nil if there is
// none. lookup finds a variable of the environment.
func Inherited(lookup func(string) string) (net.Listener, error) {
	n := lookup(listenFDs)
	if pid := lookup(listenPID); n == "" || (pid != "" && pid != strconv.Itoa(os.Getpid())) {
		return nil, nil //nolint:nilnil // no listener is no error
	}
	if n != "1" {
		return nil, fault.New(fault.Invalid, "listen_invalid", "Hand over one listener; there are %s.", n)
	}
	file := os.NewFile(firstDescriptor, "listener")
	defer func() { _ = file.Close() }() // the listener has a copy
	listener, err := net.FileListener(file)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "listen_invalid", "What was handed over is no listener.")
	}
	return listener, nil
}

// Unix listens on a socket that this user alone can use. A file that a process left behind is replaced; one that
// somebody answers on is not.
func Unix(path string) (net.Listener, error) {
	if info, err := os.Lstat(path); err == nil {
		if info.Mode().Type() != fs.ModeSocket {
			return nil, fault.New(fault.Invalid, "listen_invalid", "%s is there already, and is no socket.", path)
		}
		if c, err := net.Dial("unix", path); err == nil {
			_ = c.Close()
			return nil, fault.New(fault.Conflict, "listen_in_use", "Another process answers on %s.", path)
		}
		_ = os.Remove(path) // if it stays, listening fails and says why
	}
	before := syscall.Umask(0o177) // the socket must not be there with other rights for a moment
	listener, err := net.Listen("unix", path)
	syscall.Umask(before)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "listen_invalid", "The socket %s cannot be listened on.", path)
	}
	return listener, nil
}

// Loopback listens on a TCP port of this machine.
func Loopback(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil || !loopback.Host(host) {
		return nil, fault.Wrap(err, fault.Invalid, "listen_invalid",
			"Listen on an address of this machine, such as 127.0.0.1:8421: requests come in clear.")
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "listen_invalid", "The address %s cannot be listened on.", address)
	}
	return listener, nil
}

// descriptor is a copy of a listener's file, for another process.
func descriptor(l net.Listener) (*os.File, error) {
	with, ok := l.(interface{ File() (*os.File, error) })
	if !ok {
		return nil, errors.New("this listener has no file")
	}
	return with.File()
}
