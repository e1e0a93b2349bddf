package vault

import (
	"context"
	"slices"

	"github.com/sealkeeper/sealkeeper/internal/access"
)

// Lost is a certificate whose key custody no longer has: it can be presented by nobody and has to be ordered anew.
type Lost struct {
	Record Record
	Uses   []Use // active and draft versions that name it, usesMost at most
}

// usesMost bounds how many registrations are named with a lost certificate.
const usesMost = 100

// LostCertificates returns the stored certificates whose key is not in custody, those that end first before the others:
// what there is to do after custody was lost and came back from a snapshot that is older than they are.
func (v *Vault) LostCertificates(ctx context.Context, caller access.Caller) ([]Lost, error) {
	if err := v.cfg.Audit.Permit(ctx, caller, access.CustodyCheck, "custody"); err != nil {
		return nil, err
	}
	stored, err := v.cfg.Records.Certificates(ctx, Stored)
	if err != nil {
		return nil, err
	}
	// Read after the records: a key is there before its record is stored.
	keys, err := v.cfg.Custody.ListKeys(ctx)
	if err != nil {
		return nil, err
	}
	exportable, err := v.cfg.Custody.ListExportableKeys(ctx)
	if err != nil {
		return nil, err
	}
	there := make(map[string]bool, len(keys)+len(exportable))
	for _, id := range slices.Concat(keys, exportable) {
		there[id] = true
	}
	var lost []Lost
	for _, r := range stored {
		if there[r.KeyID] {
			continue
		}
		uses, err := v.cfg.Uses.CurrentUses(ctx, access.Whole(), r.ID, usesMost)
		if err != nil {
			return nil, err
		}
		lost = append(lost, Lost{r, uses})
	}
	slices.SortStableFunc(lost, func(a, b Lost) int { return a.Record.Leaf.NotAfter.Compare(b.Record.Leaf.NotAfter) })
	return lost, nil
}
