package intake_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/intake"
)

const boundary = "b"

// form writes multipart by hand: fields as name, file name and value.
func form(fields ...[3]string) []byte {
	var b strings.Builder
	for _, f := range fields {
		_, _ = fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=%q", boundary, f[0])
		if f[1] != "" {
			_, _ = fmt.Fprintf(&b, "; filename=%q", f[1])
		}
		_, _ = fmt.Fprintf(&b, "\r\n\r\n%s\r\n", f[2])
	}
	return []byte(b.String() + "--" + boundary + "--\r\n")
}

func read(t *testing.T, body io.Reader, contentType string) (vault.Files, error) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", body)
	r.Header.Set("Content-Type", contentType)
	return intake.Files(httptest.NewRecorder(), r)
}

const formType = "multipart/form-data; boundary=" + boundary

func TestFiles(t *testing.T) {
	long := strings.Repeat("é", 300) + ".pem"
	for _, test := range []struct {
		name   string
		fields [][3]string
		want   []certs.File
		called string
	}{
		{name: "nothing"},
		{"two files", [][3]string{{"files", "a.pem", "A"}, {"files", "b.key", "B"}},
			[]certs.File{{Name: "a.pem", Data: []byte("A")}, {Name: "b.key", Data: []byte("B")}}, ""},
		{"nothing chosen in a browser", [][3]string{{"files", "", ""}}, nil, ""},
		{"an empty file", [][3]string{{"files", "a.pem", ""}}, []certs.File{{Name: "a.pem", Data: []byte{}}}, ""},
		{"no name", [][3]string{{"files", "", "A"}}, []certs.File{{Name: "file", Data: []byte("A")}}, ""},
		{"a path", [][3]string{{"files", "../../etc/passwd", "A"}}, []certs.File{{
			Name: "passwd",
			Data: []byte("A"),
		}}, ""},
		{"a long name", [][3]string{{"files", long, "A"}}, []certs.File{{
			Name: strings.Repeat("é", 100),
			Data: []byte("A"),
		}}, ""},
		{"a name of many lines", [][3]string{{"name", "", " SG\r\n\x00\x1b[31m \xff"}}, nil, "SG[31m ?"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := read(t, bytes.NewReader(form(test.fields...)), formType)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got.Files); diff != "" || got.Name != test.called ||
				!got.Passphrase.Empty() {
				t.Errorf("called %q, files:\n%s", got.Name, diff)
			}
		})
	}
}

func TestWindowsPaths(t *testing.T) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if _, err := w.CreateFormFile("files", `C:\Users\Ada\qwac.pem`); err != nil {
		t.Fatal(err)
	}
	_ = w.Close() // a bytes.Buffer takes everything
	got, err := read(t, &b, w.FormDataContentType())
	if err != nil || len(got.Files) != 1 || got.Files[0].Name != "qwac.pem" {
		t.Errorf("got %+v, %v", got.Files, err)
	}
}

func TestPassphrase(t *testing.T) {
	got, err := read(t, bytes.NewReader(form([3]string{"passphrase", "", " two words \nanother"})), formType)
	if err != nil || got.Passphrase.Reveal() != " two words \nanother" {
		t.Errorf("a passphrase did not arrive as it was sent: %v", err)
	}
	fields := [][3]string{{"passphrase", "", "one"}, {"passphrase"}, {"passphrase", "", "two"}}
	if got, err = read(t, bytes.NewReader(form(fields...)), formType); got.Passphrase.Reveal() != "one\ntwo" {
		t.Errorf("of several fields there are %q, %v", got.Passphrase.Reveal(), err)
	}
}

func TestRefused(t *testing.T) {
	whole := form([3]string{"passphrase", "", "hunter2"}, [3]string{"files", "a.pem", "A"})
	for _, test := range []struct {
		name, contentType string
		body              io.Reader
		kind              fault.Kind
		code              string
	}{
		{"no form", "application/x-www-form-urlencoded", strings.NewReader("files=a"), fault.Invalid,
			"multipart_needed"},
		{"no boundary", "multipart/form-data", bytes.NewReader(whole), fault.Invalid, "multipart_needed"},
		{"cut short", formType, bytes.NewReader(whole[:len(whole)-8]), fault.Invalid, "upload_broken"},
		{"a line that fails", formType,
			io.MultiReader(bytes.NewReader(whole[:80]), iotest.ErrReader(errors.New("reset"))), fault.Invalid,
			"upload_broken"},
		{"a misspelt field", formType,
			bytes.NewReader(form([3]string{"passphrase", "", "a"}, [3]string{"hunter2", "", "x"})), fault.Invalid,
			"field_unknown"},
		{"a long passphrase", formType,
			bytes.NewReader(form([3]string{"passphrase", "", strings.Repeat("x", 4097)})), fault.TooLarge,
			"field_too_large"},
		{"passphrases that are long together", formType, bytes.NewReader(form([3]string{"passphrase", "", "x"},
			[3]string{"passphrase", "", strings.Repeat("x", 4095)})), fault.TooLarge, "field_too_large"},
		{"without end", formType, io.MultiReader(bytes.NewReader(whole[:len(whole)-8]), endless{}),
			fault.TooLarge, "upload_too_large"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := read(t, test.body, test.contentType)
			if kind, code, message := fault.Public(err); kind != test.kind || code != test.code ||
				strings.Contains(message, "hunter2") {
				t.Errorf("got %s %s %q", kind, code, message)
			}
			if strings.Trim(got.Passphrase.Reveal(), "\x00") != "" {
				t.Error("the passphrase is left in memory")
			}
		})
	}
}

func TestDocumentsThatAreTooLarge(t *testing.T) {
	begun := form([3]string{"file", "a.pdf", "A"})
	many := make([][3]string, 7) // each within its bound
	for i := range many {
		many[i] = [3]string{"file", "a.pdf", strings.Repeat("x", 5<<20)}
	}
	for _, test := range []struct {
		name string
		body io.Reader
	}{
		{"together", bytes.NewReader(form(many...))},
		{"without end", io.MultiReader(bytes.NewReader(begun[:len(begun)-8]), endless{})},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", test.body)
			r.Header.Set("Content-Type", formType)
			_, err := intake.Documents(httptest.NewRecorder(), r)
			if kind, code, _ := fault.Public(err); kind != fault.TooLarge || code != "documents_too_large" {
				t.Errorf("got %s %s", kind, code)
			}
		})
	}
}

// endless is a body that never ends.
type endless struct{}

func (endless) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// FuzzFiles holds to the bounds whatever the body is.
func FuzzFiles(f *testing.F) {
	f.Add(formType, form([3]string{"files", "a.pem", "A"}, [3]string{"passphrase", "", "p"}, [3]string{
		"name",
		"",
		"n",
	}))
	f.Add(formType, form([3]string{"files", `..\..\x`, strings.Repeat("\x00", 5000)}))
	f.Add(formType, form(make([][3]string, 40)...))
	f.Add(formType, bytes.Repeat([]byte("--b\r\nContent-Disposition: form-data; name=files\r\n\r\nx\r\n"), 34))
	f.Add(formType,
		[]byte("--b\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Disposition: form-data; "+
			"name=\"files\"; filename*=utf-8''%00%2f%ff\r\n\r\n=41\r\n--b--"))
	f.Add(`multipart/mixed; boundary="a b"`, []byte("--a b\r\n\r\n\r\n--a b--"))
	f.Add("multipart/form-data; boundary="+strings.Repeat("x", 71), []byte("--"))
	f.Add("application/json", []byte("{}"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		got, err := read(t, bytes.NewReader(body), contentType)
		if err != nil {
			if _, ok := errors.AsType[*fault.Error](err); !ok {
				t.Errorf("an error that says nothing to people: %v", err)
			}
		}
		if len(got.Files) > 32 || len(got.Name) > 3*4096 || len(got.Passphrase.Bytes()) > 4096 {
			t.Errorf("%d files, a name of %d bytes", len(got.Files), len(got.Name))
		}
		for _, file := range got.Files {
			if len(file.Data) > certs.MaxFileSize+1 || len(file.Name) > 200 || file.Name == "" ||
				!utf8.ValidString(file.Name) || strings.ContainsAny(file.Name, "/\\\x00\n") {
				t.Errorf("%q of %d bytes", file.Name, len(file.Data))
			}
		}
	})
}
