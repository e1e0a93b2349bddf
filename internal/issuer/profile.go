package issuer

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// Profile decodes the connector profile of an institution. A key the connector
// does not know is an error, so that a misspelt setting cannot pass for its default.
func Profile(in catalogue.Institution) (connector.Profile, error) {
	profile := connector.SocieteGenerale()
	text, err := yaml.Marshal(in.Profile)
	if err != nil {
		return profile, fmt.Errorf("institution %s: writing its profile: %w", in.ID, err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&profile); err != nil {
		return profile, fmt.Errorf("institution %s: reading its profile: %w", in.ID, err)
	}
	if err := profile.Validate(); err != nil {
		return profile, fmt.Errorf("institution %s: %w", in.ID, err)
	}
	return profile, nil
}
