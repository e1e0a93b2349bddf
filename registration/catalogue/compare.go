package catalogue

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sealkeeper/sealkeeper/internal/environment"
)

// Difference is how one file of a bank group differs from another.
type Difference struct {
	Lines []Line // what is sent where comes first
	// whether it changes where a live environment is and whom it trusts, where people are sent, or what is to be done
	// before it is used
	Weighty bool
}

// Line is a value that differs.
type Line struct {
	Path          string // of keys, as in environments.live.profile.token_url
	Before, After string // empty: there is none
}

// Compare says how two files differ that were found to be right. The first is empty where there was none.
func Compare(before, after []byte) (Difference, error) {
	was, err := flat(before)
	if err != nil {
		return Difference{}, err
	}
	is, err := flat(after)
	if err != nil {
		return Difference{}, err
	}
	paths := maps.Clone(was)
	maps.Copy(paths, is)
	var d Difference
	for path := range paths {
		if was[path] != is[path] {
			d.Lines = append(d.Lines, Line{path, was[path], is[path]})
		}
	}
	slices.SortFunc(d.Lines, func(a, b Line) int { return cmp.Or(b.weight()-a.weight(), cmp.Compare(a.Path, b.Path)) })
	d.Weighty, err = weighty(before, after)
	return d, err
}

// weight is larger for what has to be read first: how the bank is spoken to, and then other addresses.
func (l Line) weight() int {
	switch {
	case strings.Contains(l.Path, "profile."):
		return 2
	case strings.Contains(l.Before+l.After, "://"):
		return 1
	}
	return 0
}

// flat is a file as its values by their paths.
func flat(text []byte) (map[string]string, error) {
	var root any
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, err
	}
	values := map[string]string{}
	flatten(values, "", root)
	return values, nil
}

func flatten(into map[string]string, path string, value any) {
	under := func(key string) string { return strings.TrimPrefix(path+"."+key, ".") }
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			flatten(into, under(key), inner)
		}
	case []any:
		for i, inner := range value {
			flatten(into, under(nameOf(inner, i)), inner)
		}
	case nil:
	case time.Time: // a day, as YAML reads one
		into[path] = value.Format(time.DateOnly)
	default:
		into[path] = fmt.Sprint(value)
	}
}

// nameOf is what an element of a list is called: by its id if it has one, so that a new one does not move the others.
func nameOf(element any, i int) string {
	if m, ok := element.(map[string]any); ok {
		if id, ok := m["id"].(string); ok && id != "" {
			return id
		}
	}
	return strconv.Itoa(i)
}

// weighty compares what Difference.Weighty is about, of each institution that is live before or after.
func weighty(before, after []byte) (bool, error) {
	was, err := live(before)
	if err != nil {
		return false, err
	}
	is, err := live(after)
	if err != nil {
		return false, err
	}
	return !reflect.DeepEqual(was, is), nil
}

// live are the live institutions of a file without what may change on the word of one person.
func live(text []byte) (map[string]Institution, error) {
	institutions := map[string]Institution{}
	if len(text) == 0 {
		return institutions, nil
	}
	g, err := parseGroup(text, nil, nil)
	if err != nil {
		return nil, err
	}
	b := &banks{byID: map[string]Institution{}, texts: map[string][]byte{}}
	b.add(g, nil)
	for id, in := range b.byID {
		if in.Environment == environment.Live {
			institutions[id] = in.weighty()
		}
	}
	return institutions, nil
}

func (in Institution) weighty() Institution {
	w := Institution{
		Profile:  in.Profile,
		Scopes:   in.Scopes,
		Steps:    in.Steps,
		Links:    in.Links,
		Products: in.Products,
		APIs:     in.APIs,

		Credentials: in.Credentials,
	}
	w.Group.Portal, w.Group.SupportEmail, w.Group.Source = in.Group.Portal, in.Group.SupportEmail, in.Group.Source
	return w
}
