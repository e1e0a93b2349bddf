package api

// Page is a part of a list that grows.
type Page[T any] struct {
	Items     []T  `json:"items"`
	Count     int  `json:"count"`      // how many match in all, up to 10,000
	CountOver bool `json:"count_over"` // more than 10,000 match

	NextCursor     string `json:"next_cursor,omitempty"`     // give it as cursor for the page after this one
	PreviousCursor string `json:"previous_cursor,omitempty"` // and this for the page before it
}
