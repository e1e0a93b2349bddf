// Package sds answers one question: how does an Envoy proxy get the certificates in use? A Server hands them out by
// Envoy's secret discovery service (SDS v3), with keys that may leave custody, and tells Sealkeeper what each proxy
// has taken. docs/services.md has the names of secrets.
package sds

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	service "github.com/envoyproxy/go-control-plane/envoy/service/secret/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"

	"github.com/sealkeeper/sealkeeper/client/source"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Exporter hands out keys: a client.Client.
type Exporter interface {
	ExportTLS(ctx context.Context, registration string, in api.KeyExport) (api.ExportedKeys, error)
}

// Config is what a Server is made of.
type Config struct {
	Keys Exporter
	// SystemRoots returns the system's CA certificates as PEM, for banks whose certificates come from those.
	SystemRoots func() (string, error)
	// Streams bounds how many streams are open at a time, and Names how many secrets one of them asks for; 0: 1,000.
	Streams, Names int
	// ConnectionAge is about how long a connection lasts before its proxy has to connect again; 0: it is not bounded.
	ConnectionAge time.Duration
	Logger        *slog.Logger
	Now           func() time.Time
}

const (
	defaultStreams = 1000
	defaultNames   = 1000
	maxName        = 512       // bytes
	maxMessage     = 256 << 10 // of a proxy
	// sendTime is how long a proxy may take to read an answer.
	sendTime = 30 * time.Second
	// fetchTime is how long a proxy that does not stream waits for a key to be read.
	fetchTime = 10 * time.Second
	// ageGrace is how long streams last on a connection that takes no new ones.
	ageGrace = 10 * time.Second
	// resolveAfter is how long a name that nobody knows waits to be looked up again.
	resolveAfter = 2 * time.Second
)

// Server is the secret discovery service. It is safe for concurrent use.
type Server struct {
	service.UnimplementedSecretDiscoveryServiceServer
	cfg      Config
	book     *book
	uses     *uses
	meter    *meter
	streams  atomic.Int64
	last     atomic.Uint64 // number of the last stream
	ends     sync.Once
	stopping chan struct{}
}

// New returns a Server, which has nothing to hand out before Follow.
func New(cfg Config) *Server {
	if cfg.Streams <= 0 {
		cfg.Streams = defaultStreams
	}
	if cfg.Names <= 0 {
		cfg.Names = defaultNames
	}
	s := &Server{cfg: cfg, book: newBook(cfg), stopping: make(chan struct{})}
	s.uses = newUses(cfg.Now)
	s.meter = newMeter(s)
	return s
}

// InUse is what the proxies present, for source.Config.
func (s *Server) InUse() []api.CertificateUse { return s.uses.report() }

// Follow hands out what is in use of the registrations of a Set, from now until Stop.
func (s *Server) Follow(set *source.Set) {
	s.uses.mu.Lock()
	s.uses.changed = set.ReportSoon
	s.uses.mu.Unlock()
	s.book.follow(set)
}

// Options are those of the grpc.Server that the Server is registered with.
func (s *Server) Options() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.MaxRecvMsgSize(maxMessage),
		grpc.MaxHeaderListSize(16 << 10),
		grpc.MaxConcurrentStreams(uint32(s.cfg.Streams)),
		grpc.ConnectionTimeout(10 * time.Second),
		grpc.KeepaliveParams(keepalive.ServerParameters{ // a connection whose other end is gone must not stay
			MaxConnectionIdle:     10 * time.Minute,
			MaxConnectionAge:      s.cfg.ConnectionAge,
			MaxConnectionAgeGrace: ageGrace,
			Time:                  30 * time.Second,
			Timeout:               10 * time.Second,
		}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{
			MinTime:             5 * time.Second,
			PermitWithoutStream: true,
		}),
	}
}

// Register makes the Server a service of a grpc.Server.
func (s *Server) Register(g grpc.ServiceRegistrar) {
	service.RegisterSecretDiscoveryServiceServer(g, s)
}

// Stop ends the streams and stops following. Proxies keep what they have, and connect again.
func (s *Server) Stop() {
	s.ends.Do(func() {
		close(s.stopping)
		s.book.stop()
	})
}

// StreamSecrets implements the state of the world protocol.
func (s *Server) StreamSecrets(
	stream grpc.BidiStreamingServer[discovery.DiscoveryRequest, discovery.DiscoveryResponse],
) error {
	return s.serve(stream.Context(), world{stream})
}

// DeltaSecrets implements the incremental protocol.
func (s *Server) DeltaSecrets(
	stream grpc.BidiStreamingServer[discovery.DeltaDiscoveryRequest, discovery.DeltaDiscoveryResponse],
) error {
	return s.serve(stream.Context(), delta{stream})
}

// FetchSecrets answers once. It fails if one of the secrets cannot be handed out, and says why.
func (s *Server) FetchSecrets(
	ctx context.Context, in *discovery.DiscoveryRequest,
) (*discovery.DiscoveryResponse, error) {
	if err := s.admits(in.GetTypeUrl(), in.GetResourceNames(), len(in.GetResourceNames())); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	answer := &discovery.DiscoveryResponse{TypeUrl: secretType}
	for _, name := range in.GetResourceNames() {
		found, err := s.book.wait(ctx, name)
		if err != nil {
			return nil, refusal(err)
		}
		resource, err := found.resource(name)
		if err != nil {
			return nil, err
		}
		answer.Resources = append(answer.Resources, resource)
		answer.VersionInfo = found.id
		s.sent(name, nodeName(in.GetNode()), found)
	}
	return answer, nil
}

// admits refuses what is asked for in a way that nothing can answer.
func (s *Server) admits(typeURL string, names []string, all int) error {
	if typeURL != "" && typeURL != secretType {
		return status.Errorf(codes.InvalidArgument, "This server has secrets only, and no %.100q.", typeURL)
	}
	if all > s.cfg.Names {
		return status.Errorf(codes.ResourceExhausted, "Ask for at most %d secrets at a time.", s.cfg.Names)
	}
	for _, name := range names {
		if len(name) > maxName {
			return status.Errorf(codes.InvalidArgument, "The name of a secret has at most %d bytes.", maxName)
		}
	}
	return nil
}

// sent notes that a secret is on its way. A proxy that refuses one does not say which, so its name is in the log.
func (s *Server) sent(name, node string, what *handed) {
	s.meter.sent.Inc()
	s.cfg.Logger.Info("a secret was sent", slog.String("name", name), slog.String("proxy", node),
		slog.Int("version", what.version), slog.String("sha256", what.sha256))
}
