package config

import "github.com/sealkeeper/sealkeeper/internal/loopback"

// TrustedLists is where the EU's list of trusted lists is, and who may sign it. Without signers, no list is read and
// no certificate is looked up on one.
type TrustedLists struct {
	URL string `yaml:"url" env:"SEALKEEPER_TRUSTED_LISTS_URL"`
	// A file with the certificates of its signers as PEM, as the Official Journal publishes them.
	SignersFile string `yaml:"signers_file" env:"SEALKEEPER_TRUSTED_LISTS_SIGNERS_FILE"`
}

func (t TrustedLists) check() error {
	if err := loopback.CheckURL(t.URL); err != nil {
		return contradiction("trusted_lists.url " + err.Error())
	}
	return nil
}
