package catalogue

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sealkeeper/sealkeeper/internal/environment"
)

// groupFile is the shape of a catalogue file.
type groupFile struct {
	ID           string                               `yaml:"id"`
	Name         string                               `yaml:"name"`
	Country      string                               `yaml:"country"`
	Standard     string                               `yaml:"standard"`
	Source       string                               `yaml:"source"`
	Verified     string                               `yaml:"verified"`
	Portal       string                               `yaml:"portal"`
	SupportEmail string                               `yaml:"support_email"`
	Registration string                               `yaml:"registration"`
	Links        []Link                               `yaml:"links"`
	Features     Features                             `yaml:"features"`
	Keys         SupportedKeys                        `yaml:"supported_keys"`
	KeyPoints    []KeyPoint                           `yaml:"key_points"`
	Acceptance   Acceptance                           `yaml:"acceptance"`
	Credentials  []Credential                         `yaml:"credentials"`
	Profile      map[string]any                       `yaml:"profile"`
	Facts        map[string]Fact                      `yaml:"facts"`
	Environments map[environment.Name]environmentFile `yaml:"environments"`
	Segments     map[string]segmentFile               `yaml:"segments"`
	SCAUsers     map[environment.Name][]SCAUser       `yaml:"sca_users"`
	Institutions []institutionFile                    `yaml:"institutions"`
}

type environmentFile struct {
	Name       string     `yaml:"name"`
	Acceptance Acceptance `yaml:"acceptance"`
	// in place of those of the group
	Credentials []Credential    `yaml:"credentials"`
	Profile     map[string]any  `yaml:"profile"`
	Facts       map[string]Fact `yaml:"facts"`
	Products    []Product       `yaml:"products"`
	Steps       []Step          `yaml:"steps"`
}

type segmentFile struct {
	Name   string     `yaml:"name"`
	APIs   []API      `yaml:"apis"`
	Tokens TokenRules `yaml:"tokens"`
}

type institutionFile struct {
	ID          string           `yaml:"id"`
	Name        string           `yaml:"name"`
	Segment     string           `yaml:"segment"`
	Environment environment.Name `yaml:"environment"`
	Scopes      []string         `yaml:"scopes"`
	Acceptance  Acceptance       `yaml:"acceptance"`
	Profile     map[string]any   `yaml:"profile"`
	Facts       map[string]Fact  `yaml:"facts"`
}

// parseGroup reads one file and validates it. known are the institutions of the files before; usable, if it is not nil,
// says why an institution that is otherwise right cannot be used.
func parseGroup(data []byte, known map[string]Institution, usable func(Institution) error) (groupFile, error) {
	var g groupFile
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true) // a misspelt key is an error with its line, not a silent default
	if err := decoder.Decode(&g); err != nil {
		return g, err
	}
	var more yaml.Node
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) { // it would be shown, and count for nothing
		return g, fmt.Errorf("line %d: a file is one document, without another behind ---", max(more.Line, 1))
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return g, err
	}
	v := &validator{root: &root}
	g.validate(v, known)
	if len(v.found) == 0 && usable != nil {
		g.used(v, usable)
	}
	if len(v.found) == 0 {
		return g, nil
	}
	slices.SortStableFunc(v.found, func(a, b mistake) int { return a.line - b.line })
	lines := make([]string, len(v.found))
	for i, m := range v.found {
		lines[i] = fmt.Sprintf("line %d: %s", m.line, m.text)
	}
	return g, errors.New(strings.Join(lines, "\n"))
}

// used notes the institutions that cannot be used.
func (g groupFile) used(v *validator, usable func(Institution) error) {
	b := &banks{byID: map[string]Institution{}, texts: map[string][]byte{}}
	b.add(g, nil)
	for i, f := range g.Institutions {
		if err := usable(b.byID[f.ID]); err != nil {
			v.wrong(path{"institutions", i}, "%s", err)
		}
	}
}

// validator collects what is wrong with a file, and where.
type validator struct {
	root  *yaml.Node
	found []mistake
}

type mistake struct {
	line int
	text string
}

// path names a place in a file: keys and positions in lists.
type path []any

func (p path) with(more ...any) path { return append(slices.Clone(p), more...) }

// wrong notes a mistake at the place, or at the nearest place around it that exists.
func (v *validator) wrong(at path, format string, args ...any) {
	v.found = append(v.found, mistake{line: v.line(at), text: fmt.Sprintf(format, args...)})
}

// check notes a mistake unless ok.
func (v *validator) check(ok bool, at path, format string, args ...any) {
	if !ok {
		v.wrong(at, format, args...)
	}
}

func (v *validator) line(at path) int {
	node := v.root
	if node.Kind == yaml.DocumentNode && len(node.Content) > 0 {
		node = node.Content[0]
	}
	line := max(node.Line, 1)
	for _, part := range at {
		key, value := child(node, part)
		if value == nil {
			break
		}
		line, node = key.Line, value
		for node.Kind == yaml.AliasNode {
			node = node.Alias
		}
	}
	return line
}

// child finds what a key or a position leads to, and the node whose line names it.
func child(node *yaml.Node, part any) (key, value *yaml.Node) {
	switch part := part.(type) {
	case int:
		if node.Kind == yaml.SequenceNode && part < len(node.Content) {
			return node.Content[part], node.Content[part]
		}
	case string:
		if node.Kind != yaml.MappingNode {
			return nil, nil
		}
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == part {
				return node.Content[i], node.Content[i+1]
			}
		}
	}
	return nil, nil
}
