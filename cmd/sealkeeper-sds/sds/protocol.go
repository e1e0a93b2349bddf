package sds

import (
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/anypb"
)

// request is what a proxy says on a stream.
type request struct {
	typeURL     string
	node        *core.Node // in the first
	nonce       string     // of the answer that it has taken or refused; empty: of none
	refused     *status.Status
	whole       bool // subscribe has all that it wants from now on
	subscribe   []string
	unsubscribe []string
	has         map[string]string // versions that it has from another stream, by name
}

// protocol is one of the two that streams speak.
type protocol interface {
	receive() (request, error)
	// answer sends one secret, so that a refusal is of this one alone; nil says that there is none of this name.
	answer(nonce, name string, h *handed) error
}

// world is the state of the world protocol.
type world struct {
	stream grpc.BidiStreamingServer[discovery.DiscoveryRequest, discovery.DiscoveryResponse]
}

func (w world) receive() (request, error) {
	in, err := w.stream.Recv()
	return request{
		typeURL:   in.GetTypeUrl(),
		node:      in.GetNode(),
		nonce:     in.GetResponseNonce(),
		refused:   in.GetErrorDetail(),
		whole:     true,
		subscribe: in.GetResourceNames(),
	}, err
}

func (w world) answer(nonce, name string, h *handed) error {
	out := &discovery.DiscoveryResponse{TypeUrl: secretType, Nonce: nonce, VersionInfo: "none"}
	if h != nil {
		resource, err := h.resource(name)
		if err != nil {
			return err
		}
		out.VersionInfo, out.Resources = h.id, []*anypb.Any{resource}
	}
	return w.stream.Send(out)
}

// delta is the incremental protocol.
type delta struct {
	stream grpc.BidiStreamingServer[discovery.DeltaDiscoveryRequest, discovery.DeltaDiscoveryResponse]
}

func (d delta) receive() (request, error) {
	in, err := d.stream.Recv()
	return request{
		typeURL:     in.GetTypeUrl(),
		node:        in.GetNode(),
		nonce:       in.GetResponseNonce(),
		refused:     in.GetErrorDetail(),
		subscribe:   in.GetResourceNamesSubscribe(),
		unsubscribe: in.GetResourceNamesUnsubscribe(),
		has:         in.GetInitialResourceVersions(),
	}, err
}

func (d delta) answer(nonce, name string, h *handed) error {
	out := &discovery.DeltaDiscoveryResponse{TypeUrl: secretType, Nonce: nonce, SystemVersionInfo: "none"}
	if h == nil {
		out.RemovedResources = []string{name}
		return d.stream.Send(out)
	}
	resource, err := h.resource(name)
	if err != nil {
		return err
	}
	out.SystemVersionInfo = h.id
	out.Resources = []*discovery.Resource{{Name: name, Version: h.id, Resource: resource}}
	return d.stream.Send(out)
}
