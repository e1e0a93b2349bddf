package intake_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/web/intake"
)

func TestOne(t *testing.T) {
	for _, test := range []struct {
		name       string
		fields     [][3]string
		file, data string
		code       string
	}{
		{"a file", [][3]string{{"note", "", "x"}, {"file", `C:\mail\answer.eml`, "From: a"}}, "answer.eml",
			"From: a", ""},
		{"the first of two", [][3]string{{"file", "a.txt", "A"}, {"file", "b.txt", "B"}}, "a.txt", "A", ""},
		{"a large one, of which enough is kept to refuse it", [][3]string{{"file", "a.txt", "0123456789"}},
			"a.txt", "01234567", ""},
		{"an empty one", [][3]string{{"file", "a.txt", ""}}, "a.txt", "", ""},
		{"nothing chosen in a browser", [][3]string{{"file", "", ""}}, "", "", "file_missing"},
		{"another field", [][3]string{{"files", "a.txt", "A"}}, "", "", "file_missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/",
				bytes.NewReader(form(test.fields...)))
			r.Header.Set("Content-Type", formType)
			name, data, err := intake.One(httptest.NewRecorder(), r, 7)
			code := fault.Code(err)
			if name != test.file || string(data) != test.data || (err == nil) != (test.code == "") ||
				(err != nil && code != test.code) {
				t.Errorf("%q with %q, %v", name, data, err)
			}
		})
	}
}
