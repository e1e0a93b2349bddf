package config

import (
	"encoding"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/secret"
)

// Setting is one thing that can be configured, with its value in words. A secret's value is secret.Redacted.
type Setting struct {
	Key      string // in the file, such as database.dsn; "" for what the environment alone sets
	Variable string // in the environment; "" for what the file alone sets
	Default  string
	Value    string
	Source   string // default, file or environment
}

// Settings are all of them in the order of Config, as c has them.
func (c Config) Settings(environ []string) []Setting {
	set := map[string]bool{}
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		set[name] = true
	}
	var list []Setting
	walk("", reflect.ValueOf(c), reflect.ValueOf(defaults()), func(s Setting) {
		switch {
		case s.Variable != "" && set[s.Variable]:
			s.Source = "environment"
		case s.Value == s.Default:
			s.Source = "default"
		default:
			s.Source = "file"
		}
		list = append(list, s)
	})
	return list
}

// walk calls with for each setting of a struct, those of the structs in it included.
func walk(prefix string, value, standard reflect.Value, with func(Setting)) {
	for i := range value.NumField() {
		field := value.Type().Field(i)
		key, variable := field.Tag.Get("yaml"), strings.TrimPrefix(field.Tag.Get("env"), "-")
		name := prefix + key
		if key == "-" {
			if variable == "" {
				continue // it says something about others
			}
			name = ""
		}
		if field.Type.Kind() == reflect.Struct && field.Type != reflect.TypeFor[secret.Text]() {
			walk(name+".", value.Field(i), standard.Field(i), with)
			continue
		}
		with(Setting{
			Key:      name,
			Variable: variable,
			Default:  inWords(standard.Field(i)),
			Value:    inWords(value.Field(i)),
		})
	}
}

// inWords is a value as the file has it, "" for none.
func inWords(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case secret.Text:
		if x.Empty() {
			return ""
		}
		return secret.Redacted
	case time.Duration:
		return duration(x)
	case encoding.TextMarshaler:
		text, err := x.MarshalText()
		if err != nil {
			return err.Error()
		}
		return string(text)
	}
	switch v.Kind() {
	case reflect.String:
		return withoutSecrets(v.String())
	case reflect.Struct: // of a list, by its name
		return v.FieldByName("Name").String()
	case reflect.Slice:
		all := make([]string, v.Len())
		for i := range all {
			all[i] = inWords(v.Index(i))
		}
		return strings.Join(all, ",")
	case reflect.Map:
		all := make([]string, 0, v.Len())
		for _, key := range v.MapKeys() {
			all = append(all, key.String())
		}
		return strings.Join(slices.Sorted(slices.Values(all)), ",")
	}
	return fmt.Sprint(v.Interface())
}

var (
	urlUser  = regexp.MustCompile(`^([a-zA-Z][a-zA-Z0-9+.-]*://)[^/?#]*@`)
	urlQuery = regexp.MustCompile(`^([a-zA-Z][a-zA-Z0-9+.-]*://[^?]*)\?.+`)
)

// withoutSecrets is a text without what may be a secret in an address: user and password, and the query.
func withoutSecrets(text string) string {
	text = urlUser.ReplaceAllString(text, "${1}"+secret.Redacted+"@")
	return urlQuery.ReplaceAllString(text, "${1}?"+secret.Redacted)
}

// Secrets are the values of the settings that are secret, for whoever must not print them, wherever they come from.
func (c Config) Secrets() []secret.Text { return secretsIn(reflect.ValueOf(c)) }

func secretsIn(value reflect.Value) (all []secret.Text) {
	for _, field := range value.Fields() {
		if text, is := reflect.TypeAssert[secret.Text](field); is {
			all = append(all, text)
		} else if field.Kind() == reflect.Struct {
			all = append(all, secretsIn(field)...)
		}
	}
	return all
}

// duration is a time without the zeros that Go adds: 72h and not 72h0m0s.
func duration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// Addresses are where a configuration has the service listen, whether or not the rest of it is right.
func Addresses(path string, environ []string) (listen, operators string, err error) {
	c, err := read(defaults(), path, environ)
	return c.Listen, c.OperatorListen, err
}
