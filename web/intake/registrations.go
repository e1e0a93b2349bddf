package intake

import (
	"encoding/base64"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/registration/existing"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Registrations reads the multipart fields "list" and "secrets", both files or texts, "name" of the list where it is no
// file, and "reason"; of a list that a page has kept, "kept", in base64. Of each no more is kept
// than its bound and one byte: whoever takes them refuses it then.
func Registrations(w http.ResponseWriter, r *http.Request) (f existing.Files, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	parts, err := r.MultipartReader()
	if err != nil {
		return f, fault.Wrap(err, fault.Invalid, "import_multipart",
			"Send the list as multipart/form-data, in a field named list.")
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return f, readError(err)
		}
		if err := addPart(&f, part); err != nil {
			return f, err
		}
	}
	if len(f.List) == 0 {
		return f, fault.New(fault.Invalid, "import_list_missing", "Choose the file with the list.")
	}
	return f, nil
}

func addPart(f *existing.Files, part *multipart.Part) error {
	defer func() { _ = part.Close() }()
	limit := map[string]int64{
		"list":    existing.MaxList,
		"kept":    existing.MaxList * 4 / 3,
		"secrets": existing.MaxSecrets,
		"reason":  maxTextField,
		"name":    maxTextField,
	}[part.FormName()]
	if limit == 0 {
		// Not repeated: it may be what was meant to be a value.
		return fault.New(fault.Invalid, "import_part_unknown",
			"The upload has a field that is not known; it takes list, secrets, name and reason.")
	}
	data, err := io.ReadAll(io.LimitReader(part, limit+1))
	if err != nil {
		return readError(err)
	}
	switch part.FormName() {
	case "list":
		if len(data) > 0 {
			f.List = data
		}
		if part.FileName() != "" {
			f.Name = baseName(part.FileName())
		}
	case "kept":
		f.List, err = base64.StdEncoding.DecodeString(string(data))
		if err != nil {
			return fault.Wrap(err, fault.Invalid, "upload_broken", "The upload arrived incomplete; send it again.")
		}
	case "secrets":
		f.Secrets.Wipe()
		f.Secrets = secret.NewText(data)
		clear(data)
	case "name":
		f.Name = strings.TrimSpace(printable(string(data)))
	default:
		f.Reason = strings.TrimSpace(printable(string(data)))
	}
	return nil
}
