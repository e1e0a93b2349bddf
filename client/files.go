package client

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Files are certificates with their keys and issuers, in any form and number, that belong together.
type Files struct {
	Files      []certs.File
	Passphrase secret.Text // for those that need one; several: one on each line

	// The fields below are for ImportCertificates.

	Name         string      // what people shall call the certificate; empty: kind, owner and end
	KeyMode      api.KeyMode // empty: held
	ExportReason string      // why the private key is exportable, for KeyExportable
	Replaces     []string    // ids of certificates whose place those in the files take

	AcceptExpired bool // store what has expired all the same
}

// form is a multipart body in memory, so writing to it cannot fail.
type form struct {
	*multipart.Writer
	body bytes.Buffer
}

func newForm() *form {
	f := &form{}
	f.Writer = multipart.NewWriter(&f.body)
	return f
}

func (f *form) file(field, name string, data []byte) {
	part, _ := f.CreateFormFile(field, name)
	_, _ = part.Write(data)
}

// text adds a field if it has a value.
func (f *form) text(field, value string) {
	if value != "" {
		_ = f.WriteField(field, value)
	}
}

func (in Files) form() *form {
	f := newForm()
	for _, file := range in.Files {
		f.file("files", file.Name, file.Data)
	}
	f.text("passphrase", in.Passphrase.Reveal())
	f.text("name", in.Name)
	f.text("key_mode", string(in.KeyMode))
	f.text("export_reason", in.ExportReason)
	for _, id := range in.Replaces {
		f.text("replaces", id)
	}
	if in.AcceptExpired {
		f.text("accept_expired", "true")
	}
	return f
}

// upload posts a form.
func upload[Out any](ctx context.Context, c *Client, path string, f *form) (Out, error) {
	return uploadBy[Out](ctx, c, http.MethodPost, path, f)
}

func uploadBy[Out any](ctx context.Context, c *Client, method, path string, f *form) (Out, error) {
	_ = f.Close()
	return decoded[Out](c.do(ctx, request{
		method:      method,
		path:        path,
		contentType: f.FormDataContentType(),
		body:        f.body.Bytes(),
	}))
}
