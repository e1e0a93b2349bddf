package intake

import (
	"errors"
	"io"
	"net/http"

	"github.com/sealkeeper/sealkeeper/fault"
)

// Stream is the one file of a multipart request, from the field "file", as it comes in: whoever reads it says how much
// of it is read.
func Stream(r *http.Request) (io.Reader, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "multipart_needed",
			"Send the file as multipart/form-data, in a field named file.")
	}
	for range maxFiles {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, readError(err)
		}
		if part.FormName() == "file" && part.FileName() != "" {
			return part, nil
		}
	}
	return nil, fault.New(fault.Invalid, "file_missing", "Choose a file.")
}
