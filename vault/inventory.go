package vault

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Inventory lists what custody holds, without its contents.
type Inventory struct {
	Documents  []DocumentEntry `json:"documents"`
	Keys       []KeyEntry      `json:"keys"`
	Exportable []string        `json:"exportable_keys"` // ids of exportable keys
}

// DocumentEntry is one document. Its hash is keyed: a plain one would let a thief test
// guesses of client secrets.
type DocumentEntry struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Version int    `json:"version"`
	HMAC    string `json:"hmac_sha256"`
	Damaged string `json:"damaged,omitempty"` // a sentence; then there is nothing but the id beside it
}

// KeyEntry is one key, by the SHA-256 of the public half of each version (hex, SubjectPublicKeyInfo).
type KeyEntry struct {
	ID      string   `json:"id"`
	SPKI    []string `json:"spki_sha256"`
	Damaged string   `json:"damaged,omitempty"` // a sentence, in place of the hashes
}

// The document with the key for the hashes of inventories. It is in custody alone: a
// backup has the hashes and not the key.
const (
	typeInventoryKey = "inventory-key"
	inventoryKeyID   = "inventory-key"
)

// Damaged says what could not be read, a sentence each.
func (i Inventory) Damaged() []string {
	var all []string
	for _, d := range i.Documents {
		all = append(all, d.Damaged)
	}
	for _, k := range i.Keys {
		all = append(all, k.Damaged)
	}
	return slices.DeleteFunc(all, func(text string) bool { return text == "" })
}

// Inventory lists custody's documents and keys with their hashes, and returns the MAC
// for them. It makes the MAC's key the first time.
func (v *Vault) Inventory(ctx context.Context, caller access.Caller) (Inventory, MAC, error) {
	return v.InventoryOf(ctx, caller, v.cfg.Custody)
}

// InventoryOf is Inventory of a given custody: of embedded custody as it was when
// the database was copied, so that rows and inventory are of one moment.
func (v *Vault) InventoryOf(ctx context.Context, caller access.Caller, custody Custody) (Inventory, MAC, error) {
	var found Inventory
	var mac MAC
	err := v.cfg.Audit.Do(ctx, caller, access.CustodyCheck, "inventory", func() (_ note.Note, err error) {
		if mac, err = makeMAC(ctx, custody); err == nil {
			found, err = takeInventory(ctx, custody, mac)
		}
		return note.Note{}, err
	})
	return found, mac, err
}

// PrepareInventory makes the key of inventories, if there is none. Embedded custody
// keeps it in the database, so it must be there before that is copied.
func (v *Vault) PrepareInventory(ctx context.Context, caller access.Caller) error {
	return v.cfg.Audit.Do(ctx, caller, access.CustodyCheck, inventoryKeyID, func() (note.Note, error) {
		_, err := makeMAC(ctx, v.cfg.Custody)
		return note.Note{}, err
	})
}

func takeInventory(ctx context.Context, custody Custody, mac MAC) (Inventory, error) {
	found := Inventory{Documents: []DocumentEntry{}, Keys: []KeyEntry{}}
	err := eachDocument(ctx, custody, func(id string, doc map[string]string, version int) error {
		text, err := json.Marshal(doc) // with its names sorted
		found.Documents = append(found.Documents, DocumentEntry{
			ID:      id,
			Type:    doc["type"],
			Version: version,
			HMAC:    mac.Sum(text),
		})
		clear(text)
		return err
	}, func(id, why string) { found.Documents = append(found.Documents, DocumentEntry{ID: id, Damaged: why}) })
	if err != nil {
		return found, err
	}
	ids, err := custody.ListKeys(ctx)
	if err != nil {
		return found, err
	}
	for _, id := range ids {
		entry, err := keyEntry(ctx, custody, id)
		if errors.Is(err, fault.NotFound) {
			continue // destroyed meanwhile
		}
		if err != nil {
			return found, err
		}
		found.Keys = append(found.Keys, entry)
	}
	found.Exportable, err = custody.ListExportableKeys(ctx)
	return found, err
}

func keyEntry(ctx context.Context, custody Custody, id string) (KeyEntry, error) {
	entry := KeyEntry{ID: id}
	versions, err := custody.PublicKeys(ctx, id)
	if errors.Is(err, fault.Internal) {
		entry.Damaged = fault.Sentence(err)
		return entry, nil
	}
	for _, public := range versions {
		sum, err := spki(public)
		if err != nil {
			return entry, err
		}
		entry.SPKI = append(entry.SPKI, sum)
	}
	return entry, err
}

// MAC is HMAC-SHA-256 with a key that is in custody.
type MAC struct{ key secret.Text }

// OpenMAC reads the key for the hashes of this custody's inventories, or fault.NotFound.
func OpenMAC(ctx context.Context, documents Documents) (MAC, error) {
	doc, _, err := documents.Get(ctx, inventoryKeyID)
	if err != nil {
		return MAC{}, err
	}
	key, err := base64.StdEncoding.DecodeString(doc["key"])
	if err != nil || len(key) != sha256.Size || doc["type"] != typeInventoryKey {
		return MAC{}, fault.New(fault.Internal, "document_damaged",
			"The document %q in custody is not what Sealkeeper wrote.", inventoryKeyID)
	}
	return MAC{key: secret.NewText(key)}, nil
}

func makeMAC(ctx context.Context, documents Documents) (MAC, error) {
	mac, err := OpenMAC(ctx, documents)
	if !errors.Is(err, fault.NotFound) {
		return mac, err
	}
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key)
	doc := map[string]string{"type": typeInventoryKey, "key": base64.StdEncoding.EncodeToString(key)}
	if _, err := documents.Put(ctx, inventoryKeyID, doc, 0); err != nil && !errors.Is(err, fault.Conflict) {
		return MAC{}, err
	}
	return OpenMAC(ctx, documents) // another process may have been first
}

// Sum returns the MAC of data, in hex.
func (m MAC) Sum(data []byte) string {
	h := hmac.New(sha256.New, m.key.Bytes())
	_, _ = h.Write(data)
	return hex.EncodeToString(h.Sum(nil))
}

// Holds reports whether sum is the MAC of data.
func (m MAC) Holds(data []byte, sum string) bool { return hmac.Equal([]byte(m.Sum(data)), []byte(sum)) }

// Permanent reports whether id is one of the documents that are made once and
// never deleted: without them files and backups of Sealkeeper cannot be opened or judged.
func Permanent(id string) bool { return id == inventoryKeyID || id == filesKeyID || id == headKeyID }
