package stack

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/internet"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

// Asking is a stack whose certificates name a running Service of their QTSP, which it may ask.
func Asking(t testing.TB, o Options) (*Stack, *qtsp.Service) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	issuing, err := qtsp.NewAt(time.Now(), "http://"+server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	var s *Stack
	service, err := qtsp.NewService(issuing, func() time.Time {
		if s == nil {
			return time.Now()
		}
		return s.Now
	})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = service
	server.Start()
	t.Cleanup(server.Close)
	if o.Outgoing, err = internet.New(internet.Config{Allow: []string{"127.0.0.1"}}); err != nil {
		t.Fatal(err)
	}
	o.QTSP = issuing
	o.TrustedLists.URL = issuing.Base() + qtsp.ListOfListsPath
	for _, c := range service.Anchors() {
		anchor, err := certs.ParseCertificate(c.Raw)
		if err != nil {
			t.Fatal(err)
		}
		o.TrustedLists.Signers = append(o.TrustedLists.Signers, anchor)
	}
	s = NewWith(t, o)
	return s, service
}
