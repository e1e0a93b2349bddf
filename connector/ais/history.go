package ais

import (
	"context"
	"iter"
	"net/url"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/fault"
)

// TransactionQuery says which transactions are wanted. The zero query is what
// the bank gives unasked.
type TransactionQuery struct {
	From calendar.Date // first day, of imputation; moved up to what the bank keeps
	To   calendar.Date // day after the last
	// After is an entry reference: only what is newer than it.
	After string
	// Limit is the most that TransactionList returns; 0 means all.
	Limit int
	// Cursor is TransactionList's Next of an earlier call. It takes the place of From, To and After.
	Cursor string
}

// TransactionList is a part of an account's transactions.
type TransactionList struct {
	Transactions []Transaction
	Next         string // where to go on; empty at the end
	// The days the bank was asked for, as in the query; zero where it was asked for none.
	From, To calendar.Date
}

// Transactions streams an account's transactions, page by page as they are
// wanted, in the bank's order. An entry that the bank repeats is given once. An
// error is the last thing given.
func (c *Client) Transactions(
	ctx context.Context, token *oauth.Token, account Account, query TransactionQuery,
) iter.Seq2[Transaction, error] {
	return func(yield func(Transaction, error) bool) {
		seen := map[string]bool{}
		for page, err := range c.history(ctx, token, account, &query) {
			if err != nil {
				yield(Transaction{}, err)
				return
			}
			for _, transaction := range page.items {
				if !repeated(seen, transaction) && !yield(transaction, nil) {
					return
				}
			}
		}
	}
}

// TransactionList collects up to query.Limit transactions.
func (c *Client) TransactionList(
	ctx context.Context, token *oauth.Token, account Account, query TransactionQuery,
) (TransactionList, error) {
	list := TransactionList{}
	seen := map[string]bool{}
	start, err := readCursor(query.Cursor)
	if err != nil {
		return list, err
	}
	skip := start.Skip
	for page, err := range c.history(ctx, token, account, &query) {
		if err != nil {
			return TransactionList{}, err
		}
		list.From, list.To = query.From, query.To
		for i, transaction := range page.items {
			if i < skip || repeated(seen, transaction) {
				continue
			}
			if query.Limit > 0 && len(list.Transactions) == query.Limit {
				list.Next = cursor{URL: c.relative(page.url), Skip: i}.String()
				return list, nil
			}
			list.Transactions = append(list.Transactions, transaction)
		}
		skip = 0
	}
	return list, nil
}

// repeated notes the transaction and reports whether it was there before.
// Only an entry reference tells: resource ids are the account's at some banks.
func repeated(seen map[string]bool, t Transaction) bool {
	again := t.EntryReference != "" && seen[t.EntryReference]
	seen[t.EntryReference] = true
	return again
}

// history reads the pages. A bank that finds the first date too old gets one
// more request with a date a day younger than the oldest it should take: what
// it counts as so many days differs by the clock, and by the month.
func (c *Client) history(
	ctx context.Context, token *oauth.Token, account Account, query *TransactionQuery,
) iter.Seq2[page[Transaction], error] {
	first, err := c.historyURL(account, query, 0)
	if err != nil {
		return func(yield func(page[Transaction], error) bool) { yield(page[Transaction]{}, err) }
	}
	younger := func(err error) string {
		fromOldest := query.Cursor == "" && !query.From.IsZero() && query.From.Before(c.oldest(1))
		if !fromOldest || !failure.RequestRefused.Is(err) {
			return ""
		}
		again, err := c.historyURL(account, query, 1)
		if err != nil {
			return ""
		}
		return again
	}
	return listingOr(ctx, c, token, first, younger, decodeTransactions)
}

// historyURL is where the history begins, and notes in the query from when on it is.
func (c *Client) historyURL(account Account, query *TransactionQuery, margin int) (string, error) {
	base, err := c.linked(account.Links["transactions"].Href)
	if err != nil {
		return "", err
	}
	if query.Cursor != "" {
		return c.resume(base, query.Cursor)
	}
	u, err := url.Parse(base)
	if err != nil {
		return "", failure.LinkRefused.Because(&failure.Failure{Err: err})
	}
	oldest := c.oldest(margin)
	if err := c.checkDays(*query, oldest); err != nil {
		return "", err
	}
	if !query.From.IsZero() && query.From.Before(oldest) {
		query.From = oldest
	}
	values := u.Query()
	for name, day := range map[string]calendar.Date{"dateFrom": query.From, "dateTo": query.To} {
		if !day.IsZero() {
			values.Set(name, day.At(0, c.cfg.Zone).Format(c.cfg.DateLayout))
		}
	}
	if query.After != "" {
		values.Set("entryReferenceFrom", query.After)
	}
	u.RawQuery = values.Encode()
	return u.String(), nil
}

// checkDays refuses a stretch without a day in it: banks do not answer with
// nothing, but as if the request were malformed.
func (c *Client) checkDays(query TransactionQuery, oldest calendar.Date) error {
	switch {
	case query.To.IsZero():
		return nil
	case !query.From.IsZero() && !query.From.Before(query.To):
		return fault.New(fault.Invalid, "date_invalid",
			"The end of the history must be after its beginning; the day it ends with is not part of it.")
	case !oldest.Before(query.To):
		return fault.New(fault.Invalid, "date_invalid",
			"The bank keeps %d days of history; ask for a period that ends after %s.", c.cfg.HistoryDays, oldest)
	}
	return nil
}

// oldest is the first day the bank keeps, moved up by some days; no day when it is not known.
func (c *Client) oldest(margin int) calendar.Date {
	if c.cfg.HistoryDays == 0 {
		return calendar.Date{}
	}
	return calendar.Of(c.cfg.Now(), c.cfg.Zone).AddDays(margin - c.cfg.HistoryDays)
}
