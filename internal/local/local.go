// Package local answers one question: where can programs on this machine, and nobody else, reach a process that runs
// beside them?
package local

import (
	"context"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/loopback"
)

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

// Listen is Unix for an absolute path, and Loopback for everything else.
func Listen(address string) (net.Listener, error) {
	if filepath.IsAbs(address) {
		return Unix(address)
	}
	return Loopback(address)
}

// Serve serves pages for monitoring until ctx ends. On TCP it answers what is asked of its own address, so that no
// page in a browser can read them by a name that leads here.
func Serve(ctx context.Context, listener net.Listener, pages http.Handler) {
	own := ""
	if address, tcp := listener.Addr().(*net.TCPAddr); tcp {
		own = address.String()
	}
	server := &http.Server{
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if own != "" && r.Host != own {
				http.Error(w, "ask for "+own, http.StatusMisdirectedRequest)
				return
			}
			pages.ServeHTTP(w, r)
		}),
	}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	_ = server.Serve(listener)
}
