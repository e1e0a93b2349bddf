package dev

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"github.com/sealkeeper/sealkeeper/internal/cli"
)

// lockFolder keeps a second dev environment out of dir until the returned
// function is called or this process ends in whatever way, for the lock goes
// with the process and not with the file.
func lockFolder(dir string) (unlock func(), err error) {
	file, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, cli.Invalid("data_folder", "The folder %s cannot be written: %v.", dir, err)
	}
	switch err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case errors.Is(err, syscall.EWOULDBLOCK):
		_ = file.Close()
		return nil, cli.Invalid("data_in_use",
			"Another `sealkeeper-lab dev` runs on the folder %s; use that one, stop it first, or name another folder "+
				"with `--data` and another address with `--listen`.", dir)
	case err != nil:
		_ = file.Close()
		return nil, cli.Invalid("data_folder", "The folder %s cannot be locked: %v.", dir, err)
	}
	return func() { _ = file.Close() }, nil
}
