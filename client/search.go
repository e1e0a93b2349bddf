package client

import (
	"context"

	"github.com/sealkeeper/sealkeeper/types/api"
)

// Search returns what the caller may see that has a word beginning with each of the words.
func (c *Client) Search(ctx context.Context, words string) (api.Found, error) {
	return get[api.Found](ctx, c, query(path("search"), "q", words))
}
