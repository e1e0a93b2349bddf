package trustlist

import (
	"bytes"
	"crypto"
	_ "crypto/sha1" //nolint:gosec // names a certificate that is pinned by its own bytes
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/sealkeeper/sealkeeper/certs"
)

// The namespaces.
const (
	nsList  = "http://uri.etsi.org/02231/v2#"
	nsSig   = "http://www.w3.org/2000/09/xmldsig#"
	nsXAdES = "http://uri.etsi.org/01903/v1.3.2#"
	nsExc   = "http://www.w3.org/2001/10/xml-exc-c14n#"
)

// What the profile knows (TS 119 612 annex B). An XPath or XSLT transform is code of whoever signed.
const (
	enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
	exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#"
	inclusive = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"

	typeSignedProperties = "http://uri.etsi.org/01903#SignedProperties"
)

var digests = map[string]crypto.Hash{
	"http://www.w3.org/2001/04/xmlenc#sha256":       crypto.SHA256,
	"http://www.w3.org/2001/04/xmldsig-more#sha384": crypto.SHA384,
	"http://www.w3.org/2001/04/xmlenc#sha512":       crypto.SHA512,
}

const sha1Digest = "http://www.w3.org/2000/09/xmldsig#sha1"

// verify returns what is signed, as the bytes that were digested, and who signed it.
func (d *document) verify(signers []*certs.Certificate) ([]byte, *certs.Certificate, error) {
	signature, err := d.signature()
	if err != nil {
		return nil, nil, err
	}
	signedInfo, err := only(signature, nsSig, "SignedInfo")
	if err != nil {
		return nil, nil, err
	}
	properties, err := path(signature, []name{
		{nsSig, "Object"}, {nsXAdES, "QualifyingProperties"}, {nsXAdES, "SignedProperties"},
	})
	if err != nil {
		return nil, nil, err
	}
	references := children(signedInfo, nsSig, "Reference")
	if len(references) != 2 {
		return nil, nil, refuse(Profile, "signs other than the list and its signed properties")
	}
	if references[0].SelectAttrValue("Type", "") == typeSignedProperties {
		references[0], references[1] = references[1], references[0]
	}
	signed, err := d.signedList(references[0], signature)
	if err != nil {
		return nil, nil, err
	}
	if err := signedProperties(references[1], properties); err != nil {
		return nil, nil, err
	}
	signer, err := signerOf(signature, properties, signers)
	if err != nil {
		return nil, nil, err
	}
	return signed, signer, verifySignedInfo(signature, signedInfo, signer)
}

// signature returns the one signature, a child of the root.
func (d *document) signature() (*etree.Element, error) {
	found := signaturesIn(d.root)
	switch {
	case len(found) == 0:
		return nil, refuse(Unsigned, "has no signature")
	case len(found) > 1:
		return nil, refuse(Profile, "has several signatures")
	case found[0].Parent() != d.root:
		return nil, refuse(Profile, "its signature is not a child of the root")
	}
	return found[0], nil
}

func signaturesIn(e *etree.Element) (found []*etree.Element) {
	for _, c := range e.ChildElements() {
		if c.Tag == "Signature" && c.NamespaceURI() == nsSig {
			found = append(found, c)
		}
		found = append(found, signaturesIn(c)...)
	}
	return found
}

// signedList returns the list without its signature, as it was digested.
func (d *document) signedList(reference, signature *etree.Element) ([]byte, error) {
	uri := reference.SelectAttr("URI")
	id := d.root.SelectAttrValue("Id", "")
	if uri == nil || uri.Value != "" && (id == "" || uri.Value != "#"+id) {
		return nil, refuse(Profile, "the first reference is not the whole list")
	}
	transforms, err := transformsOf(reference)
	if err != nil {
		return nil, err
	}
	if len(transforms) != 2 || algorithm(transforms[0]) != enveloped {
		return nil, refuse(Profile, "the list is signed by other than the two transforms")
	}
	whole := d.root.Copy() // its place among the children stays the same
	whole.RemoveChildAt(signature.Index())
	signed, err := canonical(whole, transforms[1])
	if err != nil {
		return nil, err
	}
	return signed, digested(reference, signed)
}

// signedProperties checks the second reference.
func signedProperties(reference, properties *etree.Element) error {
	id := properties.SelectAttrValue("Id", "")
	if id == "" || reference.SelectAttrValue("URI", "") != "#"+id ||
		reference.SelectAttrValue("Type", "") != typeSignedProperties {
		return refuse(Profile, "the second reference is not the signed properties of this signature")
	}
	transforms, err := transformsOf(reference)
	if err != nil {
		return err
	}
	how := etree.NewElement("Transform") // without one, it is inclusive (XMLDSig section 4.4.3.2)
	how.CreateAttr("Algorithm", inclusive)
	if len(transforms) == 1 {
		how = transforms[0]
	}
	if len(transforms) > 1 {
		return refuse(Profile, "the signed properties have several transforms")
	}
	octets, err := canonical(inContext(properties), how)
	if err != nil {
		return err
	}
	return digested(reference, octets)
}

func transformsOf(reference *etree.Element) ([]*etree.Element, error) {
	lists := children(reference, nsSig, "Transforms")
	if len(lists) == 0 {
		return nil, nil
	}
	if len(lists) > 1 || len(lists[0].ChildElements()) > 2 {
		return nil, refuse(Profile, "has more than two transforms")
	}
	return children(lists[0], nsSig, "Transform"), nil
}

func algorithm(e *etree.Element) string { return e.SelectAttrValue("Algorithm", "") }

// canonical returns an element, which it changes, as one of the two canonicalisations writes it. Its element stands
// alone, with the namespaces of where it was.
func canonical(e, how *etree.Element) ([]byte, error) {
	var c dsig.Canonicalizer
	parameters := how.ChildElements()
	switch {
	case algorithm(how) == exclusive && len(parameters) == 0:
		c = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	case algorithm(how) == exclusive && len(parameters) == 1 && parameters[0].Tag == "InclusiveNamespaces" &&
		parameters[0].NamespaceURI() == nsExc:
		prefixes := parameters[0].SelectAttrValue("PrefixList", "")
		c = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList(strings.ReplaceAll(prefixes, "#default", ""))
	case algorithm(how) == inclusive && len(parameters) == 0:
		c = dsig.MakeC14N10RecCanonicalizer()
	default:
		return nil, refuse(Profile, "is transformed by "+algorithm(how))
	}
	octets, err := c.Canonicalize(e)
	if err != nil {
		return nil, refuse(Malformed, err.Error())
	}
	return octets, nil
}

// inContext returns a copy of an element that declares the namespaces that are in scope where the element is.
func inContext(e *etree.Element) *etree.Element {
	alone := e.Copy()
	for up := e.Parent(); up != nil; up = up.Parent() {
		for _, a := range up.Attr {
			declares := a.Space == "xmlns" || a.Space == "" && a.Key == "xmlns"
			if declares && alone.SelectAttr(a.FullKey()) == nil {
				alone.CreateAttr(a.FullKey(), a.Value)
			}
		}
	}
	return alone
}

func digested(reference *etree.Element, octets []byte) error {
	method, err := only(reference, nsSig, "DigestMethod")
	if err != nil {
		return err
	}
	hash, known := digests[algorithm(method)]
	if !known {
		return refuse(Profile, "is digested by "+algorithm(method))
	}
	stated, err := value(reference, "DigestValue")
	if err != nil {
		return err
	}
	if !bytes.Equal(sum(hash, octets), stated) {
		return refuse(Forged, "its digest is another")
	}
	return nil
}

func sum(hash crypto.Hash, b []byte) []byte {
	h := hash.New()
	_, _ = h.Write(b)
	return h.Sum(nil)
}

// signerOf returns the certificate of who signed, which has to be one of those who may, and the one that the signed
// properties name.
func signerOf(signature, properties *etree.Element, signers []*certs.Certificate) (*certs.Certificate, error) {
	named, err := signingCertificate(properties)
	if err != nil {
		return nil, err
	}
	keyInfo, err := only(signature, nsSig, "KeyInfo")
	if err != nil {
		return nil, err
	}
	for _, data := range children(keyInfo, nsSig, "X509Data") {
		for _, e := range children(data, nsSig, "X509Certificate") {
			raw, err := octetsOf(e)
			if err != nil {
				return nil, err
			}
			if !named(raw) {
				continue
			}
			for _, s := range signers {
				if bytes.Equal(s.Raw, raw) {
					return s, nil
				}
			}
			return nil, refuse(Stranger, "signed with the certificate "+hex.EncodeToString(sum(crypto.SHA256, raw)))
		}
	}
	return nil, refuse(Profile, "does not hold the certificate that it was signed with")
}

// signingCertificate returns whether the signed properties name a certificate, in the form of XAdES 1.3.2 or that of
// EN 319 132-1.
func signingCertificate(properties *etree.Element) (func(raw []byte) bool, error) {
	signature, err := only(properties, nsXAdES, "SignedSignatureProperties")
	if err != nil {
		return nil, err
	}
	named := append(children(signature, nsXAdES, "SigningCertificate"),
		children(signature, nsXAdES, "SigningCertificateV2")...)
	if len(named) != 1 {
		return nil, refuse(Profile, "does not say which certificate it was signed with")
	}
	first, err := path(named[0], []name{{nsXAdES, "Cert"}, {nsXAdES, "CertDigest"}})
	if err != nil {
		return nil, err
	}
	method, err := only(first, nsSig, "DigestMethod")
	if err != nil {
		return nil, err
	}
	hash, known := digests[algorithm(method)]
	if algorithm(method) == sha1Digest {
		hash, known = crypto.SHA1, true
	}
	if !known {
		return nil, refuse(Profile, "names its certificate by "+algorithm(method))
	}
	stated, err := value(first, "DigestValue")
	return func(raw []byte) bool { return bytes.Equal(sum(hash, raw), stated) }, err
}

func verifySignedInfo(signature, signedInfo *etree.Element, signer *certs.Certificate) error {
	how, err := only(signedInfo, nsSig, "CanonicalizationMethod")
	if err != nil {
		return err
	}
	method, err := only(signedInfo, nsSig, "SignatureMethod")
	if err != nil {
		return err
	}
	octets, err := canonical(inContext(signedInfo), how)
	if err != nil {
		return err
	}
	stated, err := value(signature, "SignatureValue")
	if err != nil {
		return err
	}
	return verifyOctets(algorithm(method), signer, octets, stated)
}

type name struct{ space, local string }

func children(e *etree.Element, space, local string) []*etree.Element {
	return slices.DeleteFunc(e.ChildElements(), func(c *etree.Element) bool {
		return c.Tag != local || c.NamespaceURI() != space
	})
}

// only returns the one child of a name.
func only(e *etree.Element, space, local string) (*etree.Element, error) {
	found := children(e, space, local)
	if len(found) != 1 {
		return nil, refuse(Profile, "has not exactly one "+local)
	}
	return found[0], nil
}

func path(e *etree.Element, names []name) (*etree.Element, error) {
	for i, n := range names {
		found := children(e, n.space, n.local)
		if i == 0 && n.local == "Object" { // there may be others, that say nothing
			found = slices.DeleteFunc(found, func(o *etree.Element) bool {
				return len(children(o, nsXAdES, "QualifyingProperties")) == 0
			})
		}
		if n.local == "Cert" && len(found) > 1 { // the first is the signer's, then come its issuers
			found = found[:1]
		}
		if len(found) != 1 {
			return nil, refuse(Profile, "has not exactly one "+n.local)
		}
		e = found[0]
	}
	return e, nil
}

func value(e *etree.Element, local string) ([]byte, error) {
	found, err := only(e, nsSig, local)
	if err != nil {
		return nil, err
	}
	return octetsOf(found)
}

func octetsOf(e *etree.Element) ([]byte, error) {
	octets, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(e.Text()), ""))
	if err != nil {
		return nil, refuse(Malformed, "has text that is not base64")
	}
	return octets, nil
}
