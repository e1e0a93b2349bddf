package main

import (
	"encoding/json"
	"os"
	"regexp"
	"testing"

	bootstrap "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	envoytls "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3" // named in the configuration
	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/encoding/protojson"
)

// Envoy takes the configuration of the manual, as far as its own types can tell, and it asks for names that we know.
func TestConfigurationOfTheManual(t *testing.T) {
	page, err := os.ReadFile("../../docs/services.md")
	must(t, err)
	block := regexp.MustCompile("(?s)```yaml\n(static_resources:.*?)```").FindSubmatch(page)
	if block == nil {
		t.Fatal("the manual has no configuration of Envoy")
	}
	var tree any
	must(t, yaml.Unmarshal(block[1], &tree))
	text, err := json.Marshal(tree)
	must(t, err)
	envoy := &bootstrap.Bootstrap{}
	must(t, protojson.Unmarshal(text, envoy))
	must(t, envoy.ValidateAll())
	upstream := &envoytls.UpstreamTlsContext{}
	must(t, envoy.GetStaticResources().GetClusters()[1].GetTransportSocket().GetTypedConfig().UnmarshalTo(upstream))
	must(t, upstream.ValidateAll())
	common := upstream.GetCommonTlsContext()
	certificate := common.GetTlsCertificateSdsSecretConfigs()[0]
	if trust := common.GetValidationContextSdsSecretConfig(); trust.GetName() != certificate.GetName()+"/trust" ||
		trust.GetSdsConfig().GetApiConfigSource() == nil {
		t.Errorf("the trust anchors are %v", trust)
	}
}
