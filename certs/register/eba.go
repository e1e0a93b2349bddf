package register

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/internal/text"
)

// ebaEntity is an entity of the EBA's register. Its properties are a list of objects with one member each, whose value
// is a text or a list of texts; so are its services, by country.
type ebaEntity struct {
	Owner      word            `json:"CA_OwnerID"`
	Type       word            `json:"EntityType"`
	Properties json.RawMessage `json:"Properties"`
	Services   json.RawMessage `json:"Services"`
	Version    texts           `json:"__EBA_EntityVersion"`
}

type ebaProperty struct {
	Code       word  `json:"PropertyCode"` // where code and value are members of their own
	Value      texts `json:"PropertyValue"`
	Reference  texts `json:"ENT_NAT_REF_COD"`
	Name       texts `json:"ENT_NAM"`
	Changes    texts `json:"ENT_AUT"`
	ParentType texts `json:"ENT_TYP_PAR_ENT"`
	ParentCode texts `json:"ENT_COD_PAR_ENT"`
	Standing   texts `json:"DER_CHI_ENT_AUT"`
}

// texts are a text, a number, or a list of them.
type texts []string

// UnmarshalJSON implements json.Unmarshaler. What is neither is none.
func (t *texts) UnmarshalJSON(raw []byte) error {
	*t = nil
	if len(raw) == 0 {
		return nil
	}
	if raw[0] == '[' {
		var all []json.RawMessage
		if err := json.Unmarshal(raw, &all); err != nil {
			return err
		}
		for _, one := range all[:min(len(all), maxListed)] {
			if err := t.add(one); err != nil {
				return err
			}
		}
		return nil
	}
	return t.add(raw)
}

// add adds a text or a number. A list in a list is neither: nothing here goes deeper, however deep a file does.
func (t *texts) add(raw json.RawMessage) error {
	if len(raw) == 0 {
		return nil
	}
	switch raw[0] {
	case '"':
		var one string
		if err := json.Unmarshal(raw, &one); err != nil {
			return err
		}
		*t = append(*t, one)
	case '[', '{', 'n', 't', 'f':
	default:
		*t = append(*t, string(raw))
	}
	return nil
}

// word is one text or number. What is neither is none: an entity that is written in another way is left out, and the
// register is read.
type word string

// UnmarshalJSON implements json.Unmarshaler.
func (w *word) UnmarshalJSON(raw []byte) error {
	var t texts
	err := t.UnmarshalJSON(raw)
	*w = word(t.first())
	return err
}

func (t texts) first() string {
	if len(t) == 0 {
		return ""
	}
	return t[0]
}

// ebaReading is the register while it is read.
type ebaReading struct {
	Result
	wants       func(key string) bool
	authorities map[string]string // by what the register calls them
}

// authority is AuthorityOf an owner, of which there are some thirty.
func (r *ebaReading) authority(owner string) string {
	known, ok := r.authorities[owner]
	if !ok {
		known = AuthorityOf(owner)
		if len(r.authorities) < maxListed {
			r.authorities[owner] = known
		}
	}
	return known
}

// readEBA reads the register: a list of two lists, a disclaimer and the entities.
func readEBA(r io.Reader, wants func(key string) bool) (Result, error) {
	rationed := &rationedReader{r: r}
	rationed.refill()
	d := json.NewDecoder(rationed)
	reading := ebaReading{wants: wants, authorities: map[string]string{}}
	if err := open(d); err != nil {
		return Result{}, err
	}
	for d.More() {
		rationed.refill()
		token, err := d.Token()
		switch {
		case err != nil:
			return Result{}, broken(err)
		case token == json.Delim('{'): // a disclaimer that is in no list
			if err := skip(d, rationed); err != nil {
				return Result{}, err
			}
			continue
		case token != json.Delim('['):
			return Result{}, refuse(Malformed, "an element that is neither a list nor an object")
		}
		for d.More() {
			rationed.refill()
			if err := reading.take(d); err != nil {
				return Result{}, err
			}
		}
		if _, err := d.Token(); err != nil {
			return Result{}, broken(err)
		}
	}
	if _, err := d.Token(); err != nil {
		return Result{}, broken(err)
	}
	rationed.refill()
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Result{}, refuse(Malformed, "something follows the register")
	}
	return reading.Result, nil
}

func open(d *json.Decoder) error {
	token, err := d.Token()
	if err != nil {
		return broken(err)
	}
	if token != json.Delim('[') {
		return refuse(Malformed, "not a list")
	}
	return nil
}

// skip reads to the end of an object that was begun.
func skip(d *json.Decoder, rationed *rationedReader) error {
	for depth := 1; depth > 0; {
		rationed.refill()
		token, err := d.Token()
		switch {
		case err != nil:
			return broken(err)
		case token == json.Delim('{') || token == json.Delim('['):
			depth++
		case token == json.Delim('}') || token == json.Delim(']'):
			depth--
		}
	}
	return nil
}

func broken(err error) error {
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return refuse(Truncated, err.Error())
	case errors.As(err, new(*Refusal)):
		return err
	case errors.As(err, new(*json.SyntaxError)), errors.As(err, new(*json.UnmarshalTypeError)):
		return refuse(Malformed, err.Error())
	}
	return err // of the file
}

// take reads one element of a list, and keeps it if it is an entity that is wanted.
func (r *ebaReading) take(d *json.Decoder) error {
	var entity ebaEntity
	if err := d.Decode(&entity); err != nil {
		return broken(err)
	}
	if entity.Owner == "" || entity.Type == "" {
		return nil // the disclaimer
	}
	r.Count++
	if version := entity.Version.first(); len(version) >= len("20060102150405") {
		if at, err := time.Parse("20060102150405", version[:14]); err == nil && at.After(r.AsOf) {
			r.AsOf = at
		}
	}
	if entity.Type == "PSD_EXC" || !r.wants(r.authority(string(entity.Owner))) {
		return nil // excluded from the directive: that is no authorisation
	}
	if number, plain := entity.number(); plain && !r.wants(KeyOf(string(entity.Owner), number)) {
		return nil
	}
	entry, ok := entity.entry()
	if !ok || !r.wants(entry.Key) {
		return nil
	}
	if len(r.Entries) == maxTaken {
		return refuse(Oversized, "more entries have the numbers of this firm than are read")
	}
	r.Entries = append(r.Entries, entry)
	return nil
}

// number finds the number without reading the rest, as nearly all entries are somebody else's; plain: it stands there
// as it always does.
func (e ebaEntity) number() (number string, plain bool) {
	const before = `{"ENT_NAT_REF_COD":`
	i := bytes.Index(e.Properties, []byte(before))
	if i < 0 {
		return "", false
	}
	rest := bytes.TrimLeft(e.Properties[i+len(before):], " ")
	if len(rest) == 0 || rest[0] != '"' {
		return "", false
	}
	end := bytes.IndexByte(rest[1:], '"')
	if end < 0 || bytes.IndexByte(rest[1:end+1], '\\') >= 0 {
		return "", false
	}
	return string(rest[1 : end+1]), true
}

func (e ebaEntity) entry() (Entry, bool) {
	p := e.properties()
	entry := Entry{
		Key:  KeyOf(string(e.Owner), p.Reference.first()),
		Kind: Institution,
		Type: text.Line(string(e.Type)),
	}
	if entry.Key == "" {
		return entry, false
	}
	entry.Name = text.Line(strings.Join(slices.Compact(p.Name), ", "))
	switch e.Type {
	case "PSD_AG", "PSD_AGENT":
		entry.Kind = Agent
	case "PSD_BR", "PSD_BRANCH":
		entry.Kind = Branch
	}
	if entry.Kind != Institution {
		entry.Of = text.Line(p.ParentType.first() + " " + p.ParentCode.first())
		entry.Inactive = !slices.Contains([]string{"ACTIVE", "YES"}, strings.ToUpper(p.Standing.first()))
		return entry, true
	}
	entry.changes(p.Changes)
	e.services(&entry)
	if e.Type == "PSD_AISP" { // who is registered for account information alone provides nothing else (Article 33)
		entry.add(CountryOf(entry.Key), "PS_080")
	}
	return entry, true
}

// changes are dates in their order: the odd ones begin an authorisation, the even ones end it.
func (e *Entry) changes(written texts) {
	e.Undated = len(written) == 0 || len(written) > maxChanges
	for _, one := range written[:min(len(written), maxChanges)] {
		day, err := time.Parse(time.DateOnly, strings.TrimSpace(one))
		if err != nil || len(e.Changes) > 0 && day.Before(e.Changes[len(e.Changes)-1]) {
			e.Undated = true
			return
		}
		e.Changes = append(e.Changes, day)
	}
}

// objects are those of a list, or one that stands there alone.
func objects(raw json.RawMessage) (list []json.RawMessage) {
	raw = bytes.TrimSpace(raw)
	if len(raw) > 0 && raw[0] == '{' {
		return []json.RawMessage{raw}
	}
	_ = json.Unmarshal(raw, &list) // else there are none
	return list
}

func (e ebaEntity) properties() (all ebaProperty) {
	for _, one := range objects(e.Properties) {
		var p ebaProperty
		if json.Unmarshal(one, &p) != nil { // no object
			continue
		}
		p.named()
		all.Reference = append(all.Reference, p.Reference...)
		all.Name = append(all.Name, p.Name...)
		all.Changes = append(all.Changes, p.Changes...)
		all.ParentType = append(all.ParentType, p.ParentType...)
		all.ParentCode = append(all.ParentCode, p.ParentCode...)
		all.Standing = append(all.Standing, p.Standing...)
	}
	return all
}

// named puts a value that has its code beside it where it belongs.
func (p *ebaProperty) named() {
	switch p.Code {
	case "ENT_NAT_REF_COD":
		p.Reference = p.Value
	case "ENT_NAM":
		p.Name = p.Value
	case "ENT_AUT":
		p.Changes = p.Value
	case "ENT_TYP_PAR_ENT":
		p.ParentType = p.Value
	case "ENT_COD_PAR_ENT":
		p.ParentCode = p.Value
	case "DER_CHI_ENT_AUT":
		p.Standing = p.Value
	}
}

func (e ebaEntity) services(entry *Entry) {
	list := objects(e.Services)
	for _, one := range list[:min(len(list), maxListed)] {
		var byCountry map[string]texts
		if json.Unmarshal(one, &byCountry) != nil { // no object
			continue
		}
		for country, services := range byCountry {
			entry.add(country, services...)
		}
	}
}

// rationedReader gives a part of a file, and no more until it is refilled: so no part is larger.
type rationedReader struct {
	r    io.Reader
	left int
}

func (r *rationedReader) refill() { r.left = maxEntry }

// Read implements io.Reader.
func (r *rationedReader) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, refuse(Oversized, "an entry that is larger than is read")
	}
	n, err := r.r.Read(p[:min(len(p), r.left)])
	r.left -= n
	return n, err
}
