package lists

import (
	"bytes"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/spreadsheet"
)

// CSV is what files of lists are.
const CSV = "text/csv; charset=utf-8"

// Table is a list as rows for a spreadsheet.
type Table[T any] struct {
	Head []string
	Row  func(T) []string
	Page func(q listing.Query) (listing.Page[T], error)
}

// File is everything that matches a query, in its order. More than listing.MaxCount rows are refused: half a list
// would pass for a whole one.
func (t Table[T]) File(q listing.Query) ([]byte, error) {
	q.Limit, q.Cursor = listing.MaxLimit, listing.Cursor{}
	var rows [][]string
	for {
		found, err := t.Page(q)
		if err != nil {
			return nil, err
		}
		for _, one := range found.Items {
			rows = append(rows, t.Row(one))
		}
		if found.Count.Over || len(rows) > listing.MaxCount {
			return nil, fault.New(fault.Invalid, "list_too_long",
				"More than 10,000 rows match. Choose a filter or search for something first, or list them all with "+
					"the command line and --all.")
		}
		if found.Next == "" {
			break
		}
		if q, err = q.Behind(found.Next); err != nil {
			return nil, err
		}
	}
	var file bytes.Buffer
	err := spreadsheet.Write(&file, t.Head, rows)
	return file.Bytes(), err
}
