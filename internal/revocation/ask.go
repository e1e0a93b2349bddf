package revocation

import (
	"context"
	"crypto/x509"
	"net/http"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	judge "github.com/sealkeeper/sealkeeper/certs/revocation"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/internet"
)

// What is taken of an answer, and how long the answer to a GET is given again.
const (
	maxOCSP   = 64 << 10
	maxIssuer = 256 << 10
	keep      = 10 * time.Minute
)

// get asks one address, unless its host has failed too often.
func (r *round) get(ctx context.Context, q internet.Question) (internet.Answer, judge.Cause) {
	if r.leftAlone(q.URL) {
		return internet.Answer{}, Unreachable
	}
	if q.Method == "" && !r.now {
		q.KeepFor = keep
	}
	answer, err := r.cfg.Asks.Ask(ctx, q)
	if err == nil {
		return answer, ""
	}
	switch code := fault.Code(err); code {
	case "outgoing_too_large":
		return answer, judge.Oversized
	case "outgoing_inside", "outgoing_port", "outgoing_url":
		return answer, Inside
	}
	r.failed(q.URL)
	return answer, Unreachable
}

// download is a list as it came.
type download struct {
	raw    []byte
	source string
	cause  judge.Cause // why there is none; "": there is one
	at     time.Time

	opened map[string]verifiedList // by the issuer's certificate
}

// verifiedList is a list whose signature was verified with one issuer's key.
type verifiedList struct {
	list, delta *judge.List
	verdict     judge.Verdict // where there is no list
}

func (f *download) found() bool { return f.cause == "" }

// fetchLists asks the addresses of a list until one answers.
func (r *round) fetchLists(ctx context.Context, addresses []string) *download {
	f := &download{cause: NoAddress, at: r.cfg.Now(), opened: map[string]verifiedList{}}
	for _, address := range addresses {
		f.source = address
		answer, cause := r.get(ctx, internet.Question{Purpose: "crl", URL: address, MaxBytes: judge.MaxCRL})
		if f.cause = cause; cause == "" {
			f.raw = answer.Body
			break
		}
	}
	return f
}

// byLists judges a check by a list.
func (r *round) byLists(ctx context.Context, c Check, f *download) (Check, observation) {
	o := observation{at: f.at, means: ByList, source: f.source}
	c, leaf, issuer, cause := r.parties(ctx, c)
	o.leaf = leaf
	if cause == "" {
		cause = f.cause
	}
	if cause != "" {
		o.verdict = nothing(cause)
		return c, o
	}
	list, known := f.opened[string(issuer.Raw)]
	if !known {
		list.list, list.verdict = judge.OpenList(f.raw, issuer)
		if list.list != nil {
			list.delta = r.deltaOf(ctx, list.list, leaf, issuer)
		}
		f.opened[string(issuer.Raw)] = list
	}
	if list.list == nil {
		o.verdict = list.verdict
		return c, o
	}
	o.verdict = list.list.Judge(leaf.X509, f.at)
	if list.delta != nil {
		if v := list.delta.Continue(o.verdict, leaf.X509, f.at); answered(v) {
			o.verdict = v
		}
	}
	return c, o
}

// deltaOf asks for the delta list that a list or a certificate names; nil: there is none, or it cannot be had.
func (r *round) deltaOf(ctx context.Context, list *judge.List, leaf *certs.Certificate, issuer *x509.Certificate,
) *judge.List {
	for _, address := range web(append(list.Freshest(), leaf.DeltaCRLs...)) {
		answer, cause := r.get(ctx, internet.Question{Purpose: "crl", URL: address, MaxBytes: judge.MaxCRL})
		if cause != "" {
			continue
		}
		if delta, _ := judge.OpenList(answer.Body, issuer); delta != nil {
			return delta
		}
	}
	return nil
}

// byOCSP asks the responders of a certificate until one answers.
func (r *round) byOCSP(ctx context.Context, c Check) (Check, observation) {
	o := observation{at: r.cfg.Now(), means: ByOCSP, verdict: nothing(NoAddress)}
	c, leaf, issuer, cause := r.parties(ctx, c)
	o.leaf = leaf
	if cause != "" {
		o.verdict.Cause = cause
		return c, o
	}
	question, err := judge.Question(leaf.X509, issuer)
	if err != nil {
		o.verdict.Cause = Unread
		return c, o
	}
	for _, address := range web(leaf.OCSP) {
		o.source = address
		answer, cause := r.get(ctx, internet.Question{
			Purpose:  "ocsp",
			URL:      address,
			Method:   http.MethodPost,
			Header:   http.Header{"Content-Type": {"application/ocsp-request"}},
			Body:     question,
			MaxBytes: maxOCSP,
		})
		if cause != "" {
			o.verdict = nothing(cause)
			continue
		}
		said := judge.JudgeOCSP(answer.Body, leaf.X509, issuer, r.cfg.Now())
		o.verdict, o.responder = r.responderOf(ctx, said, issuer)
		if o.verdict.Status != judge.NoAnswer {
			break
		}
	}
	return c, o
}

// responderOf looks at the certificate of a responder that the issuer has charged with answering: one that does not say
// that it need not be checked may itself be revoked (RFC 6960 section 4.2.2.2.1), which its issuer's list tells.
func (r *round) responderOf(
	ctx context.Context, v judge.Verdict, issuer *x509.Certificate,
) (judge.Verdict, ResponderState) {
	switch {
	case v.Delegated == nil:
		return v, ""
	case !v.ResponderToCheck:
		return v, ResponderExempt
	}
	own, err := certs.ParseCertificate(v.Delegated.Raw)
	if err != nil {
		return v, ResponderUnasked
	}
	if len(web(own.CRLs)) == 0 {
		return v, ResponderUnasked
	}
	f := r.fetchLists(ctx, web(own.CRLs))
	if !f.found() {
		return v, ResponderUnasked
	}
	switch judge.JudgeCRL(f.raw, v.Delegated, issuer, f.at).Status {
	case judge.Revoked:
		v.Status, v.Cause, v.RevokedAt = judge.NoAnswer, judge.ResponderRevoked, time.Time{}
		return v, ""
	case judge.Good:
		return v, ResponderGood
	}
	return v, ResponderUnasked
}

// parties are the certificate that is asked about and its issuer. An issuer that is not known is asked for at the
// addresses in the certificate: it is the one whose key has signed it, whoever sends it.
func (r *round) parties(ctx context.Context, c Check) (
	_ Check, leaf *certs.Certificate, issuer *x509.Certificate, cause judge.Cause,
) {
	leaf, err := c.leaf()
	if err != nil || leaf.X509 == nil {
		return c, leaf, nil, Unread
	}
	if len(c.Issuer) == 0 {
		c.Issuer, cause = r.fetchIssuer(ctx, leaf)
	}
	if len(c.Issuer) == 0 {
		return c, leaf, nil, cause
	}
	if issuer, err = r.issuerOf(c); err != nil {
		return c, leaf, nil, NoIssuer
	}
	return c, leaf, issuer, ""
}

// issuerOf parses the issuer of a check, which is that of many, once.
func (r *round) issuerOf(c Check) (*x509.Certificate, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, ok := r.issuers[string(c.Issuer)]; ok {
		return known, nil
	}
	issuer, err := x509.ParseCertificate(c.Issuer)
	if err == nil {
		r.issuers[string(c.Issuer)] = issuer
	}
	return issuer, err
}

func (r *round) fetchIssuer(ctx context.Context, leaf *certs.Certificate) ([]byte, judge.Cause) {
	why := NoIssuer
	for _, address := range web(leaf.CAIssuers) {
		answer, cause := r.get(ctx, internet.Question{Purpose: "aia", URL: address, MaxBytes: maxIssuer})
		if cause != "" {
			why = cause
			continue
		}
		found, err := certs.ReadIssuers(ctx, certs.File{Name: address, Data: answer.Body})
		if err != nil {
			continue
		}
		for _, candidate := range found[:min(len(found), mostCandidates)] {
			if candidate.X509 != nil && string(candidate.RawSubject()) == string(leaf.RawIssuer()) &&
				certs.CheckChain(leaf, []*certs.Certificate{candidate}, time.Time{}) == nil {
				return candidate.Raw, ""
			}
		}
	}
	return nil, why
}

// mostCandidates bounds how many signatures are checked of one answer.
const mostCandidates = 16

func listKey(lists []string) string { return strings.Join(lists, "\n") }
