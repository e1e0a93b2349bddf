package vault

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Restorer writes records that are rebuilt from custody. An existing record stays as it is,
// and restored is false. With dryRun nothing is written.
type Restorer interface {
	RestoreCertificate(ctx context.Context, r Record, dryRun bool) (restored bool, err error)
	RestoreCSR(ctx context.Context, r CSR, dryRun bool) (restored bool, err error)
	RestoreRows(ctx context.Context, kind, id, rows string, dryRun bool) (restored bool, err error)
}

// Reindexed is what Reindex found in custody.
type Reindexed struct {
	Restored map[string]int // by type of document
	There    map[string]int // those the database had already
	Secrets  map[string]int // documents that have no record of their own, by type
	Problems []string       // what could not be restored, a sentence each
}

// Reindex rebuilds the policy and the records of certificates, CSRs and all that is mirrored from custody alone. It may
// be interrupted and repeated. A certificate whose key is gone is reported and not restored.
func (v *Vault) Reindex(ctx context.Context, caller access.Caller, into Restorer, dryRun bool) (Reindexed, error) {
	object := "records"
	if dryRun {
		object = "records (dry run)"
	}
	r := &reindex{
		v:      v,
		into:   into,
		dryRun: dryRun,
		found:  Reindexed{Restored: map[string]int{}, There: map[string]int{}, Secrets: map[string]int{}},
	}
	err := v.cfg.Audit.Do(ctx, caller, access.RecordsReindex, object, func() (note.Note, error) {
		err := r.run(ctx)
		return note.New("reindexed", "restored %d, problems %d", total(r.found.Restored), len(r.found.Problems)), err
	})
	return r.found, err
}

func total(counts map[string]int) int {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}

type reindex struct {
	v      *Vault
	into   Restorer
	dryRun bool
	found  Reindexed
}

// run restores what depends on nothing first. A first reading only sorts, so
// that the secrets among the documents are not all in memory at once.
func (r *reindex) run(ctx context.Context) error {
	byType := map[string][]string{}
	err := eachDocument(ctx, r.v.cfg.Custody, func(id string, doc map[string]string, _ int) error {
		byType[doc["type"]] = append(byType[doc["type"]], id)
		return nil
	}, func(_, why string) { r.found.Problems = append(r.found.Problems, why) })
	if err != nil {
		return err
	}
	order := slices.Concat(mirroredTypes[:1], []string{typeCertificate, typeCSR}, mirroredTypes[1:])
	for kind, ids := range byType {
		if !slices.Contains(order, kind) {
			r.found.Secrets[kind] = len(ids)
		}
	}
	for _, kind := range order {
		for _, id := range byType[kind] {
			if err := r.document(ctx, kind, id); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *reindex) document(ctx context.Context, kind, id string) error {
	doc, _, err := r.v.cfg.Custody.Get(ctx, id)
	if err != nil {
		return err
	}
	restored, err := r.restore(ctx, kind, id, doc)
	if errors.Is(err, fault.Unavailable) {
		return err // custody or database is down: to be repeated
	}
	if err != nil {
		message := fault.Sentence(err)
		r.found.Problems = append(r.found.Problems, fmt.Sprintf("The %s %s was not restored: %s", kind, id, message))
		return nil
	}
	if restored {
		r.found.Restored[kind]++
	} else {
		r.found.There[kind]++
	}
	return nil
}

func (r *reindex) restore(ctx context.Context, kind, id string, doc map[string]string) (bool, error) {
	switch kind {
	case typeCertificate:
		record, err := recordOf(id, r.v.cfg.Custody.Mode(), doc)
		if err != nil {
			return false, err
		}
		if record.State != Destroying { // the reconciler finishes it, whether or not the key is there still
			if _, err := r.v.signer(ctx, record); err != nil {
				return false, err
			}
		}
		if err := r.answered(ctx, id, doc); err != nil {
			return false, err
		}
		return r.into.RestoreCertificate(ctx, record, r.dryRun)
	case typeCSR:
		request, err := requestOf(id, doc)
		if err != nil {
			return false, err
		}
		return r.into.RestoreCSR(ctx, request, r.dryRun)
	default:
		return r.into.RestoreRows(ctx, kind, id, doc["rows"], r.dryRun)
	}
}

// answered restores the CSR that a certificate answers, if it was made here.
func (r *reindex) answered(ctx context.Context, id string, doc map[string]string) error {
	of := map[string]string{}
	for name, value := range doc {
		if name, ok := strings.CutPrefix(name, requestPrefix); ok {
			of[name] = value
		}
	}
	if len(of) == 0 {
		return nil
	}
	request, err := requestOf(id, of)
	if err != nil {
		return err
	}
	request.State = CSRIssued
	restored, err := r.into.RestoreCSR(ctx, request, r.dryRun)
	if restored {
		r.found.Restored[typeCSR]++
	}
	return err
}

// eachDocument calls visit with every document in custody, a page at a time, and
// damaged with each that was altered or is not Sealkeeper's, and why: one of
// them must not hide the others. One that is deleted meanwhile is passed over.
func eachDocument(
	ctx context.Context,
	custody Custody,
	visit func(id string, doc map[string]string, version int) error,
	damaged func(id, why string),
) error {
	ids, err := custody.List(ctx)
	if err != nil {
		return err
	}
	for page := range slices.Chunk(ids, pageSize) {
		if err := openDocuments(ctx, custody, page, visit, damaged); err != nil {
			return err
		}
	}
	return nil
}

// openDocuments is eachDocument for one page of them.
func openDocuments(
	ctx context.Context,
	custody Custody,
	ids []string,
	visit func(id string, doc map[string]string, version int) error,
	damaged func(id, why string),
) error {
	return custody.GetEach(ctx, ids, func(id string, doc map[string]string, version int, err error) error {
		switch {
		case errors.Is(err, fault.NotFound):
			return nil
		case errors.Is(err, fault.Internal):
			damaged(id, fault.Sentence(err))
			return nil
		case err != nil:
			return err
		case doc["type"] == "":
			damaged(id,
				fmt.Sprintf("The document %q in custody has no type: it is not what Sealkeeper wrote; restore it "+
					"from a backup of custody.", id))
			return nil
		}
		return visit(id, doc, version)
	})
}

// recordOf is the inverse of document.
func recordOf(id, mode string, doc map[string]string) (Record, error) {
	leaf, chain, err := ParseChainPEM(doc["chain_pem"])
	if err == nil && leaf.X509 == nil {
		err = errors.New("the certificate cannot be used")
	}
	var at time.Time
	if err == nil {
		at, err = time.Parse(time.RFC3339Nano, doc["created_at"])
	}
	if err != nil {
		return Record{}, fault.Wrap(err, fault.Internal, "document_damaged", "Its document in custody cannot be read.")
	}
	r := Record{
		ID:        id,
		KeyID:     doc["key_id"],
		Name:      doc["name"],
		Leaf:      leaf,
		Chain:     chain,
		Custody:   mode,
		CreatedAt: at.UTC(),
		CreatedBy: doc["created_by"],
	}
	if err := endow(&r, doc); err != nil {
		return Record{}, fault.Wrap(err, fault.Internal, "document_damaged", "Its document in custody cannot be read.")
	}
	return r, nil
}

// requestOf is the inverse of csrDocument.
func requestOf(id string, doc map[string]string) (CSR, error) {
	at, err := time.Parse(time.RFC3339Nano, doc["created_at"])
	block, _ := pem.Decode([]byte(doc["csr_pem"]))
	if err == nil && block == nil {
		err = errors.New("no PEM")
	}
	if err == nil {
		_, err = x509.ParseCertificateRequest(block.Bytes)
	}
	if err != nil {
		return CSR{}, fault.Wrap(err, fault.Internal, "document_damaged", "Its document in custody cannot be read.")
	}
	return CSR{
		ID:         id,
		State:      CSROpen,
		Name:       doc["name"],
		Kind:       certs.Kind(doc["kind"]),
		SPKISHA256: doc["spki_sha256"],
		PEM:        doc["csr_pem"],
		CreatedAt:  at.UTC(),
		CreatedBy:  doc["created_by"],
		Replaces:   doc["replaces"],
	}, nil
}
