package access

import (
	"os"
	"os/user"
	"strconv"
	"strings"
	"sync"
)

// OnHost is a part of the program as a user of the operating system runs it: its
// name says which user, on which machine. It is nobody who could be one of two people.
func OnHost(part string, roles ...Role) Caller {
	if len(roles) == 0 {
		roles = []Role{System}
	}
	return Caller{ID: systemPrefix + part, Name: part + " (" + hostUser() + ")", Roles: roles}
}

// Operator is whoever runs a command on the server.
func Operator() Caller { return OnHost("command line") }

// CommandLine is the id in records of whoever runs a command about certificates on the server.
const CommandLine = systemPrefix + "command-line"

// IsProgram reports whether an id is of a part of the program that acts by itself. Who runs a command is a person.
func IsProgram(id string) bool {
	return strings.HasPrefix(id, systemPrefix) && id != CommandLine && id != Operator().ID
}

// hostUser asks the system for the user of the process, and not the environment, which whoever starts it writes.
var hostUser = sync.OnceValue(func() string {
	uid := strconv.Itoa(os.Getuid())
	name := "uid " + uid
	if u, err := user.LookupId(uid); err == nil {
		name = u.Username
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	return name + "@" + host
})
