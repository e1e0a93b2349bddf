package egress

import (
	"errors"
	"net"
	"os"
	"strconv"

	"github.com/sealkeeper/sealkeeper/fault"
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
	if err := Private(listener.Addr()); err != nil {
		_ = listener.Close()
		return nil, err
	}
	return listener, nil
}

// Private refuses an address at which more than this user, or this machine by TCP, can connect.
func Private(address net.Addr) error {
	switch a := address.(type) {
	case *net.TCPAddr:
		if !a.IP.IsLoopback() {
			return fault.New(fault.Invalid, "listen_public",
				"What was handed over listens at %s, where other machines can call the bank; use 127.0.0.1.", a)
		}
	case *net.UnixAddr:
		info, err := os.Stat(a.Name)
		if err != nil {
			return fault.Wrap(err, fault.Invalid, "listen_invalid", "The socket that was handed over is not there.")
		}
		if info.Mode().Perm()&0o007 != 0 {
			return fault.New(fault.Invalid, "listen_public",
				"Everybody on this machine can open the socket %s that was handed over; use the mode 0600, or 0660 "+
					"with a group.", a.Name)
		}
	}
	return nil
}

// descriptor is a copy of a listener's file, for another process.
func descriptor(l net.Listener) (*os.File, error) {
	with, ok := l.(interface{ File() (*os.File, error) })
	if !ok {
		return nil, errors.New("this listener has no file")
	}
	return with.File()
}
