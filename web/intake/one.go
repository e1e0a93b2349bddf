package intake

import (
	"errors"
	"io"
	"net/http"

	"github.com/sealkeeper/sealkeeper/fault"
)

// One reads the one file of a multipart request, from the field "file", of which
// it keeps no more than limit bytes and one: whoever takes the file refuses it then.
func One(w http.ResponseWriter, r *http.Request, limit int64) (name string, data []byte, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	parts, err := r.MultipartReader()
	if err != nil {
		return "", nil, fault.Wrap(err, fault.Invalid, "multipart_needed",
			"Send the file as multipart/form-data, in a field named file.")
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return "", nil, fault.New(fault.Invalid, "file_missing", "Choose a file.")
		}
		if err != nil {
			return "", nil, readError(err)
		}
		if part.FormName() != "file" {
			continue
		}
		if data, err = io.ReadAll(io.LimitReader(part, limit+1)); err != nil {
			return "", nil, readError(err)
		}
		if part.FileName() == "" && len(data) == 0 {
			continue
		}
		return baseName(part.FileName()), data, nil
	}
}
