// Package authority is a simulated EBA with a simulated national authority: it publishes a register of payment firms as
// the EBA does, and as a table, and has mishaps.
package authority

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Paths of an Authority below its base.
const (
	MetadataPath = "/register/api/filemetadata" // says which file is the newest
	TablePath    = "/table.csv"                 // in the layout "plain"
	files        = "/register/downloads/PSDMD/"
)

// Mishap is what is wrong with an Authority.
type Mishap string

// The mishaps.
const (
	None        Mishap = ""
	Silent      Mishap = "silent"       // it hangs up without an answer
	WebPage     Mishap = "web_page"     // it is under maintenance, and says so as a page
	BrokenOff   Mishap = "broken_off"   // it sends half of a file, and says that it is whole
	Shrunken    Mishap = "shrunken"     // it has lost nearly all entries
	Replaced    Mishap = "replaced"     // somebody has put another file in the place of the published one
	Yesterday   Mishap = "yesterday"    // it publishes the register of a month ago again
	FromFuture  Mishap = "from_future"  // its clock is a year ahead
	ToMetadata  Mishap = "to_metadata"  // it sends who asks on to a cloud's metadata service
	Elsewhere   Mishap = "elsewhere"    // it says that the file is on somebody else's host
	Bomb        Mishap = "bomb"         // its archive unpacks to more than is read
	Flood       Mishap = "flood"        // its file has no end
	EmptyRecord Mishap = "empty_record" // its register has no entry
)

// Mishaps are all of them.
var Mishaps = []Mishap{
	Silent, WebPage, BrokenOff, Shrunken, Replaced, Yesterday, FromFuture, ToMetadata, Elsewhere, Bomb, Flood,
	EmptyRecord,
}

// Firm is an entry.
type Firm struct {
	Authority, Number string              // "FR_ACPR", "12 345": as the EBA writes them
	Type              string              // "": PSD_PI
	Services          map[string][]string // by country
	Changes           []string            // days on which its authorisation began, ended and so on
}

// Authority is safe for concurrent use.
type Authority struct {
	now func() time.Time

	mu     sync.Mutex
	firms  map[string]Firm
	others int
	mishap Mishap
	asked  map[string]int
}

// New returns an Authority that lists some firms which nobody asks for.
func New(now func() time.Time) *Authority {
	return &Authority{now: now, firms: map[string]Firm{}, others: 50, asked: map[string]int{}}
}

// List lists a firm, in place of what is listed by its number.
func (a *Authority) List(f Firm) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.firms[f.Authority+f.Number] = f
}

// Strike takes a firm out of the register.
func (a *Authority) Strike(f Firm) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.firms, f.Authority+f.Number)
}

// Have has something go wrong from now on; None ends it.
func (a *Authority) Have(m Mishap) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.mishap = m
}

// Asked is how often something was asked for, by its path.
func (a *Authority) Asked() map[string]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.asked)
}

// ServeHTTP implements http.Handler.
func (a *Authority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked[strings.TrimSuffix(r.URL.Path, ".zip")]++
	switch a.mishap {
	case Silent:
		panic(http.ErrAbortHandler)
	case ToMetadata:
		http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
		return
	case WebPage:
		_, _ = io.WriteString(w, "<!DOCTYPE html><html><title>Maintenance</title></html>")
		return
	}
	var answer []byte
	switch {
	case r.URL.Path == MetadataPath:
		answer = a.metadata("http://" + r.Host)
	case r.URL.Path == TablePath:
		answer = a.table()
	case strings.HasPrefix(r.URL.Path, files):
		if a.mishap == Flood {
			_, _ = io.Copy(w, zeros{})
			return
		}
		answer = a.archive()
	default:
		http.NotFound(w, r)
		return
	}
	if a.mishap == BrokenOff && r.URL.Path != MetadataPath {
		answer = answer[:len(answer)/2]
	}
	sum := sha256.Sum256(answer)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(answer)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func (a *Authority) metadata(base string) []byte {
	archive := a.archive()
	sum := sha256.Sum256(archive)
	digest := hex.EncodeToString(sum[:])
	switch a.mishap {
	case Replaced:
		digest = strings.Repeat("0", len(digest))
	case BrokenOff, Bomb:
		digest = ""
	case Elsewhere:
		base = "http://files.example"
	}
	text, _ := json.Marshal(map[string]string{ // texts
		"golden_copy_path_context":         base + files,
		"latest_version_relative_zip_path": a.day().Format("20060102") + "/download-PSDMD.zip",
		"sha256_hash":                      digest,
	})
	return text
}

// day is of the newest entry.
func (a *Authority) day() time.Time {
	day := a.now().UTC().Truncate(24 * time.Hour)
	switch a.mishap {
	case Yesterday:
		day = day.AddDate(0, -1, 0)
	case FromFuture:
		day = day.AddDate(1, 0, 0)
	}
	return day
}

type object = map[string]any

// Register is the register as the EBA's file has it.
func (a *Authority) Register() []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.register()
}

func (a *Authority) register() []byte {
	entities := []object{}
	version := a.day().Format("20060102150405") + "000"
	others := a.others
	switch a.mishap {
	case Shrunken:
		others = 3
	case EmptyRecord:
		text, _ := json.Marshal([]any{[]object{{"disclaimer": "x"}}, entities}) // texts
		return text
	}
	for i := range others {
		entities = append(entities, object{
			"CA_OwnerID": "FR_ACPR",
			"EntityCode": fmt.Sprintf("PSD_PI!FR_ACPR!1!%d", i),
			"EntityType": "PSD_AG",
			"Properties": []object{
				{"ENT_NAT_REF_COD": fmt.Sprintf("9%08d", i)},
				{"DER_CHI_ENT_AUT": "Active"},
			},
			"__EBA_EntityVersion": version,
		})
	}
	for _, key := range slices.Sorted(maps.Keys(a.firms)) {
		f := a.firms[key]
		services := []object{}
		for _, country := range slices.Sorted(maps.Keys(f.Services)) {
			services = append(services, object{country: f.Services[country]})
		}
		entities = append(entities, object{
			"CA_OwnerID": f.Authority,
			"EntityCode": f.Authority + "!" + f.Number,
			"EntityType": f.kind(),
			"Properties": []object{
				{"ENT_NAT_REF_COD": f.Number}, {"ENT_NAM": "Example Payments"}, {"ENT_AUT": f.Changes},
			},
			"Services":            services,
			"__EBA_EntityVersion": version,
		})
	}
	// texts
	text, _ := json.Marshal([]any{[]object{{"disclaimer": "This register has no legal significance"}}, entities})
	return text
}

func (f Firm) kind() string {
	if f.Type == "" {
		return "PSD_PI"
	}
	return f.Type
}

// archive is the register as it is published: with its checksum, as ZIP.
func (a *Authority) archive() []byte {
	text := a.register()
	sum := sha256.Sum256(text)
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, one := range []struct {
		name    string
		content []byte
	}{
		{"download-PSDMD.json", text},
		{"download-PSDMD.json.sha256", []byte(hex.EncodeToString(sum[:]) + "\n")},
	} {
		create := w.Create
		if a.mishap == Bomb && strings.HasSuffix(one.name, ".json") { // it says so of itself, as archives do
			create = func(name string) (io.Writer, error) {
				return w.CreateRaw(&zip.FileHeader{
					Name:               name,
					Method:             zip.Deflate,
					CompressedSize64:   uint64(len(one.content)),
					UncompressedSize64: 501_000_000,
				})
			}
		}
		member, err := create(one.name)
		if err == nil { // memory does not fail
			_, _ = member.Write(one.content)
		}
	}
	_ = w.Close()
	return b.Bytes()
}

// table is what the national authority publishes.
func (a *Authority) table() []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma = ';'
	_ = w.Write([]string{"Number", "Name", "Services", "Authorised", "Withdrawn", "Countries"})
	for i := range a.others {
		_ = w.Write([]string{fmt.Sprintf("9%08d", i), "Another", "PS_060", "2019-01-01", "", ""})
	}
	for _, key := range slices.Sorted(maps.Keys(a.firms)) {
		f := a.firms[key]
		ended := ""
		if len(f.Changes) == 2 {
			ended = f.Changes[1]
		}
		for _, country := range slices.Sorted(maps.Keys(f.Services)) {
			_ = w.Write([]string{
				f.Number, "Example Payments", strings.Join(f.Services[country], " "), f.Changes[0], ended, country,
			})
		}
	}
	w.Flush()
	return b.Bytes()
}
