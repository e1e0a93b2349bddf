package certs

import (
	"slices"
	"strings"
)

// Upload is one leaf with the key and the chain that were found for it.
type Upload struct {
	Leaf  *Certificate
	Key   *PrivateKey    // nil when none was given
	Chain []*Certificate // issuer of the leaf first, as far as given
}

// Assemble puts together what several files hold: which key belongs to which
// leaf, and which certificates lead from it to a root, in order. A key that
// belongs to none of the leaves is an error with code key_mismatch, and no leaf
// at all one with code no_leaf. Certificates and keys that are in several files
// count once.
func Assemble(contents []*Contents) ([]Upload, error) {
	for _, f := range contents {
		if len(f.Unusable) > 0 {
			return nil, within("%s: %s", f.Name, f.Unusable[0])
		}
	}
	var uploads []Upload
	var issuers []*Certificate
	certificates := distinct(contents)
	issued := namedAsIssuers(certificates)
	for _, c := range certificates {
		if c.IsCA || issued[string(c.rawSubject)] {
			issuers = append(issuers, c)
		} else {
			uploads = append(uploads, Upload{Leaf: c})
		}
	}
	if len(uploads) > maxLeaves {
		return nil, newError(CodeTooLarge, nil,
			"%d certificates that issued none of the others were given, more than %d; give only the ones in question.",
			len(uploads), maxLeaves)
	}
	if err := matchKeys(contents, uploads, issuers); err != nil {
		return nil, err
	}
	if len(uploads) == 0 {
		return nil, newError(CodeNoLeaf, nil,
			"Only issuing certificates were given; add the certificate that was issued to you.")
	}
	for i := range uploads {
		uploads[i].Chain = ChainOf(uploads[i].Leaf, issuers)
	}
	return uploads, nil
}

func distinct(contents []*Contents) []*Certificate {
	seen := map[string]bool{}
	var all []*Certificate
	for _, f := range contents {
		for _, c := range f.Certificates {
			if !seen[c.SHA256] {
				seen[c.SHA256] = true
				all = append(all, c)
			}
		}
	}
	return all
}

// namedAsIssuers are the subjects that are named as issuers of others: those issue, whether they say so or not.
func namedAsIssuers(all []*Certificate) map[string]bool {
	issued := map[string]bool{}
	for _, c := range all {
		if !c.SelfIssued() {
			issued[string(c.rawIssuer)] = true
		}
	}
	return issued
}

func matchKeys(contents []*Contents, uploads []Upload, issuers []*Certificate) error {
	for _, f := range contents {
		for _, k := range f.Keys {
			matched := false
			for i := range uploads {
				if k.BelongsTo(uploads[i].Leaf) {
					uploads[i].Key = k
					matched = true
				}
			}
			if matched {
				continue
			}
			if i := slices.IndexFunc(issuers, k.BelongsTo); i >= 0 {
				return newError(CodeKeyOfIssuer, nil,
					"The key in %s belongs to %s, which is a certificate for issuing others (CA); give the one that "+
						"was issued to your organization, with its key.", f.Name, issuers[i].ShortName())
			}
			return mismatch(f.Name, contents, uploads)
		}
	}
	return nil
}

// mismatch names the certificates the key could have belonged to: those that were issued to
// somebody, and not their issuers.
func mismatch(keyFile string, contents []*Contents, uploads []Upload) error {
	var names []string
	for _, f := range contents {
		isLeaf := func(c *Certificate) bool {
			return slices.ContainsFunc(uploads, func(u Upload) bool { return u.Leaf.SHA256 == c.SHA256 })
		}
		if slices.ContainsFunc(f.Certificates, isLeaf) {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	switch len(uploads) {
	case 0:
		return newError(CodeKeyMismatch, nil,
			"The key in %s came without a certificate; add the certificate that was issued for it.", keyFile)
	case 1:
		return newError(CodeKeyMismatch, nil,
			"The key in %s does not belong to the certificate in %s; add the key that was made for it.", keyFile,
			names[0])
	}
	return newError(CodeKeyMismatch, nil,
		"The key in %s belongs to none of the %d certificates in %s; add the one that was issued for it.",
		keyFile, len(uploads), strings.Join(names, ", "))
}

const maxLeaves = 50 // in one upload
