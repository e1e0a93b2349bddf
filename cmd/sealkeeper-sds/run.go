package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"os"
	"slices"
	"time"

	"golang.org/x/net/netutil"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/client/source"
	"github.com/sealkeeper/sealkeeper/cmd/sealkeeper-sds/sds"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/local"
	"github.com/sealkeeper/sealkeeper/internal/secretfile"
)

// drainTime bounds how long answers under way may take when the program ends.
const drainTime = 5 * time.Second

// connectionAge is how long a connection over TCP lasts, so that the certificates and names of proxies are looked at
// again.
const connectionAge = time.Hour

// run serves proxies until ctx ends.
func (c command) run(ctx context.Context, logger *slog.Logger) error {
	if c.Streams < 1 || c.Names < 1 {
		return fault.New(fault.Invalid, "bounds_invalid", "Give --streams and --names as 1 or more.")
	}
	credentials, err := c.credentials()
	if err != nil {
		return err
	}
	to, err := c.clientConfig()
	if err != nil {
		return err
	}
	service, err := client.New(to)
	if err != nil {
		return err
	}
	cfg := sds.Config{
		Keys:        service,
		SystemRoots: c.systemRoots,
		Streams:     c.Streams,
		Names:       c.Names,
		Logger:      logger,
		Now:         time.Now,
	}
	if c.Listen != "" {
		cfg.ConnectionAge = connectionAge
	}
	server := sds.New(cfg)
	instance, err := source.InstanceName(c.Instance, cmp.Or(c.Listen, c.Socket))
	if err != nil {
		return err
	}
	set, err := c.open(ctx, source.Config{
		Client:   to,
		Instance: instance,
		InUse:    server.InUse,
		Logger:   logger,
	})
	if err != nil {
		return err
	}
	defer func() { _ = set.Close() }() // which never fails
	server.Follow(set)
	defer server.Stop()
	if c.StatusListen != "" {
		pages, err := local.Listen(c.StatusListen)
		if err != nil {
			return err
		}
		go local.Serve(ctx, pages, server.Pages())
	}
	listener, err := c.listener()
	if err != nil {
		return err
	}
	g := grpc.NewServer(append(server.Options(), credentials...)...)
	server.Register(g)
	logger.Info("sds is serving", "address", listener.Addr().String(), "registrations", len(set.Sources()))
	return serve(ctx, g, netutil.LimitListener(listener, c.Streams), server)
}

// serve serves until ctx ends, and then lets answers under way finish.
func serve(ctx context.Context, g *grpc.Server, listener net.Listener, server *sds.Server) error {
	failed := make(chan error, 1)
	go func() { failed <- g.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	server.Stop() // which ends the streams
	late := time.AfterFunc(drainTime, g.Stop)
	defer late.Stop()
	g.GracefulStop()
	return nil
}

func (c command) open(ctx context.Context, cfg source.Config) (*source.Set, error) {
	ctx, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	return source.OpenAll(ctx, cfg)
}

func (c command) listener() (net.Listener, error) {
	if c.Listen == "" {
		return local.Unix(c.Socket)
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "listen_invalid", "The address %s cannot be listened on.", c.Listen)
	}
	return listener, nil
}

// credentials are those of TCP; on a socket, the right to open it is enough.
func (c command) credentials() ([]grpc.ServerOption, error) {
	given := c.TLSChain != "" || c.TLSKey != "" || c.ClientCA != "" || len(c.ClientName) > 0
	switch {
	case c.Listen == "" && !given:
		return nil, nil
	case c.Listen == "" || c.TLSChain == "" || c.TLSKey == "" || c.ClientCA == "" || len(c.ClientName) == 0:
		return nil, fault.New(fault.Invalid, "listen_insecure",
			"On TCP, private keys go to proxies by mutual TLS alone: give --listen, --tls-chain, --tls-key, "+
				"--client-ca and "+
				"--client-name together.")
	}
	if _, err := c.tlsConfig(); err != nil {
		return nil, err
	}
	return []grpc.ServerOption{grpc.Creds(credentials.NewTLS(&tls.Config{
		MinVersion: tls.VersionTLS13,
		NextProtos: []string{"h2"},
		// all files are read at each handshake, so that certificate and CA are renewed by replacing them
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return c.tlsConfig() },
	}))}, nil
}

func (c command) tlsConfig() (*tls.Config, error) {
	chain, err := os.ReadFile(c.TLSChain)
	if err != nil {
		return nil, unreadable(err)
	}
	key, err := secretfile.Read(c.TLSKey)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(chain, key.Bytes())
	if err != nil {
		return nil, unreadable(err)
	}
	ca, err := os.ReadFile(c.ClientCA)
	if err != nil {
		return nil, unreadable(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return nil, unreadable(errors.New("there is no CA certificate in " + c.ClientCA))
	}
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		NextProtos:             []string{"h2"},
		Certificates:           []tls.Certificate{pair},
		ClientAuth:             tls.RequireAndVerifyClientCert,
		ClientCAs:              pool,
		SessionTicketsDisabled: true, // a name that is taken from the list is refused from then on
		VerifyConnection:       c.verify,
	}, nil
}

func unreadable(err error) error {
	return fault.Wrap(err, fault.Invalid, "tls_files_invalid", "The files for mutual TLS cannot be used.")
}

// verify refuses proxies that are not named.
func (c command) verify(state tls.ConnectionState) error {
	leaf := state.PeerCertificates[0]
	names := slices.Clone(leaf.DNSNames)
	for _, uri := range leaf.URIs {
		names = append(names, uri.String())
	}
	for _, name := range names {
		if slices.Contains(c.ClientName, name) {
			return nil
		}
	}
	return fault.New(fault.Denied, "client_unknown", "No --client-name is in the certificate of this proxy.")
}
