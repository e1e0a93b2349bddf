// Package intake reads uploaded files out of a request, bounded in every
// direction, before anybody looks at what is in them.
package intake

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault"
)

const (
	maxFiles     = 32
	maxBody      = 64 << 20 // what is read and thrown away of a request that is too large
	maxKept      = 8 << 20  // of all files of an upload together, what is kept in memory
	maxTextField = 4 << 10  // passphrase, name and so on
	maxFileName  = 200      // of a file's name, what is kept
)

// Files reads the multipart fields "files", "passphrase" and "replaces", each of which may be repeated, and "name",
// "key_mode", "export_reason" and "accept_expired". No more of a file than certs.MaxFileSize and one byte is kept:
// certs refuses such a file by its name. With an error the passphrase is wiped already.
func Files(w http.ResponseWriter, r *http.Request) (upload vault.Files, err error) {
	defer func() {
		if err != nil {
			upload.Passphrase.Wipe()
		}
	}()
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	parts, err := r.MultipartReader()
	if err != nil {
		return upload, fault.Wrap(err, fault.Invalid, "multipart_needed",
			"Send the files as multipart/form-data, each in a field named files.")
	}
	for kept := 0; ; {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return upload, nil
		}
		if err != nil {
			return upload, readError(err)
		}
		if err := add(&upload, part); err != nil {
			return upload, err
		}
		if n := len(upload.Files); n > 0 && part.FormName() == "files" {
			kept += len(upload.Files[n-1].Data)
		}
		if kept > maxKept {
			return upload, fault.New(fault.TooLarge, "upload_too_large",
				"The files of this upload have more than %d MB in total; upload them in smaller groups.", maxKept>>20)
		}
	}
}

func add(upload *vault.Files, part *multipart.Part) error {
	defer func() { _ = part.Close() }()
	limit := int64(maxTextField)
	if part.FormName() == "files" {
		limit = certs.MaxFileSize
	}
	data, err := io.ReadAll(io.LimitReader(part, limit+1))
	if err != nil {
		return readError(err)
	}
	switch part.FormName() {
	case "files":
		return addFile(upload, part.FileName(), data)
	case "passphrase", "name", "key_mode", "export_reason", "replaces", "accept_expired":
		defer clear(data)
		return addText(upload, part.FormName(), data)
	}
	clear(data)
	// A misspelt passphrase or key_mode must not silently do something else. The name
	// is not repeated: it may be what was meant to be the value.
	return fault.New(fault.Invalid, "field_unknown",
		"The upload has a field that is not known; it takes files, passphrase, name, key_mode, export_reason, "+
			"replaces and accept_expired.")
}

func addFile(upload *vault.Files, name string, data []byte) error {
	// A browser sends an empty, nameless part when nothing was chosen.
	if name == "" && len(data) == 0 {
		return nil
	}
	if len(upload.Files) == maxFiles {
		return fault.New(fault.TooLarge, "too_many_files", "At most %d files can be uploaded at once.", maxFiles)
	}
	upload.Files = append(upload.Files, certs.File{Name: baseName(name), Data: data})
	return nil
}

func addText(upload *vault.Files, field string, data []byte) error {
	switch {
	case len(data) > maxTextField:
		return fault.New(fault.TooLarge, "field_too_large", "The %s is longer than %d KB.", field, maxTextField>>10)
	case field == "name":
		upload.Name = strings.TrimSpace(printable(string(data)))
	case field == "key_mode":
		upload.KeyMode = vault.KeyMode(strings.TrimSpace(printable(string(data))))
	case field == "export_reason":
		upload.ExportReason = strings.TrimSpace(printable(string(data)))
	case field == "replaces":
		if id := strings.TrimSpace(printable(string(data))); id != "" && len(upload.Replaces) < maxFiles {
			upload.Replaces = append(upload.Replaces, id)
		}
	case field == "accept_expired":
		upload.AcceptExpired = strings.TrimSpace(string(data)) == "true"
	case len(data) > 0:
		return addPassphrase(upload, data)
	}
	return nil
}

// addPassphrase adds one to those that are tried: each is a line, or a field, of its own.
func addPassphrase(upload *vault.Files, data []byte) error {
	before := upload.Passphrase
	if before.Empty() {
		upload.Passphrase = secret.NewText(data)
		return nil
	}
	if len(before.Bytes())+1+len(data) > maxTextField {
		return fault.New(fault.TooLarge, "field_too_large", "The %s is longer than %d KB.", "passphrase",
			maxTextField>>10)
	}
	both := slices.Concat(before.Bytes(), []byte("\n"), data)
	upload.Passphrase = secret.NewText(both)
	clear(both)
	before.Wipe()
	return nil
}

// baseName keeps the last part of a name that came from a user's machine.
func baseName(name string) string {
	name = path.Base(printable(strings.ReplaceAll(name, `\`, "/")))
	if name == "." || name == "/" {
		return "file"
	}
	return strings.ToValidUTF8(name[:min(len(name), maxFileName)], "")
}

// printable drops what a database or a log cannot hold: a name is shown to
// people and written to both.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
}

func readError(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fault.Wrap(err, fault.TooLarge, "upload_too_large",
			"The upload is larger than %d MB; a certificate file has a few KB.", maxBody>>20)
	}
	return fault.Wrap(err, fault.Invalid, "upload_broken", "The upload arrived incomplete; send it again.")
}
