package vault

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Orphan is something in custody that no record names, or a record whose document or key is gone.
type Orphan struct {
	InCustody bool   // false: the record is there, and what it names is not
	Kind      string // "key", "exportable key" or such as "credentials document"; of a record what it is
	ID        string
	Text      string // a sentence
}

// Checked is what CheckCustody found.
type Checked struct {
	At              time.Time
	Documents, Keys int // in custody
	Orphans         []Orphan
	Omitted         int // orphans beyond those listed
	// ids of client secrets that no bundle names: replaced in a draft, or of one that was never saved
	Unused        []string
	UnusedOmitted int // beyond those listed
}

// CheckCustody compares custody with the records in both directions. It only
// reports: what has no record may belong to another database, or to one that was
// restored from a backup. What a write in progress explains is not an orphan.
func (v *Vault) CheckCustody(ctx context.Context, caller access.Caller) (Checked, error) {
	var found Checked
	err := v.cfg.Audit.Do(ctx, caller, access.CustodyCheck, "custody", func() (_ note.Note, err error) {
		found, err = v.check(ctx)
		return note.New("custody_checked", "%d documents, %d keys, %d orphans",
			found.Documents, found.Keys, len(found.Orphans)+found.Omitted), err
	})
	return found, err
}

// Held is a kind of thing in custody.
type Held string

// The kinds. An id may name one of each.
const (
	HeldDocument   Held = "document"
	HeldKey        Held = "key"
	HeldExportable Held = "exportable key"
)

// Naming is what records say of an id in custody.
type Naming struct {
	ID, What string // What names the record for people
	Pending  bool   // what it names is being written or destroyed: it may be there or not
}

// Namings says what records name in custody, in pages.
type Namings interface {
	// Naming returns what records say of these ids, which are a page at most.
	Naming(ctx context.Context, held Held, ids []string) (map[string]Naming, error)
	// EachNaming calls visit with everything that records name and that is not pending, a page
	// at a time and once or more. It keeps nothing open between pages.
	EachNaming(ctx context.Context, held Held, visit func(page []Naming) error) error
}

// Checks keeps the newest result of WatchCustody for all replicas.
type Checks interface {
	SaveCheck(ctx context.Context, found Checked) error
	// LastCheck returns nil if there is none.
	LastCheck(ctx context.Context) (*Checked, error)
}

const (
	// pageSize is how many documents are opened, or looked for, at once.
	pageSize = 500
	// orphansMost bounds what a check lists: before the wrong database everything is an orphan.
	orphansMost = 1000
)

// check compares the ids in custody with those that records name, a page at a time. What
// differs is looked at once more, on both sides: it may have been written or removed since
// the page was read.
func (v *Vault) check(ctx context.Context) (Checked, error) {
	found := Checked{At: v.cfg.Now()}
	for _, held := range []Held{HeldExportable, HeldKey, HeldDocument} {
		c := comparison{v: v, held: held, found: &found, types: map[string]string{}}
		if err := c.compare(ctx); err != nil {
			return Checked{}, err
		}
	}
	return found, nil
}

// add lists an orphan. Client secrets that no bundle names are set aside: ordinary work leaves
// them, because changing a draft's secret keeps the old one, and they would hide real orphans.
func (c *Checked) add(o Orphan) {
	switch {
	case o.InCustody && o.Kind == typeCredentials+" document":
		if len(c.Unused) == orphansMost {
			c.UnusedOmitted++
			return
		}
		c.Unused = append(c.Unused, o.ID)
	case len(c.Orphans) == orphansMost:
		c.Omitted++
	default:
		c.Orphans = append(c.Orphans, o)
	}
}

// comparison is the comparison of all that is held of one kind.
type comparison struct {
	v     *Vault
	held  Held
	found *Checked
	there []string          // ids in custody, sorted
	types map[string]string // what the documents of the page are that no record names
}

func (c *comparison) compare(ctx context.Context) (err error) {
	custody := c.v.cfg.Custody
	switch c.held {
	case HeldDocument:
		c.there, err = custody.List(ctx)
		c.found.Documents = len(c.there)
	case HeldKey:
		c.there, err = custody.ListKeys(ctx)
		c.found.Keys += len(c.there)
	case HeldExportable:
		c.there, err = custody.ListExportableKeys(ctx)
		c.found.Keys += len(c.there)
	}
	if err != nil {
		return err
	}
	for page := range slices.Chunk(c.there, pageSize) {
		if err := c.page(ctx, page); err != nil {
			return err
		}
	}
	return c.missing(ctx)
}

// page looks for records of what is in custody, and opens each document.
func (c *comparison) page(ctx context.Context, ids []string) error {
	named, err := c.v.cfg.Namings.Naming(ctx, c.held, ids)
	if err != nil {
		return err
	}
	unnamed := slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		_, known := named[id]
		return known || c.held == HeldDocument && Permanent(id)
	})
	damaged := map[string]string{}
	clear(c.types)
	if c.held == HeldDocument {
		err := openDocuments(ctx, c.v.cfg.Custody, ids, func(id string, doc map[string]string, _ int) error {
			if _, unnamed := slices.BinarySearch(unnamed, id); unnamed {
				c.types[id] = doc["type"]
			}
			return nil
		}, func(id, why string) { damaged[id] = why })
		if err != nil {
			return err
		}
	}
	for _, id := range sorted(damaged) {
		c.found.add(Orphan{InCustody: true, Kind: "damaged document", ID: id, Text: damaged[id]})
	}
	return c.unnamed(ctx, slices.DeleteFunc(unnamed, func(id string) bool { return damaged[id] != "" }))
}

// unnamed looks once more at what no record named.
func (c *comparison) unnamed(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	named, err := c.v.cfg.Namings.Naming(ctx, c.held, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		what := string(c.held)
		if c.held == HeldDocument {
			what = c.types[id] + " document"
		}
		if _, known := named[id]; known || c.held == HeldDocument && c.types[id] == "" { // or deleted meanwhile
			continue
		}
		c.found.add(Orphan{
			InCustody: true,
			Kind:      what,
			ID:        id,
			Text:      fmt.Sprintf("The %s %s is in custody and no record names it.", what, id),
		})
	}
	return nil
}

// missing looks in custody for what records name.
func (c *comparison) missing(ctx context.Context) error {
	var lost []Naming
	seen := map[string]bool{} // a client secret has several bundles, a key several certificates
	err := c.v.cfg.Namings.EachNaming(ctx, c.held, func(page []Naming) error {
		for _, n := range page {
			if _, ok := slices.BinarySearch(c.there, n.ID); !ok && !seen[n.ID] && len(seen) < missingMost {
				seen[n.ID] = true
				lost = append(lost, n)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(lost, func(a, b Naming) int { return strings.Compare(a.ID, b.ID) })
	for page := range slices.Chunk(lost, pageSize) {
		if err := c.lost(ctx, page); err != nil {
			return err
		}
	}
	return nil
}

// missingMost bounds what is looked at once more: of an empty custody everything is missing.
const missingMost = 100 * orphansMost

// lost looks once more at what was not in custody's list.
func (c *comparison) lost(ctx context.Context, page []Naming) error {
	ids := make([]string, len(page))
	for i, n := range page {
		ids[i] = n.ID
	}
	named, err := c.v.cfg.Namings.Naming(ctx, c.held, ids)
	if err != nil {
		return err
	}
	for _, n := range page {
		now, known := named[n.ID]
		if !known || now.Pending {
			continue
		}
		there, err := c.holds(ctx, n.ID)
		if err != nil {
			return err
		}
		if !there {
			c.found.add(Orphan{
				Kind: n.What,
				ID:   n.ID,
				Text: fmt.Sprintf("%s has a record, and what it names in custody is not there: %s.", n.What, n.ID),
			})
		}
	}
	return nil
}

// holds reports whether custody has that id now, damaged or not.
func (c *comparison) holds(ctx context.Context, id string) (bool, error) {
	var err error
	switch c.held {
	case HeldDocument:
		_, _, err = c.v.cfg.Custody.Get(ctx, id)
	case HeldKey:
		_, err = c.v.cfg.Custody.PublicKeys(ctx, id)
	case HeldExportable: // to open one would be to take it out
		ids, err := c.v.cfg.Custody.ListExportableKeys(ctx)
		return slices.Contains(ids, id), err
	}
	switch {
	case errors.Is(err, fault.NotFound):
		return false, nil
	case errors.Is(err, fault.Internal): // altered
		return true, nil
	}
	return true, err
}

func sorted(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// WatchCustody is CheckCustody for a periodic job. It logs every orphan and keeps the newest result.
func (v *Vault) WatchCustody(ctx context.Context) error {
	found, err := v.CheckCustody(ctx, access.SystemCaller("reconciler"))
	if err != nil {
		return err
	}
	for _, o := range found.Orphans {
		v.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "custody and records differ", slog.String("id", o.ID),
			slog.String("what", o.Text))
	}
	return v.cfg.Checks.SaveCheck(ctx, found)
}

// Comparison returns the newest result of the periodic check to callers who may read
// the audit log; nil before the first check.
func (v *Vault) Comparison(ctx context.Context, caller access.Caller) (*Checked, error) {
	if err := v.cfg.Audit.Permit(ctx, caller, access.AuditRead, "custody"); err != nil {
		return nil, err
	}
	return v.LastCheck(ctx)
}

// LastCheck is Comparison for the service's own metric.
func (v *Vault) LastCheck(ctx context.Context) (*Checked, error) { return v.cfg.Checks.LastCheck(ctx) }
