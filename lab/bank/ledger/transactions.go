package ledger

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// TransactionList is HalTransactions.
type TransactionList struct {
	Transactions []Transaction `json:"transactions"`
	Links        Links         `json:"_links"`
}

// Refusals of a query.
var (
	ErrQuery  = errors.New("The format of the input is not valid")
	ErrTooOld = errors.New("dateFrom is too far in the past")
)

// DefaultPage is how many transactions a page has; an account has some sixty.
const DefaultPage = 40

// query is STET's filter, and the position in the bank's own paging.
type query struct {
	from, to       time.Time
	after, upTo    string // entryReferenceFrom, entryReferenceto
	page           int
	before         string // entry reference the page continues after
	rawFrom, rawTo string
}

// Transactions is one page of an account's transactions. It may be empty.
func (b *Book) Transactions(a Account, values url.Values, size int) (*TransactionList, error) {
	q, err := b.parse(values)
	if err != nil {
		return nil, err
	}
	all := slices.DeleteFunc(b.history(a, q.from), q.excludes)
	start := 0
	if q.before != "" {
		start = 1 + slices.IndexFunc(all, func(t Transaction) bool { return t.EntryReference == q.before })
		if start == 0 {
			return nil, ErrQuery
		}
	}
	end := min(len(all), start+size)
	return &TransactionList{Transactions: all[start:end], Links: q.links(a, all, start, size)}, nil
}

func (b *Book) parse(values url.Values) (q query, err error) {
	now := b.now()
	q = query{
		page:    1,
		from:    midnight(now.AddDate(0, 0, -HistoryDays)),
		to:      now.AddDate(1, 0, 0),
		after:   values.Get("entryReferenceFrom"),
		upTo:    values.Get("entryReferenceto"),
		before:  values.Get("beforeEntryReference"),
		rawFrom: values.Get("dateFrom"),
		rawTo:   values.Get("dateTo"),
	}
	if q.rawFrom != "" {
		if q.from, err = local(q.rawFrom); err != nil {
			return q, ErrQuery
		}
	}
	if q.rawTo != "" {
		if q.to, err = local(q.rawTo); err != nil || !q.to.After(q.from) {
			return q, ErrQuery
		}
	}
	if page := values.Get("page"); page != "" {
		if q.page, err = strconv.Atoi(page); err != nil || q.page < 1 || (q.page > 1) != (q.before != "") {
			return q, ErrQuery
		}
	}
	if q.from.Before(midnight(now.AddDate(0, 0, -HistoryDays))) {
		return q, ErrTooOld
	}
	return q, nil
}

// local reads a date-time. The bank's clock time is that of Paris even where
// a Z says otherwise.
func local(text string) (time.Time, error) {
	if t, err := time.ParseInLocation("2006-01-02T15:04:05.999999999Z", text, paris); err == nil {
		return t, nil
	}
	return time.Parse(time.RFC3339Nano, text)
}

// excludes is STET's filter: dateTo exclusive, entryReferenceFrom strictly
// greater, entryReferenceto included.
func (q *query) excludes(t Transaction) bool {
	return t.at.Before(q.from) || !t.at.Before(q.to) ||
		(q.after != "" && t.EntryReference <= q.after) || (q.upTo != "" && t.EntryReference > q.upTo)
}

// links has the bank's own parameters in them: not STET's, and for following only.
func (q *query) links(a Account, all []Transaction, start, size int) Links {
	path := "/accounts/" + a.ResourceID
	at := func(page, index int) Link {
		values := url.Values{}
		for name, value := range map[string]string{
			"dateFrom":           q.rawFrom,
			"dateTo":             q.rawTo,
			"entryReferenceFrom": q.after,
			"entryReferenceto":   q.upTo,
		} {
			if value != "" {
				values.Set(name, value)
			}
		}
		if page > 1 {
			values.Set("page", strconv.Itoa(page))
			values.Set("beforeEntryReference", all[index-1].EntryReference)
		}
		if len(values) == 0 {
			return Link{Href: path + "/transactions"}
		}
		return Link{Href: path + "/transactions?" + values.Encode(), Templated: true}
	}
	pages := max(1, (len(all)+size-1)/size)
	links := Links{
		"self":        at(q.page, start),
		"last":        at(pages, (pages-1)*size),
		"parent-list": {Href: "/accounts"},
		"balances":    {Href: path + "/balances"},
	}
	if start > 0 {
		links["first"], links["prev"] = at(1, 0), at(q.page-1, max(0, start-size))
	}
	if start+size < len(all) {
		links["next"] = at(q.page+1, start+size)
	}
	return links
}
