package reference

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// description is what the pages show of an OpenAPI document.
type description struct {
	Info struct{ Title, Version, Description string }
	Tags []struct{ Name, Description string }
	// Paths are decoded in two steps: beside the operations a path has parameters that all of them share.
	Paths      ordered[pathItem]
	Components struct {
		Parameters    map[string]parameter
		RequestBodies map[string]body `yaml:"requestBodies"`
		Responses     map[string]body
		Schemas       ordered[schema]
	}
}

type pathItem struct {
	Parameters             []parameter
	Get, Put, Post, Delete *operation
}

type operation struct {
	ID          string `yaml:"operationId"`
	Tags        []string
	Summary     string
	Description string
	Parameters  []parameter
	RequestBody *body `yaml:"requestBody"`
	Responses   ordered[body]
	Security    *[]map[string][]string

	Method, Path string `yaml:"-"`
}

// Open reports whether the operation needs no token.
func (o *operation) Open() bool { return o.Security != nil && len(*o.Security) == 0 }

type parameter struct {
	Ref         string `yaml:"$ref"`
	Name, In    string
	Required    bool
	Description string
	Schema      *schema
}

// body is what a request or an answer has.
type body struct {
	Ref         string `yaml:"$ref"`
	Description string
	Required    bool
	Content     ordered[struct{ Schema *schema }]
}

type schema struct {
	Ref         string `yaml:"$ref"`
	Type        string
	Format      string
	Description string
	Required    []string
	Properties  ordered[schema]
	Items       *schema
	AllOf       []schema `yaml:"allOf"`
	Enum        []string
	Pattern     string
	Default     string
	Minimum     string
	Maximum     string
	MinLength   string `yaml:"minLength"`
	MaxLength   string `yaml:"maxLength"`
	MinItems    string `yaml:"minItems"`
	MaxItems    string `yaml:"maxItems"`
	Nullable    bool
	Additional  yaml.Node `yaml:"additionalProperties"`
}

// Needs reports whether a property has to be there.
func (s schema) Needs(name string) bool { return slices.Contains(s.Required, name) }

// Bounds says within which limits a value is.
func (s schema) Bounds() string {
	var all []string
	for _, bound := range []struct{ format, value string }{
		{"at least %s", s.Minimum},
		{"at most %s", s.Maximum},
		{"length at least %s", s.MinLength},
		{"length at most %s", s.MaxLength},
		{"at least %s of them", s.MinItems},
		{"at most %s of them", s.MaxItems},
		{"default %s", s.Default},
	} {
		if bound.value != "" {
			all = append(all, fmt.Sprintf(bound.format, bound.value))
		}
	}
	return strings.Join(all, ", ")
}

// Values is the schema of the values of an object whose names are not fixed; nil: they are.
func (s schema) Values() *schema {
	if s.Additional.Kind != yaml.MappingNode {
		return nil
	}
	var values schema
	if s.Additional.Decode(&values) != nil {
		return nil
	}
	return &values
}

// entry is one of a mapping whose order is part of what it says.
type entry[T any] struct {
	Name  string
	Value T
}

type ordered[T any] []entry[T]

// UnmarshalYAML implements yaml.Unmarshaler.
func (o *ordered[T]) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d is no mapping", node.Line)
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		var e entry[T]
		e.Name = node.Content[i].Value
		if err := node.Content[i+1].Decode(&e.Value); err != nil {
			return fmt.Errorf("%s: %w", e.Name, err)
		}
		*o = append(*o, e)
	}
	return nil
}

// group is the operations about one kind of thing.
type group struct {
	Name, Description string
	Operations        []*operation
}

// groups are the operations by their first tag, in the order of the tags; those without one come first.
func (d description) groups() ([]group, error) {
	all := []group{{Name: "description", Description: "This description, as YAML."}}
	for _, tag := range d.Tags {
		all = append(all, group{Name: tag.Name, Description: tag.Description})
	}
	for _, path := range d.Paths {
		item := path.Value
		for _, o := range []struct {
			method string
			*operation
		}{{"GET", item.Get}, {"POST", item.Post}, {"PUT", item.Put}, {"DELETE", item.Delete}} {
			if o.operation == nil {
				continue
			}
			o.Method, o.Path = o.method, path.Name
			if err := d.resolve(o.operation, item.Parameters); err != nil {
				return nil, fmt.Errorf("%s %s: %w", o.method, path.Name, err)
			}
			tag := cmp.Or(slices.Concat(o.Tags, []string{all[0].Name})...)
			i := slices.IndexFunc(all, func(g group) bool { return g.Name == tag })
			if i < 0 {
				return nil, fmt.Errorf("%s %s has the unknown tag %s", o.method, path.Name, tag)
			}
			all[i].Operations = append(all[i].Operations, o.operation)
		}
	}
	return slices.DeleteFunc(all, func(g group) bool { return len(g.Operations) == 0 }), nil
}

// resolve puts what an operation refers to in the place of the references, but for schemas, which have paragraphs of
// their own.
func (d description) resolve(o *operation, shared []parameter) error {
	o.Parameters = slices.Concat(shared, o.Parameters)
	for i, p := range o.Parameters {
		if p.Ref == "" {
			continue
		}
		known, found := d.Components.Parameters[refName(p.Ref)]
		if !found {
			return fmt.Errorf("there is no %s", p.Ref)
		}
		o.Parameters[i] = known
	}
	if o.RequestBody != nil && o.RequestBody.Ref != "" {
		known, found := d.Components.RequestBodies[refName(o.RequestBody.Ref)]
		if !found {
			return fmt.Errorf("there is no %s", o.RequestBody.Ref)
		}
		o.RequestBody = &known
	}
	for i, answer := range o.Responses {
		if answer.Value.Ref == "" {
			continue
		}
		known, found := d.Components.Responses[refName(answer.Value.Ref)]
		if !found {
			return fmt.Errorf("there is no %s", answer.Value.Ref)
		}
		o.Responses[i].Value = known
	}
	return nil
}

// refName is the name at the end of a reference.
func refName(ref string) string { return ref[strings.LastIndex(ref, "/")+1:] }
