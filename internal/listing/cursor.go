package listing

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"

	"github.com/sealkeeper/sealkeeper/fault"
)

// Cursor is a place in a list: beside the row with these values of what the list is sorted by, the id last.
// The zero Cursor is the beginning.
type Cursor struct {
	Values []any // string or int64
	Before bool  // the page ends before the row, instead of beginning behind it
}

// None reports whether the cursor is the beginning of the list.
func (c Cursor) None() bool { return len(c.Values) == 0 }

// Beside returns the cursor's values if they are of the same kinds, texts or numbers, as these of a row. Otherwise the
// cursor is none of this list: somebody has made it up.
func (c Cursor) Beside(row ...any) ([]any, error) {
	if len(c.Values) != len(row) {
		return nil, cursorInvalid()
	}
	for i, v := range c.Values {
		_, text := v.(string)
		if _, want := row[i].(string); text != want {
			return nil, cursorInvalid()
		}
	}
	return c.Values, nil
}

func cursorInvalid() error {
	return fault.New(fault.Invalid, "list_cursor_invalid",
		"The cursor does not belong to this list with these filters and this order: begin without one.")
}

// maxCursor bounds a cursor's text; names are at most a few hundred characters.
const maxCursor = 4096

// version is of the form below. A cursor of another one is refused, and the list is read from its beginning.
const version = 1

// cursorText is a cursor as text.
type cursorText struct {
	Version int    `json:"v"`
	Values  []any  `json:"k"`
	Before  bool   `json:"b,omitempty"`
	Sum     []byte `json:"s"`
}

// At is the cursor beside a row of this list, as text.
func (q Query) At(before bool, values ...any) string {
	c := cursorText{Version: version, Values: values, Before: before}
	c.Sum = q.sum(c)
	text, _ := json.Marshal(c) // strings and numbers
	return base64.RawURLEncoding.EncodeToString(text)
}

// open reads what At wrote for the same list, search, order and filters.
func (q Query) open(text string) (Cursor, error) {
	invalid := cursorInvalid()
	if len(text) > maxCursor {
		return Cursor{}, invalid
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return Cursor{}, invalid
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var c cursorText
	if err := decoder.Decode(&c); err != nil || c.Version != version || len(c.Values) == 0 ||
		!bytes.Equal(c.Sum, q.sum(c)) {
		return Cursor{}, invalid
	}
	for i, v := range c.Values {
		switch v := v.(type) {
		case json.Number:
			n, err := v.Int64()
			if err != nil {
				return Cursor{}, invalid
			}
			c.Values[i] = n
		case string:
		default:
			return Cursor{}, invalid
		}
	}
	return Cursor{Values: c.Values, Before: c.Before}, nil
}

// sum binds a cursor to what it was given for. It keeps out mistakes, not people: a cursor holds
// nothing but a place in a list that its bearer may read.
func (q Query) sum(c cursorText) []byte {
	bound := []any{c.Version, c.Values, c.Before, q.list, q.Search, q.Sort}
	for _, name := range slices.Sorted(maps.Keys(q.Filters)) {
		bound = append(bound, name, q.Filters[name])
	}
	text, _ := json.Marshal(bound) // strings and numbers
	sum := sha256.Sum256(text)
	return sum[:9]
}
