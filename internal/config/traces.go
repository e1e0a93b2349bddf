package config

import (
	"strings"

	"github.com/sealkeeper/sealkeeper/secret"
)

// Traces are the standard variables of OpenTelemetry, with the meaning that they have everywhere: the environment alone
// sets them. Without an endpoint, nothing is traced. Where two variables differ by TRACES, that one wins.
type Traces struct {
	Disabled       string      `yaml:"-" env:"OTEL_SDK_DISABLED"`
	Exporter       string      `yaml:"-" env:"OTEL_TRACES_EXPORTER"`
	Endpoint       string      `yaml:"-" env:"OTEL_EXPORTER_OTLP_ENDPOINT"`
	TracesEndpoint string      `yaml:"-" env:"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"`
	Headers        secret.Text `yaml:"-" env:"OTEL_EXPORTER_OTLP_HEADERS"`
	TracesHeaders  secret.Text `yaml:"-" env:"OTEL_EXPORTER_OTLP_TRACES_HEADERS"`
	Protocol       string      `yaml:"-" env:"OTEL_EXPORTER_OTLP_PROTOCOL"`
	TracesProtocol string      `yaml:"-" env:"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"`
	Certificate    string      `yaml:"-" env:"OTEL_EXPORTER_OTLP_CERTIFICATE"`
	Timeout        string      `yaml:"-" env:"OTEL_EXPORTER_OTLP_TIMEOUT"`
	Service        string      `yaml:"-" env:"OTEL_SERVICE_NAME"`
	Resource       string      `yaml:"-" env:"OTEL_RESOURCE_ATTRIBUTES"`
	Sampler        string      `yaml:"-" env:"OTEL_TRACES_SAMPLER"`
	SamplerArg     string      `yaml:"-" env:"OTEL_TRACES_SAMPLER_ARG"`
}

// check refuses what would be shown to people. What else is wrong with traces stops no program: it works without them.
func (t Traces) check() error {
	if strings.Contains(t.Endpoint+t.TracesEndpoint, "@") {
		return contradiction("OTEL_EXPORTER_OTLP_ENDPOINT must not have a user or a password in it; give them in " +
			"OTEL_EXPORTER_OTLP_HEADERS, as Authorization=Basic%20...")
	}
	return nil
}
