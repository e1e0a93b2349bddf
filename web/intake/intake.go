// Package intake reads uploaded files out of a request, bounded in every
// direction, before anybody looks at what is in them.
package intake

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/fault"
	"github.com/sealkeeper/sealkeeper/internal/secret"
	"github.com/sealkeeper/sealkeeper/vault"
)

const (
	maxFiles     = 32
	maxBody      = 64 << 20 // what is read and thrown away of a request that is too large
	maxTextField = 4 << 10  // passphrase or name
)

// Files reads the multipart fields "files" (repeated), "passphrase" and "name".
// No more of a file than certs.MaxFileSize and one byte is kept: certs refuses
// such a file by its name.
func Files(w http.ResponseWriter, r *http.Request) (vault.Files, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	var upload vault.Files
	parts, err := r.MultipartReader()
	if err != nil {
		return upload, fault.Wrap(err, fault.Invalid, "multipart_needed", "Send the files as multipart/form-data, each in a field named files.")
	}
	for {
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
		// A browser sends an empty, nameless part when nothing was chosen.
		if part.FileName() == "" && len(data) == 0 {
			return nil
		}
		if len(upload.Files) == maxFiles {
			return fault.New(fault.TooLarge, "too_many_files", "At most %d files can be uploaded at once.", maxFiles)
		}
		upload.Files = append(upload.Files, certs.File{Name: baseName(part.FileName()), Data: data})
	case "passphrase", "name":
		if len(data) > maxTextField {
			return fault.New(fault.TooLarge, "field_too_large", "The %s is too long.", part.FormName())
		}
		if part.FormName() == "name" {
			upload.Name = strings.TrimSpace(string(data))
		} else {
			upload.Passphrase = secret.NewText(data)
			clear(data)
		}
	}
	return nil
}

// baseName keeps the last part of a name that came from a user's machine.
func baseName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	if name == "." || name == "/" {
		return "file"
	}
	return strings.ToValidUTF8(name, "?")
}

func readError(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fault.Wrap(err, fault.TooLarge, "upload_too_large", "The upload is larger than %d MB; a certificate file has a few KB.", maxBody>>20)
	}
	return fault.Wrap(err, fault.Invalid, "upload_broken", "The upload could not be read to its end; send it again.")
}
