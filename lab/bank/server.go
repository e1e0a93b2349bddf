package bank

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/sealkeeper/sealkeeper/lab/bank/segments"
	"github.com/sealkeeper/sealkeeper/lab/bank/wire"
)

// Server is a bank that is listening.
type Server struct {
	*Sim
	APIURL     string // https, mTLS
	BrowserURL string // plain http, for the customer's browser

	AdminURL string // plain http, for the switches; "" before StartAdmin

	api, browser, admin *http.Server
}

// Endpoints are a segment's URLs as a connector's profile wants them.
type Endpoints struct {
	AuthorizeURL, TokenURL, AISBaseURL, PISBaseURL string
}

// Start listens on two addresses ("127.0.0.1:0" picks a port). The browser
// address is plain http so that a browser needs no trust in the bank's
// issuer: keep it on loopback.
func (s *Sim) Start(apiAddress, browserAddress string) (*Server, error) {
	api, err := net.Listen("tcp", apiAddress)
	if err != nil {
		return nil, err
	}
	browser, err := net.Listen("tcp", browserAddress)
	if err != nil {
		_ = api.Close()
		return nil, err
	}
	server := &Server{
		Sim:        s,
		APIURL:     "https://" + api.Addr().String(),
		BrowserURL: "http://" + browser.Addr().String(),
		api:        s.httpServer(s.API()),
		browser:    s.httpServer(s.Browser()),
	}
	s.browserURL.Store(&server.BrowserURL)
	server.api.TLSConfig = s.TLSConfig()
	go func() { _ = server.api.ServeTLS(&wire.Listener{Listener: api, Mishaps: &s.mishaps}, "", "") }()
	go func() { _ = server.browser.Serve(browser) }()
	return server, nil
}

func (s *Sim) httpServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: s.cfg.Patience,
		ReadTimeout:       s.cfg.Patience + 10*time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       time.Minute,
		ConnContext:       wire.Keep,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(s.cfg.Log.Handler(), slog.LevelDebug),
	}
}

// Endpoints returns the URLs of a sandbox segment; false when there is no
// such segment.
func (s *Server) Endpoints(segment string) (Endpoints, bool) {
	return s.find(func(known segments.Segment) bool {
		return known.Environment == segments.Sandbox && known.Name == segment
	})
}

// Institution returns the URLs of an institution of the catalogue.
func (s *Server) Institution(id string) (Endpoints, bool) {
	return s.find(func(known segments.Segment) bool { return known.Institution == id })
}

func (s *Server) find(match func(segments.Segment) bool) (Endpoints, bool) {
	for _, known := range s.cfg.Segments {
		if match(known) {
			return Endpoints{
				AuthorizeURL: s.BrowserURL + known.AuthorizePath,
				TokenURL:     s.APIURL + known.TokenPath,
				AISBaseURL:   s.APIURL + known.AISPath,
				PISBaseURL:   s.APIURL + known.PISPath,
			}, true
		}
	}
	return Endpoints{}, false
}

// StartAdmin serves the switches on an address, which must be on loopback.
func (s *Server) StartAdmin(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	if tcp, ok := listener.Addr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		_ = listener.Close()
		return errors.New("bank: the switches are for loopback only")
	}
	s.AdminURL = "http://" + listener.Addr().String()
	s.admin = s.httpServer(s.Admin())
	go func() { _ = s.admin.Serve(listener) }()
	return nil
}

// Close stops all listeners and cuts what is in flight.
func (s *Server) Close() {
	_ = s.api.Close()
	_ = s.browser.Close()
	if s.admin != nil {
		_ = s.admin.Close()
	}
}
