package der

import (
	"bytes"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// maxDepth is how deep elements may nest. Real containers stay below 12.
const maxDepth = 32

// Split cuts off the first BER element.
func Split(ber []byte) (first, rest []byte, err error) {
	_, rest, err = scan(ber, 0)
	if err != nil {
		return nil, nil, err
	}
	return ber[:len(ber)-len(rest)], rest, nil
}

// Filler reports whether bytes after the end of a file mean nothing: the zeros that Windows leaves, and the line ends
// that mail and web gateways add.
func Filler(rest []byte) bool { return len(bytes.Trim(rest, "\x00\r\n")) == 0 }

// FromBER returns the DER of one BER element: indefinite lengths get counted,
// OCTET STRINGs in pieces get joined. Input that needs no change is returned as
// it is, so that signatures over it stay valid. Streaming writers such as Java's
// and OpenSSL's make BER.
func FromBER(ber []byte) ([]byte, error) {
	streamed, rest, err := scan(ber, 0)
	if err != nil {
		return nil, err
	}
	if len(rest) != 0 {
		return nil, ErrSyntax
	}
	if !streamed {
		return ber, nil
	}
	var b cryptobyte.Builder
	if _, err := transcode(&b, ber); err != nil {
		return nil, err
	}
	return b.Bytes()
}

func endOfContents(b []byte) bool { return len(b) >= 2 && b[0] == 0 && b[1] == 0 }

// scan walks one element, bounding its depth, and reports whether it needs
// transcoding.
func scan(b []byte, depth int) (streamed bool, rest []byte, err error) {
	h, body, err := readHeader(b)
	if err != nil || depth > maxDepth {
		return false, nil, ErrSyntax
	}
	if h.length >= 0 {
		rest = body[h.length:]
		body = body[:h.length]
	}
	if !h.constructed() {
		return false, rest, nil
	}
	streamed = h.length < 0 || h.tag == asn1.OCTET_STRING|0x20
	for h.length < 0 && !endOfContents(body) || h.length >= 0 && len(body) > 0 {
		var inner bool
		if inner, body, err = scan(body, depth+1); err != nil {
			return false, nil, err
		}
		streamed = streamed || inner
	}
	if h.length < 0 {
		rest = body[2:]
	}
	return streamed, rest, nil
}

// transcode writes the DER of the element that b begins with. Its input has
// passed scan.
func transcode(out *cryptobyte.Builder, b []byte) (rest []byte, err error) {
	h, body, err := readHeader(b)
	if err != nil {
		return nil, err
	}
	if h.length >= 0 {
		rest = body[h.length:]
		body = body[:h.length]
	}
	tag, joined := h.tag, h.tag == asn1.OCTET_STRING|0x20
	if joined {
		tag = asn1.OCTET_STRING
	}
	out.AddASN1(tag, func(out *cryptobyte.Builder) {
		if !h.constructed() {
			out.AddBytes(body)
			return
		}
		for h.length < 0 && !endOfContents(body) || h.length >= 0 && len(body) > 0 {
			if joined {
				body, err = join(out, body)
			} else {
				body, err = transcode(out, body)
			}
			if err != nil {
				return
			}
		}
	})
	if h.length < 0 && err == nil {
		rest = body[2:]
	}
	return rest, err
}

// join writes the content of one piece of a constructed OCTET STRING.
func join(out *cryptobyte.Builder, b []byte) (rest []byte, err error) {
	var piece cryptobyte.Builder
	if rest, err = transcode(&piece, b); err != nil {
		return nil, err
	}
	der, err := piece.Bytes()
	if err != nil {
		return nil, err
	}
	n, err := Read(der)
	if err != nil || n.Tag != asn1.OCTET_STRING {
		return nil, ErrSyntax
	}
	out.AddBytes(n.Body())
	return rest, nil
}
