// Package remote has the commands that ask a running service, as any program would.
package remote
