package ais

import (
	"context"
	"errors"
	"iter"
	"net/http"

	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/fault"
)

// page is one page of a listing.
type page[T any] struct {
	items []T
	next  string // the next link as given; empty on the last page
	url   string // where the page was found
}

var errTooManyPages = errors.New("more pages than max_pages")

// listing reads a listing page by page from the URL first on, following next
// links. It ends with an error where the bank's links lead elsewhere, round
// in a circle or further than max_pages.
func listing[T any](
	ctx context.Context, c *Client, token *oauth.Token, first string, decode func([]byte) (page[T], error),
) iter.Seq2[page[T], error] {
	return listingOr(ctx, c, token, first, func(error) string { return "" }, decode)
}

// listingOr is listing with another way to begin, should the first page be refused.
func listingOr[T any](
	ctx context.Context,
	c *Client,
	token *oauth.Token,
	first string,
	instead func(error) string,
	decode func([]byte) (page[T], error),
) iter.Seq2[page[T], error] {
	return func(yield func(page[T], error) bool) {
		visited := map[string]bool{}
		url := first
		for n := range c.cfg.MaxPages {
			visited[url] = true
			got, err := readOne(ctx, c, token, url, decode)
			if other := beginAgain(n, err, instead); other != "" {
				url = other
				got, err = readOne(ctx, c, token, url, decode)
			}
			got.url = url
			if !yield(got, err) || err != nil || got.next == "" {
				return
			}
			if url, err = c.resolve(url, got.next); err != nil || visited[url] {
				yield(page[T]{}, failure.LinkRefused.Because(&failure.Failure{Err: err}))
				return
			}
		}
		yield(page[T]{}, failure.LinkRefused.Because(&failure.Failure{Err: errTooManyPages}))
	}
}

func beginAgain(n int, err error, instead func(error) string) string {
	if n > 0 || err == nil {
		return ""
	}
	return instead(err)
}

// collect reads a listing to its end, or not at all.
func collect[T any](pages iter.Seq2[page[T], error]) ([]T, error) {
	var all []T
	for page, err := range pages {
		if err != nil {
			return nil, err
		}
		all = append(all, page.items...)
	}
	return all, nil
}

// readOne reads one resource; a bank that has nothing to say gives the zero value.
func readOne[T any](
	ctx context.Context, c *Client, token *oauth.Token, url string, decode func([]byte) (T, error),
) (T, error) {
	var none T
	if token == nil || token.Access.Empty() {
		return none, fault.New(fault.Invalid, "token_missing",
			"There is no access token; ask the customer for a consent first.")
	}
	got, err := c.read(ctx, url, token)
	if err != nil || got.Status == http.StatusNoContent {
		return none, err
	}
	decoded, err := decode(got.Body)
	if err != nil {
		return none, failure.Unreadable.Because(&failure.Failure{Status: got.Status, Err: err})
	}
	return decoded, nil
}
