package api

// Page is a part of a list that grows.
type Page[T any] struct {
	Items     []T  `json:"items"`
	Count     int  `json:"count"`      // how many match in all, up to 10,000
	CountOver bool `json:"count_over"` // more than 10,000 match

	NextCursor     string `json:"next_cursor,omitempty"`     // give it as cursor for the page after this one
	PreviousCursor string `json:"previous_cursor,omitempty"` // and this for the page before it
}

// Found is what has words that begin with those that were searched for.
type Found struct {
	Groups []FoundGroup `json:"groups"` // of the kinds of which there is something
}

// FoundGroup is what was found of a kind.
type FoundGroup struct {
	Kind      string      `json:"kind"`  // certificate, registration, organization, application, institution, csr
	Items     []FoundItem `json:"items"` // at most 6; the list of the kind has the others
	Count     int         `json:"count"`
	CountOver bool        `json:"count_over"`
}

// FoundItem is one thing that was found.
type FoundItem struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Detail string `json:"detail"` // what tells it apart from others of the name
}
