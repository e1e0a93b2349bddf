package ais

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// Banks send entries that are not quite what the standard says: a number for a text, one text for a list
// of them, a sum that is none. What was meant is read. What cannot be is named in the entry's Unreadable,
// and takes neither the rest of the entry nor other entries away.

// errNotJSON says where an answer ceases to be JSON, and nothing of what it says.
func errNotJSON(err error) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("no JSON from byte %d on", syntax.Offset)
	}
	return errors.New("no JSON object")
}

// errMissing: STET requires the member, so an answer without it is not an empty one but another one, of an error
// for example. A bank that has nothing says 204, an empty list, or null.
func errMissing(member string) error { return fmt.Errorf("the member %s is missing", member) }

func errUnread(member string) error { return fmt.Errorf("the member %s is of another type", member) }

// readList reads the member of an answer that is a list of independent entries, and the link to the next page.
func readList[T any](body []byte, member string) (page[T], error) {
	var hal map[string]json.RawMessage
	if err := json.Unmarshal(body, &hal); err != nil {
		return page[T]{}, errNotJSON(err)
	}
	list, ok := find(hal, member)
	if !ok {
		return page[T]{}, errMissing(member)
	}
	next, err := nextLink(hal)
	if err != nil {
		return page[T]{}, err
	}
	got := page[T]{next: next}
	if json.Unmarshal(list, &got.items) == nil { // as it should be
		return got, nil
	}
	var entries []json.RawMessage
	if json.Unmarshal(list, &entries) != nil {
		return page[T]{}, errUnread(member)
	}
	got.items = make([]T, len(entries))
	for i, entry := range entries {
		if json.Unmarshal(entry, &got.items[i]) != nil {
			got.items[i] = *new(T)
			readMeant(entry, &got.items[i])
		}
	}
	return got, nil
}

// nextLink is where a listing goes on. One that cannot be read would cut the listing short in silence.
func nextLink(hal map[string]json.RawMessage) (string, error) {
	var links struct {
		Next Link `json:"next"`
	}
	if raw, ok := find(hal, "_links"); ok {
		if unread := readMeant(raw, &links); len(unread) > 0 {
			return "", errUnread(strings.TrimSuffix("_links."+unread[0], "."))
		}
	}
	return links.Next.Href, nil
}

// find is a member by its name, whatever the case of its letters where there is none in the right one.
func find(object map[string]json.RawMessage, name string) (json.RawMessage, bool) {
	if raw, ok := object[name]; ok {
		return raw, true
	}
	for key, raw := range object {
		if strings.EqualFold(key, name) {
			return raw, true
		}
	}
	return nil, false
}

// readMeant reads JSON as it was meant into what into points to. It returns the members it could not read, except
// those of a struct that has a field Unreadable, where they are noted.
func readMeant(raw json.RawMessage, into any) []string {
	return meant(raw, reflect.ValueOf(into).Elem(), "")
}

func meant(raw json.RawMessage, v reflect.Value, name string) []string {
	raw = bytes.TrimSpace(raw)
	if bytes.Equal(raw, []byte("null")) {
		return nil
	}
	if _, own := reflect.TypeAssert[json.Unmarshaler](v.Addr()); own || v.Kind() == reflect.Pointer {
		return unlessRead(raw, v, name)
	}
	switch v.Kind() {
	case reflect.Struct:
		return meantStruct(raw, v, name)
	case reflect.Slice:
		return meantSlice(raw, v, name)
	case reflect.Map:
		return meantMap(raw, v, name)
	case reflect.String:
		if scalar(raw) && raw[0] != '"' {
			v.SetString(string(raw)) // a number or a truth value for a text
			return nil
		}
	}
	return unlessRead(raw, v, name)
}

func unlessRead(raw json.RawMessage, v reflect.Value, name string) []string {
	if json.Unmarshal(raw, v.Addr().Interface()) != nil {
		return []string{name}
	}
	return nil
}

// scalar reports whether the JSON is neither an object nor a list.
func scalar(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] != '{' && raw[0] != '[' }

// noteField is that of an entry, in which its members that cannot be read are named.
const noteField = "Unreadable"

func meantStruct(raw json.RawMessage, v reflect.Value, name string) []string {
	note := v.FieldByName(noteField)
	var members map[string]json.RawMessage
	var unread []string
	if json.Unmarshal(raw, &members) != nil {
		unread = []string{name}
	}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if member, ok := find(members, tag); ok && field.Name != noteField {
			inner := meant(member, v.Field(i), tag)
			for _, below := range inner {
				unread = append(unread, path(name, below, note.IsValid()))
			}
		}
	}
	if note.IsValid() {
		note.Set(reflect.ValueOf(unread))
		return nil
	}
	return unread
}

// path is a member's place: in the entry, if the struct is one.
func path(name, below string, entry bool) string {
	if entry || name == "" {
		return below
	}
	return name + "." + below
}

func meantSlice(raw json.RawMessage, v reflect.Value, name string) []string {
	var entries []json.RawMessage
	if json.Unmarshal(raw, &entries) != nil {
		if v.Type().Elem().Kind() != reflect.String || !scalar(raw) {
			return []string{name}
		}
		entries = []json.RawMessage{raw} // a text for a list
	}
	var unread []string
	v.Set(reflect.MakeSlice(v.Type(), len(entries), len(entries)))
	for i, entry := range entries {
		unread = append(unread, meant(entry, v.Index(i), name)...)
	}
	return unread
}

func meantMap(raw json.RawMessage, v reflect.Value, name string) []string {
	var entries map[string]json.RawMessage
	if json.Unmarshal(raw, &entries) != nil {
		return []string{name}
	}
	var unread []string
	v.Set(reflect.MakeMap(v.Type()))
	for key, entry := range entries {
		one := reflect.New(v.Type().Elem()).Elem()
		for _, below := range meant(entry, one, key) {
			unread = append(unread, name+"."+below)
		}
		v.SetMapIndex(reflect.ValueOf(key), one)
	}
	return unread
}
