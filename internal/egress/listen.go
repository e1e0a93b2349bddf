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
