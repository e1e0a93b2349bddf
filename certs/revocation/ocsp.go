package revocation

import (
	"bytes"
	"crypto"
	"crypto/sha1" //nolint:gosec // names a key in RFC 6960, and protects nothing
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"hash"
	"math/big"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/crypto/ocsp"

	"github.com/sealkeeper/sealkeeper/certs/internal/text"
)

// maxOCSP bounds an OCSP answer in bytes: one with a chain takes some five thousand.
const maxOCSP = 64 << 10

var oidNoCheck = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}

// JudgeOCSP says what an OCSP answer (RFC 6960), DER, says at a time about a leaf of an issuer. It takes answers signed
// by the issuer, with or without its certificate along, and by a responder for which the issuer has issued a
// certificate with OCSPSigning. No nonce is asked for: responders answer from what they have prepared.
func JudgeOCSP(raw []byte, leaf, issuer *x509.Certificate, now time.Time) Verdict {
	if len(raw) > maxOCSP {
		return none(raw, Oversized)
	}
	answer, err := ocsp.ParseResponseForCert(raw, leaf, nil)
	if err != nil {
		return none(raw, causeOf(err))
	}
	v := Verdict{
		Status:     map[int]Status{ocsp.Good: Good, ocsp.Revoked: Revoked, ocsp.Unknown: Unknown}[answer.Status],
		ThisUpdate: answer.ThisUpdate.UTC(),
		NextUpdate: answer.NextUpdate.UTC(),
		ProducedAt: answer.ProducedAt.UTC(),
		SHA256:     fingerprint(raw),
	}
	if answer.NextUpdate.IsZero() {
		v.NextUpdate = time.Time{}
	}
	if v.Status == "" {
		return v.because(Malformed)
	}
	if why := about(answer.TBSResponseData, leaf, issuer); why != "" {
		return v.because(why)
	}
	signer := responder(answer, issuer, now)
	if signer == nil {
		return v.because(Forged)
	}
	v.Responder = nameOf(signer)
	if signer != issuer {
		v.Delegated = signer
		v.ResponderToCheck = !slices.ContainsFunc(signer.Extensions, isNoCheck)
	}
	if v.Status == Revoked {
		v.RevokedAt, v.Reason = answer.RevokedAt.UTC(), reasons[answer.RevocationReason]
	}
	return v.dated(now)
}

// causeOf tells why an answer cannot be read, or is none.
func causeOf(err error) Cause {
	if _, refused := errors.AsType[ocsp.ResponseError](err); refused {
		return Refused
	}
	switch err.Error() {
	case "no response matching the supplied certificate":
		return OtherCertificate
	case "unsupported critical extension":
		return NotUnderstood
	}
	if strings.Contains(err.Error(), "bad signature") {
		return Forged
	}
	return Malformed
}

// responder is who signed an answer: the issuer, or whom it has charged with answering; nil if it is neither.
func responder(answer *ocsp.Response, issuer *x509.Certificate, now time.Time) *x509.Certificate {
	own := answer.Certificate
	switch {
	case own == nil || bytes.Equal(own.RawSubjectPublicKeyInfo, issuer.RawSubjectPublicKeyInfo):
		if answer.CheckSignatureFrom(issuer) != nil {
			return nil
		}
		return issuer
	case answer.CheckSignatureFrom(own) != nil,
		!bytes.Equal(own.RawIssuer, issuer.RawSubject),
		issuer.CheckSignature(own.SignatureAlgorithm, own.RawTBSCertificate, own.Signature) != nil,
		!slices.Contains(own.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning),
		now.Before(own.NotBefore) && answer.ProducedAt.Before(own.NotBefore),
		answer.ProducedAt.After(own.NotAfter):
		return nil
	}
	return own
}

func isNoCheck(x pkix.Extension) bool { return x.Id.Equal(oidNoCheck) }

// about says why an answer is not about the leaf; empty: it is. Package ocsp reads the first single response for the
// leaf's serial number, and compares the number alone. One that says something else of the same certificate in another
// place, as where it names the issuer by another hash, says nothing.
func about(tbs []byte, leaf, issuer *x509.Certificate) Cause {
	s := cryptobyte.String(tbs)
	var data, id, responses cryptobyte.String
	var choice cbasn1.Tag
	if !s.ReadASN1(&data, cbasn1.SEQUENCE) || !data.SkipOptionalASN1(cbasn1.Tag(0).ContextSpecific().Constructed()) ||
		!data.ReadAnyASN1Element(&id, &choice) || // the responder's name or key
		!data.SkipASN1(cbasn1.GeneralizedTime) || !data.ReadASN1(&responses, cbasn1.SEQUENCE) {
		return Malformed
	}
	var status cbasn1.Tag
	for !responses.Empty() {
		serial, said, isIssuer, ok := single(&responses, issuer)
		switch {
		case !ok:
			return Malformed
		case serial.Cmp(leaf.SerialNumber) != 0:
		case !isIssuer && status == 0:
			return OtherCertificate
		case !isIssuer:
		case status != 0 && said != status:
			return Malformed
		default:
			status = said
		}
	}
	if status == 0 {
		return OtherCertificate
	}
	return ""
}

// single reads a single response: the serial number, the status by its tag, and whether it names the issuer.
func single(responses *cryptobyte.String, issuer *x509.Certificate) (
	serial *big.Int, status cbasn1.Tag, isIssuer, ok bool,
) {
	var one, id, algorithm, name, key, said cryptobyte.String
	var oid asn1.ObjectIdentifier
	serial = new(big.Int)
	ok = responses.ReadASN1(&one, cbasn1.SEQUENCE) && one.ReadASN1(&id, cbasn1.SEQUENCE) &&
		id.ReadASN1(&algorithm, cbasn1.SEQUENCE) && algorithm.ReadASN1ObjectIdentifier(&oid) &&
		id.ReadASN1(&name, cbasn1.OCTET_STRING) && id.ReadASN1(&key, cbasn1.OCTET_STRING) &&
		id.ReadASN1Integer(serial) && one.ReadAnyASN1(&said, &status)
	return serial, status, ok && names(oid, name, key, issuer), ok
}

// names reports whether the hashes of a CertID (RFC 6960 section 4.1.1) are those of an issuer.
func names(oid asn1.ObjectIdentifier, name, key []byte, issuer *x509.Certificate) bool {
	create := map[string]func() hash.Hash{
		"1.3.14.3.2.26":          sha1.New,
		"2.16.840.1.101.3.4.2.1": sha256.New,
		"2.16.840.1.101.3.4.2.2": sha512.New384,
		"2.16.840.1.101.3.4.2.3": sha512.New,
	}[oid.String()]
	if create == nil {
		return false
	}
	var info struct {
		Algorithm asn1.RawValue
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(issuer.RawSubjectPublicKeyInfo, &info); err != nil {
		return false
	}
	sum := func(data []byte) []byte {
		h := create()
		_, _ = h.Write(data)
		return h.Sum(nil)
	}
	return bytes.Equal(name, sum(issuer.RawSubject)) && bytes.Equal(key, sum(info.Key.RightAlign()))
}

// Question is the OCSP request for a leaf, DER. SHA-1 names the issuer: every responder takes it (RFC 5019).
func Question(leaf, issuer *x509.Certificate) ([]byte, error) {
	return ocsp.CreateRequest(leaf, issuer, &ocsp.RequestOptions{Hash: crypto.SHA1})
}

// nameOf names who has signed an answer to people: attributes without a name of their own are hex in the text of a
// subject.
func nameOf(signer *x509.Certificate) string {
	subject := signer.Subject
	name := subject.CommonName
	switch {
	case name == "":
		name = subject.String()
	case len(subject.Organization) > 0 && subject.Organization[0] != name:
		name += ", " + subject.Organization[0]
	}
	return text.Line(name)
}
