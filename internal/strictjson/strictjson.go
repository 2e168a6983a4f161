// Package strictjson reads JSON written by people: an unknown key, a key given twice
// or a value of another kind is an error in one line, in the terms of the file and
// with the key that was probably meant.
package strictjson

// reflect mirrors images here

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	reflection "reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"mgtool/internal/nearest"
	"mgtool/internal/regularfile"
)

// Most bounds what is read as JSON, in bytes: a configuration has hundreds.
const Most = 16 << 20

// Read reads all of r, at most 16 MB; more is an error. A byte-order mark before
// UTF-8 is dropped; UTF-16, which some shells write, is an error that says so.
func Read(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, Most+1))
	switch {
	case err != nil:
		return data, err
	case len(data) > Most:
		return data, fmt.Errorf("more than %d MB; want a JSON file", Most>>20)
	case bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")):
		return data, errors.New("it is UTF-16; want UTF-8")
	}
	return bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), nil
}

// ReadFile is [Read] of a regular file; a folder, device or pipe is an error.
func ReadFile(path string) ([]byte, error) {
	f, _, err := regularfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return data, nil
}

// Decode decodes data, one value with no key that v does not know, and none twice.
func Decode(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return explain(err, v)
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("more than one JSON value")
	}
	if key, twice := repeatedKey(data); twice {
		return fmt.Errorf("key %s is given twice", Shown(key))
	}
	return nil
}

// repeatedKey finds a key that an object of data has twice. Upper and lower case count
// as the same, as they do when JSON is decoded, which takes the last of the values.
func repeatedKey(data []byte) (key string, twice bool) {
	type scope struct {
		seen map[string]bool // keys of an object so far; nil in a list
		key  bool            // the next token is a key
	}
	var stack []scope
	for d := json.NewDecoder(bytes.NewReader(data)); ; {
		token, err := d.Token()
		if err != nil {
			return "", false
		}
		if token == json.Delim('}') || token == json.Delim(']') {
			stack = stack[:len(stack)-1]
			continue
		}
		if len(stack) > 0 {
			switch top := &stack[len(stack)-1]; {
			case top.key:
				name := token.(string)
				if top.seen[strings.ToLower(name)] {
					return name, true
				}
				top.seen[strings.ToLower(name)], top.key = true, false
				continue
			default: // a value, after which an object has a key
				top.key = top.seen != nil
			}
		}
		switch token {
		case json.Delim('{'):
			stack = append(stack, scope{map[string]bool{}, true})
		case json.Delim('['):
			stack = append(stack, scope{})
		}
	}
}

// Brief is an error whose text may quote what was read: cut, and printable.
func Brief(err error) error {
	const most = 200
	text := []rune(err.Error())
	for i, r := range text {
		if !unicode.IsPrint(r) {
			text[i] = '?'
		}
	}
	if len(text) > most {
		text = append(text[:most], '…')
	}
	return errors.New(string(text))
}

// explain says what is wrong with JSON that does not decode to v, in the terms of the
// file: an unknown key with the known one that it may stand for.
func explain(err error, v any) error {
	if quoted, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		key, unquoted := strconv.Unquote(quoted)
		if unquoted != nil {
			key = quoted
		}
		switch near := nearest.Word(key, keysOf(reflection.TypeOf(v), nil)); near {
		case "":
		case key:
			return fmt.Errorf("unknown key %q in that place; it belongs to another object", key)
		default:
			return fmt.Errorf("unknown key %.100q; did you mean %q?", key, near)
		}
		return fmt.Errorf("unknown key %.100q", key)
	}
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong) && wrong.Field == "":
		return fmt.Errorf("it is %s; want %s", valueName(wrong.Value), kindName(wrong.Type))
	case errors.As(err, &wrong):
		return fmt.Errorf("key %s is %s; want %s", Shown(keyPath(wrong.Field)), valueName(wrong.Value), kindName(wrong.Type))
	case errors.Is(err, io.EOF):
		return errors.New("it is empty; want a JSON object")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it ends before its JSON does")
	}
	return Brief(err)
}

// keyPath leaves the names of embedded structs out of a path: keys are lower case.
func keyPath(field string) string {
	parts := strings.Split(field, ".")
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p != "" && unicode.IsUpper([]rune(p)[0]) }), ".")
}

// Within is an error of [Decode] about the value of a key: one about a key in it gets
// the whole path.
func Within(key string, err error) error {
	if path, ok := strings.CutPrefix(err.Error(), "key "); ok {
		return fmt.Errorf("key %s.%s", key, path)
	}
	return err
}

// kindName is a type as JSON has it.
func kindName(t reflection.Type) string {
	switch t.Kind() {
	case reflection.Bool:
		return "true or false"
	case reflection.String:
		return "text"
	case reflection.Float32, reflection.Float64:
		return "a number"
	case reflection.Slice:
		return "a list"
	case reflection.Struct, reflection.Map:
		return "an object"
	}
	return "a whole number that fits"
}

// valueName is a value as package json describes it, in words; numbers with their digits.
func valueName(value string) string {
	switch value {
	case "string":
		return "text"
	case "bool":
		return "true or false"
	case "array":
		return "a list"
	case "object":
		return "an object"
	}
	return fmt.Sprintf("%.50s", value)
}

// keysOf lists the keys of a struct type, and of all in it, behind those of list.
func keysOf(t reflection.Type, list []string) []string {
	for t.Kind() == reflection.Pointer || t.Kind() == reflection.Slice || t.Kind() == reflection.Map {
		t = t.Elem()
	}
	if t.Kind() != reflection.Struct {
		return list
	}
	for _, f := range reflection.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "" && name != "-" {
			list = append(list, name)
			list = keysOf(f.Type, list)
		}
	}
	return list
}

// TopKeys are the keys of a JSON object with their values; none of anything else.
func TopKeys(data []byte) (keys map[string]json.RawMessage) {
	if json.Unmarshal(data, &keys) != nil {
		return nil
	}
	return keys
}

// IsObject reports whether a JSON value is an object.
func IsObject(value json.RawMessage) bool { return len(value) > 0 && value[0] == '{' }

// StrangeTo reports whether keys, of which there are some, are none of v.
func StrangeTo(v any, keys map[string]json.RawMessage) bool {
	for _, f := range reflection.VisibleFields(reflection.TypeOf(v).Elem()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if _, ok := keys[name]; ok && name != "" {
			return false
		}
	}
	return len(keys) > 0
}

// Has reports whether a key is one of those of v, a struct.
func Has(v any, key string) bool {
	return slices.Contains(keysOf(reflection.TypeOf(v), nil), key)
}

// Shown is a name of a file's as an error can show it: short, and of printable
// characters.
func Shown(name string) string {
	const most = 100
	if len(name) > most || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Sprintf("%.*q", most, name)
	}
	return name
}
