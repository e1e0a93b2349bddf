package registration

import (
	"encoding/pem"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
)

// maxAnchors is more than any bank has issuers.
const maxAnchors = 20

// ReadAnchors checks trust anchors, CA certificates as PEM, and returns them one by one
// in one way of writing. Nothing else may be among them, a private key least of all.
func ReadAnchors(texts []string) ([]string, error) {
	anchors := []string{}
	for _, text := range texts {
		rest := []byte(strings.TrimSpace(text))
		for len(rest) > 0 {
			block, after := pem.Decode(rest)
			if block == nil || block.Type != "CERTIFICATE" {
				return nil, anchorInvalid("it holds something else")
			}
			rest = []byte(strings.TrimSpace(string(after)))
			c, err := certs.ParseCertificate(block.Bytes)
			switch {
			case err != nil:
				return nil, anchorInvalid("one of them cannot be read")
			case c.X509 == nil:
				return nil, anchorInvalid("one of them cannot be used for TLS: " + c.Refusal)
			case !c.X509.IsCA:
				return nil, anchorInvalid(c.Subject + " is not a CA")
			}
			written := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
			if !slices.Contains(anchors, written) {
				anchors = append(anchors, written)
			}
		}
	}
	if len(anchors) > maxAnchors {
		return nil, anchorInvalid("there are more than 20")
	}
	return anchors, nil
}

func anchorInvalid(why string) error {
	return fault.New(fault.Invalid, "trust_anchor_invalid", "Trust anchors must be CA certificates in PEM; %s.", why)
}

// anchorNames says anchors for people: subject and fingerprint, one per line.
func anchorNames(anchors []string) string {
	names := make([]string, 0, len(anchors))
	for _, text := range anchors {
		if block, _ := pem.Decode([]byte(text)); block != nil { // ReadAnchors wrote it
			if c, err := certs.ParseCertificate(block.Bytes); err == nil {
				names = append(names, nameOf(c))
			}
		}
	}
	return strings.Join(names, "\n")
}
