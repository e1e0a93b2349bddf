package embedded

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/sealkeeper/sealkeeper/fault"
)

const keysetID = "main"

// sealedKeyset is what the keyset's row holds.
type sealedKeyset struct {
	Derivation *derivation `json:"derivation,omitempty"` // nil: the master key is a key
	Keyset     []byte      `json:"keyset"`               // Tink's EncryptedKeyset
}

// createKeyset makes the keyset of an empty database. Rows that are there
// without a keyset were sealed with one that is lost: a new one would hide that.
func createKeyset(ctx context.Context, rows Rows, master MasterKey) (Row, error) {
	for _, kind := range []string{kindKey, kindDocument} {
		ids, err := rows.List(ctx, kind)
		if err != nil {
			return Row{}, err
		}
		if len(ids) > 0 {
			// Another process may have made the keyset and used it since we looked.
			if row, err := rows.Get(ctx, kindKeyset, keysetID); !isNotFound(err) {
				return row, err
			}
			return Row{}, fault.New(fault.Internal, "custody_keyset_missing",
				"The database holds %d sealed rows of kind %q but not the keyset that opens them; restore the whole "+
					"database from a backup.", len(ids), kind)
		}
	}
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return Row{}, fault.Wrap(err, fault.Internal, "custody_keyset", "The custody's keyset could not be made.")
	}
	row, err := sealKeyset(handle, master, 1)
	if err != nil {
		return Row{}, err
	}
	err = rows.Put(ctx, row)
	if errors.Is(err, fault.Conflict) { // another process was first
		return rows.Get(ctx, kindKeyset, keysetID)
	}
	return row, err
}

func sealKeyset(handle *keyset.Handle, master MasterKey, version int) (Row, error) {
	how := master.newDerivation()
	wrapping, err := masterAEAD(master, how)
	if err != nil {
		return Row{}, err
	}
	var sealed bytes.Buffer
	if err := handle.WriteWithAssociatedData(keyset.NewBinaryWriter(&sealed), wrapping,
		binding(kindKeyset, keysetID, version)); err != nil {
		return Row{}, fault.Wrap(err, fault.Internal, "custody_keyset", "The custody's keyset could not be sealed.")
	}
	content, err := json.Marshal(sealedKeyset{Derivation: how, Keyset: sealed.Bytes()})
	if err != nil {
		return Row{}, fault.Wrap(err, fault.Internal, "custody_keyset", "The custody's keyset could not be sealed.")
	}
	return Row{Kind: kindKeyset, ID: keysetID, Version: version, Sealed: content}, nil
}

func openKeyset(row Row, master MasterKey) (tink.AEAD, error) {
	handle, err := readKeyset(row, master)
	if err != nil {
		return nil, err
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "custody_keyset",
			"The custody's keyset was not made by this program.")
	}
	return primitive, nil
}

func readKeyset(row Row, master MasterKey) (*keyset.Handle, error) {
	var content sealedKeyset
	if err := json.Unmarshal(row.Sealed, &content); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "custody_altered",
			"The keyset's row was altered in the database; restore the database from a backup.")
	}
	wrapping, err := masterAEAD(master, content.Derivation)
	if err != nil {
		return nil, err
	}
	handle, err := keyset.ReadWithAssociatedData(keyset.NewBinaryReader(bytes.NewReader(content.Keyset)), wrapping,
		binding(kindKeyset, keysetID, row.Version))
	if err != nil {
		// AES-GCM cannot tell a wrong key from an altered ciphertext.
		return nil, fault.Wrap(err, fault.Invalid, "master_key_wrong",
			"The master key does not open this database: it belongs to another one, or the keyset's row was altered. "+
				"Give the key this database was set up with.")
	}
	return handle, nil
}

func masterAEAD(master MasterKey, how *derivation) (tink.AEAD, error) {
	key, err := master.bytes(how)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	wrapping, err := subtle.NewAESGCM(key)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "custody_keyset", "The master key cannot be used.")
	}
	return wrapping, nil
}

// ChangeMasterKey seals the keyset of rows under another master key. Keys and
// documents stay as they are; the old master key opens nothing afterwards,
// except in copies of the database made before. The key it has already is a Conflict.
func ChangeMasterKey(ctx context.Context, rows Rows, from, to MasterKey) error {
	if err := refuseMoved(ctx, rows); err != nil {
		return err
	}
	row, err := rows.Get(ctx, kindKeyset, keysetID)
	if err != nil {
		return err
	}
	handle, err := readKeyset(row, from)
	if err != nil {
		return err
	}
	if _, err := readKeyset(row, to); err == nil {
		return fault.New(fault.Conflict, "master_key_same",
			"This is the master key that custody has already, so nothing was changed; make another one with "+
				"`sealkeeper keys new`.")
	}
	changed, err := sealKeyset(handle, to, row.Version+1)
	if err != nil {
		return err
	}
	return rows.Put(ctx, changed)
}

// MasterKeyNumber counts the master keys that a custody has had: 1 for the first,
// one more for every change. It tells which of them a copy of the database needs.
func MasterKeyNumber(ctx context.Context, rows Rows) (int, error) {
	row, err := rows.Get(ctx, kindKeyset, keysetID)
	return row.Version, err
}

func isNotFound(err error) bool { return errors.Is(err, fault.NotFound) }
