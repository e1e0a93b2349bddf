package vault

import (
	"cmp"
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/parallel"
)

// Summary is what a list says of a certificate. It is kept beside the record, so that no list reads or judges one.
type Summary struct {
	ID, KeyID              string
	State                  State
	Name                   string
	Kind                   certs.Kind
	SHA256                 string
	Organization           string // subject's name for people
	OrganizationIdentifier string
	Issuer                 string // its name for people
	Serial                 string
	NotBefore, NotAfter    time.Time
	Custody                string
	KeyMode                KeyMode
	Line                   Line
	CreatedAt              time.Time
	Retired                Retirement
	Destroyed              Destruction
	Judgement              Judgement
	Uses                   int    // active and draft bundles that name it
	InUse                  int    // active ones
	Successor              string // id of the newest version of its line if it is not that itself
}

// Judgement is what was found about a certificate when it was judged last.
type Judgement struct {
	Worst    rules.Finding // its Severity is "" if nothing was found
	Findings int
	Rules    int       // revision of the rules; 0: not judged yet
	Until    time.Time // from when on the findings may be others; zero: never

	Ahead []rules.Coming // rules to come that touch it; lists do not read them
}

// JudgementOf judges a record.
func JudgementOf(r Record, at time.Time) Judgement {
	j := Judgement{
		Rules: rules.Revision,
		Until: rules.NextChange(r.Leaf, r.Chain, at),
		Ahead: rules.Ahead(r.Leaf, at),
	}
	if findings := r.Findings(at); len(findings) > 0 { // the most serious comes first
		j.Worst, j.Findings = findings[0], len(findings)
	}
	return j
}

// Owner is the name of the organization a certificate is for.
func (r Record) Owner() string {
	return cmp.Or(r.Leaf.SubjectName.Organization(), r.Leaf.SubjectName.CommonName(), r.Leaf.Subject)
}

// IssuerName is the name of who issued it.
func (r Record) IssuerName() string {
	return cmp.Or(r.Leaf.IssuerName.Organization(), r.Leaf.IssuerName.CommonName(), r.Leaf.Issuer)
}

// SearchTexts are what a certificate is found by.
func (r Record) SearchTexts() []string {
	return []string{
		r.Name, r.Owner(), r.Leaf.SubjectName.CommonName(), r.Leaf.OrganizationIdentifier, r.IssuerName(),
		r.Leaf.SHA256, strings.TrimLeft(r.Leaf.Serial, "0"), r.Leaf.Serial, string(r.Leaf.Kind), r.ID,
	}
}

// The filters of the list of certificates.
const (
	FilterState        = "state"
	FilterEnded        = "ended"        // true: out of use; else, without a state, those in use
	FilterKind         = "kind"         // of the certificate
	FilterOrganization = "organization" // organizationIdentifier
	FilterFinding      = "finding"      // severity of the worst, or none
	FilterEndsIn       = "ends_in_days" // from now on, at most
)

// NoFinding is FilterFinding's value for certificates about which nothing was found.
const NoFinding rules.Severity = "none"

// Certificates is what can be asked of the list of certificates.
var Certificates = listing.Spec{
	Name:   "certificates",
	Sorts:  []string{"-created_at", "created_at", "not_after", "-not_after", "name", "-name"},
	Search: true,
	Filters: map[string]listing.Check{
		FilterState:        listing.OneOf(Pending, Stored, Retired, Destroying, Destroyed),
		FilterEnded:        listing.OneOf("true", "false"),
		FilterKind:         listing.OneOf(certs.QWAC, certs.QSealC, certs.QESign, certs.Other),
		FilterOrganization: listing.Text,
		FilterFinding:      listing.OneOf(rules.SeverityError, rules.SeverityWarning, rules.SeverityNotice, NoFinding),
		FilterEndsIn:       listing.Days,
	},
}

// Summaries reads what lists say of certificates.
type Summaries interface {
	// CertificateSummaries returns a page of the list, at a time.
	CertificateSummaries(
		ctx context.Context, reach access.Reach, q listing.Query, at time.Time,
	) (listing.Page[Summary], error)
	// CertificatesNamed returns those of the certificates that there are.
	CertificatesNamed(ctx context.Context, reach access.Reach, ids []string) ([]Summary, error)
	// CountCertificates counts what pages of the list would be of.
	CountCertificates(
		ctx context.Context, reach access.Reach, queries []listing.Query, at time.Time,
	) ([]listing.Count, error)
	// CertificatesToJudge returns records that were judged by older rules, or whose findings may be others by now.
	CertificatesToJudge(ctx context.Context, rules int, at time.Time, limit int) (Due, error)
	// JudgeCertificates notes judgements, and with them all else that lists say of the records.
	JudgeCertificates(ctx context.Context, judged []Judged) error
	// SkipCertificates notes that certificates cannot be judged by these rules, and are not due before there are
	// others.
	SkipCertificates(ctx context.Context, rules int, ids []string) error
}

// Due is what has to be judged.
type Due struct {
	Records    []Record
	Unreadable []string // ids of those whose certificates cannot be parsed
}

// Judged is a record with what was found about it.
type Judged struct {
	Record
	Judgement
}

// Page returns a page of the list Certificates.
func (v *Vault) Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[Summary], error) {
	reach, err := v.cfg.Audit.Reach(ctx, caller, access.CertList)
	if err != nil {
		return listing.Page[Summary]{}, err
	}
	return v.cfg.Summaries.CertificateSummaries(ctx, reach, q, v.cfg.Now())
}

// Named returns what lists say of certificates, in whatever state, by their ids; those that are not there are missing.
func (v *Vault) Named(ctx context.Context, caller access.Caller, ids []string) (map[string]Summary, error) {
	reach, err := v.cfg.Audit.Reach(ctx, caller, access.CertList)
	if err != nil {
		return nil, err
	}
	found, err := v.cfg.Summaries.CertificatesNamed(ctx, reach, ids)
	named := make(map[string]Summary, len(found))
	for _, s := range found {
		named[s.ID] = s
	}
	return named, err
}

// Uses returns at most limit active and draft bundle versions that name a certificate, of registrations that the
// caller sees.
func (v *Vault) Uses(ctx context.Context, caller access.Caller, id string, limit int) ([]Use, error) {
	if err := v.cfg.Audit.Permit(ctx, caller, access.CertRead, id); err != nil {
		return nil, err
	}
	reach := access.Whole()
	if !caller.MayEverywhere(access.CertRead) {
		var err error
		if reach, err = v.cfg.Audit.Reach(ctx, caller, access.RegistrationRead); err != nil {
			return nil, err
		}
	}
	return v.cfg.Uses.CurrentUses(ctx, reach, id, limit)
}

// Counts counts how many certificates of the list Certificates match each of the queries.
func (v *Vault) Counts(ctx context.Context, caller access.Caller, queries []listing.Query) ([]listing.Count, error) {
	reach, err := v.cfg.Audit.Reach(ctx, caller, access.CertList)
	if err != nil {
		return nil, err
	}
	return v.cfg.Summaries.CountCertificates(ctx, reach, queries, v.cfg.Now())
}

// judgedAtOnce bounds how many records are in memory.
const judgedAtOnce = 500

// JudgeAgain judges the certificates about which something else may be found by now, because of the time or because
// the rules are others, and returns how many there were. It works in pages, beside everything else. What cannot be
// read is named in the log once for each revision of the rules, and holds up nothing.
func (v *Vault) JudgeAgain(ctx context.Context) (int, error) {
	judged := 0
	for {
		now := v.cfg.Now()
		due, err := v.cfg.Summaries.CertificatesToJudge(ctx, rules.Revision, now, judgedAtOnce)
		if err != nil || len(due.Records)+len(due.Unreadable) == 0 {
			return judged, err
		}
		if len(due.Unreadable) > 0 {
			if err := v.cfg.Summaries.SkipCertificates(ctx, rules.Revision, due.Unreadable); err != nil {
				return judged, err
			}
			v.cfg.Logger.LogAttrs(ctx, slog.LevelError, "certificates cannot be read and are not judged",
				slog.Any("ids", due.Unreadable))
		}
		all := make([]Judged, len(due.Records))
		parallel.Each(len(all), func(i int) { all[i] = Judged{due.Records[i], JudgementOf(due.Records[i], now)} })
		if err := v.cfg.Summaries.JudgeCertificates(ctx, all); err != nil {
			return judged, err
		}
		judged += len(all)
	}
}
