package otlp

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
)

// encodeJSON writes a batch in the JSON of OTLP, which is that of Protocol Buffers but for two things: enumerations
// are numbers, and ids are hexadecimal.
func encodeJSON(data *tracepb.TracesData) ([]byte, error) {
	text, err := protojson.MarshalOptions{UseEnumNumbers: true}.Marshal(data)
	if err != nil {
		return nil, err
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		return nil, err
	}
	hexadecimal(tree)
	return json.Marshal(tree)
}

// hexadecimal rewrites the ids of spans and links, which no other field is named after.
func hexadecimal(tree any) {
	switch node := tree.(type) {
	case []any:
		for _, below := range node {
			hexadecimal(below)
		}
	case map[string]any:
		for name, below := range node {
			text, ok := below.(string)
			if !ok {
				hexadecimal(below)
				continue
			}
			if name == "traceId" || name == "spanId" || name == "parentSpanId" {
				if id, err := base64.StdEncoding.DecodeString(text); err == nil {
					node[name] = hex.EncodeToString(id)
				}
			}
		}
	}
}

// mostWords bounds what is logged of a collector's own words, in bytes.
const mostWords = 200

// partialSuccess reads the answer of a collector that took a part of a batch: how many spans it has not taken, and why.
func partialSuccess(answer []byte, isJSON bool) (rejected int64, why string) {
	if isJSON {
		var said struct {
			PartialSuccess struct {
				RejectedSpans json.Number `json:"rejectedSpans"` // quoted, as 64 bits are
				ErrorMessage  string      `json:"errorMessage"`
			} `json:"partialSuccess"`
		}
		if json.Unmarshal(answer, &said) != nil {
			return 0, ""
		}
		rejected, _ = said.PartialSuccess.RejectedSpans.Int64()
		return rejected, words(said.PartialSuccess.ErrorMessage)
	}
	// ExportTraceServiceResponse has the field 1, with rejected_spans as 1 and error_message as 2. Its Go type comes
	// with gRPC.
	fields(answer, func(number protowire.Number, _ uint64, message []byte) {
		if number == 1 {
			fields(message, func(number protowire.Number, value uint64, text []byte) {
				switch number {
				case 1:
					rejected = int64(value)
				case 2: //nolint:mnd // error_message
					why = words(string(text))
				}
			})
		}
	})
	return rejected, why
}

// fields calls each with the fields of a message; what is no message ends it.
func fields(message []byte, each func(number protowire.Number, value uint64, text []byte)) {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return
		}
		message = message[n:]
		var value uint64
		var text []byte
		switch kind {
		case protowire.VarintType:
			value, n = protowire.ConsumeVarint(message)
		case protowire.BytesType:
			text, n = protowire.ConsumeBytes(message)
		default:
			n = protowire.ConsumeFieldValue(number, kind, message)
		}
		if n < 0 {
			return
		}
		each(number, value, text)
		message = message[n:]
	}
}

func words(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), mostWords)], "")
}
