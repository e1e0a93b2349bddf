package client

import (
	"context"
	"iter"
	"strconv"

	"github.com/sealkeeper/sealkeeper/types/api"
)

// Listing says which part of a list is wanted; the zero Listing is its first 50 in the list's own order.
type Listing struct {
	Limit  int    // at most so many, up to 500; 0: 50
	Cursor string // NextCursor or PreviousCursor of a page of the same list with the same filters
	Search string // words, each a prefix of one of the object's
	Sort   string // one of the list's orders; "-" before it is descending
}

// on is a path with the parameters of a listing and those of the pairs name, value that have a value.
func (l Listing) on(path string, pairs ...string) string {
	limit := ""
	if l.Limit != 0 {
		limit = strconv.Itoa(l.Limit)
	}
	return query(path, append([]string{"limit", limit, "cursor", l.Cursor, "q", l.Search, "sort", l.Sort}, pairs...)...)
}

// given is a filter that is switched on or left out.
func given(on bool) string {
	if on {
		return "true"
	}
	return ""
}

// All reads a list to its end, page after page, and stops at the first error:
//
//	for c, err := range client.All(listing, func(l client.Listing) (api.Page[api.CertificateRow], error) {
//		return connector.ListCertificates(ctx, client.CertificateFilter{Listing: l, Kind: "qwac"})
//	}) {
//
// Objects that come or go meanwhile may be missing; no object comes twice.
func All[T any](from Listing, list func(Listing) (api.Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			page, err := list(from)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
			if page.NextCursor == "" {
				return
			}
			from.Cursor = page.NextCursor
		}
	}
}

// Search returns what the caller may see that has a word beginning with each of the words.
func (c *Client) Search(ctx context.Context, words string) (api.Found, error) {
	return get[api.Found](ctx, c, query(path("search"), "q", words))
}
