package certificates

import (
	"cmp"
	"context"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
)

// wordsOf is the kind of the words by which certificates are found.
const wordsOf = "certificate"

// Listed is the columns that lists need and the certificate itself says, or what was found about it.
type Listed struct {
	Ended        int // 1: retired, or destroyed
	Organization string
	Issuer       string
	Serial       string
	NotBefore    int64
	NameKey      string
	Severity     int    // as rules.Severity.Worse
	Worst        string // JSON of the finding
	Findings     int
	JudgedRules  int
	JudgeAt      int64 // never: math.MaxInt64
}

func summaryOf(r vault.Record, j vault.Judgement) Listed {
	c := Listed{
		Organization: r.Owner(),
		Issuer:       r.IssuerName(),
		Serial:       r.Leaf.Serial,
		NotBefore:    sqldb.Micros(r.Leaf.NotBefore),
		NameKey:      listing.SortKey(r.Name),
		Severity:     j.Worst.Severity.Worse(),
		Findings:     j.Findings,
		JudgedRules:  j.Rules,
		JudgeAt:      sqldb.Micros(j.Until),
	}
	if r.State != vault.Pending && r.State != vault.Stored {
		c.Ended = 1
	}
	if j.Until.IsZero() {
		c.JudgeAt = math.MaxInt64
	}
	if j.Findings > 0 {
		worst, _ := json.Marshal(j.Worst) // strings
		c.Worst = string(worst)
	}
	return c
}

// create writes a new record, the rules that will touch it, and the words by which it is found.
func create(ctx context.Context, tx *gorm.DB, r vault.Record, row *certificateRow) error {
	if err := sqldb.Create(ctx, tx, row); err != nil {
		return err
	}
	var ahead []comingRow
	for _, c := range rules.Ahead(r.Leaf, r.CreatedAt) {
		ahead = append(ahead, comingRowOf(r.ID, c))
	}
	if err := addComing(tx, ahead); err != nil {
		return err
	}
	if err := addElements(tx, r); err != nil {
		return err
	}
	return sqldb.AddWords(tx, wordsOf, r.ID, r.SearchTexts()...)
}

// certificateOrders are the orders of vault.Certificates.
var certificateOrders = map[string]sqldb.Order{
	"created_at":  {Columns: []string{"created_at", "id"}},
	"-created_at": {Columns: []string{"created_at", "id"}, Descending: true},
	"not_after":   {Columns: []string{"not_after", "id"}},
	"-not_after":  {Columns: []string{"not_after", "id"}, Descending: true},
	"name":        {Columns: []string{"name_key", "id"}},
	"-name":       {Columns: []string{"name_key", "id"}, Descending: true},
}

func (r certificateRow) orderValue(column string) any {
	switch column {
	case "created_at":
		return r.CreatedAt
	case "not_after":
		return r.NotAfter
	case "name_key":
		return r.NameKey
	}
	return r.ID
}

// listedColumns are all but the chain.
const listedColumns = "id, key_id, state, name, kind, sha256, organization, organization_identifier, issuer, serial, " +
	"not_before, not_after, custody, key_mode, line_id, line_version, line_change, created_at, name_key, " +
	"retired_reason, retired_by, retired_at, destroyed_by, destroyed_at, severity, worst, findings, " +
	"judged_rules, judge_at"

// CertificateSummaries implements vault.Summaries.
func (s *Store) CertificateSummaries(
	ctx context.Context, reach access.Reach, q listing.Query, at time.Time,
) (listing.Page[vault.Summary], error) {
	query, err := s.listed(ctx, reach, q, at)
	if err != nil {
		return listing.Page[vault.Summary]{}, sqldb.Wrap(err, "certificate")
	}
	// What is sorted is in indexes; the rows, which carry chains, are read for the page alone.
	order := certificateOrders[q.Sort]
	keys, err := sqldb.Page(query.Select(strings.Join(order.Columns, ", ")), q, order, "certificate",
		certificateRow.orderValue)
	if err != nil {
		return listing.Page[vault.Summary]{}, err
	}
	page := listing.Map(keys, func(r certificateRow) vault.Summary { return vault.Summary{ID: r.ID} })
	if page.Items, err = s.completed(ctx, page.Items); err != nil {
		return page, err
	}
	return page, sqldb.Wrap(s.addUses(ctx, reach, page.Items), "certificate")
}

// completed reads the certificates of a page, in its order; one that went meanwhile is left out.
func (s *Store) completed(ctx context.Context, page []vault.Summary) ([]vault.Summary, error) {
	ids := make([]string, len(page))
	for i, c := range page {
		ids[i] = c.ID
	}
	rows, err := s.CertificatesNamed(ctx, access.Whole(), ids)
	slices.SortFunc(rows, func(a, b vault.Summary) int {
		return cmp.Compare(slices.Index(ids, a.ID), slices.Index(ids, b.ID))
	})
	return rows, err
}

// CertificatesNamed implements vault.Summaries.
func (s *Store) CertificatesNamed(
	ctx context.Context, reach access.Reach, ids []string,
) ([]vault.Summary, error) {
	query, err := sqldb.Within(s.db.WithContext(ctx).Select(listedColumns), reach, sqldb.Certificates,
		"certificates.id")
	if err != nil {
		return nil, err
	}
	var rows []certificateRow
	for part := range slices.Chunk(ids, namedAtOnce) {
		var found []certificateRow
		err := query.Session(&gorm.Session{}).Where("id IN ?", part).Find(&found).Error
		if err != nil {
			return nil, sqldb.Wrap(err, "certificate")
		}
		rows = append(rows, found...)
	}
	return sqldb.Convert(rows, nil, "certificate", certificateRow.summary)
}

// namedAtOnce bounds the parameters of a query.
const namedAtOnce = 500

// CountCertificates implements vault.Summaries.
func (s *Store) CountCertificates(
	ctx context.Context, reach access.Reach, queries []listing.Query, at time.Time,
) ([]listing.Count, error) {
	lists := make([]*gorm.DB, len(queries))
	for i, q := range queries {
		var err error
		if lists[i], err = s.listed(ctx, reach, q, at); err != nil {
			return nil, sqldb.Wrap(err, "certificate")
		}
	}
	return sqldb.Counts(lists)
}

// waysOf are those to the certificates in a state, or that end within some days. Where nothing else narrows the list,
// those in a state are found by it; an end within some days is looked up among what is left in any case.
func (s *Store) waysOf(reach access.Reach, q listing.Query, at time.Time) sqldb.Ways {
	state, end := sqldb.NotByIndex(s.db, "state"), sqldb.NotByIndex(s.db, "not_after")
	ending, few := q.Filters[vault.FilterEndsIn] != "", s.db.Table("certificates").Select("id AS matched_id")
	switch {
	case q.Search != "": // those of a word are looked up one by one
	case slices.Contains(certificateOrders[q.Sort].Columns, "not_after"):
		end = "not_after" // they are next to one another
	case sqldb.Postgres(s.db):
		// It plans what it is asked often for values that it does not know, and takes it that few are in a range.
		end = "(not_after + 0)"
	}
	alone := reach.IsWhole() && q.Filters[vault.FilterKind]+q.Filters[vault.FilterOrganization]+
		q.Filters[vault.FilterFinding] == ""
	ways := sqldb.Ways{
		Counted: func(query *gorm.DB) *gorm.DB { return endingIn(inState(query, q, state), q, at, "not_after") },
		Many:    func(query *gorm.DB) *gorm.DB { return endingIn(inState(query, q, state), q, at, end) },
	}
	ways.Few = ways.Counted
	switch {
	case sqldb.Postgres(s.db) || !alone || ending && end == "not_after":
	case ending:
		few = endingIn(inState(few.Where("ended = ?", ended(q)), q, state), q, at, "not_after")
		ways.Few = func(query *gorm.DB) *gorm.DB { return sqldb.LookedUp(query, "certificates", few) }
	default:
		few = inState(few, q, "state")
		ways.Counted = func(query *gorm.DB) *gorm.DB { return inState(query, q, "state") }
		ways.Few = func(query *gorm.DB) *gorm.DB { return sqldb.LookedUp(query, "certificates", few) }
	}
	return ways
}

func inState(query *gorm.DB, q listing.Query, column string) *gorm.DB {
	if state := q.Filters[vault.FilterState]; state != "" {
		return query.Where(column+" = ?", state)
	}
	return query
}

func endingIn(query *gorm.DB, q listing.Query, at time.Time, column string) *gorm.DB {
	if days := q.Filters[vault.FilterEndsIn]; days != "" {
		n, _ := strconv.Atoi(days) // the list's spec has looked at it
		end := at.AddDate(0, 0, n)
		return query.Where(column+" >= ? AND "+column+" < ?", sqldb.Micros(at), sqldb.Micros(end))
	}
	return query
}

// ended is 1 if the list is of what is out of use, and else 0.
func ended(q listing.Query) int {
	out := q.Filters[vault.FilterEnded] == "true"
	if state := vault.State(q.Filters[vault.FilterState]); state != "" {
		out = state != vault.Stored && state != vault.Pending
	}
	return map[bool]int{true: 1}[out]
}

// listed selects what a query is about, for Page and Count. Each column that has a condition of equality here begins an
// index with every order behind it.
func (s *Store) listed(
	ctx context.Context, reach access.Reach, q listing.Query, at time.Time,
) (*gorm.DB, error) {
	query, err := sqldb.Within(s.db.WithContext(ctx).Table("certificates"), reach, sqldb.Certificates,
		"certificates.id")
	if err != nil {
		return nil, err
	}
	query = query.Where("ended = ?", ended(q))
	if kind := q.Filters[vault.FilterKind]; kind != "" {
		query = query.Where("kind = ?", kind)
	}
	if organization := q.Filters[vault.FilterOrganization]; organization != "" {
		query = query.Where("organization_identifier = ?", organization)
	}
	if finding := q.Filters[vault.FilterFinding]; finding != "" {
		severity := rules.Severity(finding)
		if severity == vault.NoFinding {
			severity = ""
		}
		query = query.Where("severity = ?", severity.Worse())
	}
	ways := s.waysOf(reach, q, at)
	switch {
	case q.Search != "":
		return sqldb.Matching(ways.Many(query), "certificates", wordsOf, q)
	case q.Filters[vault.FilterState] != "" || q.Filters[vault.FilterEndsIn] != "":
		return sqldb.Either(query, ways), nil
	}
	return query, nil
}

func (r certificateRow) summary() vault.Summary {
	s := vault.Summary{
		ID:                     r.ID,
		KeyID:                  r.KeyID,
		State:                  vault.State(r.State),
		Name:                   r.Name,
		Kind:                   certs.Kind(r.Kind),
		SHA256:                 r.SHA256,
		Organization:           r.Organization,
		OrganizationIdentifier: r.OrganizationIdentifier,
		Issuer:                 r.Issuer,
		Serial:                 r.Serial,
		NotBefore:              sqldb.FromMicros(r.NotBefore),
		NotAfter:               sqldb.FromMicros(r.NotAfter),
		Custody:                r.Custody,
		KeyMode:                vault.KeyMode(r.KeyMode),
		Line: vault.Line{
			ID:      r.LineID,
			Version: r.LineVersion,
			Change:  vault.LineChange(r.LineChange),
		},
		CreatedAt: sqldb.FromMicros(r.CreatedAt),
		Retired:   vault.Retirement{Reason: r.RetiredReason, By: r.RetiredBy, At: sqldb.FromMicros(r.RetiredAt)},
		Destroyed: vault.Destruction{By: r.DestroyedBy, At: sqldb.FromMicros(r.DestroyedAt)},
		Judgement: vault.Judgement{Findings: r.Findings, Rules: r.JudgedRules},
	}
	if r.JudgeAt != math.MaxInt64 {
		s.Judgement.Until = sqldb.FromMicros(r.JudgeAt)
	}
	if r.Worst != "" {
		_ = json.Unmarshal([]byte(r.Worst), &s.Judgement.Worst) // summaryOf wrote it
	}
	return s
}

// addUses says how many bundles of registrations in the reach name the certificates of a page, and which took their
// place.
func (s *Store) addUses(ctx context.Context, reach access.Reach, page []vault.Summary) error {
	ids, lines := make([]string, len(page)), make([]string, len(page))
	for i, c := range page {
		ids[i], lines[i] = c.ID, c.Line.ID
	}
	named, err := sqldb.Within(s.db.WithContext(ctx).Table("bundles").Where("state IN ?",
		[]registration.BundleState{registration.Active, registration.Draft}), reach, sqldb.Registrations,
		"bundles.registration_id")
	if err != nil {
		return err
	}
	var both []*gorm.DB
	for _, column := range []string{"qwac_id", "qsealc_id"} {
		both = append(both, named.Session(&gorm.Session{}).Select(column+" AS id, state, count(*) AS n").
			Where(column+" IN ?", ids).Group(column+", state"))
	}
	var counts []struct {
		ID    string
		State registration.BundleState
		N     int
	}
	if err := sqldb.Together(both).Scan(&counts).Error; err != nil {
		return err
	}
	uses, inUse := map[string]int{}, map[string]int{}
	for _, c := range counts {
		uses[c.ID] += c.N
		if c.State == registration.Active {
			inUse[c.ID] += c.N
		}
	}
	var versions []certificateRow
	err = s.db.WithContext(ctx).Select("id", "line_id").Where("line_id IN ? AND line_id <> ''", lines).
		Order("line_id, line_version").Find(&versions).Error
	newest := map[string]string{}
	for _, v := range versions {
		newest[v.LineID] = v.ID
	}
	for i := range page {
		page[i].Uses, page[i].InUse = uses[page[i].ID], inUse[page[i].ID]
		if id := newest[page[i].Line.ID]; id != page[i].ID {
			page[i].Successor = id
		}
	}
	return err
}
