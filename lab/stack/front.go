package stack

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
)

// Around stands between the connector and the bank's payment interface.
type Around func(w http.ResponseWriter, r *http.Request, bank http.Handler)

// Between puts something between the connector and the bank's payment interface; nil takes it away.
func (s *Stack) Between(around Around) {
	if around == nil {
		around = func(w http.ResponseWriter, r *http.Request, bank http.Handler) { bank.ServeHTTP(w, r) }
	}
	s.payments.Store(&around)
}

// paymentFront serves the bank's payment interface and returns its address.
func (s *Stack) paymentFront() string {
	s.Between(nil)
	bank := s.Bank.API()
	front := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		(*s.payments.Load())(w, r, bank)
	}))
	front.TLS = s.Bank.TLSConfig()
	front.EnableHTTP2 = true
	front.Config.ErrorLog = log.New(io.Discard, "", 0)
	front.StartTLS()
	s.t.Cleanup(front.Close)
	return front.URL
}
