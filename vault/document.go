package vault

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// The types of documents in custody.
const (
	typeCertificate = "certificate"
	typeCSR         = "request"
	typeCredentials = "credentials"
)

// requestPrefix precedes the names of a CSR's document within its certificate's document.
const requestPrefix = "request_"

// document is custody's copy of a record, from which the database can be rebuilt.
// What does not apply is left out; without a state, the record is a stored one.
func document(r Record) map[string]string {
	doc := map[string]string{
		"type":         typeCertificate,
		"key_id":       r.KeyID,
		"name":         r.Name,
		"kind":         string(r.Leaf.Kind),
		"sha256":       r.Leaf.SHA256,
		"chain_pem":    r.ChainPEM(),
		"created_at":   instant(r.CreatedAt),
		"created_by":   r.CreatedBy,
		"line_id":      r.Line.ID,
		"line_version": strconv.Itoa(r.Line.Version),
		"line_change":  string(r.Line.Change),
		"key_mode":     string(r.KeyMode),
	}
	if r.State != Pending && r.State != Stored {
		doc["state"] = string(r.State)
	}
	for name, value := range map[string]string{
		"export_reason":      r.Export.Reason,
		"export_by":          r.Export.By,
		"export_approved_by": r.Export.ApprovedBy,
		"export_approved_at": instant(r.Export.ApprovedAt),
		"retired_reason":     r.Retired.Reason,
		"retired_by":         r.Retired.By,
		"retired_at":         instant(r.Retired.At),
		"destroyed_by":       r.Destroyed.By,
		"destroyed_at":       instant(r.Destroyed.At),
	} {
		if value != "" {
			doc[name] = value
		}
	}
	return doc
}

// renamed is a document in the words of today: the first ones called an exportable key
// stored, and its choice kept. They are in Vault too, where no migration of the database
// comes, and are rewritten only when their record changes.
func renamed(doc map[string]string) map[string]string {
	today := map[string]string{}
	for name, value := range doc {
		if rest, kept := strings.CutPrefix(name, "kept_"); kept {
			name = "export_" + rest
		}
		today[name] = value
	}
	if today["key_mode"] == string(Stored) {
		today["key_mode"] = string(KeyExportable)
	}
	return today
}

// endow reads what document adds to what every record has.
func endow(r *Record, doc map[string]string) error {
	doc = renamed(doc)
	var errs []error
	at := func(name string) time.Time {
		if doc[name] == "" {
			return time.Time{}
		}
		t, err := time.Parse(time.RFC3339Nano, doc[name])
		errs = append(errs, err)
		return t.UTC()
	}
	version, err := strconv.Atoi(cmp.Or(doc["line_version"], "1"))
	errs = append(errs, err)
	r.State = State(cmp.Or(doc["state"], string(Stored)))
	r.KeyMode = KeyMode(cmp.Or(doc["key_mode"], string(KeyHeld)))
	r.Line = Line{
		ID:      cmp.Or(doc["line_id"], r.ID),
		Version: version,
		Change:  LineChange(cmp.Or(doc["line_change"], string(First))),
	}
	r.Export = ExportChoice{
		Reason:     doc["export_reason"],
		By:         doc["export_by"],
		ApprovedBy: doc["export_approved_by"],
		ApprovedAt: at("export_approved_at"),
	}
	r.Retired = Retirement{Reason: doc["retired_reason"], By: doc["retired_by"], At: at("retired_at")}
	r.Destroyed = Destruction{By: doc["destroyed_by"], At: at("destroyed_at")}
	return errors.Join(errs...)
}

// instant writes a time; the zero time as "".
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

// mirrorRecord rewrites custody's copy of a record. It reads the document's version before the record, so that an
// older record cannot replace the copy of a newer one.
func (v *Vault) mirrorRecord(ctx context.Context, id string) error {
	before, version, err := v.cfg.Custody.Get(ctx, id)
	if err != nil {
		return err
	}
	r, err := v.cfg.Records.CertificateByID(ctx, id)
	if err != nil {
		return err
	}
	doc := document(r)
	for name, value := range before {
		if strings.HasPrefix(name, requestPrefix) {
			doc[name] = value
		}
	}
	if _, err := v.cfg.Custody.Put(ctx, r.ID, doc, version); err != nil {
		return err
	}
	return v.cfg.CertificateMirror.CopiedCertificate(ctx, r)
}

// mirrorSoon is mirrorRecord for a change that has already been made: if custody does
// not answer now, Reconcile repeats it later.
func (v *Vault) mirrorSoon(ctx context.Context, id string) {
	if err := v.mirrorRecord(ctx, id); err != nil {
		v.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "custody's copy of a certificate's record is written later",
			slog.String("id", id), slog.Any("error", err))
	}
}
