package api

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
