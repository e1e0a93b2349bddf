package cli

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Listing is the flags of every command that lists what a service has.
type Listing struct {
	Limit  int    `default:"50" help:"At most so many, up to 500." placeholder:"N"`
	Cursor string `help:"Begin where another answer ended." placeholder:"CURSOR"`
	Sort   string `help:"Order; a minus before it turns it around." placeholder:"FIELD"`
	All    bool   `help:"List everything, page after page; with --json, one object a line."`
}

// Searching is the flags of a command that lists what can be searched.
type Searching struct {
	Listing
	Q string `name:"q" help:"Only what has words that begin with these." placeholder:"WORDS"`
}

// largestPage is the most that the service gives in one answer.
const largestPage = 500

// List asks a service for a page of a list, or with --all for one after the other, and prints a line for
// each object.
func List[T any](
	env *Environment, r Remote, s Searching,
	list func(context.Context, *client.Client, client.Listing) (api.Page[T], error), row func(T) []string,
) error {
	asJSON := r.JSON
	r.JSON = false // it is printed here
	return PrintPages(env, s, asJSON, func(from client.Listing) (api.Page[T], error) {
		return Ask(env, r, func(ctx context.Context, c *client.Client) (api.Page[T], error) {
			return list(ctx, c, from)
		})
	}, row)
}

// PrintPages is List for what need not be asked of a service.
func PrintPages[T any](
	env *Environment, s Searching, asJSON bool, list func(client.Listing) (api.Page[T], error), row func(T) []string,
) error {
	from := client.Listing{Limit: s.Limit, Cursor: s.Cursor, Sort: s.Sort, Search: s.Q}
	if s.All {
		from.Limit = largestPage
	}
	for {
		page, err := list(from)
		switch {
		case err != nil:
			return err
		case asJSON && s.All:
			err = lines(env, page.Items)
		case asJSON:
			return env.JSON(page)
		default:
			err = table(env, page.Items, row)
		}
		if err != nil || page.NextCursor == "" {
			return err
		}
		if from.Cursor = page.NextCursor; !s.All {
			_, err := fmt.Fprintf(env.Err, "There are more: --all, or --cursor %s\n", Plain(from.Cursor))
			return err
		}
	}
}

func table[T any](env *Environment, items []T, row func(T) []string) error {
	rows := make([][]string, len(items))
	for i, item := range items {
		rows[i] = row(item)
	}
	return env.Table(rows)
}

// lines writes each object as JSON on a line of its own.
func lines[T any](env *Environment, items []T) error {
	for _, item := range items {
		line, err := json.Marshal(item)
		if err != nil {
			return err
		}
		if _, err := env.Out.Write(append(plainJSON(line), '\n')); err != nil {
			return err
		}
	}
	return nil
}
