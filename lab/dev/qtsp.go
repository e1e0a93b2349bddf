package dev

import (
	"net"
	"net/http"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

// qtsp starts the simulated QTSP where its certificates look for it: at the address of the first start.
func (e *Environment) qtsp(before Info) (*qtsp.QTSP, Samples, error) {
	listener, err := net.Listen("tcp", againOr(before.QTSP.URL))
	if err != nil {
		if listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return nil, Samples{}, err
		}
	}
	e.Info.QTSP.URL = "http://" + listener.Addr().String()
	issuing, samples, err := Mint(e.cfg.Dir, e.Info.QTSP.URL)
	if err != nil {
		_ = listener.Close()
		return nil, samples, err
	}
	service, err := qtsp.NewService(issuing, time.Now)
	if err != nil {
		_ = listener.Close()
		return nil, samples, err
	}
	e.serve(listener, service)
	e.lists = app.TrustedLists{URL: e.Info.QTSP.URL + qtsp.ListOfListsPath}
	for _, c := range service.Anchors() {
		anchor, err := certs.ParseCertificate(c.Raw)
		if err != nil {
			return nil, samples, err
		}
		e.lists.Signers = append(e.lists.Signers, anchor)
	}
	admin, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, samples, err
	}
	e.Info.QTSP.AdminURL = "http://" + admin.Addr().String()
	e.serve(admin, service.Switches())
	return issuing, samples, nil
}

// serve answers on a listener until the environment is closed.
func (e *Environment) serve(listener net.Listener, handler http.Handler) {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	e.closers = append(e.closers, func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }()
}
