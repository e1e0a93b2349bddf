package cli

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/secretfile"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Kept is what `sealkeeper login` keeps of a service.
type Kept struct {
	Token     secret.Text
	ID        string // names the token
	ExpiresAt time.Time
}

// keptLogin is Kept in the file.
type keptLogin struct {
	Token     string    `json:"token"`
	ID        string    `json:"id"`
	ExpiresAt time.Time `json:"expires_at"`
}

func (k keptLogin) over() bool { return !k.ExpiresAt.IsZero() && !time.Now().Before(k.ExpiresAt) }

// loginsFile is where the user's logins are kept, by the address of the service.
func (e *Environment) loginsFile() (string, error) {
	dir := e.Variable("XDG_CONFIG_HOME")
	if home := e.Variable("HOME"); dir == "" && home != "" {
		dir = filepath.Join(home, ".config")
	}
	if !filepath.IsAbs(dir) {
		return "", Invalid("home_missing", "There is no folder to keep a login in; set HOME.")
	}
	return filepath.Join(dir, "sealkeeper", "logins.json"), nil
}

func (e *Environment) logins() (map[string]keptLogin, error) {
	all := map[string]keptLogin{}
	path, err := e.loginsFile()
	if err != nil {
		return all, err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	text, err := secretfile.Read(path)
	if err != nil {
		return all, err
	}
	if err := json.Unmarshal(text.Bytes(), &all); err != nil {
		return all, Invalid("logins_unreadable",
			"The file %s is not what sealkeeper login has written; remove it.", path)
	}
	return all, nil
}

func serverKey(server string) string {
	return strings.TrimSuffix(strings.TrimSuffix(server, "/"), "/v1")
}

// Login is what is kept of a service; found is false where nothing is, or it is over.
func (e *Environment) Login(server string) (kept Kept, found bool, err error) {
	all, err := e.logins()
	one, found := all[serverKey(server)]
	found = found && !one.over()
	return Kept{secret.NewTextString(one.Token), one.ID, one.ExpiresAt}, found && err == nil, err
}

// KeepLogin keeps a login in a file that only the user can read. It returns the one that was kept of the service
// before, where there was one that is not over.
func (e *Environment) KeepLogin(server string, k Kept) (before Kept, replaced bool, err error) {
	err = e.changeLogins(func(all map[string]keptLogin) {
		one, found := all[serverKey(server)]
		before, replaced = Kept{secret.NewTextString(one.Token), one.ID, one.ExpiresAt}, found && !one.over()
		all[serverKey(server)] = keptLogin{k.Token.Reveal(), k.ID, k.ExpiresAt}
	})
	return before, replaced, err
}

// ForgetLogin removes one.
func (e *Environment) ForgetLogin(server string) error {
	return e.changeLogins(func(all map[string]keptLogin) { delete(all, serverKey(server)) })
}

// changeLogins changes the file: one process at a time, and whole or not at all.
func (e *Environment) changeLogins(change func(map[string]keptLogin)) error {
	path, err := e.loginsFile()
	if err != nil {
		return err
	}
	unlock, err := lock(path + ".lock")
	if err != nil {
		return notKept(err, path)
	}
	defer unlock()
	all, err := e.logins()
	if err != nil {
		return err
	}
	change(all)
	for server, one := range all {
		if one.over() {
			delete(all, server)
		}
	}
	text, err := json.Marshal(all)
	if err == nil {
		err = WriteFile(path, text)
	}
	if err != nil {
		return notKept(err, path)
	}
	return nil
}

func notKept(err error, path string) error {
	return fault.Wrap(err, fault.Unavailable, "login_not_kept", "The login cannot be kept in %s.", path)
}

// lock waits for a file that one process at a time holds; the system lets go of it when the process ends.
func lock(path string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() { _ = file.Close() }, nil
}
