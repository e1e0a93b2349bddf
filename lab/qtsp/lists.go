package qtsp

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Paths of the trusted lists of a Service below its base.
const (
	ListOfListsPath = "/lotl.xml"
	TrustedListPath = "/list.xml"
	pivotPath       = "/pivot.xml"
)

// ListSigner signs trusted lists.
type ListSigner struct {
	Certificate *x509.Certificate
	key         crypto.Signer
}

// NewListSigner makes a signer with a key; nil: a new one on P-256.
func NewListSigner(name string, now time.Time, key crypto.Signer) (*ListSigner, error) {
	if key == nil {
		generated, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, fmt.Errorf("certstest: list signer's key: %w", err)
		}
		key = generated
	}
	template := &x509.Certificate{
		SerialNumber: serial(),
		Subject:      subject(attribute{oidCountry, "FR"}, attribute{oidCommonName, name}),
		NotBefore:    now.AddDate(-1, 0, 0),
		NotAfter:     now.AddDate(3, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
	certificate, err := sign(template, template, key.Public(), key)
	return &ListSigner{certificate, key}, err
}

// Lists are the LOTL and one country's list: who signs them, and what the QTSP's service was from when on.
type Lists struct {
	q                    *QTSP
	base                 string
	first, lotl, country *ListSigner // first: who signed the LOTL until a pivot
	states               []serviceState
	pivot                bool
	number               int
}

type serviceState struct {
	status string
	since  time.Time
}

func newLists(q *QTSP, now time.Time) (*Lists, error) {
	l := &Lists{
		q:      q,
		base:   q.base,
		states: []serviceState{{"granted", q.now.AddDate(-2, 0, 0)}},
		number: int(now.Unix()), // higher than whatever it was before a restart
	}
	for _, one := range []struct {
		signer **ListSigner
		name   string
	}{{&l.first, "LOTL signer"}, {&l.lotl, "Second LOTL signer"}, {&l.country, "List signer"}} {
		var err error
		if *one.signer, err = NewListSigner(one.name, now, nil); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// Anchors are the certificates of who signs the LOTL, as the Official Journal would publish them.
func (s *Service) Anchors() []*x509.Certificate {
	return []*x509.Certificate{s.lists.first.Certificate}
}

// SetStatus has the trusted list say from now on that the QTSP's service is "granted" or "withdrawn".
func (s *Service) SetStatus(status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lists.states = slices.Insert(s.lists.states, 0, serviceState{status, s.now().UTC().Truncate(time.Second)})
}

// Pivot has the LOTL signed by somebody new, whom a pivot introduces.
func (s *Service) Pivot() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lists.pivot = true
}

// trustedList returns what is published at a path of the lists.
func (s *Service) trustedList(path string) ([]byte, error) {
	from, until := s.span()
	l := s.lists
	l.number++
	signer, body := l.first, l.pointers(from, until)
	switch {
	case path == TrustedListPath:
		signer, body = l.country, l.countryList(from, until)
	case l.pivot && path != pivotPath:
		signer = l.lotl
	}
	if s.mishap == Forged {
		signer = &ListSigner{signer.Certificate, s.stranger}
	}
	return SignList(body, signer, "")
}

func (l *Lists) pointers(from, until time.Time) string {
	self := l.first
	if l.pivot {
		self = l.lotl
	}
	var sources string
	if l.pivot {
		sources = "<SchemeInformationURI><URI xml:lang=\"en\">" + l.base + pivotPath + "</URI></SchemeInformationURI>"
	}
	return list("EU", "EUlistofthelists", l.number, from, until, sources,
		"<PointersToOtherTSL>"+pointer(l.base+ListOfListsPath, "EU", "EUlistofthelists", self)+
			pointer(l.base+TrustedListPath, "FR", "EUgeneric", l.country)+"</PointersToOtherTSL>", "")
}

func (l *Lists) countryList(from, until time.Time) string {
	now := l.states[0]
	var history strings.Builder
	for _, former := range l.states[1:] {
		history.WriteString("<ServiceHistoryInstance>" + l.state(former) + "</ServiceHistoryInstance>")
	}
	return list("FR", "EUgeneric", l.number, from, until, "", "", providers("Sealkeeper Test QTSP",
		"<TSPService><ServiceInformation>"+l.state(now)+"</ServiceInformation><ServiceHistory>"+history.String()+
			"</ServiceHistory></TSPService>"))
}

const uris = "http://uri.etsi.org/TrstSvc/"

func (l *Lists) state(s serviceState) string { return stateOf(l.q.issuing, s) }

func stateOf(c *x509.Certificate, s serviceState) string {
	purpose := func(name string) string {
		return "<Extension Critical=\"true\"><AdditionalServiceInformation><URI xml:lang=\"en\">" + uris +
			"TrustedList/SvcInfoExt/" + name + "</URI></AdditionalServiceInformation></Extension>"
	}
	return "<ServiceTypeIdentifier>" + uris + "Svctype/CA/QC</ServiceTypeIdentifier>" +
		"<ServiceName><Name xml:lang=\"en\">" + c.Subject.CommonName + "</Name></ServiceName>" +
		identity(c) + "<ServiceStatus>" + uris + "TrustedList/Svcstatus/" + s.status + "</ServiceStatus>" +
		"<StatusStartingTime>" + s.since.UTC().Format(time.RFC3339) + "</StatusStartingTime>" +
		"<ServiceInformationExtensions>" + purpose("ForWebSiteAuthentication") + purpose("ForeSeals") +
		"</ServiceInformationExtensions>"
}

func identity(c *x509.Certificate) string {
	return "<ServiceDigitalIdentity><DigitalId><X509Certificate>" + base64.StdEncoding.EncodeToString(c.Raw) +
		"</X509Certificate></DigitalId></ServiceDigitalIdentity>"
}

func pointer(url, territory, kind string, signer *ListSigner) string {
	return "<OtherTSLPointer><ServiceDigitalIdentities>" + identity(signer.Certificate) +
		"</ServiceDigitalIdentities>" +
		"<TSLLocation>" + url + "</TSLLocation><AdditionalInformation>" +
		"<OtherInformation><TSLType>" + uris + "TrustedList/TSLType/" + kind + "</TSLType></OtherInformation>" +
		"<OtherInformation><SchemeTerritory>" + territory + "</SchemeTerritory></OtherInformation>" +
		"<OtherInformation><ns3:MimeType xmlns:ns3=\"http://uri.etsi.org/02231/v2/additionaltypes#\">" +
		"application/vnd.etsi.tsl+xml</ns3:MimeType></OtherInformation></AdditionalInformation></OtherTSLPointer>"
}

// list writes a list in its canonical form.
func list(territory, kind string, number int, from, until time.Time, sources, pointers, providers string) string {
	return "<TrustServiceStatusList xmlns=\"http://uri.etsi.org/02231/v2#\" Id=\"list\" " +
		"TSLTag=\"http://uri.etsi.org/19612/TSLTag\"><SchemeInformation><TSLVersionIdentifier>6" +
		"</TSLVersionIdentifier><TSLSequenceNumber>" + fmt.Sprint(number) + "</TSLSequenceNumber><TSLType>" + uris +
		"TrustedList/TSLType/" + kind + "</TSLType>" + sources + "<SchemeTerritory>" + territory +
		"</SchemeTerritory>" +
		pointers + "<ListIssueDateTime>" + from.UTC().Format(time.RFC3339) +
		"</ListIssueDateTime><NextUpdate><dateTime>" +
		until.UTC().Format(time.RFC3339) + "</dateTime></NextUpdate></SchemeInformation>" + providers +
		"</TrustServiceStatusList>"
}

const (
	nsSig   = "http://www.w3.org/2000/09/xmldsig#"
	nsXAdES = "http://uri.etsi.org/01903/v1.3.2#"
	sha256D = "http://www.w3.org/2001/04/xmlenc#sha256"
	excC14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
	moreSig = "http://www.w3.org/2001/04/xmldsig-more#"
	pssMGF1 = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"
)

// SignList signs a list that is in its canonical form (exclusive, RFC 3741) by XAdES, enveloped. The method is a URI;
// "" is that of the key: ECDSA with SHA-256, or RSA-PSS.
func SignList(body string, signer *ListSigner, method string) ([]byte, error) {
	if method == "" {
		method = moreSig + "ecdsa-sha256"
		if _, isRSA := signer.key.(*rsa.PrivateKey); isRSA {
			method = pssMGF1
		}
	}
	certificate := sha256.Sum256(signer.Certificate.Raw)
	properties := "<xades:SignedProperties xmlns:xades=\"" + nsXAdES + "\" Id=\"properties\">" +
		"<xades:SignedSignatureProperties><xades:SigningCertificateV2><xades:Cert><xades:CertDigest>" +
		digestOf(certificate[:]) + "</xades:CertDigest></xades:Cert></xades:SigningCertificateV2>" +
		"</xades:SignedSignatureProperties></xades:SignedProperties>"
	whole, signed := sha256.Sum256([]byte(body)), sha256.Sum256([]byte(properties))
	transform := func(uri string) string {
		return "<ds:Transform Algorithm=\"" + uri + "\"></ds:Transform>"
	}
	info := "<ds:SignedInfo xmlns:ds=\"" + nsSig + "\"><ds:CanonicalizationMethod Algorithm=\"" + excC14N +
		"\"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm=\"" + method + "\"></ds:SignatureMethod>" +
		"<ds:Reference URI=\"\"><ds:Transforms>" + transform(nsSig+"enveloped-signature") + transform(excC14N) +
		"</ds:Transforms>" + plainDigest(whole[:]) + "</ds:Reference><ds:Reference Type=\"" +
		"http://uri.etsi.org/01903#SignedProperties\" URI=\"#properties\"><ds:Transforms>" + transform(excC14N) +
		"</ds:Transforms>" + plainDigest(signed[:]) + "</ds:Reference></ds:SignedInfo>"
	value, err := signer.sign([]byte(info), method)
	if err != nil {
		return nil, err
	}
	signature := "<ds:Signature xmlns:ds=\"" + nsSig + "\">" + info + "<ds:SignatureValue>" +
		base64.StdEncoding.EncodeToString(value) + "</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>" +
		base64.StdEncoding.EncodeToString(signer.Certificate.Raw) + "</ds:X509Certificate></ds:X509Data></ds:KeyInfo>" +
		"<ds:Object><xades:QualifyingProperties xmlns:xades=\"" + nsXAdES + "\">" + properties +
		"</xades:QualifyingProperties></ds:Object></ds:Signature>"
	end := "</TrustServiceStatusList>"
	return []byte("<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + strings.TrimSuffix(body, end) + signature + end), nil
}

// plainDigest writes a digest where the prefix is declared already; digestOf declares it.
func plainDigest(digest []byte) string {
	return "<ds:DigestMethod Algorithm=\"" + sha256D + "\"></ds:DigestMethod><ds:DigestValue>" +
		base64.StdEncoding.EncodeToString(digest) + "</ds:DigestValue>"
}

func digestOf(digest []byte) string {
	return strings.NewReplacer("<ds:DigestMethod ", "<ds:DigestMethod xmlns:ds=\""+nsSig+"\" ",
		"<ds:DigestValue>", "<ds:DigestValue xmlns:ds=\""+nsSig+"\">").Replace(plainDigest(digest))
}

func (s *ListSigner) sign(octets []byte, method string) ([]byte, error) {
	digest := sha256.Sum256(octets)
	switch key := s.key.(type) {
	case *ecdsa.PrivateKey:
		r, v, err := ecdsa.Sign(rand.Reader, key, digest[:])
		if err != nil {
			return nil, fmt.Errorf("certstest: sign list: %w", err)
		}
		size := (key.Params().BitSize + 7) / 8
		value := make([]byte, 2*size)
		r.FillBytes(value[:size])
		v.FillBytes(value[size:])
		return value, nil
	case *rsa.PrivateKey:
		if method == pssMGF1 {
			return rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest[:],
				&rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		}
		return rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	}
	return nil, fmt.Errorf("certstest: a list is not signed with a %T", s.key)
}
