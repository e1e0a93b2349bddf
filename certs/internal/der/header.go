package der

import "golang.org/x/crypto/cryptobyte/asn1"

// header is tag and length of an element; length is -1 when indefinite.
type header struct {
	tag    asn1.Tag
	length int
}

func (h header) constructed() bool { return h.tag&0x20 != 0 }

// readHeader returns the header and what follows it. It refuses lengths beyond
// the input. Of a tag above 30 it keeps the first byte: no schema here has one.
func readHeader(b []byte) (header, []byte, error) {
	if len(b) < 2 {
		return header{}, nil, ErrSyntax
	}
	h := header{tag: asn1.Tag(b[0])}
	b = b[1:]
	if h.tag&0x1f == 0x1f {
		n := 0
		for n < len(b) && n < 5 && b[n]&0x80 != 0 {
			n++
		}
		if n+1 >= len(b) || n == 5 {
			return header{}, nil, ErrSyntax
		}
		b = b[n+1:]
	}
	h.length = int(b[0])
	b = b[1:]
	switch {
	case h.length == 0x80 && h.constructed():
		h.length = -1
		return h, b, nil
	case h.length > 0x80:
		size := h.length & 0x7f
		if size > 4 || len(b) < size {
			return header{}, nil, ErrSyntax
		}
		h.length = 0
		for _, c := range b[:size] {
			h.length = h.length<<8 | int(c)
		}
		b = b[size:]
	case h.length == 0x80:
		return header{}, nil, ErrSyntax
	}
	if h.length > len(b) {
		return header{}, nil, ErrSyntax
	}
	return h, b, nil
}
