package otlp

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/loopback"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Settings are what the variables of OpenTelemetry say, as text. An empty one has the standard's default.
type Settings struct {
	Endpoint    string      // of traces alone, used as it is: OTEL_EXPORTER_OTLP_TRACES_ENDPOINT
	Base        string      // of every signal: /v1/traces is below it. Without either, nothing is traced
	Headers     secret.Text // name=value, separated by commas, values percent-encoded; they may authenticate us
	Protocol    string      // http/protobuf or http/json
	Certificate string      // a file with the CAs that the collector's certificate may be of, as PEM
	Timeout     string      // of one batch with its repetitions, in milliseconds
	Service     string      // sealkeeper
	Resource    string      // name=value, as Headers
	Sampler     string      // parentbased_always_on
	SamplerArg  string      // a ratio from 0 to 1
}

const (
	defaultTimeout = 10 * time.Second
	mostTimeout    = time.Minute
	mostPairs      = 64 // headers, or attributes of the resource
)

func invalid(format string, args ...any) error {
	return fault.New(fault.Invalid, "traces_invalid", "No traces are sent: "+format+".", args...)
}

// endpoint is where batches are posted to.
func (s Settings) endpoint() (string, error) {
	address := s.Endpoint
	if address == "" {
		address = strings.TrimSuffix(s.Base, "/") + "/v1/traces"
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", invalid("OTEL_EXPORTER_OTLP_ENDPOINT is no address of the form https://collector:4318")
	}
	if u.Scheme == "http" && !s.Headers.Empty() && !loopback.Host(u.Hostname()) {
		return "", invalid("OTEL_EXPORTER_OTLP_HEADERS would cross the network in clear; use https")
	}
	return u.String(), nil
}

func (s Settings) json() (bool, error) {
	switch s.Protocol {
	case "", "http/protobuf":
		return false, nil
	case "http/json":
		return true, nil
	}
	return false, invalid("OTEL_EXPORTER_OTLP_PROTOCOL is http/protobuf or http/json, on port 4318 as a rule")
}

func (s Settings) timeout() (time.Duration, error) {
	if s.Timeout == "" {
		return defaultTimeout, nil
	}
	n, err := strconv.ParseInt(s.Timeout, 10, 64)
	if err != nil || n < 1 || n > mostTimeout.Milliseconds() {
		return 0, invalid("OTEL_EXPORTER_OTLP_TIMEOUT is a number of milliseconds from 1 to %d",
			mostTimeout.Milliseconds())
	}
	return time.Duration(n) * time.Millisecond, nil
}

// header is what each request says. Its errors do not repeat what is in it.
func (s Settings) header() (http.Header, error) {
	header := http.Header{}
	all, err := pairs(s.Headers.Reveal())
	if err != nil {
		return nil, invalid("OTEL_EXPORTER_OTLP_HEADERS is a list as name=value,name=value with percent-encoded values")
	}
	for _, p := range all {
		header.Set(p[0], p[1])
	}
	return header, nil
}

// resource is what is known of this process beside what the program itself says.
func (s Settings) resource() ([]attribute.KeyValue, error) {
	all, err := pairs(s.Resource)
	if err != nil {
		return nil, invalid("OTEL_RESOURCE_ATTRIBUTES is a list as name=value,name=value with percent-encoded values")
	}
	service := "sealkeeper"
	var list []attribute.KeyValue
	for _, p := range all {
		if p[0] == "service.name" {
			service = p[1]
			continue
		}
		list = append(list, attribute.String(p[0], p[1]))
	}
	if s.Service != "" {
		service = s.Service
	}
	return append(list, attribute.String("service.name", service)), nil
}

// pairs reads a list in the form of W3C Baggage, without properties.
func pairs(text string) ([][2]string, error) {
	var all [][2]string
	for entry := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(entry) == "" {
			continue
		}
		name, value, found := strings.Cut(entry, "=")
		name = strings.TrimSpace(name)
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if err != nil || !found || name == "" || strings.ContainsAny(name+value, "\r\n\x00") || len(all) == mostPairs {
			return nil, errors.New("not a list of names and values")
		}
		all = append(all, [2]string{name, value})
	}
	return all, nil
}

// sampler decides which traces are recorded.
func (s Settings) sampler() (sdk.Sampler, error) {
	ratio := 1.0
	name := strings.TrimPrefix(s.Sampler, "parentbased_")
	if name == "traceidratio" && s.SamplerArg != "" {
		var err error
		if ratio, err = strconv.ParseFloat(s.SamplerArg, 64); err != nil || !(ratio >= 0 && ratio <= 1) {
			return nil, invalid("OTEL_TRACES_SAMPLER_ARG is a number from 0 to 1")
		}
	}
	root, known := map[string]sdk.Sampler{
		"":             sdk.ParentBased(sdk.AlwaysSample()),
		"always_on":    sdk.AlwaysSample(),
		"always_off":   sdk.NeverSample(),
		"traceidratio": sdk.TraceIDRatioBased(ratio),
	}[name]
	if !known {
		return nil, invalid("OTEL_TRACES_SAMPLER is always_on, always_off or traceidratio, or one of them after " +
			"parentbased_")
	}
	if name != s.Sampler {
		root = sdk.ParentBased(root)
	}
	return root, nil
}

// transport verifies the collector by the system's CAs, or by those in the file.
func (s Settings) transport(timeout time.Duration) (*http.Transport, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.Certificate != "" {
		pem, err := os.ReadFile(s.Certificate)
		config.RootCAs = x509.NewCertPool()
		if err != nil || !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, invalid("the file %s, OTEL_EXPORTER_OTLP_CERTIFICATE, has no certificate in PEM", s.Certificate)
		}
	}
	return &http.Transport{
		TLSClientConfig:        config,
		TLSHandshakeTimeout:    timeout,
		ResponseHeaderTimeout:  timeout,
		MaxConnsPerHost:        2,
		IdleConnTimeout:        time.Minute,
		MaxResponseHeaderBytes: maxAnswer,
	}, nil
}
