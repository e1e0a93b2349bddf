package config

import (
	"bytes"
	"time"

	"go.yaml.in/yaml/v3"
)

// FourEyes says where one person asks for a change (activation, rollback, taking out of use, trust anchors, exportable
// keys) and another approves it. A firm of one may switch it off; the console says so. `four_eyes: false` is short for
// `four_eyes: {live: false}`.
type FourEyes struct {
	Live    bool `yaml:"live" env:"SEALKEEPER_FOUR_EYES"`
	Sandbox bool `yaml:"sandbox" env:"SEALKEEPER_FOUR_EYES_SANDBOX"`
	// How long a request waits for its second person.
	ExpiresAfter time.Duration `yaml:"expires_after" env:"SEALKEEPER_FOUR_EYES_EXPIRES_AFTER"`
}

// UnmarshalYAML reads both forms. What the long one leaves out keeps its default.
func (f *FourEyes) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		return node.Decode(&f.Live)
	}
	type plain FourEyes
	return decodeKnown(node, (*plain)(f))
}

// decodeKnown decodes a node, which by itself forgets that unknown keys are errors.
func decodeKnown(node *yaml.Node, into any) error {
	text, err := yaml.Marshal(node)
	if err != nil {
		return err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	return decoder.Decode(into)
}

// Stated are the settings of FourEyes that somebody set. They decide at the first
// start; after that the policy in the database does, and what is stated must agree with it.
type Stated struct{ Live, Sandbox, ExpiresAfter bool }

// opposite has no value that f has.
func (f FourEyes) opposite() FourEyes {
	return FourEyes{Live: !f.Live, Sandbox: !f.Sandbox, ExpiresAfter: f.ExpiresAfter + 1}
}

// statedIn is what is the same whatever the defaults are.
func statedIn(a, b FourEyes) Stated {
	return Stated{a.Live == b.Live, a.Sandbox == b.Sandbox, a.ExpiresAfter == b.ExpiresAfter}
}

// maxExpiry is what the policy takes at most.
const maxExpiry = 30 * 24 * time.Hour

func (f FourEyes) check() error {
	if f.ExpiresAfter < time.Minute || f.ExpiresAfter > maxExpiry {
		return contradiction("four_eyes.expires_after is a minute at least, or nobody could approve anything, and 30 " +
			"days (720h) at most")
	}
	return nil
}
