package vault

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/secret"
)

// filesKeyID is the id of the document that holds the keyset for files.
const filesKeyID = "file-encryption"

// typeFilesKey marks it among the documents.
const typeFilesKey = "file-encryption"

// SealFile encrypts the file id, which is kept outside of custody, with a key that is in
// custody. It can be opened only with the same about.
func (v *Vault) SealFile(
	ctx context.Context, caller access.Caller, id, about string, plain []byte,
) ([]byte, error) {
	return v.seal(ctx, caller, access.EvidenceAdd, id, about, plain)
}

// OpenFile decrypts what SealFile encrypted. It refuses a file that was altered or has another about.
func (v *Vault) OpenFile(
	ctx context.Context, caller access.Caller, id, about string, sealed []byte,
) ([]byte, error) {
	return v.unseal(ctx, caller, access.EvidenceRead, id, about, sealed)
}

// SealSecrets encrypts secrets that wait, outside of custody, until people have agreed to what they are for; id is
// what they belong to.
func (v *Vault) SealSecrets(
	ctx context.Context, caller access.Caller, id string, plain secret.Text,
) ([]byte, error) {
	return v.seal(ctx, caller, access.SecretPut, id, aboutSecrets+id, plain.Bytes())
}

// OpenSecrets decrypts what SealSecrets encrypted.
func (v *Vault) OpenSecrets(
	ctx context.Context, caller access.Caller, id string, sealed []byte,
) (secret.Text, error) {
	plain, err := v.unseal(ctx, caller, access.SecretUse, id, aboutSecrets+id, sealed)
	defer clear(plain)
	return secret.NewText(plain), err
}

// aboutSecrets begins what waiting secrets are bound to: they never open as a file.
const aboutSecrets = "secrets\n"

// SealColumn encrypts what a record has of people, such as account numbers. It opens with the same about only.
func (v *Vault) SealColumn(ctx context.Context, about string, plain []byte) ([]byte, error) {
	key, err := v.columnsKey(ctx, true)
	if err != nil {
		return nil, err
	}
	sealed, err := key.Encrypt(plain, []byte(aboutColumns+about))
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "column_seal", "The record could not be encrypted.")
	}
	return sealed, nil
}

// OpenColumn decrypts what SealColumn encrypted.
func (v *Vault) OpenColumn(ctx context.Context, about string, sealed []byte) ([]byte, error) {
	key, err := v.columnsKey(ctx, false)
	if err != nil {
		return nil, err
	}
	plain, err := key.Decrypt(sealed, []byte(aboutColumns+about))
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "column_damaged",
			"An encrypted part of this record was altered, or its key is another one; restore database and custody "+
				"from the same backup.")
	}
	return plain, nil
}

// aboutColumns begins what columns are bound to.
const aboutColumns = "column\n"

// columnsKey is the key of files. Records are read in pages and followed by jobs, so it is opened, and that is
// audited, once per process, which then keeps it.
func (v *Vault) columnsKey(ctx context.Context, create bool) (tink.AEAD, error) {
	v.columns.Lock()
	defer v.columns.Unlock()
	if v.columns.key != nil {
		return v.columns.key, nil
	}
	caller := access.SystemCaller("records")
	err := v.cfg.Audit.Do(ctx, caller, access.RecordsOpen, filesKeyID, func() (_ note.Note, err error) {
		v.columns.key, err = v.filesKey(ctx, create)
		return note.Note{}, err
	})
	if err != nil {
		v.columns.key = nil
	}
	return v.columns.key, err
}

func (v *Vault) seal(
	ctx context.Context, caller access.Caller, action access.Action, id, about string, plain []byte,
) (sealed []byte, err error) {
	err = v.cfg.Audit.Do(ctx, caller, action, id, func() (note.Note, error) {
		key, err := v.filesKey(ctx, true)
		if err != nil {
			return note.Note{}, err
		}
		if sealed, err = key.Encrypt(plain, []byte(about)); err != nil {
			err = fault.Wrap(err, fault.Internal, "file_seal", "The file could not be encrypted.")
		}
		return note.Note{}, err
	})
	return sealed, err
}

func (v *Vault) unseal(
	ctx context.Context, caller access.Caller, action access.Action, id, about string, sealed []byte,
) (plain []byte, err error) {
	err = v.cfg.Audit.Do(ctx, caller, action, id, func() (note.Note, error) {
		key, err := v.filesKey(ctx, false)
		if err != nil {
			return note.Note{}, err
		}
		if plain, err = key.Decrypt(sealed, []byte(about)); err != nil {
			err = fault.Wrap(err, fault.Internal, "file_damaged",
				"The encrypted file was altered, or its key is another one; restore database and custody from the "+
					"same backup.")
		}
		return note.Note{}, err
	})
	if err != nil {
		clear(plain)
		return nil, err
	}
	return plain, nil
}

// filesKey opens the keyset; with create, it makes one if there is none.
func (v *Vault) filesKey(ctx context.Context, create bool) (tink.AEAD, error) {
	doc, _, err := v.cfg.Custody.Get(ctx, filesKeyID)
	if errors.Is(err, fault.NotFound) {
		if !create {
			return nil, fault.Wrap(err, fault.Internal, "file_key_missing",
				"The key that opens files is not in custody; restore database and custody from the same backup.")
		}
		if doc, err = newFilesKey(); err != nil {
			return nil, err
		}
		_, err = v.cfg.Custody.Put(ctx, filesKeyID, doc, 0)
		if errors.Is(err, fault.Conflict) { // another process was first
			doc, _, err = v.cfg.Custody.Get(ctx, filesKeyID)
		}
	}
	if err != nil {
		return nil, err
	}
	return openFilesKey(doc)
}

func newFilesKey() (map[string]string, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "file_key", "The key for files could not be made.")
	}
	var b bytes.Buffer
	// In clear for the custody alone: keeping such values secret is what its documents are for.
	if err := insecurecleartextkeyset.Write(handle, keyset.NewBinaryWriter(&b)); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "file_key", "The key for files could not be made.")
	}
	defer clear(b.Bytes())
	return map[string]string{"type": typeFilesKey, "keyset": base64.StdEncoding.EncodeToString(b.Bytes())}, nil
}

func openFilesKey(doc map[string]string) (tink.AEAD, error) {
	data, err := base64.StdEncoding.DecodeString(doc["keyset"])
	if err == nil {
		defer clear(data)
		var handle *keyset.Handle
		if handle, err = insecurecleartextkeyset.Read(keyset.NewBinaryReader(bytes.NewReader(data))); err == nil {
			var key tink.AEAD
			if key, err = aead.New(handle); err == nil {
				return key, nil
			}
		}
	}
	return nil, fault.Wrap(err, fault.Internal, "file_key_damaged",
		"The key that opens files cannot be read; restore custody from a backup.")
}
