package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
)

// What takes longer than a body may take to arrive is not cancelled for it.
func TestAnswersTakeLongerThanBodies(t *testing.T) {
	limits := DefaultLimits
	limits.FormTime, limits.UploadTime = 20*time.Millisecond, 20*time.Millisecond
	e := echo.New()
	e.Use(newGate(limits).middleware)
	slow := func(c echo.Context) error {
		if _, err := io.Copy(io.Discard, c.Request().Body); err != nil {
			return err
		}
		select {
		case <-c.Request().Context().Done():
			return c.NoContent(http.StatusGatewayTimeout)
		case <-time.After(5 * limits.FormTime):
			return c.NoContent(http.StatusOK)
		}
	}
	e.GET("/", slow)
	e.POST("/", slow)
	e.POST("/imports", slow)
	server := httptest.NewServer(e)
	defer server.Close()
	for _, test := range []struct{ name, method, path, kind, token string }{
		{"nothing sent", http.MethodGet, "/", "", ""},
		{"a form", http.MethodPost, "/", echo.MIMEApplicationForm, ""},
		{"JSON with a token", http.MethodPost, "/", echo.MIMEApplicationJSON, "Bearer x"},
		{"JSON without one", http.MethodPost, "/", echo.MIMEApplicationJSON, ""},
		{"files", http.MethodPost, "/imports", "multipart/form-data", ""},
	} {
		t.Run(test.name, func(t *testing.T) {

			var body io.Reader
			if test.method == http.MethodPost {
				body = strings.NewReader("a=b")
			}
			r, err := http.NewRequestWithContext(t.Context(), test.method, server.URL+test.path, body)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set(echo.HeaderContentType, test.kind)
			r.Header.Set(echo.HeaderAuthorization, test.token)
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if response.StatusCode != http.StatusOK {
				t.Errorf("cut off: %s", response.Status)
			}
		})
	}
}
