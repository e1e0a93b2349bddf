package backup

import (
	"errors"
	"io"
	"os"
	"strings"

	"filippo.io/age"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
)

// ageHeader begins every file in age's format, version 1.
const ageHeader = "age-encryption.org/v1\n"

// Recipients reads public keys of age, one a line (age1...), as age-keygen prints them.
func Recipients(text string) ([]age.Recipient, error) {
	recipients, err := age.ParseRecipients(strings.NewReader(text))
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "backup_recipient",
			"A recipient of the backup is not a public key of age: give one a line, beginning with age1.")
	}
	return recipients, nil
}

// Identities reads private keys of age, one a line.
func Identities(text secret.Text) ([]age.Identity, error) {
	identities, err := age.ParseIdentities(strings.NewReader(text.Reveal()))
	if err != nil { // its text may repeat the key
		return nil, fault.New(fault.Invalid, "backup_identity",
			"The file with the identity holds no private key of age: it is the one that age-keygen made.")
	}
	return identities, nil
}

// encrypted is what a backup is written to. Closing it does not close the file.
func encrypted(file io.Writer, recipients []age.Recipient) (io.WriteCloser, error) {
	if len(recipients) == 0 {
		return plain{file}, nil
	}
	out, err := age.Encrypt(file, recipients...)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "backup_recipient",
			"The backup cannot be encrypted for these recipients: keys of one kind, age1 or age1pq1, go together.")
	}
	return out, nil
}

type plain struct{ io.Writer }

func (plain) Close() error { return nil }

// decrypted is the content of a backup's file, encrypted or not, read where it is needed.
func decrypted(file *os.File, path string, identities []age.Identity) (io.ReaderAt, int64, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, 0, unreadable(err, path)
	}
	begins := make([]byte, len(ageHeader))
	n, _ := file.ReadAt(begins, 0) // a shorter file is none of age's, and no ZIP file either
	if string(begins[:n]) != ageHeader {
		return file, info.Size(), nil
	}
	if len(identities) == 0 {
		return nil, 0, fault.New(fault.Invalid, "backup_encrypted",
			"The backup %s is encrypted: name the file with the private key by --identity.", path)
	}
	content, size, err := age.DecryptReaderAt(file, info.Size(), identities...)
	if _, other := errors.AsType[*age.NoIdentityMatchError](err); other {
		return nil, 0, fault.New(fault.Invalid, "backup_identity_other",
			"The backup %s was encrypted for another key than the one in the identity's file.", path)
	}
	if err != nil {
		return nil, 0, fault.Wrap(err, fault.Invalid, "backup_unreadable",
			"The backup %s was altered or cut off: use another one.", path)
	}
	return content, size, nil
}
