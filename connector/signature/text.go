package signature

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
)

// digest is the Digest header of RFC 3230 with SHA-256 (RFC 5843).
func digest(bodySHA256 []byte) string {
	return "SHA-256=" + base64.StdEncoding.EncodeToString(bodySHA256)
}

// signingString is section 2.3 of draft-cavage-http-signatures: one line per
// name, joined by line feeds, none at the end.
func signingString(req *http.Request, names []string) (string, error) {
	lines := make([]string, len(names))
	for i, name := range names {
		value, ok := signedValue(req, name)
		if !ok {
			return "", fault.New(fault.Internal, "signed_header_missing",
				"The bank's profile signs the header %q, which this request does not carry; correct the profile.", name)
		}
		lines[i] = name + ": " + value
	}
	return strings.Join(lines, "\n"), nil
}

func signedValue(req *http.Request, name string) (string, bool) {
	switch name {
	case requestTarget:
		return strings.ToLower(req.Method) + " " + req.URL.RequestURI(), true
	case "host":
		if req.Host != "" {
			return req.Host, true
		}
		return req.URL.Host, true
	case "content-length":
		return strconv.FormatInt(req.ContentLength, 10), true
	case "date":
		if req.Header.Get("Date") == "" {
			req.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
		}
	}
	values := req.Header.Values(name)
	return strings.TrimSpace(strings.Join(values, ", ")), len(values) > 0
}
