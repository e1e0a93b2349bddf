package source

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// maxCache bounds the file, in bytes.
const maxCache = 64 << 20

// cache is a file with what is public of configurations. A nil cache keeps nothing.
type cache struct {
	path string

	mu   sync.Mutex
	kept cacheFile
}

// cacheFile is the content of the file.
type cacheFile struct {
	Server         string                 `json:"server"`
	Configurations []api.TLSConfiguration `json:"configurations"`
}

// openCache reads the file. One that is damaged, or of another server, counts as empty: it is written again.
func openCache(path, server string) (*cache, error) {
	if path == "" {
		return nil, nil //nolint:nilnil // a nil cache keeps nothing
	}
	c := &cache{path: path, kept: cacheFile{Server: server}}
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe must not hold the program up
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "cache_unreadable", "The cache %s cannot be read.", path)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, fault.Wrap(err, fault.Invalid, "cache_unreadable", "The cache %s cannot be read.", path)
	case !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 || foreign(info):
		return nil, fault.New(fault.Invalid, "cache_exposed",
			"The cache %s must be a file of this user that others can neither read nor write (mode 0600): it says "+
				"whom to trust.", path)
	case info.Size() > maxCache:
		return c, nil
	}
	text, err := io.ReadAll(io.LimitReader(file, maxCache))
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "cache_unreadable", "The cache %s cannot be read.", path)
	}
	var found cacheFile
	if json.Unmarshal(text, &found) == nil && found.Server == server {
		c.kept = found
	}
	return c, nil
}

// foreign reports whether a file is somebody else's.
func foreign(info fs.FileInfo) bool {
	of, known := info.Sys().(*syscall.Stat_t)
	return known && int64(of.Uid) != int64(os.Getuid())
}

func (c *cache) configurations() []api.TLSConfiguration {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.kept.Configurations)
}

func (c *cache) keep(logger *slog.Logger, configuration api.TLSConfiguration) {
	c.change(logger, configuration.RegistrationID, &configuration)
}

func (c *cache) forget(logger *slog.Logger, id string) { c.change(logger, id, nil) }

// change puts a configuration in place of the one of its registration, or takes that away. A file that cannot be
// written is no reason to stop.
func (c *cache) change(logger *slog.Logger, id string, configuration *api.TLSConfiguration) {
	if c == nil || id == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	before := len(c.kept.Configurations)
	c.kept.Configurations = slices.DeleteFunc(slices.Clone(c.kept.Configurations), func(k api.TLSConfiguration) bool {
		return k.RegistrationID == id
	})
	if configuration != nil {
		c.kept.Configurations = append(c.kept.Configurations, *configuration)
	} else if len(c.kept.Configurations) == before {
		return
	}
	if err := c.write(); err != nil {
		logger.Warn("the cache of TLS configurations cannot be written", slog.String("error", err.Error()))
	}
}

// write replaces the file as a whole.
func (c *cache) write() error {
	text, err := json.Marshal(c.kept)
	if err != nil {
		return err
	}
	next, err := os.CreateTemp(filepath.Dir(c.path), filepath.Base(c.path)+".*") // mode 0600
	if err != nil {
		return err
	}
	_, err = next.Write(text)
	err = errors.Join(err, next.Sync(), next.Close())
	if err == nil {
		err = os.Rename(next.Name(), c.path)
	}
	if err != nil {
		_ = os.Remove(next.Name())
	}
	return err
}

func digestOf(c api.TLSConfiguration) [sha256.Size]byte {
	text, _ := json.Marshal(c) // texts, numbers and times always marshal
	return sha256.Sum256(text)
}
