package trustlist

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/beevik/etree"
)

// document is a list whose size and form were looked at, and nothing else.
type document struct {
	root *etree.Element
}

// parse looks at the bounds of a list before a tree is made of it.
func parse(raw []byte) (*document, error) {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if len(raw) > MaxBytes {
		return nil, refuse(Oversized, "more bytes than are read")
	}
	if err := scan(raw); err != nil {
		return nil, err
	}
	tree := etree.NewDocument()
	tree.ReadSettings.MaxDepth = maxLevels + 1
	if err := tree.ReadFromBytes(raw); err != nil {
		return nil, refuse(Malformed, err.Error())
	}
	root := tree.Root()
	if root == nil || root.Tag != "TrustServiceStatusList" || root.NamespaceURI() != nsList {
		return nil, refuse(Malformed, "the root is no TrustServiceStatusList")
	}
	return &document{root}, nil
}

// scan refuses what a list has no need of: a DTD, processing instructions, an attribute or an identifier that is there
// twice, an encoding other than UTF-8, more levels or elements than any list has.
func scan(raw []byte) error {
	decoder := xml.NewDecoder(bytes.NewReader(raw))
	decoder.CharsetReader = func(charset string, _ io.Reader) (io.Reader, error) {
		return nil, errors.New("encoded as " + charset)
	}
	s := scanner{ids: map[string]bool{}}
	for {
		token, err := decoder.Token() // that checks that elements are closed
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return refuse(Malformed, err.Error())
		}
		if err := s.token(token); err != nil {
			return err
		}
	}
}

type scanner struct {
	elements, level int
	ids             map[string]bool
}

func (s *scanner) token(token xml.Token) error {
	switch t := token.(type) {
	case xml.Directive:
		return refuse(Malformed, "has a DTD")
	case xml.ProcInst:
		if t.Target != "xml" || s.elements > 0 {
			return refuse(Malformed, "has a processing instruction")
		}
	case xml.EndElement:
		s.level--
	case xml.StartElement:
		s.elements++
		s.level++
		if s.elements > maxElements || s.level > maxLevels || len(t.Attr) > maxAttributes {
			return refuse(Oversized, "more elements, levels or attributes than are read")
		}
		return s.attributes(t.Attr)
	}
	return nil
}

func (s *scanner) attributes(attributes []xml.Attr) error {
	names := make(map[xml.Name]bool, len(attributes))
	for _, a := range attributes {
		if names[a.Name] {
			return refuse(Malformed, "has an attribute twice")
		}
		names[a.Name] = true
		if strings.EqualFold(a.Name.Local, "id") {
			if s.ids[a.Value] {
				return refuse(Profile, "has an identifier twice")
			}
			s.ids[a.Value] = true
		}
	}
	return nil
}
