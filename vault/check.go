package vault

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

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
	// ids of client secrets that no bundle names: replaced in a draft, or of one that was never saved
	Unused []string
}

// CheckCustody compares custody with the records in both directions. It only
// reports: what has no record may belong to another database, or to one that was
// restored from a backup. What a write in progress explains is not an orphan.
func (v *Vault) CheckCustody(ctx context.Context, caller access.Caller) (Checked, error) {
	var found Checked
	err := v.cfg.Audit.Do(ctx, caller, access.CustodyCheck, "custody", func() (_ note.Note, err error) {
		found, err = v.check(ctx)
		return note.New("custody_checked", "%d documents, %d keys, %d orphans",
			found.Documents, found.Keys, len(found.Orphans)), err
	})
	return found, err
}

// inventoryOfRecords is what records say is in custody: id to what it is for people.
type inventoryOfRecords struct{ documents, keys, exportable map[string]string }

// check reads custody between two readings of the records. What either reading
// explains is not an orphan, and only what both name can be missing.
func (v *Vault) check(ctx context.Context) (Checked, error) {
	before, pendingBefore, err := v.expected(ctx)
	if err != nil {
		return Checked{}, err
	}
	documents, damaged := map[string]string{}, map[string]string{}
	err = eachDocument(ctx, v.cfg.Custody, func(id string, doc map[string]string, _ int) error {
		documents[id] = doc["type"] + " document"
		return nil
	}, func(id, why string) { documents[id], damaged[id] = "document", why })
	if err != nil {
		return Checked{}, err
	}
	ids, err := v.cfg.Custody.ListKeys(ctx)
	if err != nil {
		return Checked{}, err
	}
	keys := map[string]string{}
	for _, id := range ids {
		keys[id] = "key"
	}
	if ids, err = v.cfg.Custody.ListExportableKeys(ctx); err != nil {
		return Checked{}, err
	}
	exportable := map[string]string{}
	for _, id := range ids {
		exportable[id] = "exportable key"
	}
	after, pending, err := v.expected(ctx)
	if err != nil {
		return Checked{}, err
	}
	maps.Copy(pending, pendingBefore) // what was finished since was not yet there when custody was read
	found := Checked{At: v.cfg.Now(), Documents: len(documents), Keys: len(keys) + len(exportable)}
	delete(documents, inventoryKeyID)
	delete(documents, filesKeyID)
	found.compare(exportable, before.exportable, after.exportable, pending)
	found.compare(keys, before.keys, after.keys, pending)
	for _, id := range sorted(damaged) {
		pending[id] = true // it is named once
		found.Orphans = append(found.Orphans, Orphan{
			InCustody: true,
			Kind:      "damaged document",
			ID:        id,
			Text:      damaged[id],
		})
	}
	found.compare(documents, before.documents, after.documents, pending)
	found.setAside()
	return found, nil
}

// setAside removes client secrets that no bundle names from the orphans: ordinary
// work leaves them, because changing a draft's secret keeps the old one, and they
// would hide real orphans.
func (c *Checked) setAside() {
	c.Orphans = slices.DeleteFunc(c.Orphans, func(o Orphan) bool {
		unused := o.InCustody && o.Kind == typeCredentials+" document"
		if unused {
			c.Unused = append(c.Unused, o.ID)
		}
		return unused
	})
}

func (c *Checked) compare(there, before, after map[string]string, pending map[string]bool) {
	for _, id := range sorted(there) {
		if _, known := after[id]; known || pending[id] || before[id] != "" {
			continue
		}
		what := there[id]
		text := fmt.Sprintf("The %s %s is in custody and no record names it.", what, id)
		c.Orphans = append(c.Orphans, Orphan{InCustody: true, Kind: what, ID: id, Text: text})
	}
	for _, id := range sorted(after) {
		if _, ok := there[id]; ok || pending[id] || before[id] == "" {
			continue
		}
		c.Orphans = append(c.Orphans, Orphan{
			Kind: after[id],
			ID:   id,
			Text: fmt.Sprintf("%s has a record, and what it names in custody is not there: %s.", after[id], id),
		})
	}
}

func sorted(m map[string]string) []string {
	ids := make([]string, 0, len(m))
	for id := range m {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// expected collects what records name. pending are the ids of writes in progress.
func (v *Vault) expected(ctx context.Context) (e inventoryOfRecords, pending map[string]bool, err error) {
	e, pending = inventoryOfRecords{map[string]string{}, map[string]string{}, map[string]string{}}, map[string]bool{}
	if v.cfg.Mirror != nil {
		if e.documents, err = v.cfg.Mirror.CustodyDocuments(ctx); err != nil {
			return e, nil, err
		}
		changes, err := v.cfg.Mirror.Changed(ctx, allChanges)
		if err != nil {
			return e, nil, err
		}
		for _, c := range changes {
			pending[c.ID] = true
		}
	}
	records, err := v.cfg.Records.Certificates(ctx, Pending, Stored, Retired, Destroying)
	if err != nil {
		return e, nil, err
	}
	for _, r := range records {
		what := "The certificate " + r.Name
		switch {
		case r.State == Pending || r.State == Destroying:
			pending[r.ID], pending[r.KeyID] = true, true
			continue
		case r.KeyMode == KeyExportable:
			e.exportable[r.KeyID] = what
		default:
			e.keys[r.KeyID] = what
		}
		e.documents[r.ID] = what
	}
	requests, err := v.cfg.Requests.Requests(ctx)
	if err != nil {
		return e, nil, err
	}
	for _, r := range requests {
		switch r.State {
		case RequestPending:
			pending[r.ID] = true
		case RequestOpen:
			e.documents[r.ID], e.keys[r.ID] = "The request "+r.Name, "The request "+r.Name
		case RequestIssued: // the certificate's
		}
	}
	return e, pending, nil
}

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
	v.checked.Store(&found)
	return nil
}

// Comparison returns the newest result of the periodic check to callers who may read
// the audit log; nil before the first check.
func (v *Vault) Comparison(ctx context.Context, caller access.Caller) (*Checked, error) {
	if err := v.cfg.Audit.Permit(ctx, caller, access.AuditRead, "custody"); err != nil {
		return nil, err
	}
	return v.LastCheck(), nil
}

// LastCheck is Comparison for the service's own metric.
func (v *Vault) LastCheck() *Checked { return v.checked.Load() }
