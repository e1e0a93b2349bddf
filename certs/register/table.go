package register

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/sealkeeper/sealkeeper/certs/internal/text"
)

// Layout says which columns of a table mean what, by their titles. A title is compared without capitals and blanks
// around it; one that ends in * is the beginning of a title. Several rows may be about one number: a row that leaves it
// out continues the one before.
type Layout struct {
	Authority string   // whose table it is, "DE-BAFIN"
	Number    []string // columns that may have the number; needed
	Name      []string
	Services  []string // in words, or as codes: PS_070, PSP_PI
	Begins    []string // days: of the authorisation, or of a row's services
	Ends      []string
	Countries []string // in which a row's services may be provided; without, the authority's
	Words     map[string]string
}

// Layouts are those that are known by name.
func Layouts() map[string]Layout {
	return map[string]Layout{
		// What BaFin's portal exports of its institutions under the ZAG: a row for each permission.
		"bafin": {
			Authority: "DE-BAFIN",
			Number:    []string{"BAK NR", "BAFIN-ID"},
			Name:      []string{"NAME"},
			Services:  []string{"ERLAUBNISSE*"},
			Begins:    []string{"ERTEILUNGSDATUM"},
			Ends:      []string{"ENDE AM"},
		},
		// Titles in English, for a table that somebody has written by hand.
		"plain": {
			Number:    []string{"number", "authorisation number"},
			Name:      []string{"name"},
			Services:  []string{"services"},
			Begins:    []string{"authorised"},
			Ends:      []string{"withdrawn"},
			Countries: []string{"countries"},
		},
	}
}

// words are by what a service is recognised in words, in the languages of authorities.
var words = []struct{ part, service string }{
	{"ZAHLUNGSAUSL", "PS_070"},
	{"KONTOINFORMATION", "PS_080"},
	{"PAYMENT INITIATION", "PS_070"},
	{"ACCOUNT INFORMATION", "PS_080"},
	{"INITIATION DE PAIEMENT", "PS_070"},
	{"INFORMATION SUR LES COMPTES", "PS_080"},
	{"ISSUING OF PAYMENT INSTRUMENTS", "PS_05A"},
	{"ACQUIRING OF PAYMENT", "PS_05B"},
	{"MONEY REMITTANCE", "PS_060"},
	{"FINANZTRANSFER", "PS_060"},
	{"TRANSMISSION DE FONDS", "PS_060"},
	{"PSP_PI", "PS_070"},
	{"PISP", "PS_070"},
	{"PSP_AI", "PS_080"},
	{"AISP", "PS_080"},
	{"PSP_IC", "PS_05A"},
	{"PSP_AS", "PS_010"},
}

// services are those that a cell names.
func (l *Layout) services(cell string) (found []string) {
	said := strings.ToUpper(cell)
	for _, code := range strings.FieldsFunc(said, func(r rune) bool { return strings.ContainsRune(" ,;|/+", r) }) {
		if strings.HasPrefix(code, "PS_") && len(code) == len("PS_070") {
			found = append(found, code)
		}
	}
	for part, service := range l.Words {
		if strings.Contains(said, strings.ToUpper(part)) {
			found = append(found, service)
		}
	}
	for _, w := range words {
		if strings.Contains(said, w.part) {
			found = append(found, w.service)
		}
	}
	return found
}

// table is a table while it is read.
type table struct {
	*Layout
	at     map[*[]string][]int // columns of each of the layout's lists
	result Result
	how    How
	kept   map[string]int // entries by their keys
	keys   []string       // of the row before
	name   string
}

func (l *Layout) read(b *bufio.Reader, how How) (Result, error) {
	separator, err := l.separator(b)
	if err != nil {
		return Result{}, err
	}
	rationed := &rationedReader{r: b}
	rationed.refill()
	rows := csv.NewReader(rationed)
	rows.Comma, rows.LazyQuotes, rows.ReuseRecord = separator, true, true
	t := &table{Layout: l, how: how, kept: map[string]int{}}
	for first := true; ; first = false {
		rationed.refill()
		row, err := rows.Read()
		switch {
		case errors.Is(err, io.EOF):
			return t.result, nil
		case errors.Is(err, csv.ErrFieldCount):
			return Result{}, refuse(Truncated, err.Error())
		case errors.As(err, new(*csv.ParseError)):
			return Result{}, refuse(Malformed, err.Error())
		case err != nil:
			return Result{}, err
		}
		for i, cell := range row {
			row[i] = utf8Of(cell)
		}
		if first {
			t.titles(row)
			continue
		}
		if err := t.row(row); err != nil {
			return Result{}, err
		}
	}
}

// utf8Of is a cell as UTF-8. Many authorities still write Windows-1252, of which ISO 8859-1 is a part.
func utf8Of(cell string) string {
	if utf8.ValidString(cell) {
		return cell
	}
	read, err := charmap.Windows1252.NewDecoder().String(cell)
	if err != nil {
		return strings.ToValidUTF8(cell, "?")
	}
	return read
}

// separator is the one by which the first line has a column for the number.
func (l *Layout) separator(b *bufio.Reader) (rune, error) {
	line, err := b.Peek(16 << 10)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, packed(err)
	}
	first, _, _ := strings.Cut(string(line), "\n")
	for _, separator := range ";,\t|" {
		rows := csv.NewReader(strings.NewReader(utf8Of(first)))
		rows.Comma, rows.LazyQuotes = separator, true
		if titles, err := rows.Read(); err == nil && len(columns(titles, l.Number)) > 0 {
			return separator, nil
		}
	}
	return 0, refuse(Columns, "no column has the number: "+text.Line(utf8Of(first)))
}

func columns(titles, named []string) (found []int) {
	for i, title := range titles {
		title = strings.ToUpper(strings.TrimSpace(title))
		if slices.ContainsFunc(named, func(name string) bool {
			name = strings.ToUpper(strings.TrimSpace(name))
			begin, is := strings.CutSuffix(name, "*")
			return name != "" && (title == name || is && begin != "" && strings.HasPrefix(title, begin))
		}) {
			found = append(found, i)
		}
	}
	return found
}

func (t *table) titles(row []string) {
	t.at = map[*[]string][]int{}
	for _, named := range []*[]string{&t.Number, &t.Name, &t.Services, &t.Begins, &t.Ends, &t.Countries} {
		t.at[named] = columns(row, *named)
	}
}

// cells are those of a row that are not empty in some columns.
func (t *table) cells(row []string, named *[]string) (found []string) {
	for _, i := range t.at[named] {
		if cell := strings.TrimSpace(row[i]); cell != "" {
			found = append(found, cell)
		}
	}
	return found
}

func (t *table) row(row []string) error {
	numbers := t.cells(row, &t.Number)
	if len(numbers) > 0 {
		t.result.Count++
		t.keys = t.keys[:0]
		for _, number := range numbers {
			if key := KeyOf(t.Authority, number); key != "" && t.how.Wants(key) && !slices.Contains(t.keys, key) {
				t.keys = append(t.keys, strings.Clone(key))
			}
		}
		t.name = ""
		if names := t.cells(row, &t.Name); len(names) > 0 {
			t.name = text.Line(strings.Clone(names[0]))
		}
	}
	for _, key := range t.keys {
		i, known := t.kept[key]
		if !known {
			if len(t.result.Entries) == maxTaken {
				return refuse(Oversized, "more entries have the numbers of this firm than are read")
			}
			i = len(t.result.Entries)
			t.kept[key] = i
			t.result.Entries = append(t.result.Entries, Entry{Key: key, Name: t.name, Kind: Institution})
		}
		t.permission(&t.result.Entries[i], row)
	}
	return nil
}

// permission adds what one row allows. An entry is ended when all that its rows allow is.
func (t *table) permission(e *Entry, row []string) {
	begins, unread := day(t.cells(row, &t.Begins))
	ends, unread2 := day(t.cells(row, &t.Ends))
	e.Undated = e.Undated || unread || unread2
	first := e.Changes == nil
	switch {
	case first:
		e.Changes = []time.Time{begins}
		if !ends.IsZero() {
			e.Changes = append(e.Changes, ends)
		}
	default:
		if !begins.IsZero() && begins.Before(e.Changes[0]) || e.Changes[0].IsZero() {
			e.Changes[0] = begins
		}
		switch {
		case ends.IsZero():
			e.Changes = e.Changes[:1]
		case len(e.Changes) == 2 && ends.After(e.Changes[1]):
			e.Changes[1] = ends
		}
	}
	if !ends.IsZero() && !ends.After(t.how.Now) {
		return
	}
	countries := []string{CountryOf(e.Key)}
	for _, cell := range t.cells(row, &t.Countries) {
		countries = append(countries, strings.FieldsFunc(cell, func(r rune) bool {
			return strings.ContainsRune(" ,;|/", r)
		})...)
	}
	for _, cell := range t.cells(row, &t.Services) {
		for _, country := range countries {
			e.add(country, t.services(cell)...)
		}
	}
}

// day reads a day as authorities write it; unread: there is something that is none.
func day(cells []string) (at time.Time, unread bool) {
	if len(cells) == 0 {
		return at, false
	}
	for _, form := range []string{"2006-01-02", "02.01.2006", "02/01/2006", "2.1.2006", time.RFC3339} {
		if at, err := time.Parse(form, cells[0]); err == nil {
			return at, false
		}
	}
	return at, true
}
