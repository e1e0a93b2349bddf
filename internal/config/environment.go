package config

import (
	"regexp"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"

	"github.com/sealkeeper/sealkeeper/fault"
)

// otherVariables begin like settings but are read elsewhere: the first by
// `sealkeeper inspect` and `diff`, the rest by the tests.
var otherVariables = []string{
	"SEALKEEPER_PASSPHRASE",
	"SEALKEEPER_REQUIRE", "SEALKEEPER_CORPUS", "SEALKEEPER_TEST_POSTGRES", "SEALKEEPER_SCREENSHOTS",
}

// serviceLink matches what Kubernetes puts into the environment, unasked, for
// every service whose name begins with "sealkeeper".
var serviceLink = regexp.MustCompile(`^SEALKEEPER_(\w+_)?` +
	`(SERVICE_HOST=|SERVICE_PORT(_\w+)?=|PORT=\w+://|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?=)`)

// checkNames refuses a SEALKEEPER_ variable that nobody reads: it is misspelt,
// and what it was to set would silently stay as it is.
func checkNames(c *Config, environ []string) error {
	settings, err := env.GetFieldParams(c)
	if err != nil {
		return err
	}
	for _, variable := range environ {
		name, _, _ := strings.Cut(variable, "=")
		isSetting := func(s env.FieldParams) bool { return s.Key == name }
		if !strings.HasPrefix(name, "SEALKEEPER_") || slices.ContainsFunc(settings, isSetting) ||
			slices.Contains(otherVariables, name) || serviceLink.MatchString(variable) {
			continue
		}
		return fault.New(fault.Invalid, "config_unknown",
			"The environment variable %s is not a setting of Sealkeeper; correct its name or remove it.", name)
	}
	return nil
}
