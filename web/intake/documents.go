package intake

import (
	"errors"
	"io"
	"net/http"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/registration/evidence"
	"github.com/sealkeeper/sealkeeper/registration/existing"
)

// maxDocuments bounds what is kept in memory of all documents of a request, in bytes.
const maxDocuments = 32 << 20

// Documents reads the files of a multipart request, each from a field "file". Of each no more than its bound and one
// byte is kept: whoever takes them refuses it then.
func Documents(w http.ResponseWriter, r *http.Request) (all []existing.Document, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "multipart_needed",
			"Send the file as multipart/form-data, in a field named file.")
	}
	for kept := 0; ; {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, documentsError(err)
		}
		if part.FormName() != "file" || part.FileName() == "" {
			continue
		}
		if len(all) == maxFiles {
			return nil, fault.New(fault.TooLarge, "too_many_files", "At most %d files can be uploaded at once.",
				maxFiles)
		}
		content, err := io.ReadAll(io.LimitReader(part, evidence.MaxSize+1))
		if err != nil {
			return nil, documentsError(err)
		}
		if kept += len(content); kept > maxDocuments {
			return nil, documentsTooLarge()
		}
		all = append(all, existing.Document{Name: baseName(part.FileName()), Content: content})
	}
	if len(all) == 0 {
		return nil, fault.New(fault.Invalid, "file_missing", "Choose a file.")
	}
	return all, nil
}

func documentsTooLarge() error {
	return fault.New(fault.TooLarge, "documents_too_large",
		"The files of this upload have more than %d MB in total; upload them in smaller groups.", maxDocuments>>20)
}

// documentsError is readError for files of evidence, which are larger than those of certificates.
func documentsError(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return documentsTooLarge()
	}
	return readError(err)
}
