package agent

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/keyfile"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Current is the name of the link to the bundle in use, in the agent's folder.
const Current = "current"

// aboutFile says in a bundle what it is.
const aboutFile = "bundle.json"

// toldFile names the bundle of which the program was told last: one that it has not heard of is told at the next start.
const toldFile = ".told"

// About is what a bundle in the folder is.
type About struct {
	RegistrationID string           `json:"registration_id"`
	Version        int              `json:"version"`
	SHA256         string           `json:"sha256"`  // of the QWAC
	Content        string           `json:"content"` // digest of all that is public in it
	Formats        []keyfile.Format `json:"formats"`
	Hosts          []string         `json:"hosts"` // to present the QWAC to
	NotAfter       time.Time        `json:"not_after"`
}

// aboutOf is what a bundle of the configuration would be.
func aboutOf(c api.TLSConfiguration, formats []keyfile.Format) About {
	text := c.Transport.ChainPEM + "\n" + strings.Join(c.TrustAnchors, "\n")
	if c.Signing != nil {
		text += "\n" + c.Signing.ChainPEM
	}
	sum := sha256.Sum256([]byte(text))
	about := About{
		RegistrationID: c.RegistrationID,
		Version:        c.Version,
		SHA256:         c.Transport.SHA256,
		Content:        hex.EncodeToString(sum[:]),
		Formats:        formats,
		NotAfter:       c.NotAfter,
	}
	for _, s := range c.Servers {
		if !slices.Contains(about.Hosts, s.Address) {
			about.Hosts = append(about.Hosts, s.Address)
		}
	}
	return about
}

// same reports whether a bundle holds the same as another.
func (a About) same(b About) bool {
	return a.RegistrationID == b.RegistrationID && a.Version == b.Version && a.Content == b.Content &&
		slices.Equal(a.Formats, b.Formats)
}

// folder is where bundles are: each whole in a folder of its own, and a link to the one in use, which is replaced in
// one step. So whoever opens files through the link sees all of one version.
type folder struct{ path string }

// open makes the folder, or refuses one that others may write.
func (f folder) open() error {
	if err := os.MkdirAll(f.path, 0o700); err != nil {
		return unwritable(err)
	}
	info, err := os.Stat(f.path)
	if err != nil {
		return unwritable(err)
	}
	if info.Mode().Perm()&0o022 != 0 {
		return fault.New(fault.Invalid, "folder_exposed",
			"Others may write into the folder: take the right to write from group and others.")
	}
	return nil
}

func unwritable(err error) error {
	return fault.Wrap(err, fault.Unavailable, "folder_unwritable", "The bundle cannot be written into the folder.")
}

// current says which bundle the link leads to; the zero About is none.
func (f folder) current() About {
	var about About
	text, err := os.ReadFile(filepath.Join(f.path, Current, aboutFile))
	if err != nil || json.Unmarshal(text, &about) != nil {
		return About{}
	}
	return about
}

// written says when the bundle was written that the link leads to; zero is none.
func (f folder) written() time.Time {
	info, err := os.Stat(filepath.Join(f.path, Current, aboutFile))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// told reports whether the program was told of the bundle in use.
func (f folder) told() bool {
	name, err := os.Readlink(filepath.Join(f.path, Current))
	if err != nil {
		return false
	}
	text, err := os.ReadFile(filepath.Join(f.path, toldFile))
	return err == nil && string(text) == name
}

// setTold notes that the program was told of the bundle in use.
func (f folder) setTold() error {
	name, err := os.Readlink(filepath.Join(f.path, Current))
	if err == nil {
		err = os.WriteFile(filepath.Join(f.path, toldFile), []byte(name), 0o600)
	}
	if err != nil {
		return unwritable(err)
	}
	return nil
}

// temporaryPrefix begins the name of a bundle that is being written.
const temporaryPrefix = ".new-"

// file is one of a bundle.
type file struct {
	name string
	data []byte
}

// write writes a bundle, and has the link lead to it.
func (f folder) write(about About, files []file) error {
	text, err := json.MarshalIndent(about, "", "\t")
	if err != nil {
		return err
	}
	temporary, err := os.MkdirTemp(f.path, temporaryPrefix) // mode 0700
	if err != nil {
		return unwritable(err)
	}
	defer func() { _ = os.RemoveAll(temporary) }() // gone by then, if all went well
	for _, one := range append(files, file{aboutFile, append(text, '\n')}) {
		if err := writeFile(filepath.Join(temporary, one.name), one.data); err != nil {
			return unwritable(err)
		}
	}
	name := fmt.Sprintf("%d-%.12s", about.Version, strings.TrimPrefix(filepath.Base(temporary), temporaryPrefix))
	if err := errors.Join(flush(temporary), os.Rename(temporary, filepath.Join(f.path, name))); err != nil {
		return unwritable(err)
	}
	former, _ := os.Readlink(filepath.Join(f.path, Current)) // none: it is the first
	link := filepath.Join(f.path, ".link")
	if err := os.Remove(link); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unwritable(err)
	}
	if err := os.Symlink(name, link); err != nil {
		return unwritable(err)
	}
	if err := errors.Join(os.Rename(link, filepath.Join(f.path, Current)), flush(f.path)); err != nil {
		return unwritable(err)
	}
	f.prune(name, former)
	return nil
}

func writeFile(name string, data []byte) error {
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = out.Write(data)
	return errors.Join(err, out.Sync(), out.Close())
}

// flush has the names in a folder on the disk.
func flush(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// prune removes bundles but the one in use and the one before, whose files may be open. What cannot be removed now is
// after the next change.
func (f folder) prune(keep ...string) {
	entries, _ := os.ReadDir(f.path)
	for _, e := range entries {
		path := filepath.Join(f.path, e.Name())
		_, err := os.Stat(filepath.Join(path, aboutFile))
		bundle := err == nil || strings.HasPrefix(e.Name(), temporaryPrefix) // of a process that died while writing
		if e.IsDir() && bundle && !slices.Contains(keep, e.Name()) {
			_ = os.RemoveAll(path)
		}
	}
}

// filesOf are the files of a bundle. It fails unless key and certificate belong together and are those of the
// configuration.
func filesOf(c api.TLSConfiguration, keys api.ExportedKeys, formats []keyfile.Format, at time.Time) ([]file, error) {
	var files []file
	if len(c.TrustAnchors) > 0 {
		files = append(files, file{"ca.pem", []byte(strings.Join(c.TrustAnchors, "\n") + "\n")})
	}
	passphrase := keyfile.Passphrase()
	encrypted := false
	for _, one := range []struct {
		prefix      string
		certificate *api.TLSCertificate
		key         *api.ExportedFile
	}{{"", &c.Transport, keys.Transport}, {"signing-", c.Signing, keys.Signing}} {
		if one.key == nil || one.certificate == nil {
			continue
		}
		if err := belongs(*one.certificate, *one.key); err != nil {
			return nil, err
		}
		for _, f := range formats {
			if f == keyfile.PEM {
				files = append(files, file{one.prefix + "key.pem", one.key.PrivateKeyPEM.Bytes()},
					file{one.prefix + "chain.pem", []byte(one.key.ChainPEM)})
				continue
			}
			encrypted = true
			data, err := keyfile.Write(f, keyfile.Bundle{
				KeyPEM:   one.key.PrivateKeyPEM,
				ChainPEM: one.key.ChainPEM,
			}, passphrase, at)
			if err != nil {
				return nil, err
			}
			files = append(files, file{one.prefix + "key" + f.Extension(), data})
		}
	}
	if encrypted {
		files = append(files, file{"passphrase", passphrase.Bytes()})
	}
	return files, nil
}

func belongs(c api.TLSCertificate, k api.ExportedFile) error {
	pair, err := tls.X509KeyPair([]byte(k.ChainPEM), k.PrivateKeyPEM.Bytes())
	if err != nil {
		return fault.Wrap(err, fault.Internal, "key_mismatch", "The key does not belong to the certificate.")
	}
	if sum := sha256.Sum256(pair.Certificate[0]); hex.EncodeToString(sum[:]) != c.SHA256 {
		return fault.New(fault.Conflict, "version_superseded", "The certificate has changed meanwhile; read it again.")
	}
	return nil
}
